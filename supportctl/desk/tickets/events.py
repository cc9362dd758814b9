"""What happens to a ticket after it came in: answered, noted, assigned, closed, merged; each with its history row."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from supportctl.desk.accounts.keys import let_keys_count
from supportctl.desk.tickets.as_of import as_called, ticket_at
from supportctl.desk.tickets.judge import catch_up, customer_wrote, taken_in, with_entries
from supportctl.desk.tickets.merged import absorbed_by, words
from supportctl.desk.tickets.secrets import in_one, refuse_secrets
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.history import in_effect, taken_back
from supportctl.policy.identity import fold_address, parse_address
from supportctl.policy.ticket import Entry, Target, Ticket
from supportctl.store import agents, filing, notified, policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.sqlite.transaction import transaction
from supportctl.store.tickets import Text

RETRACTABLE = (
    "replied", "customer-replied", "auto-replied", "noted", "assigned", "edited", "closed", "reopened", "merged",
    "spam",
)  # fmt: skip
# What a due time rests on.
TURNS = frozenset({"replied", "customer-replied", "edited", "closed", "reopened", "merged", "spam"})
ENDING = ("replied", "closed", "merged", "spam")  # what removes a ticket from the list of breaches
LATEST = 1 << 62  # later than any entry
SPAM = "spam"  # the code of the reason of a ticket set aside


class Thread(NamedTuple):
    """A ticket with its history and texts."""

    ticket: Ticket
    entries: tuple[Entry, ...]
    texts: dict[int, Text]


class Event(NamedTuple):
    """Something that happens to a ticket, before it has a number: its text and author are separate from its data."""

    kind: str
    data: dict[str, Any]
    body: str | None = None
    author: str | None = None


def find_ticket(db: Desk, number: int) -> Ticket:
    """The ticket of this number. Raises NotOnRecord."""
    ticket = tickets.find(db, number) if number < 1 << 63 else None
    if ticket is None:
        raise NotOnRecord(f"There is no ticket {number}.", "`supportctl queue` lists the open ones.")
    return ticket


def read_thread(db: Desk, number: int) -> Thread:
    """A ticket with all that happened to it. Raises NotOnRecord."""
    ticket, entries = find_ticket(db, number), tuple(tickets.entries(db, number))
    return Thread(ticket, entries, tickets.texts(db, number) | words(db, entries, LATEST))


def thread_at(db: Desk, number: int, at: int) -> Thread:
    """A ticket as it was at `at`, with what had happened by then. Raises NotOnRecord, also if it came in later."""
    thread = read_thread(db, number)
    happened = tuple(entry for entry in thread.entries if entry.at <= at)
    thread.texts.update(words(db, happened, at))
    if len(happened) == len(thread.entries):
        return thread
    ticket = ticket_at(db, thread.ticket, at)
    if ticket is None:
        raise NotOnRecord(f"Ticket {number} had not been received by then.", "Give a later time with --now.")
    return Thread(ticket, happened, {n: text for n, text in thread.texts.items() if n in {e.n for e in happened}})


def reply(
    db: Desk, number: int, body: str, at: int, actor: Actor, *, wait: bool = False, close: bool = False
) -> Thread:
    """An agent's public answer; the first one stops the clock at `at`. Raises NotOnRecord, InputError."""
    with transaction(db):
        ticket = writable(db, number, at)
        events = [Event("replied", {"wait": True} if wait else {}, body)]
        append(db, ticket, events + [Event("closed", {})] * close, at, actor)
    return read_thread(db, number)


def customer_reply(db: Desk, number: int, sender: str, body: str, at: int, actor: Actor) -> Thread:
    """The customer's message: it opens a waiting or closed ticket, and starts the clock of one that the desk began.

    Raises NotOnRecord, InputError.
    """
    address = parse_address(sender)
    with transaction(db):
        ticket = writable(db, number, at)
        customer_wrote_here(db, ticket, Event("customer-replied", {}, body, address), at, actor)
    return read_thread(db, number)


def customer_wrote_here(db: Desk, ticket: Ticket, event: Event, at: int, actor: Actor) -> None:
    """Put the customer's message on a ticket, inside the caller's transaction."""
    target = customer_wrote(db, ticket, ticket.entries + 1, at, actor) if ticket.outbound else None
    if target:
        event = event._replace(data={**event.data, **taken_in(actor)})
    append(db, ticket, [event], at, actor, [target] if target else [])
    if ticket.closed_at is not None:
        notified.forget(db, [ticket.id])
    if target or ticket.closed_at is not None:
        catch_up(db, ticket.id, at, actor)


def auto_reply(db: Desk, number: int, body: str, at: int, actor: Actor) -> Thread:
    """An automatic message: it never stops the clock (hard question 2). Raises NotOnRecord, InputError."""
    return _happen(db, number, Event("auto-replied", {}, body), at, actor)


