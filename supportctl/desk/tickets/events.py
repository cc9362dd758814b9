"""What happens to a ticket after it came in: answered, noted, assigned, closed, merged; each with its history row."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from supportctl.clock import NEVER
from supportctl.desk.tickets.as_of import as_called, ticket_at
from supportctl.desk.tickets.case import (
    Case,
    case_queries,
    load_cases,
    no_ticket,
    read_case,
    recorded_name,
    save_cases,
)
from supportctl.desk.tickets.judge import Judge, catch_up, customer_wrote, recording_time
from supportctl.desk.tickets.merged import absorbed_by, merged_words
from supportctl.desk.tickets.secrets import in_one, refuse_secrets
from supportctl.desk.tickets.view import TicketView
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.history import in_effect, retracted_entries, went_out
from supportctl.policy.identity import fold_address, parse_address
from supportctl.policy.ticket import TICKET, Entry, Target, Ticket
from supportctl.store import policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.change import ReadSet
from supportctl.store.desk import LARGEST, BatchReader, Desk, Reader
from supportctl.store.policies import Revisions, StoredRevision
from supportctl.store.tickets import Text

RETRACTABLE = (
    "replied", "customer-replied", "auto-replied", "noted", "assigned", "edited", "closed", "reopened", "merged",
    "spam",
)  # fmt: skip
# The facts that a due time rests on.
TURNS = frozenset({"replied", "customer-replied", "edited", "closed", "reopened", "merged", "spam"})
ENDING = ("replied", "closed", "merged", "spam")  # what removes a ticket from the list of breaches


class Thread(NamedTuple):
    """A ticket with its history and texts, and the revision of the policy whose hours it is measured by."""

    ticket: Ticket
    entries: tuple[Entry, ...]
    texts: dict[int, Text]
    revision: StoredRevision

    def seen_at(self, at: int) -> TicketView:
        """The ticket as seen at `at`."""
        return TicketView(self.ticket, at, self.revision)


class Event(NamedTuple):
    """Something that happens to a ticket, before it has a number: its text and author are separate from its data."""

    kind: str
    data: dict[str, Any]
    body: str | None = None
    author: str | None = None


def find_ticket(db: Desk, number: int) -> Ticket:
    """The ticket of this number. Raises NotOnRecord."""
    ticket = tickets.find(db, number) if number < LARGEST else None
    if ticket is None:
        raise no_ticket(number)
    return ticket


def read_thread(db: Desk, number: int) -> Thread:
    """A ticket with all that happened to it. Raises NotOnRecord."""
    if number >= LARGEST:
        raise no_ticket(number)
    read = BatchReader(db)
    read.ahead(*case_queries(number), policies.recorded(), policies.holidays())
    return thread_of(db, read, read_case(read, number))


def thread_of(db: Desk, read: Reader, case: Case) -> Thread:
    """The thread of a case, with the texts of tickets merged into it."""
    texts = {**case.texts, **merged_words(db, case.entries, NEVER)}
    return Thread(case.ticket, case.entries, texts, Revisions.read(read).numbered(case.ticket.target.policy_revision))


def thread_at(db: Desk, number: int, at: int) -> Thread:
    """A ticket as it was at `at`, with what had happened by then. Raises NotOnRecord, also if it came in later."""
    thread = read_thread(db, number)
    happened = tuple(entry for entry in thread.entries if entry.at <= at)
    thread.texts.update(merged_words(db, happened, at))
    if len(happened) == len(thread.entries):
        return thread
    ticket = ticket_at(db, thread.ticket, at)
    if ticket is None:
        raise NotOnRecord(f"Ticket {number} had not been received by then.", "Give a later time with --now.")
    texts = {n: text for n, text in thread.texts.items() if n in {e.n for e in happened}}
    return Thread(ticket, happened, texts, policies.revision(db, ticket.target.policy_revision))


def reply(
    db: Desk, number: int, body: str, at: int, actor: Actor, *, wait: bool = False, close: bool = False,
    sent: bool = False,
) -> Thread:  # fmt: skip
    """An agent's public answer; the first one stops the clock at `at`. `sent` says that it went out by mail.

    Raises NotOnRecord, InputError, Conflict.
    """
    events = [Event("replied", {**({"wait": True} if wait else {}), **({"sent": True} if sent else {})}, body)]
    return _happen(db, number, events + [Event("closed", {})] * close, at, actor)


def customer_reply(db: Desk, number: int, sender: str, body: str, at: int, actor: Actor) -> Thread:
    """The customer's message: it opens a waiting or closed ticket, and starts the clock of one that the desk began.

    Raises NotOnRecord, InputError, Conflict.
    """
    address = parse_address(sender)
    reads, actor, (case,) = load_cases(db, actor, number)
    refuse_unwritable(case.ticket, at)
    case = add_customer_reply(db, reads, case, Event("customer-replied", {}, body, address), at, actor)
    return save_thread(db, reads, case, actor)


def add_customer_reply(db: Desk, reads: ReadSet, case: Case, event: Event, at: int, actor: Actor) -> Case:
    """The case with the customer's message."""
    ticket, targets = case.ticket, []
    if ticket.outbound:
        targets = [customer_wrote(Judge(reads), ticket, ticket.entries + 1, at, actor)]
        event = event._replace(data={**event.data, **recording_time(actor)})
    case = with_events(db, reads, case, [event], at, actor, targets)
    if targets or ticket.closed_at is not None:
        case = catch_up(Judge(reads), case, at, actor)
    return case._replace(news=ticket.closed_at is not None)


