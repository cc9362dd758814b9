"""What happens to tickets after they came in: answered, noted, assigned, closed, merged; each with its history row.

What can happen to one can happen to several: they are loaded in one batch, each is decided, and all are saved in one
transaction, or none is if one of them refuses.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from supportctl.clock import NEVER
from supportctl.desk.tickets.as_of import as_called
from supportctl.desk.tickets.case import (
    Case,
    case_queries,
    load_cases,
    read_case,
    recorded_name,
    save_cases,
)
from supportctl.desk.tickets.merged import absorbed_by
from supportctl.desk.tickets.secrets import in_one, refuse_secrets
from supportctl.desk.tickets.thread import Thread, find_ticket, read_threads, thread_of
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.history import in_effect, retracted_entries, went_out
from supportctl.policy.identity import fold_address, parse_address
from supportctl.policy.ticket import TICKET, Entry, Target, Ticket
from supportctl.store import agents
from supportctl.store.actor import Actor
from supportctl.store.change import ReadSet
from supportctl.store.desk import LARGEST, BatchReader, Desk
from supportctl.store.policies import Revisions
from supportctl.store.tickets import Text

RETRACTABLE = (
    "replied", "customer-replied", "auto-replied", "noted", "assigned", "edited", "closed", "reopened", "merged",
    "spam",
)  # fmt: skip
# The facts that a due time rests on.
TURNS = frozenset({"replied", "customer-replied", "edited", "closed", "reopened", "merged", "spam"})
ENDING = ("replied", "closed", "merged", "spam")  # what removes a ticket from the list of breaches


class Event(NamedTuple):
    """Something that happens to a ticket, before it has a number: its text and author are separate from its data."""

    kind: str
    data: dict[str, Any]
    body: str | None = None
    author: str | None = None


Decide = Callable[[ReadSet, Case, Actor], Case]


def change_each(
    db: Desk, numbers: Iterable[int], decide: Decide, actor: Actor, *, senders: bool = False
) -> list[Thread]:
    """Change tickets as `decide` says of each, all or none; it may need the records of their `senders`.

    Raises NotOnRecord, Conflict, and what `decide` raises.
    """
    reads, actor, cases = load_cases(db, actor, *numbers, senders=senders)
    return save_threads(db, reads, [decide(reads, case, actor) for case in cases], actor)


def reply(
    db: Desk, texts: Mapping[int, str], at: int, actor: Actor, *, wait: bool = False, close: bool = False,
    sent: bool = False,
) -> list[Thread]:  # fmt: skip
    """An agent's public answers, by ticket; the first one stops the clock at `at`. `sent`: they went out by mail.

    Raises NotOnRecord, InputError, Conflict.
    """
    data = {name: True for name, said in {"wait": wait, "sent": sent}.items() if said}
    return _happen(db, {n: [Event("replied", data, text)] for n, text in texts.items()}, at, actor, close=close)


def customer_reply(db: Desk, texts: Mapping[int, str], sender: str, at: int, actor: Actor) -> list[Thread]:
    """A customer's messages, by ticket: each opens a waiting or closed ticket, and starts the clock of one that the
    desk began.

    Raises NotOnRecord, InputError, Conflict.
    """
    address = parse_address(sender)

    def decide(reads: ReadSet, case: Case, actor: Actor) -> Case:
        refuse_unwritable(case.ticket, at)
        event = Event("customer-replied", {}, texts[case.ticket.id], address)
        return add_customer_reply(db, reads, case, event, at, actor)

    return change_each(db, texts, decide, actor)


def add_customer_reply(db: Desk, reads: ReadSet, case: Case, event: Event, at: int, actor: Actor) -> Case:
    """The case with the customer's message."""
    ticket, targets = case.ticket, []
    if ticket.outbound:
        # late: few requests begin with the desk
        from supportctl.desk.tickets.judge import Judge, customer_wrote, recording_time

        targets = [customer_wrote(Judge(reads), ticket, ticket.entries + 1, at, actor)]
        event = event._replace(data={**event.data, **recording_time(actor)})
    case = with_events(db, reads, case, [event], at, actor, targets)
    if targets or ticket.closed_at is not None:
        case = _caught_up(reads, case, at, actor)
    return case._replace(news=ticket.closed_at is not None)


