"""The newest entry in the scope of a write: no write is dated before it, whatever the machine's clock says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from supportctl.masking import fold_key
from supportctl.policy.identity import fold_address
from supportctl.store import agents, facts, policies
from supportctl.store.actor import Actor, refuse_behind
from supportctl.store.change import ReadSet
from supportctl.store.desk import LARGEST, About, Desk, Query, Reader, first_value
from supportctl.store.policies import BEGINNING
from supportctl.store.tickets import UNANSWERED


class WriteScope(NamedTuple):
    """The records that a write affects: `people` are addresses, `waiting` addresses whose waiting tickets count.

    `desk` means all of it. There an entry from a clock ahead of ours counts, but not one that was dated with `--now`.
    """

    tickets: Sequence[int] = ()
    people: Sequence[str] = ()
    waiting: Sequence[str] = ()
    key: str | None = None
    remote: int | None = None
    bug: int | None = None
    desk: bool = False


def newest(read: Reader, touched: WriteScope, clock: int) -> int:
    """The time of the newest entry in scope (UTC epoch seconds); BEGINNING if there is none."""
    questions = entries_of(touched, clock)
    read.ahead(*questions, *(question for email in touched.people for question in facts.of_person(email)))
    people = (facts.person(read, email).newest for email in touched.people)
    return max([BEGINNING, *people, *(at for question in questions if (at := read.of(question)) is not None)])


def entries_of(touched: WriteScope, clock: int) -> list[Query[int | None]]:
    """The queries for the newest entries in scope, except those about people."""
    asked: list[tuple[str, str | int | None]] = [
        *((_OF_TICKET, number) for number in touched.tickets),
        *((_OF_WAITING, fold_address(address)) for address in touched.waiting),
        (_OF_REMOTE, touched.remote),
        (_OF_BUG, touched.bug),
    ]
    if touched.key is not None:
        key = fold_key(touched.key)
        asked += [(_OF_KEY, key), (_OF_HOLDERS, key)]
    if touched.people or touched.desk:
        asked.append((_OF_POLICY, clock))
    if touched.desk:
        asked.append((_OF_DESK, clock))
    known = [(said, of) for said, of in asked if of and (isinstance(of, str) or of < LARGEST)]
    return [Query(said, {"of": of}, first_value) for said, of in known]


def begin(
    db: Desk, actor: Actor, touched: WriteScope, *questions: Query[Any], about: Sequence[About] = ()
) -> tuple[ReadSet, Actor]:
    """A ReadSet with the answers to these queries, read in one batch, and the actor under the recorded name.

    Raises Behind if an entry in scope is newer than the command, unless its time was given with `--now`.
    """
    reads = ReadSet(db)
    entries = [] if actor.dated else entries_of(touched, actor.entered_at)
    asked = (policies.recorded(), policies.holidays(), agents.spelling_query(actor.agent), *questions, *entries)
    reads.ahead(*asked, about=about)
    if not actor.dated:
        refuse_behind(actor, newest(reads, touched, actor.entered_at))
    return reads, actor._replace(agent=reads.of(agents.spelling_query(actor.agent)) or actor.agent)


_OF_TICKET = "select max(at) from history where ticket = :of"
_OF_WAITING = (
    f"select max(h.at) from tickets t join history h on h.ticket = t.id where {UNANSWERED} and t.sender_folded = :of"
)
# Whose tier a key can decide: its delivery address, the accounts it was applied to, and those who sent it before.
_OF_HOLDERS = (
    f"select max(h.at) from tickets t join history h on h.ticket = t.id where {UNANSWERED} and t.sender_folded in ("
    "select delivery_folded from licences where key_folded = :of"
    " union select c.email_folded from licences l join applied_keys a on a.licence = l.id"
    " join customers c on c.id = a.customer where l.key_folded = :of"
    " union select k.sender_folded from tickets k join licences l on l.key_folded = k.key_given"
    " where l.key_folded = :of)"
)
_OF_KEY = "select max(t.recorded_at) from licences l join licence_terms t on t.licence = l.id where l.key_folded = :of"
_OF_REMOTE = "select max(h.at) from remote_sessions r join history h on h.ticket = r.ticket where r.id = :of"
_OF_BUG = "select max(at) from bug_history where bug = :of"
_OF_POLICY = "select max(recorded_at) from policies where recorded_at > :of and recorded_at <= entered_at"
_OF_DESK = "select max(at) from history where at > :of and at <= entered_at"
