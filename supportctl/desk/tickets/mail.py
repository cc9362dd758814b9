"""Takes in mail: a message becomes a ticket, joins one, or is skipped, and the result says which."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from supportctl.desk.tickets.case import read_case, save_cases
from supportctl.desk.tickets.events import Event, add_customer_reply, with_events
from supportctl.desk.tickets.receive import Received, log_here
from supportctl.desk.tickets.secrets import refuse_secrets, without_secrets
from supportctl.desk.tickets.thread import find_ticket
from supportctl.errors import InputError, SupportctlError
from supportctl.mail.message import Mail
from supportctl.policy.identity import fold_address, parse_address
from supportctl.policy.ticket import Ticket
from supportctl.store import customers, messages, policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.change import ReadSet
from supportctl.store.desk import Desk


class MailPlan(NamedTuple):
    """How to log mail: what a new ticket gets besides the message's own fields, and whether to refuse or mask."""

    request: Received
    strict: bool = False
    redact: bool = False


class LoggedMail(NamedTuple):
    """The outcome of a message: its ticket, or None if it was skipped, and notes for the agent.

    `again` says that it was seen before.
    """

    ticket: Ticket | None
    said: tuple[str, ...] = ()
    again: bool = False


def log_mails(
    db: Desk, mails: Sequence[Mail], plan: MailPlan, actor: Actor, tick: Callable[[], None] = lambda: None
) -> list[LoggedMail]:
    """Take in all messages or, if one cannot be, none. One that was seen before changes nothing.

    `tick` is called after each. Raises InputError for a message without a sender, Refused for a secret outside the
    ticket channel (8.6) and by `strict`.
    """
    taken = []
    with db.transaction():
        for mail in mails:
            taken.append(_placed(db, mail, plan, actor, many=len(mails) > 1))
            tick()
    return taken


def _placed(db: Desk, mail: Mail, plan: MailPlan, actor: Actor, *, many: bool) -> LoggedMail:
    """Take one in; if there are many, every note names its place."""
    try:
        taken = _take(db, mail, plan, actor)
    except SupportctlError as error:
        if not many:
            raise
        raise type(error)(_at(mail, error.message), error.hint, clause=error.clause) from None
    cut = ("It is over 25 MB or 500,000 lines: the rest was cut off.",) if mail.cut else ()
    return taken._replace(said=tuple(_at(mail, word) if many else word for word in taken.said + cut))


def _at(mail: Mail, sentence: str) -> str:
    return f"{mail.place}: {sentence[:1].lower()}{sentence[1:]}"


def _take(db: Desk, mail: Mail, plan: MailPlan, actor: Actor) -> LoggedMail:
    known = messages.ticket_of(db, [mail.content, mail.mark])
    if known is not None and _seen_before(db, mail):
        again = f"This message was seen before: it is on ticket {known}."
        return LoggedMail(find_ticket(db, known), (again,), again=True)
    name, sender = _sender(mail)
    ticket, said = _belongs(db, mail, sender)
    if known is not None:
        said += (f"Its Message-ID is that of a message on ticket {known}, but its sender or its text is not.",)
    if mail.automatic and ticket is None:
        return LoggedMail(None, (f"An automatic message ({mail.automatic}) that belongs to no ticket was skipped.",))
    if sender is None and not mail.automatic:
        raise InputError("The message has no From address.", "Add one, or record it with `log --from`.")
    at, doubt = _moment(mail, actor.now)
    request = plan.request._replace(
        sender=sender or "", subject=mail.subject, body=_with_name(db, mail.body, name, sender), received_at=at
    )
    if plan.redact:
        subject, body = (without_secrets(db, text) for text in (request.subject, request.body))
        request = request._replace(subject=subject, body=body)
    if ticket is None:
        ticket = log_here(db, request, actor, strict=plan.strict)
        n = 1
    else:
        n = _join(db, ticket, request, actor, automatic=bool(mail.automatic))
    messages.add(db, dict.fromkeys([mail.mark, mail.content]), ticket.id, n, mail.message_id or None)
    return LoggedMail(find_ticket(db, ticket.id), (*said, *doubt))


def _seen_before(db: Desk, mail: Mail) -> bool:
    """Whether a message with a known id is the one that had it first: for older ones only the id is on record."""
    return messages.ticket_of(db, [mail.content]) is not None or messages.is_by_id_alone(db, mail.mark)


