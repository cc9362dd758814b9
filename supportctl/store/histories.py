"""What a check reads of all tickets with their histories: which are plain, and those that have to be replayed.

Most tickets are received, answered and closed; one statement sees that they are what their history says. It is the same
on every engine but for what JSON and text are asked by; how its answer is kept for the questions that follow is the
engine's (`Desk.histories`).
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, Protocol

from supportctl.policy.ticket import RECEIPT, Entry, Target, Ticket
from supportctl.store.tickets import OWED, column, entry_of, target_of


class SimplePromise(NamedTuple):
    """A ticket's only target, when its receipt takes effect and was entered, and when it was answered or closed."""

    ticket: int
    set_at: int
    tier: str
    seconds: int | None
    due_at: int | None
    revision: int
    at: int
    entered_at: int
    taken_in: int | None
    ended_at: int | None


StoredThread = tuple[Ticket, list[Entry], list[Target]]


class Histories(Protocol):
    """All tickets of a desk with their histories, inside a snapshot."""

    def simple_promises(self) -> Iterator[SimplePromise]:
        """The promises of tickets that were received, and answered or closed at most once; by number.

        One query sees that most are what their history says. The others have to be replayed, which is not a fault: read
        this to its end, then call `to_replay` for them.
        """

    def to_replay(self) -> Iterator[tuple[int, bool, Callable[[], StoredThread]]]:
        """The tickets to replay, by number: whether `simple_promises` left them out, and what reads them.

        Reading raises SENSELESS where the rows make no sense.
        """


# What a ticket is seen to be: what its history says; to replay; or to replay as more than its receipt set a target.
AS_TOLD, BUSY, TURNED = range(3)
# Entries that change nothing in a ticket, or only what the query takes into account; and those that turn its target.
_PLAIN = ("received", "closed", "noted", "auto-replied", "absorbed", "linked", "redacted")
_TURNS = ("retargeted", "edited", "customer-replied", "reopened", "retracted", "spam", "merged")
# What its receipt says, and the columns of the ticket that repeat it.
RECEIVED = {name: f"t.{column(name)}" for name in RECEIPT}


def every_ticket(as_received: str, waits: str, taken_in: str) -> str:
    """The statement for every ticket with a target: the fields of SimplePromise, and what it is seen to be (`AS_TOLD`).

    `as_received` is a condition: what the receipt says about a ticket (`r.data`, against RECEIVED) still holds. `waits`
    is one on a reply: its data mention a wait. `taken_in` is when the receipt was typed in, None if it does not say.
    Without order, unless the engine takes the tables in this one.
    """
    weights = {"replied": f"case when {waits} then {BUSY} else {AS_TOLD} end"}
    weights |= dict.fromkeys(_PLAIN, f"{AS_TOLD}") | dict.fromkeys(_TURNS, f"{TURNED}")
    weight = " ".join(f"when '{kind}' then {each}" for kind, each in weights.items())
    return f"""
select t.id, g.set_at, g.tier, g.target_seconds, g.due_at, g.policy_revision, r.at, r.entered_at, {taken_in},
    case when t.first_response_at is null or t.closed_at < t.first_response_at then t.closed_at
    else t.first_response_at end,
    case when h.weight = {TURNED} or r.n is null or g.n <> 1
        or exists (select 1 from targets where ticket = t.id and n <> 1) then {TURNED}
    when
        h.weight = {AS_TOLD} and h.closings <= 1 and t.outbound = 0 and h.first = 1 and h.last = h.found
        and h.found = t.entries
        and r.kind = 'received' and r.at = t.received_at and r.entered_at = t.entered_at and {as_received}
        and t.status = case h.closings when 1 then 'closed' else 'open' end
        and t.closed_at is not distinct from h.closed_at and t.first_response_at is not distinct from h.replied_at
        and t.merged_into is null
        and {" and ".join(f"t.{name} is not distinct from g.{name}" for name in OWED)}
    then {AS_TOLD} else {BUSY} end
from (
    select ticket, count(*) as found, min(n) as first, max(n) as last,
        max(case kind {weight} else {BUSY} end) as weight,
        count(case when kind = 'closed' then 1 end) as closings,
        max(case when kind = 'closed' then at end) as closed_at,
        min(case when kind = 'replied' then at end) as replied_at
    from history group by ticket
) h cross join tickets t cross join targets g left join history r on r.ticket = t.id and r.n = 1
where t.id = h.ticket and g.ticket = t.id and g.n = t.target_n
union all
select t.id, {"null, " * 9}{TURNED} from tickets t join targets g on g.ticket = t.id and g.n = t.target_n
where not exists (select 1 from history where ticket = t.id)
"""


def thread_of(ticket: Callable[[], Ticket], entries: list[Any], targets: list[Any]) -> Callable[[], StoredThread]:
    """What reads a thread of rows: of entries and of targets."""
    return partial(_thread, ticket, entries, targets)


def _thread(ticket: Callable[[], Ticket], entries: list[Any], targets: list[Any]) -> StoredThread:
    return ticket(), list(map(entry_of, entries)), list(map(target_of, targets))
