"""What reports count: the few facts of every request that its outcome depends on, read in one pass."""

import json
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from supportctl.policy.history import promised_target
from supportctl.store.desk import Desk
from supportctl.store.tickets import TARGET, target_of

_PERIOD = "t.received_at >= :since and t.received_at < :until"


class OutcomeRow(NamedTuple):
    """A request as it is now. Instants are UTC epoch seconds, the target business seconds; None is absent."""

    id: int
    tier: str
    channel: str
    assignee: str | None
    received_at: int
    first_response_at: int | None
    closed_at: int | None
    status: str
    due_at: int | None
    target_seconds: int | None
    policy_revision: int
    spam: int


def received(db: Desk, since: int, until: int) -> Iterator[OutcomeRow]:
    """Every request received in `since` <= t < `until`."""
    # Its latest judgement says whether a ticket is spam; only tickets with more than one can be.
    rows = db.execute(
        "select t.id, t.tier, t.channel, t.assignee, t.received_at, t.first_response_at, t.closed_at, t.status,"
        " t.due_at, t.target_seconds, t.policy_revision, t.due_at is null and t.target_n > 1 and exists"
        " (select 1 from history h where h.ticket = t.id and h.n = t.target_n and h.kind = 'spam')"
        f" from tickets t where {_PERIOD}",
        {"since": since, "until": until},
    )
    return map(OutcomeRow._make, rows)


class PromiseRow(NamedTuple):
    """The target of a tier, in business seconds."""

    tier: str
    target_seconds: int | None


def promises(db: Desk, since: int, until: int) -> dict[int, PromiseRow]:
    """The promise that the due time comes from, for requests judged more than once (see `promised_target`)."""

    rows = db.execute(
        f"select {', '.join('g.' + name.strip() for name in TARGET.split(','))}, instr(h.data, '\"closure\"'), t.id"
        " from tickets t join targets g on g.ticket = t.id and g.n <= t.target_n"
        f" join history h on h.ticket = g.ticket and h.n = g.n where {_PERIOD} and t.target_n > 1 order by t.id, g.n",
        {"since": since, "until": until},
    )
    found = {}
    for number, group in groupby(rows, key=itemgetter(-1)):
        judged = [(target_of(target), moved) for *target, moved, _ in group]
        if promise := promised_target(
            [target for target, _ in judged], [target.n for target, moved in judged if moved]
        ):
            found[number] = PromiseRow(promise.tier, promise.target_seconds)
    return found


def answered_by(db: Desk, since: int, until: int) -> dict[int, str]:
    """Who gave the first response on unassigned tickets; imports do not know."""
    rows = db.execute(
        "select t.id, h.agent, h.data from tickets t join history h on h.ticket = t.id"
        f" where {_PERIOD} and t.assignee is null and h.kind = 'replied' and h.at = t.first_response_at"
        " order by t.id, h.n desc",
        {"since": since, "until": until},
    )
    return {ticket: agent for ticket, agent, data in rows if "imported" not in json.loads(data)}