def auto_reply(db: Desk, texts: Mapping[int, str], at: int, actor: Actor) -> list[Thread]:
    """Automatic messages, by ticket: they never stop the clock (hard question 2).

    Raises NotOnRecord, InputError, Conflict.
    """
    return _happen(db, {n: [Event("auto-replied", {}, text)] for n, text in texts.items()}, at, actor)


def note(db: Desk, texts: Mapping[int, str], actor: Actor) -> list[Thread]:
    """Notes, by ticket, that the customer does not see; the clock runs on. Raises NotOnRecord, InputError, Conflict."""
    return _happen(db, {n: [Event("noted", {}, text)] for n, text in texts.items()}, actor.now, actor)


def assign(db: Desk, numbers: Iterable[int], agent: str | None, actor: Actor) -> list[Thread]:
    """Hand tickets to an agent, or with None back to the queue. Raises NotOnRecord, InputError, Conflict."""
    threads, _ = assign_and_introduce(db, numbers, agent, actor)
    return threads


def assign_and_introduce(
    db: Desk, numbers: Iterable[int], agent: str | None, actor: Actor
) -> tuple[list[Thread], str | None]:
    """The same, with the note about an agent who is new at the desk."""
    names, known = ([agent], [agents.names()]) if agent else ([], [])
    reads, actor, cases = load_cases(db, actor, *numbers, names=names, questions=known)
    for case in cases:
        refuse_unwritable(case.ticket, actor.now)
    note = None
    if agent:
        from supportctl.desk.accounts.agents import introduction  # late: few changes name another agent

        note = introduction(reads, agent)
    mentioned = [recorded_name(reads, name) for name in names]
    to = mentioned[0] if mentioned else None
    changed = [handed_over(db, reads, case, to, actor) for case in cases]
    return save_threads(db, reads, changed, actor, *mentioned), note


def handed_over(db: Desk, reads: ReadSet, case: Case, agent: str | None, actor: Actor) -> Case:
    """The case with an agent who has the ticket, or nobody."""
    return with_events(db, reads, case, [Event("assigned", {"set": {"assignee": agent}})], actor.now, actor)


def close(db: Desk, numbers: Iterable[int], reason: str | None, actor: Actor) -> list[Thread]:
    """Close tickets; an unanswered one needs a reason, and is counted separately, never as met (hard question 5).

    Raises NotOnRecord, InputError, Conflict.
    """

    def decide(reads: ReadSet, case: Case, actor: Actor) -> Case:
        number = case.ticket.id
        refuse_unwritable(case.ticket, actor.now)
        if case.ticket.status == "closed":
            raise InputError(f"Ticket {number} is closed already.", f"See it with `supportctl show {number}`.")
        answered = case.ticket.first_response_at is not None
        if not answered and not (reason and reason.strip()):
            raise InputError(
                f"Ticket {number} has no answer yet.", "Answer it, or say why it is closed without one: --reason TEXT."
            )
        return with_events(db, reads, case, [Event("closed", {"answered": answered}, reason)], actor.now, actor)

    return change_each(db, numbers, decide, actor)


def reopen(db: Desk, numbers: Iterable[int], actor: Actor) -> list[Thread]:
    """Open closed tickets again: the first response stays; without one, the clock keeps running (hard question 5).

    Raises NotOnRecord, InputError, Conflict.
    """

    def decide(reads: ReadSet, case: Case, actor: Actor) -> Case:
        number = case.ticket.id
        refuse_unwritable(case.ticket, actor.now)
        if case.ticket.status != "closed":
            raise InputError(f"Ticket {number} is not closed.", f"See it with `supportctl show {number}`.")
        case = with_events(db, reads, case, [Event("reopened", {})], actor.now, actor)
        return _caught_up(reads, case, actor.now, actor)._replace(news=True)

    return change_each(db, numbers, decide, actor, senders=True)


