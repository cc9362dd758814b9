"""What completion suggests from a desk: read at once or not at all, without making, upgrading or waiting."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

ENOUGH = 50


def policy_names(path: Path, kind: str, now: int) -> list[str]:
    """The tiers, channels, products or topics (`kind`) of the policy in force at `now`, UTC epoch seconds.

    Raises sqlite3.Error or LookupError if the desk cannot be read at once.
    """
    import json  # late: completing numbers needs no policy

    from supportctl.store.policies import IN_FORCE  # late: completing ticket numbers needs no policy

    with closing(_glance(path)) as db:
        found = db.execute(f"select data from policies {IN_FORCE}", {"at": now}).fetchone()
        return list(json.loads(found[0])[kind])


def tickets(path: Path, begun: str) -> list[tuple[str, str]]:
    """Numbers and subjects of open tickets whose number begins with the digits `begun`, at most fifty, newest first.

    Raises sqlite3.Error or ValueError if the desk cannot be read at once.
    """
    found: list[tuple[str, str]] = []
    with closing(_glance(path)) as db:
        for span in _spans(begun):
            values = {"first": span[0], "last": span[1], "enough": ENOUGH - len(found)}
            found += [(str(number), subject) for number, subject in db.execute(_NEWEST_OPEN, values)]
    return found


# Of each status the newest, from its index: to look for open ones among all would take longer, the more have ended.
_OF_STATUS = (
    "select * from (select id, subject from tickets where status = '{}' and id between :first and :last"
    " order by id desc limit :enough)"
)
_NEWEST_OPEN = (
    f"select * from ({_OF_STATUS.format('open')} union all {_OF_STATUS.format('waiting')})"
    " order by id desc limit :enough"
)


def agents(path: Path, begun: str) -> list[str]:
    """Agents whose name begins like this in whatever case, at most fifty, by name.

    Raises sqlite3.Error if the desk cannot be read at once.
    """
    query = f"select name from agents where {_BEGINS.format('folded')} order by folded limit :enough"
    return [row[0] for row in _found(path, query, begun.casefold())]


def addresses(path: Path, begun: str) -> list[tuple[str, str]]:
    """Addresses of accounts that begin like this in whatever case, at most fifty, each with the account's name.

    Raises sqlite3.Error if the desk cannot be read at once.
    """
    query = f"select email, coalesce(name, '') from customers where {_BEGINS.format('email_folded')}"
    return [(row[0], row[1]) for row in _found(path, f"{query} order by email_folded limit :enough", begun.lower())]


_BEGINS = "{0} >= :begun and {0} < :end"  # as a range, so that an index can answer


def _found(path: Path, query: str, begun: str) -> list[Any]:
    with closing(_glance(path)) as db:
        return list(db.execute(query, {"begun": begun, "end": f"{begun}\U0010ffff", "enough": ENOUGH}))


def _spans(begun: str) -> Iterator[tuple[int, int]]:
    """The ranges of numbers that begin with `begun`: 7, 70 to 79, 700 to 799 … so that an index can answer."""
    if not begun:
        yield 1, 10**12
        return
    for zeros in range(12 - len(begun)):
        yield int(begun) * 10**zeros, (int(begun) + 1) * 10**zeros - 1


def _glance(path: Path) -> Any:
    """A read-only connection that gives up rather than wait for a lock."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.1)
