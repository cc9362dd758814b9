"""Tickets, in lists and single."""

from datetime import tzinfo
from operator import attrgetter

from supportctl.desk.tickets.view import TicketView
from supportctl.policy.ticket import Target
from supportctl.render.columns import FLAG, LIST, NUMBER, REASONS, SPAN, TIME, Column, Kind, View

SOON = 3600  # business seconds before due at which a ticket is shown as urgent


def _of(name: str, kind: Kind = Kind.TEXT, title: str = "", field: str | None = None) -> Column:
    """A column of the ticket itself, or of the target that it has."""
    field = field or name
    holder = "ticket.target" if field in Target._fields else "ticket"
    return Column(name, kind, title, attrgetter(f"{holder}.{field}"))


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


COLUMNS = (
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
    Column("response_seconds", SPAN, "Answered in"),
    Column("sla", title="SLA"),
    Column("late_seconds", SPAN, "Late", lambda seen: seen.late_seconds),
    _of("assignee", title="Agent"),
    _of("tags", LIST),
    _of("closed_at", TIME, "Closed"),
    _of("merged_into", NUMBER),
    _of("external_id"),
    _of("policy_revision", NUMBER),
    _of("reasons", REASONS, "Why"),
)
PEOPLE = (Column("promise", title="SLA", get=_promise),)

CARD = (
    "id", "promise", "status", "channel", "subject", "from", "name", "tier", "standing", "coverage", "product",
    "version", "version_support", "topic", "language", "received_at", "target_seconds", "due_at", "first_response_at",
    "response_seconds", "assignee", "tags", "closed_at", "merged_into", "external_id", "reasons",
)  # fmt: skip

TICKET = View(
    columns=COLUMNS,
    plain=("id", "sla", "due_at", "tier", "rank", "standing", "coverage", "channel", "from", "subject"),
    table=("id", "promise", "tier", "channel", "assignee", "subject"),
    wide=("from", "due_at", "standing", "topic"),
    people=PEOPLE,
    style=urgency,
    title="Tickets",
    nothing="",
    card=CARD,
    urgent="promise",
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

QUEUE = TICKET._replace(title="Queue", nothing="No open tickets.")
