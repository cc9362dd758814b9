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
    """A plain ticket's target, when its receipt takes effect and was entered, and when it was answered or closed."""

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

        One query sees that most are what their history says. The others have to be replayed, which is not a fault; call
        `to_replay` for them after this.
        """

    def to_replay(self) -> Iterator[tuple[int, bool, Callable[[], StoredThread]]]:
        """The tickets to replay, by number: whether `simple_promises` left them out, and what reads them.

        Reading raises SENSELESS where the rows make no sense.
        """


# Entries that change nothing in a ticket, or only what the query takes into account; and those that turn its target.
_PLAIN = "'received', 'replied', 'closed', 'noted', 'auto-replied', 'absorbed', 'linked', 'redacted'"
_TURNS = "'retargeted', 'edited', 'customer-replied', 'reopened', 'retracted', 'spam', 'merged'"
# What its receipt says, and the columns of the ticket that repeat it.
RECEIVED = {name: f"t.{column(name)}" for name in RECEIPT}


def busy(as_received: str, waits: str) -> str:
    """The statement for tickets to replay: their numbers, and whether entries turned their target.

    `as_received` is a condition: what the receipt says about a ticket (`r.data`, against RECEIVED) still holds. `waits`
    is one on a reply: its data mention a wait.
    """
    return f"""
select t.id as id, coalesce(h.turns, 1) as turned from tickets t
join targets g on g.ticket = t.id and g.n = t.target_n
left join (
    select ticket, count(*) as found, min(n) as first, max(n) as last,
        count(case when kind = 'closed' then 1 end) as closings,
        max(case when kind = 'closed' then at end) as closed_at,
        min(case when kind = 'replied' then at end) as replied_at,
        count(case when kind in ({_TURNS}) then 1 end) as turns,
        count(case when kind not in ({_PLAIN}) or (kind = 'replied' and {waits}) then 1 end) as others
    from history group by ticket
) h on h.ticket = t.id
left join history r on r.ticket = t.id and r.n = 1
where not coalesce(
    h.others = 0 and h.closings <= 1 and t.outbound = 0 and h.first = 1 and h.last = h.found and h.found = t.entries
    and r.kind = 'received' and r.at = t.received_at and r.entered_at = t.entered_at and {as_received}
    and t.status = case h.closings when 1 then 'closed' else 'open' end
    and t.closed_at is not distinct from h.closed_at and t.first_response_at is not distinct from h.replied_at
    and t.merged_into is null
    and t.target_n = (select n from targets where ticket = t.id order by set_at desc, n desc limit 1)
    and {" and ".join(f"t.{name} is not distinct from g.{name}" for name in OWED)}
, false)
"""


def promises(taken_in: str, busy: str | None = None) -> str:
    """The statement for SimplePromise: `taken_in` is when a receipt (`h.data`) was typed in, None if it does not say.

    Without the tickets whose target was turned, if a table called `busy` has what the statement above gives.
    """
    others = f"where g.ticket not in (select id from {busy} where turned)" if busy else ""
    return f"""
select g.ticket, g.set_at, g.tier, g.target_seconds, g.due_at, g.policy_revision, h.at, h.entered_at, {taken_in},
    case when t.first_response_at is null or t.closed_at < t.first_response_at then t.closed_at
    else t.first_response_at end
from targets g join history h on h.ticket = g.ticket and h.n = g.n join tickets t on t.id = g.ticket
{others} order by g.ticket
"""


def thread_of(ticket: Callable[[], Ticket], entries: list[Any], targets: list[Any]) -> Callable[[], StoredThread]:
    """What reads a thread of rows: of entries and of targets."""
    return partial(_thread, ticket, entries, targets)


def _thread(ticket: Callable[[], Ticket], entries: list[Any], targets: list[Any]) -> StoredThread:
    return ticket(), list(map(entry_of, entries)), list(map(target_of, targets))