def auto_reply(db: Desk, number: int, body: str, at: int, actor: Actor) -> Thread:
    """An automatic message: it never stops the clock (hard question 2). Raises NotOnRecord, InputError, Conflict."""
    return _happen(db, number, [Event("auto-replied", {}, body)], at, actor)


def note(db: Desk, number: int, body: str, actor: Actor) -> Thread:
    """A note that the customer does not see; the clock runs on. Raises NotOnRecord, InputError, Conflict."""
    return _happen(db, number, [Event("noted", {}, body)], actor.now, actor)


def assign(db: Desk, number: int, agent: str | None, actor: Actor) -> Thread:
    """Hand a ticket to an agent, or with None back to the queue. Raises NotOnRecord, InputError, Conflict."""
    reads, actor, (case,) = load_cases(db, actor, number, names=[agent] if agent else [])
    refuse_unwritable(case.ticket, actor.now)
    return hand_over(db, reads, case, recorded_name(reads, agent) if agent else None, actor)


def hand_over(db: Desk, reads: ReadSet, case: Case, agent: str | None, actor: Actor) -> Thread:
    """Put on record that an agent has the ticket, or nobody."""
    case = with_events(db, reads, case, [Event("assigned", {"set": {"assignee": agent}})], actor.now, actor)
    return save_thread(db, reads, case, actor, *([agent] if agent else []))


def close(db: Desk, number: int, reason: str | None, actor: Actor) -> Thread:
    """Close a ticket; an unanswered one needs a reason, and is counted separately, never as met (hard question 5)."""
    reads, actor, (case,) = load_cases(db, actor, number)
    refuse_unwritable(case.ticket, actor.now)
    if case.ticket.status == "closed":
        raise InputError(f"Ticket {number} is closed already.", f"See it with `supportctl show {number}`.")
    answered = case.ticket.first_response_at is not None
    if not answered and not (reason and reason.strip()):
        raise InputError(
            f"Ticket {number} has no answer yet.", "Answer it, or say why it is closed without one: --reason TEXT."
        )
    case = with_events(db, reads, case, [Event("closed", {"answered": answered}, reason)], actor.now, actor)
    return save_thread(db, reads, case, actor)


def reopen(db: Desk, number: int, actor: Actor) -> Thread:
    """Open a closed ticket again: its first response stays; without one, its clock keeps running (hard question 5)."""
    reads, actor, (case,) = load_cases(db, actor, number)
    refuse_unwritable(case.ticket, actor.now)
    if case.ticket.status != "closed":
        raise InputError(f"Ticket {number} is not closed.", f"See it with `supportctl show {number}`.")
    case = with_events(db, reads, case, [Event("reopened", {})], actor.now, actor)
    case = catch_up(Judge(reads), case, actor.now, actor)
    return save_thread(db, reads, case._replace(news=True), actor)


def _happen(db: Desk, number: int, events: Sequence[Event], at: int, actor: Actor) -> Thread:
    reads, actor, (case,) = load_cases(db, actor, number)
    refuse_unwritable(case.ticket, at)
    return save_thread(db, reads, with_events(db, reads, case, events, at, actor), actor)


def save_thread(
    db: Desk,
    reads: ReadSet,
    case: Case,
    actor: Actor,
    *names: str,
    beside: Sequence[Case] = (),
    news: Sequence[int] = (),
) -> Thread:
    """Save a case and any others that change with it, and return its new thread."""
    save_cases(db, reads, [case, *beside], actor, *names, news=news)
    return thread_of(db, reads, case.on_record)