def note(db: Desk, number: int, body: str, actor: Actor) -> Thread:
    """A note that the customer does not see; the clock keeps running. Raises NotOnRecord, InputError."""
    return _happen(db, number, Event("noted", {}, body), actor.now, actor)


def assign(db: Desk, number: int, agent: str | None, actor: Actor) -> Thread:
    """Hand a ticket to an agent, or with None back to the queue. Raises NotOnRecord, InputError."""
    with transaction(db):
        assign_here(db, writable(db, number, actor.now), agent, actor)
    return read_thread(db, number)


def assign_here(db: Desk, ticket: Ticket, agent: str | None, actor: Actor) -> None:
    """Hand a ticket to an agent, inside the caller's transaction."""
    to = None if agent is None else agents.spelled(db, agent)
    append(db, ticket, [Event("assigned", {"set": {"assignee": to}})], actor.now, actor)


def close(db: Desk, number: int, reason: str | None, actor: Actor) -> Thread:
    """Close a ticket; an unanswered one needs a reason, and is counted separately, never as met (hard question 5)."""
    with transaction(db):
        ticket = writable(db, number, actor.now)
        if ticket.status == "closed":
            raise InputError(f"Ticket {number} is closed already.", f"See it with `supportctl show {number}`.")
        if ticket.first_response_at is None and not (reason and reason.strip()):
            raise InputError(
                f"Ticket {number} has no answer yet.", "Answer it, or say why it is closed without one: --reason TEXT."
            )
        answered = ticket.first_response_at is not None
        append(db, ticket, [Event("closed", {"answered": answered}, reason)], actor.now, actor)
    return read_thread(db, number)


def reopen(db: Desk, number: int, actor: Actor) -> Thread:
    """Open a closed ticket again: its first response stays; without one, its clock keeps running (hard question 5)."""
    with transaction(db):
        ticket = writable(db, number, actor.now)
        if ticket.status != "closed":
            raise InputError(f"Ticket {number} is not closed.", f"See it with `supportctl show {number}`.")
        append(db, ticket, [Event("reopened", {})], actor.now, actor)
        notified.forget(db, [number])
        catch_up(db, number, actor.now, actor)
    return read_thread(db, number)


def merge(db: Desk, number: int, into: int, actor: Actor, *, agreed: Sequence[str] = ()) -> Thread:
    """Merge a ticket into another, which keeps its received time; returns the source with its own outcome.

    Its question stays due until the other one is answered. Raises NotOnRecord, and InputError for a ticket and itself,
    a circle, one that was already merged, or `doubts` that were not `agreed` to.
    """
    with transaction(db):
        source, target = _to_merge(db, number, into, actor.now)
        refuse_secrets(db, policies.in_force(db, actor.now).policy, target.channel, _texts(db, source))
        if new := [doubt for doubt in _doubts(source, target) if doubt not in agreed]:
            raise InputError(f"{' '.join(new)} Nothing was changed.", "Add --yes to merge them anyway.")
        append(db, source, [Event("merged", {"into": into})], actor.now, actor)
        append(db, target, [Event("absorbed", {"ticket": number})], actor.now, actor)
    return read_thread(db, number)


def doubts(db: Desk, number: int, into: int) -> tuple[str, ...]:
    """Why two tickets may not belong together, in sentences; raises what `merge` raises."""
    return _doubts(*_to_merge(db, number, into, LATEST))


def _doubts(source: Ticket, target: Ticket) -> tuple[str, ...]:
    other = f"Tickets {source.id} and {target.id} have different senders."
    closed = f"Ticket {target.id} is closed."
    same = fold_address(source.sender) == fold_address(target.sender)
    return (*([] if same else [other]), *([closed] if target.closed_at is not None else []))


def _to_merge(db: Desk, number: int, into: int, at: int) -> tuple[Ticket, Ticket]:
    source, target = writable(db, number, at), find_ticket(db, into)
    _not_before(target, at)
    _refuse_spam(target)
    if number == into:
        raise InputError(f"Ticket {number} cannot be merged into itself.", "Name another ticket.")
    if target.status == "merged":
        raise InputError(
            f"Ticket {into} was itself merged into {target.merged_into}.", f"Merge into {target.merged_into}."
        )
    return source, target


