"""Tickets, in lists and single."""

from collections.abc import Iterator
from datetime import tzinfo
from functools import partial
from operator import attrgetter
from typing import Any

from supportctl.desk.tickets.view import TicketView
from supportctl.policy.ticket import Target, Ticket
from supportctl.render.columns import FLAG, LIST, NUMBER, REASONS, SPAN, TIME, Column, Kind, View

SOON = 3600  # business seconds before due at which a ticket is shown as urgent


def _promise(seen: TicketView) -> str:
    """The SLA state, in words that say as much as the colour does."""
    from supportctl.render.phrases import promise  # late: programs read no phrases

    said = promise(seen.sla, seen.late_seconds, seen.remaining_seconds, seen.paused)
    return f"{said}, soon" if urgency(seen) == "soon" else said


def urgency(seen: TicketView) -> str:
    """late; soon, while the clock runs; or nothing."""
    if seen.sla == "late":
        return "late"
    left = seen.remaining_seconds
    return "soon" if left is not None and left <= SOON and not seen.paused else ""


def deadline(seen: TicketView, paused: bool = False) -> str:
    """The SLA state for a list that says above whether the clock is `paused`; then what ended the ticket."""
    from supportctl.render.phrases import deadline  # late: programs read no phrases

    sla, status = seen.sla, seen.ticket.status
    if sla in ("late", "running"):
        otherwise = "" if seen.paused == paused else f", clock {'paused' if seen.paused else 'running'}"
        return deadline(sla, seen.late_seconds, seen.remaining_seconds) + otherwise
    return deadline(sla, seen.late_seconds, None) if status == "open" else status


def columns_of(seen: str = "") -> tuple[Column, ...]:
    """The columns of a ticket; `seen` leads to its view from another record: "seen." from a thread's page."""

    def _of(name: str, kind: Kind = Kind.TEXT, title: str = "", field: str | None = None) -> Column:
        field = field or name
        owed, own = field in Target._fields, field in Ticket._fields
        return Column(name, kind, title, attrgetter(f"{seen}{'ticket.target.' * owed or 'ticket.' * own}{field}"))

    return (
        _of("id", NUMBER, "#"),
        _of("status"),
        _of("channel"),
        _of("subject"),
        _of("from", field="sender"),
        _of("name"),
        _of("tier"),
        _of("priority", NUMBER),
        _of("rank", NUMBER),
        _of("standing"),
        _of("coverage"),
        _of("registered", FLAG),
        _of("product"),
        _of("version"),
        _of("version_support"),
        _of("topic"),
        _of("language"),
        _of("received_at", TIME, "Received"),
        _of("target_seconds", SPAN, "Target"),
        _of("due_at", TIME, "Due"),
        _of("first_response_at", TIME, "First response"),
        _of("response_seconds", SPAN, "Answered in"),
        _of("sla", title="SLA"),
        _of("late_seconds", SPAN, "Late"),
        _of("assignee", title="Agent"),
        _of("tags", LIST),
        _of("closed_at", TIME, "Closed"),
        _of("merged_into", NUMBER),
        _of("external_id"),
        _of("policy_revision", NUMBER),
        _of("reasons", REASONS, "Why"),
    )


COLUMNS = columns_of()
PEOPLE = (Column("promise", title="SLA", get=_promise), Column("deadline", title="Answer", get=deadline))

CARD = (
    "id", "promise", "status", "channel", "subject", "from", "name", "tier", "standing", "coverage", "product",
    "version", "version_support", "topic", "language", "received_at", "target_seconds", "due_at", "first_response_at",
    "response_seconds", "assignee", "tags", "closed_at", "merged_into", "external_id", "reasons",
)  # fmt: skip


def head(seen: TicketView, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    """The facts of one ticket in a few lines, each with its style: what it is, how it stands, who asks, about what."""
    from supportctl.render.phrases import moment  # late: programs read no phrases

    ticket, target = seen.ticket, seen.ticket.target
    yield f"#{ticket.id}  {ticket.subject}", "title"
    yield _stands(seen, zone), urgency(seen)
    sender = f"{ticket.name} <{ticket.sender}>" if ticket.name else ticket.sender
    yield f"From {sender}, received {moment(ticket.received_at, zone)}", ""
    covered = (target.tier, target.standing, target.coverage)
    yield _joined(ticket.status, ticket.assignee or "nobody has it", *covered, ticket.channel), ""
    version = ticket.version and f"{ticket.version} ({target.version_support})"
    product = f"{ticket.product} {version or ''}".rstrip()
    about = (ticket.topic, ticket.language, *(f"tag {tag}" for tag in ticket.tags), ticket.external_id)
    yield _joined(product, *about, f"merged into {ticket.merged_into}" if ticket.merged_into else ""), ""


def _joined(*facts: str | None) -> str:
    return " \u00b7 ".join(fact for fact in facts if fact)


def _stands(seen: TicketView, zone: tzinfo | None) -> str:
    """How a ticket stands against its target, with the time that counts."""
    from supportctl.render.phrases import moment, span  # late: programs read no phrases

    target, said = seen.ticket.target, _promise(seen)
    aim = f", target {span(target.target_seconds)}" if target.target_seconds is not None else ""
    if seen.response_seconds is not None:
        late = f": {said}" if seen.sla == "missed" else ""
        return f"Answered in {span(seen.response_seconds)}{aim}{late}"
    said = said[0].upper() + said[1:]
    if target.due_at is None:
        return said
    due = moment(target.due_at, zone)
    return f"{said} ({due if seen.sla == 'running' else f'due {due}'}){aim}"


TICKET = View(
    columns=COLUMNS,
    plain=("id", "sla", "due_at", "tier", "rank", "standing", "coverage", "channel", "from", "subject"),
    table=("id", "deadline", "tier", "subject"),
    wide=("assignee", "channel", "from", "due_at", "standing", "topic"),
    one_line=True,
    people=PEOPLE,
    style=urgency,
    title="Tickets",
    nothing="",
    card=CARD,
    head=head,
    urgent="deadline",
)


def logged_view(zone: tzinfo | None) -> View:
    """A ticket that was just recorded; `zone` is for the due time of its short form."""

    def short(seen: TicketView) -> str:
        from supportctl.cli.views.done import logged  # late: programs read no phrases

        return logged(seen, zone)

    return TICKET._replace(people=(*PEOPLE, Column("short", get=short)), short="short")


BREACH = TICKET._replace(
    plain=("id", "sla", "due_at", "late_seconds", "tier", "rank", "channel", "assignee", "from", "subject"),
    title="Late tickets",
    nothing="Nothing is late.",
)

ANSWERED_LATE = BREACH._replace(table=("id", "promise", "tier", "subject"), nothing="Nothing was answered late.")

QUEUE = TICKET._replace(title="Queue", nothing="No open tickets.")


def while_paused(view: View, paused: bool) -> View:
    """The view of a list that says above whether the clock is paused, so that rows need not say it."""

    def told(column: Column) -> Column:
        get: Any = column.get
        return column._replace(get=partial(get, paused=paused)) if column.name == "deadline" else column

    return view._replace(people=tuple(map(told, view.people)))