def merge(db: Desk, number: int, into: int, actor: Actor, *, agreed: Sequence[str] = ()) -> Thread:
    """Merge a ticket into another, which keeps its received time; returns the source with its own outcome.

    Its question goes on being due until the other one is answered. Raises NotOnRecord, Conflict, and InputError for a
    ticket and itself, a circle, one that was merged already, or `doubts` that were not `agreed` to.
    """
    reads, actor, (source, target) = load_cases(db, actor, number, into)
    _refuse_to_merge(source.ticket, target.ticket, actor.now)
    _refuse_secrets(db, reads, actor.now, target.ticket.channel, _texts(source))
    if new := [doubt for doubt in _doubts(source.ticket, target.ticket) if doubt not in agreed]:
        raise InputError(f"{' '.join(new)} Nothing was changed.", "Add --yes to merge them anyway.")
    source = with_events(db, reads, source, [Event("merged", {"into": into})], actor.now, actor)
    target = with_events(db, reads, target, [Event("absorbed", {"ticket": number})], actor.now, actor)
    return save_thread(db, reads, source, actor, beside=[target])


def merge_doubts(db: Desk, number: int, into: int) -> tuple[str, ...]:
    """Why two tickets may not belong together, in sentences; raises what `merge` raises."""
    read, numbers = BatchReader(db), (number, into)
    read.ahead(*(question for each in numbers if each < LARGEST for question in case_queries(each)))
    source, target = (read_case(read, each).ticket for each in numbers)
    _refuse_to_merge(source, target, NEVER)
    return _doubts(source, target)


def _doubts(source: Ticket, target: Ticket) -> tuple[str, ...]:
    other = f"Tickets {source.id} and {target.id} have different senders."
    closed = f"Ticket {target.id} is closed."
    same = fold_address(source.sender) == fold_address(target.sender)
    return (*([] if same else [other]), *([closed] if target.closed_at is not None else []))


def _refuse_to_merge(source: Ticket, target: Ticket, at: int) -> None:
    refuse_unwritable(source, at)
    _not_before(target, at)
    _refuse_spam(target)
    if source.id == target.id:
        raise InputError(f"Ticket {source.id} cannot be merged into itself.", "Name another ticket.")
    if target.status == "merged":
        raise InputError(
            f"Ticket {target.id} was itself merged into {target.merged_into}.", f"Merge into {target.merged_into}."
        )


def retract(db: Desk, number: int, n: int, reason: str, actor: Actor) -> Thread:
    """Take back entry `n`: it stays visible but no longer counts, and the clock is worked out again.

    Raises NotOnRecord for no such ticket or entry, InputError for one that cannot be taken back, Conflict.
    """
    reads, actor, (case,) = load_cases(db, actor, number)
    _not_before(case.ticket, actor.now)
    entry = _retractable(case, n)
    beside, late = [], []
    if entry.kind == "edited":
        case = case._replace(ticket=without_correction(db, reads, case, entry))
    case = with_events(db, reads, case, [Event("retracted", {"entry": n}, reason)], actor.now, actor)
    if entry.kind == "merged":
        beside = _let_go(db, reads, read_case(reads, entry.data["into"]), number, reason, actor)
    if entry.kind in ENDING:
        late = [number, *absorbed_by(db, number)]  # late again, they are reported again
    if entry.kind in TURNS:
        case = catch_up(Judge(reads), case, entry.at, actor, afresh=entry.kind == "edited")
    if entry.kind != "edited":
        return save_thread(db, reads, case, actor, beside=beside, news=late)
    from supportctl.desk.accounts.keys import lock_for_keys  # late: few entries that are taken back are corrections

    with lock_for_keys(db, case.ticket, actor):
        save_cases(db, reads, [case], actor)
    return read_thread(db, number)


def _retractable(case: Case, n: int) -> Entry:
    """The entry `n` of a case, if it can be taken back. Raises NotOnRecord, InputError."""
    number = case.ticket.id
    entry = next((e for e in case.entries if e.n == n), None)
    if entry is None:
        raise NotOnRecord(f"Ticket {number} has no entry {n}.", f"See them with `supportctl show {number}`.")
    if entry.kind == "absorbed":
        source = entry.data["ticket"]
        raise InputError(
            f"Entry {n} (absorbed) is taken back with the merged entry of ticket {source}.",
            f"Find its number with `supportctl show {source}`.",
        )
    if went_out(entry):
        raise InputError(
            f"Entry {n} of ticket {number} went out by mail: it cannot be taken back.",
            f"Write to the customer again: `supportctl reply {number} --send`.",
        )
    if entry.kind not in RETRACTABLE:
        raise InputError(f"Entry {n} ({entry.kind}) cannot be taken back.", f"These can: {', '.join(RETRACTABLE)}.")
    if n in retracted_entries(case.entries):
        raise InputError(f"Entry {n} was taken back already.", f"See it with `supportctl show {number}`.")
    return entry