def retract(db: Desk, number: int, n: int, reason: str, actor: Actor) -> Thread:
    """Take back entry `n`: it stays visible but no longer counts, and the clock is worked out again.

    Raises NotOnRecord for an unknown ticket or entry, InputError for one that cannot be taken back.
    """
    with transaction(db):
        ticket = find_ticket(db, number)
        _not_before(ticket, actor.now)
        history = tickets.entries(db, number)
        entry = next((e for e in history if e.n == n), None)
        if entry is None:
            raise NotOnRecord(f"Ticket {number} has no entry {n}.", f"See them with `supportctl show {number}`.")
        if entry.kind == "absorbed":
            source = entry.data["ticket"]
            raise InputError(
                f"Entry {n} (absorbed) is taken back with the merged entry of ticket {source}.",
                f"Find its number with `supportctl show {source}`.",
            )
        if entry.kind not in RETRACTABLE:
            raise InputError(f"Entry {n} ({entry.kind}) cannot be taken back.", f"These can: {', '.join(RETRACTABLE)}.")
        if any(e.kind == "retracted" and e.data["entry"] == n for e in history):
            raise InputError(f"Entry {n} was taken back already.", f"See it with `supportctl show {number}`.")
        if entry.kind == "edited":
            ticket = as_before(db, ticket, entry)
        append(db, ticket, [Event("retracted", {"entry": n}, reason)], actor.now, actor)
        if entry.kind == "merged":
            _let_go(db, number, entry.data["into"], reason, actor)
        if entry.kind in ENDING:
            notified.forget(db, [number, *absorbed_by(db, number)])  # late again, they are reported again
        if entry.kind in TURNS:
            catch_up(db, number, entry.at, actor, afresh=entry.kind == "edited")
        if entry.kind == "edited":
            let_keys_count(db, ticket.sender, actor)
    return read_thread(db, number)


def _let_go(db: Desk, number: int, into: int, reason: str, actor: Actor) -> None:
    """Take back the other half of a merger."""
    other = find_ticket(db, into)
    absorbed = in_effect(tickets.entries(db, into), "absorbed", ticket=number)
    if absorbed is not None:
        append(db, other, [Event("retracted", {"entry": absorbed.n}, reason)], actor.now, actor)


def as_before(db: Desk, ticket: Ticket, entry: Entry) -> Ticket:
    """A ticket with its subject and sender before a correction.

    Raises Refused if its texts must not be kept on the resulting channel (8.6).
    """
    entries = tickets.entries(db, ticket.id)
    ticket = as_called(ticket, entries, tickets.texts(db, ticket.id), {*taken_back(entries), entry.n}, LATEST)
    if channel := entry.data["was"].get("channel"):
        refuse_secrets(db, policies.in_force(db, ticket.received_at).policy, channel, _texts(db, ticket))
    return ticket


def _texts(db: Desk, ticket: Ticket) -> list[str]:
    return [ticket.subject, *(text.body for text in tickets.texts(db, ticket.id).values())]


def _happen(db: Desk, number: int, event: Event, at: int, actor: Actor) -> Thread:
    with transaction(db):
        ticket = writable(db, number, at)
        append(db, ticket, [event], at, actor)
    return read_thread(db, number)


def writable(db: Desk, number: int, at: int) -> Ticket:
    """The ticket, if something can happen to it at `at`.

    Raises NotOnRecord, InputError if it came in later, was merged or is spam.
    """
    ticket = find_ticket(db, number)
    _not_before(ticket, at)
    _refuse_spam(ticket)
    if ticket.status == "merged":
        raise InputError(
            f"Ticket {number} was merged into {ticket.merged_into}.", f"Write to ticket {ticket.merged_into} instead."
        )
    return ticket


def is_spam(ticket: Ticket) -> bool:
    """Whether a ticket was set aside as spam, and that was not taken back."""
    return any(reason.code == SPAM for reason in ticket.target.reasons)


def _refuse_spam(ticket: Ticket) -> None:
    if is_spam(ticket):
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
    """Append events to a ticket's history, and store the result, inside the caller's transaction.

    Raises Refused for a secret outside the ticket channel (8.6).
    """
    policy = policies.in_force(db, at).policy
    agents = in_one(actor.agent, *(event.data.get("set", {}).get("assignee") for event in events))
    refuse_secrets(db, policy, ticket.channel, (*(event.body for event in events), agents))
    numbered = list(enumerate(events, ticket.entries + 1))
    entries = [Entry(n, at, actor.entered_at, e.kind, actor.agent, actor.system_user, e.data) for n, e in numbered]
    texts = [Text(n, e.author, e.body) for n, e in numbered if e.body is not None]
    changed = with_entries(db, ticket, entries, list(targets))
    filing.save(db, changed, entries, texts, targets)
    if at < actor.now and TURNS & {event.kind for event in events}:
        catch_up(db, ticket.id, at, actor)  # what had moved it since, although it was answered or closed by then
    if changed.closed_at is not None:
        from supportctl.store import remote

        remote.forget_secrets(db, ticket=ticket.id)  # access details go when the ticket ends (8.5)
