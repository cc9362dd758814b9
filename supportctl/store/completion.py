"""What completion asks a desk: in portable SQL, answered from indexes."""

from collections.abc import Iterator
from typing import Any

ENOUGH = 50
# Of each status the newest, from its index: to look for open ones among all would take longer, the more have ended.
_OF_STATUS = (
    "select * from (select id, subject from tickets where status = '{}' and id between :first and :last"
    " order by id desc limit :enough) {}"
)
NEWEST_OPEN = (
    f"select * from ({_OF_STATUS.format('open', 'o')} union all {_OF_STATUS.format('waiting', 'w')}) n"
    " order by id desc limit :enough"
)
_BEGINS = "{0} >= :begun and {0} < :end"  # as a range, so that an index can answer
AGENTS = f"select name from agents where {_BEGINS.format('folded')} order by folded limit :enough"
ADDRESSES = (
    f"select email, coalesce(name, '') from customers where {_BEGINS.format('email_folded')}"
    " order by email_folded limit :enough"
)


def policy_statement(now: int) -> tuple[str, dict[str, int]]:
    """What reads the policy in force at `now` (UTC epoch seconds)."""
    from supportctl.store.policies import IN_FORCE  # late: completing ticket numbers needs no policy

    return f"select data from policies {IN_FORCE}", {"at": now}


def begun_with(begun: str) -> dict[str, Any]:
    """The values for what begins like this, at most fifty."""
    return {"begun": begun, "end": f"{begun}\U0010ffff", "enough": ENOUGH}


def spans(begun: str) -> Iterator[tuple[int, int]]:
    """The ranges of numbers that begin with `begun`: 7, 70 to 79, 700 to 799 … so that an index can answer."""
    if not begun:
        yield 1, 10**12
        return
    for zeros in range(12 - len(begun)):
        yield int(begun) * 10**zeros, (int(begun) + 1) * 10**zeros - 1