def _happen(
    db: Desk, events: Mapping[int, Sequence[Event]], at: int, actor: Actor, *, close: bool = False
) -> list[Thread]:
    after = [Event("closed", {})] * close

    def decide(reads: ReadSet, case: Case, actor: Actor) -> Case:
        refuse_unwritable(case.ticket, at)
        return with_events(db, reads, case, [*events[case.ticket.id], *after], at, actor)

    return change_each(db, events, decide, actor)


def save_threads(
    db: Desk,
    reads: ReadSet,
    cases: Sequence[Case],
    actor: Actor,
    *names: str,
    beside: Sequence[Case] = (),
    news: Sequence[int] = (),
) -> list[Thread]:
    """Save cases, and any others that change with them, in one transaction; returns the new threads of the former."""
    save_cases(db, reads, [*cases, *beside], actor, *names, news=news)
    return [thread_after(db, reads, case) for case in cases]


def thread_after(db: Desk, reads: ReadSet, case: Case) -> Thread:
    """The thread of a case that was saved."""
    thread = thread_of(db, reads, case.on_record.ticket, case.entries, case.texts)
    return thread._replace(known=case.known)


def merge(db: Desk, numbers: Sequence[int], into: int, actor: Actor, *, agreed: Sequence[str] = ()) -> list[Thread]:
    """Merge tickets into another, which keeps its received time; returns the sources, each with its own outcome.

    Their questions go on being due until the other one is answered. Raises NotOnRecord, Conflict, and InputError for a
    ticket and itself, a circle, one that was merged already, or `merge_doubts` that were not `agreed` to.
    """
    reads, actor, (*sources, target) = load_cases(db, actor, *numbers, into)
    for source in sources:
        _refuse_to_merge(source.ticket, target.ticket, actor.now)
        _refuse_secrets(db, reads, actor.now, target.ticket.channel, into, _texts(source))
    if new := [doubt for doubt in _doubts([case.ticket for case in sources], target.ticket) if doubt not in agreed]:
        raise InputError(f"{' '.join(new)} Nothing was changed.", "Add --yes to merge them anyway.")
    merged = [with_events(db, reads, case, [Event("merged", {"into": into})], actor.now, actor) for case in sources]
    absorbed = [Event("absorbed", {"ticket": number}) for number in numbers]
    target = with_events(db, reads, target, absorbed, actor.now, actor)
    return save_threads(db, reads, merged, actor, beside=[target])


def merge_doubts(db: Desk, numbers: Sequence[int], into: int) -> tuple[str, ...]:
    """Why tickets may not belong together, in sentences; raises what `merge` raises."""
    read, every = BatchReader(db), (*numbers, into)
    read.ahead(*(question for each in every if each < LARGEST for question in case_queries(each)))
    *sources, target = (read_case(read, each).ticket for each in every)
    for source in sources:
        _refuse_to_merge(source, target, NEVER)
    return _doubts(sources, target)


def _doubts(sources: Iterable[Ticket], target: Ticket) -> tuple[str, ...]:
    sender = fold_address(target.sender)
    others = [
        f"Tickets {source.id} and {target.id} have different senders."
        for source in sources
        if fold_address(source.sender) != sender
    ]
    return (*others, *([f"Ticket {target.id} is closed."] if target.closed_at is not None else []))


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
    retractable(case, n)
    (thread,) = retract_entries(db, reads, [case], [(number, n)], reason, actor)
    return thread