def _let_go(db: Desk, reads: ReadSet, other: Case, number: int, reason: str, actor: Actor) -> list[Case]:
    """Take back the other half of a merger."""
    absorbed = in_effect(other.entries, "absorbed", ticket=number)
    if absorbed is None:
        return []
    return [with_events(db, reads, other, [Event("retracted", {"entry": absorbed.n}, reason)], actor.now, actor)]


def without_correction(db: Desk, reads: ReadSet, case: Case, entry: Entry) -> Ticket:
    """A ticket with the subject and sender that it has without a correction.

    Raises Refused if its texts must not be kept on the resulting channel (8.6).
    """
    ticket = as_called(case.ticket, case.entries, case.texts, {*retracted_entries(case.entries), entry.n}, NEVER)
    if channel := entry.data["was"].get("channel"):
        _refuse_secrets(db, reads, ticket.received_at, channel, _texts(case._replace(ticket=ticket)))
    return ticket


def _texts(case: Case) -> list[str]:
    return [case.ticket.subject, *(text.body for text in case.texts.values())]


def writable(db: Desk, number: int, at: int) -> Ticket:
    """The ticket, if something can happen to it at `at`. Raises NotOnRecord, and InputError as `refuse_unwritable`."""
    ticket = find_ticket(db, number)
    refuse_unwritable(ticket, at)
    return ticket


def refuse_unwritable(ticket: Ticket, at: int) -> None:
    """Raises InputError if nothing can happen to a ticket at `at`: it came in later, was merged or is spam."""
    _not_before(ticket, at)
    _refuse_spam(ticket)
    if ticket.status == "merged":
        raise InputError(
            f"Ticket {ticket.id} was merged into {ticket.merged_into}.",
            f"Write to ticket {ticket.merged_into} instead.",
        )


def _refuse_spam(ticket: Ticket) -> None:
    if ticket.is_spam:
        raise InputError(
            f"Ticket {ticket.id} was set aside as spam.",
            f"Take that back first: `supportctl retract {ticket.id} N --reason TEXT`.",
        )


def _not_before(ticket: Ticket, at: int) -> None:
    if at < ticket.received_at:
        raise InputError(
            f"This is before the request: ticket {ticket.id} was received later.",
            "Say when it happened with --now, or for a reply with --at.",
        )


def append(
    db: Desk,
    ticket: Ticket,
    events: Sequence[Event],
    at: int,
    actor: Actor,
    targets: Sequence[Target] = (),
) -> None:
    """Append events to a ticket's history and save the result, inside the caller's transaction.

    The last of `targets` becomes the ticket's target; without one the target stays. Raises Refused for a
    secret off a ticket (8.6).
    """
    reads = ReadSet(db)
    case = with_events(db, reads, read_case(reads, ticket.id, ticket), events, at, actor, targets)
    save_cases(db, reads, [case], actor)


def with_events(
    db: Desk,
    reads: ReadSet,
    case: Case,
    events: Sequence[Event],
    at: int,
    actor: Actor,
    targets: Sequence[Target] = (),
) -> Case:
    """The case with new events, and its ticket after them. Raises Refused for a secret off a ticket (8.6)."""
    agents = in_one(actor.agent, *(event.data.get("set", {}).get("assignee") for event in events))
    _refuse_secrets(db, reads, at, case.ticket.channel, (*(event.body for event in events), agents))
    numbered = list(enumerate(events, case.ticket.entries + 1))
    entries = [Entry(n, at, actor.entered_at, e.kind, actor.agent, actor.system_user, e.data) for n, e in numbered]
    case = case.adding(entries, targets, [Text(n, e.author, e.body) for n, e in numbered if e.body is not None])
    if at < actor.now and TURNS & {event.kind for event in events}:
        return catch_up(Judge(reads), case, at, actor)  # changes since then that an answered ticket ignored
    return case


def _refuse_secrets(db: Desk, reads: ReadSet, at: int, channel: str, texts: Iterable[str | None]) -> None:
    """Raises Refused for a secret off a ticket (8.6), by the policy of `at`."""
    if channel != TICKET:
        refuse_secrets(db, Judge(reads).in_force(at).policy, channel, texts)