def _sender(mail: Mail) -> tuple[str, str | None]:
    """The name and address of the writer; None if nobody named in it has an address."""
    for sender in mail.senders:
        try:
            return sender.name, parse_address(sender.address)
        except InputError:
            continue
    return "", None


def _moment(mail: Mail, now: int) -> tuple[int, tuple[str, ...]]:
    """When it was received: by its Date, else by who passed it on, else now, but never in the future."""
    at = mail.written_at if mail.written_at is not None else mail.passed_at
    if at is None:
        return now, ("It has no readable date: recorded as received now.",)
    if at > now:
        return now, ("Its date is in the future: recorded as received now.",)
    return at, ()


def _with_name(db: Desk, body: str, name: str, sender: str | None) -> str:
    """The text, followed by the writer's name if neither the text nor the desk has it."""
    if not name or sender is None or name.casefold() in (sender.casefold(), ""):
        return body
    account = customers.find(db, sender)
    known = account is not None and account.name
    return body if known or name.casefold() in body.casefold() else f"{body}\n\n[Name: {name}]".lstrip("\n")


# Which ticket it belongs to


def _belongs(db: Desk, mail: Mail, sender: str | None) -> tuple[Ticket | None, tuple[str, ...]]:
    """The ticket that a message belongs to, and any doubts about that.

    By a message that it answers or a number in its subject, and only if a person of that ticket wrote it: anyone can
    come by a Message-ID. A mail server's report about an undelivered message counts as well.
    """
    answered = messages.ticket_of(db, mail.answers)
    for number in [answered, *mail.numbers] if answered is not None else mail.numbers:
        ticket = _end_of(db, number)
        if ticket is not None and (mail.bounced or (sender is not None and _is_person_of(db, ticket, sender))):
            return _unless_spam(ticket)
    return None, () if mail.automatic else _strangers(answered, mail.numbers)


def _strangers(answered: int | None, numbers: tuple[int, ...]) -> tuple[str, ...]:
    """The note on a message that names a ticket on which its sender has not written."""
    if answered is not None:
        return (f"It answers ticket {answered}, but its sender has not written there: it got a ticket of its own.",)
    if numbers:
        return ("Its subject names a ticket, but not one of this sender's: it got a ticket of its own.",)
    return ()


def _end_of(db: Desk, number: int) -> Ticket | None:
    """The ticket with that number, or the one it was merged into."""
    ticket = tickets.find(db, number)
    while ticket is not None and ticket.merged_into is not None:
        ticket = find_ticket(db, ticket.merged_into)
    return ticket


def _unless_spam(ticket: Ticket) -> tuple[Ticket | None, tuple[str, ...]]:
    if ticket.is_spam:
        return None, (f"Ticket {ticket.id}, which it answers, was set aside as spam: it got a ticket of its own.",)
    return ticket, ()


def _is_person_of(db: Desk, ticket: Ticket, address: str) -> bool:
    """Whether someone asked or wrote on a ticket, or on one that was merged into it."""
    folded = fold_address(address)
    if fold_address(ticket.sender) == folded:
        return True
    history = tickets.entries(db, ticket.id)
    wrote = {entry.n for entry in history if entry.kind == "customer-replied"}
    texts = tickets.texts(db, ticket.id).values()
    if any(t.n in wrote and t.author is not None and fold_address(t.author) == folded for t in texts):
        return True
    merged = [find_ticket(db, entry.data["ticket"]) for entry in history if entry.kind == "absorbed"]
    return any(each.merged_into == ticket.id and _is_person_of(db, each, address) for each in merged)


def _join(db: Desk, ticket: Ticket, request: Received, actor: Actor, *, automatic: bool) -> int:
    """Put a message on its ticket, and return the number of its entry. Raises Refused (8.6).

    Mail is not the ticket channel, whatever channel the ticket has.
    """
    at = max(request.received_at, ticket.received_at)  # clocks differ
    refuse_secrets(db, policies.in_force(db, at).policy, request.channel, [request.body])
    kind = "auto-replied" if automatic else "customer-replied"
    event = Event(kind, {}, request.body, request.sender or None)
    reads = ReadSet(db)
    case = read_case(reads, ticket.id)
    if automatic:
        case = with_events(db, reads, case, [event], at, actor)
    else:
        case = add_customer_reply(db, reads, case, event, at, actor)
    save_cases(db, reads, [case], actor)
    return ticket.entries + 1