def retract_entries(
    db: Desk, reads: ReadSet, cases: Sequence[Case], entries: Sequence[tuple[int, int]], reason: str, actor: Actor
) -> list[Thread]:
    """Take back entries that are `retractable`, by ticket and number, in one transaction; the threads of the cases.

    Raises InputError before a ticket was received, Refused, Conflict.
    """
    working = {case.ticket.id: case for case in cases}
    late: list[int] = []
    corrected = False
    for number, n in entries:
        case = working[number]
        _not_before(case.ticket, actor.now)
        entry = retractable(case, n)
        if entry.kind == "edited":
            corrected = True
            case = case._replace(ticket=without_correction(db, reads, case, entry))
        case = with_events(db, reads, case, [Event("retracted", {"entry": n}, reason)], actor.now, actor)
        if entry.kind == "merged":
            _let_go(db, reads, working, entry.data["into"], number, reason, actor)
        if entry.kind in ENDING:
            late += [number, *absorbed_by(db, number)]  # late again, they are reported again
        if entry.kind in TURNS:
            case = _caught_up(reads, case, entry.at, actor, afresh=entry.kind == "edited")
        working[number] = case
    changed = list(working.values())
    if not corrected:
        beside = [case for case in changed if case.ticket.id not in {case.ticket.id for case in cases}]
        return save_threads(db, reads, [working[case.ticket.id] for case in cases], actor, beside=beside, news=late)
    from supportctl.desk.accounts.keys import lock_for_keys  # late: few entries that are taken back are corrections

    with lock_for_keys(db, (case.ticket for case in changed), actor):
        save_cases(db, reads, changed, actor, news=late)
    threads = read_threads(db, [case.ticket.id for case in cases])
    return [thread._replace(known=case.known) for thread, case in zip(threads, cases, strict=True)]


def retractable(case: Case, n: int) -> Entry:
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


def _let_go(
    db: Desk, reads: ReadSet, working: dict[int, Case], into: int, number: int, reason: str, actor: Actor
) -> None:
    """Take back the other half of a merger, among the cases at work."""
    other = working.get(into) or read_case(reads, into)
    if absorbed := in_effect(other.entries, "absorbed", ticket=number):
        event = Event("retracted", {"entry": absorbed.n}, reason)
        working[into] = with_events(db, reads, other, [event], actor.now, actor)


def without_correction(db: Desk, reads: ReadSet, case: Case, entry: Entry) -> Ticket:
    """A ticket with the subject and sender that it has without a correction.

    Raises Refused if its texts must not be kept on the resulting channel (8.6).
    """
    ticket = as_called(case.ticket, case.entries, case.texts, {*retracted_entries(case.entries), entry.n}, NEVER)
    if channel := entry.data["was"].get("channel"):
        _refuse_secrets(db, reads, ticket.received_at, channel, ticket.id, _texts(case._replace(ticket=ticket)))
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
    """Append events to a ticket's history and save the result, inside the caller's transaction, as a part of it.

    The last of `targets` becomes the ticket's target; without one the target stays. Raises Refused for a
    secret off a ticket (8.6).
    """
    reads = ReadSet(db)
    case = with_events(db, reads, read_case(reads, ticket.id, ticket), events, at, actor, targets)
    save_cases(db, reads, [case], actor, listed=False)


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
    bodies = (event.body for event in events)
    _refuse_secrets(db, reads, at, case.ticket.channel, case.ticket.id, (*bodies, agents))
    numbered = list(enumerate(events, case.ticket.entries + 1))
    entries = [Entry(n, at, actor.entered_at, e.kind, actor.agent, actor.system_user, e.data) for n, e in numbered]
    case = case.adding(entries, targets, [Text(n, e.author, e.body) for n, e in numbered if e.body is not None])
    if at < actor.now and TURNS & {event.kind for event in events}:
        return _caught_up(reads, case, at, actor)  # changes since then that an answered ticket ignored
    return case


def _caught_up(reads: ReadSet, case: Case, at: int, actor: Actor, *, afresh: bool = False) -> Case:
    """The case with the judgements that it missed since `at` (see `judge.catch_up`)."""
    from supportctl.desk.tickets.judge import Judge, catch_up  # late: most of what happens is not judged

    return catch_up(Judge(reads), case, at, actor, afresh=afresh)


def _refuse_secrets(db: Desk, reads: ReadSet, at: int, channel: str, number: int, texts: Iterable[str | None]) -> None:
    """Raises Refused for a secret off a ticket (8.6), by the policy of `at`."""
    if channel != TICKET:
        refuse_secrets(db, Revisions.read(reads).in_force(at).policy, channel, texts, number)
