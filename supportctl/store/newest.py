"""The newest entry that a write touches: no write is dated before it, whatever the machine's clock says."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from supportctl.masking import fold_key
from supportctl.policy.identity import fold_address
from supportctl.store import licences
from supportctl.store.desk import Desk
from supportctl.store.policies import BEGINNING
from supportctl.store.tickets import UNANSWERED

LARGEST = 1 << 63  # a person may type a larger number


class Touched(NamedTuple):
    """What a write is about: `people` are the records of these addresses, `waiting` their tickets.

    `desk` is everything: there only what was typed by a clock ahead of ours counts, not what `--now` dated.
    """

    tickets: Sequence[int] = ()
    people: Sequence[str] = ()
    waiting: Sequence[str] = ()
    key: str | None = None
    remote: int | None = None
    bug: int | None = None
    desk: bool = False


def newest(db: Desk, touched: Touched, clock: int) -> int:
    """When the newest entry touched was made (UTC epoch seconds); BEGINNING if there is none."""
    people, waiting = [fold_address(a) for a in touched.people], [fold_address(a) for a in touched.waiting]
    found = [
        _latest(db, _OF_TICKET, touched.tickets),
        _latest(db, _OF_PERSON, people),
        _latest(db, _OF_WAITING, waiting),
    ]
    if touched.key is not None:
        key = fold_key(touched.key)
        found += [_latest(db, _OF_KEY, [key]), _latest(db, _OF_WAITING, _holders(db, key))]
    found += [_latest(db, query, [n]) for query, n in ((_OF_REMOTE, touched.remote), (_OF_BUG, touched.bug)) if n]
    if people or touched.desk:
        found.append(_latest(db, _OF_POLICY, [clock]))
    if touched.desk:
        found.append(_latest(db, _OF_DESK, [clock]))
    return max(found)


def _latest(db: Desk, query: str, asked: Iterable[str | int]) -> int:
    values = [value for value in asked if isinstance(value, str) or value < LARGEST]
    rows = [db.execute(query, {"of": value}).fetchone()[0] for value in values]
    return max((at for at in rows if at is not None), default=BEGINNING)


def _holders(db: Desk, key: str) -> list[str]:
    """The folded addresses whose tier a key may decide."""

    row = db.execute("select id from licences where key_folded = :key", {"key": key}).fetchone()
    return licences.addresses(db, row[0]) if row else []


_OF_TICKET = "select max(at) from history where ticket = :of"
_OF_WAITING = (
    f"select max(h.at) from tickets t join history h on h.ticket = t.id where {UNANSWERED} and t.sender_folded = :of"
)
_OF_PERSON = (
    "select max(at) from (select recorded_at as at from customers where email_folded = :of"
    " union all select k.effective_at from customers c join account_kinds k on k.customer = c.id"
    " where c.email_folded = :of"
    " union all select a.applied_at from customers c join applied_keys a on a.customer = c.id"
    " where c.email_folded = :of"
    " union all select t.recorded_at from licences l join licence_terms t on t.licence = l.id"
    " where l.delivery_folded = :of"
    " union all select t.recorded_at from customers c join applied_keys a on a.customer = c.id"
    " join licence_terms t on t.licence = a.licence where c.email_folded = :of) as entries"
)
_OF_KEY = "select max(t.recorded_at) from licences l join licence_terms t on t.licence = l.id where l.key_folded = :of"
_OF_REMOTE = "select max(h.at) from remote_sessions r join history h on h.ticket = r.ticket where r.id = :of"
_OF_BUG = "select max(at) from bug_history where bug = :of"
_OF_POLICY = "select max(recorded_at) from policies where recorded_at > :of and recorded_at <= entered_at"
_OF_DESK = "select max(at) from history where at > :of and at <= entered_at"
