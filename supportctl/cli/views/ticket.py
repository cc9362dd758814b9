"""Tickets: in lists, on their own, and with their thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supportctl.clock import iso
from supportctl.render.columns import DATA, FLAG, LIST, NUMBER, REASONS, SPAN, TIME, Column, Kind, View
from supportctl.render.phrases import promise

if TYPE_CHECKING:
    from supportctl.desk.seen import Seen
    from supportctl.desk.thread import Thread

SOON = 3600  # business seconds before due at which a ticket is shown as urgent


def _of(name: str, kind: Kind = Kind.TEXT, title: str = "", field: str | None = None) -> Column:
    """A column of the ticket itself, below what is seen of it."""
    attribute = field or name
    getter: Callable[[Any], Any] = lambda seen: getattr(seen.ticket, attribute)  # noqa: E731  # one line says it best
    return Column(name, kind, title, getter)


def _promise(seen: "Seen") -> str:
    return promise(seen.sla, seen.late_seconds, seen.remaining_seconds, seen.paused)


def _urgency(seen: "Seen") -> str:
    if seen.sla == "late":
        return "late"
    left = seen.remaining_seconds
    return "soon" if left is not None and left <= SOON else ""


_COLUMNS = (
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
    _of("assignee"),
    _of("tags", LIST),
    _of("closed_at", TIME, "Closed"),
    _of("merged_into", NUMBER),
    _of("external_id"),
    _of("policy_revision", NUMBER),
    _of("reasons", REASONS, "Why"),
)
_PEOPLE = (Column("promise", title="Promise", get=_promise),)

TICKET = View(
    columns=_COLUMNS,
    plain=("id", "sla", "due_at", "tier", "rank", "standing", "coverage", "channel", "from", "subject"),
    table=("id", "promise", "tier", "channel", "subject"),
    wide=("from", "due_at", "assignee", "standing", "topic"),
    people=_PEOPLE,
    style=_urgency,
    title="Tickets",
)

BREACH = TICKET._replace(
    plain=("id", "sla", "due_at", "late_seconds", "tier", "rank", "channel", "assignee", "from", "subject"),
    title="Late tickets",
)

QUEUE = TICKET._replace(title="Queue")


@dataclass(frozen=True, slots=True)
class SeenThread:
    """A ticket as seen, with its history."""

    seen: "Seen"
    thread: "Thread"

    @property
    def body(self) -> str | None:
        text = self.thread.texts.get(1)
        return text.body if text else None

    @property
    def history(self) -> list[dict[str, Any]]:
        """The entries for scripts: what happened, its own data, and the text where there is one."""
        return [
            {
                "n": entry.n,
                "at": iso(entry.at),
                "entered_at": iso(entry.entered_at),
                "kind": entry.kind,
                "agent": entry.agent,
                "system_user": entry.system_user,
                "data": dict(entry.data),
                "from": text.author if (text := self.thread.texts.get(entry.n)) else None,
                "body": text.body if text else None,
            }
            for entry in self.thread.entries
        ]


def _lifted(column: Column) -> Column:
    """A column of the ticket, read from its thread."""

    def get(record: SeenThread) -> Any:
        return column.value(record.seen)

    return column._replace(get=get)


THREAD = View(
    columns=(
        *map(_lifted, _COLUMNS),
        Column("body"),
        Column("known", DATA, get=lambda record: []),
        Column("history", DATA),
    ),
    plain=TICKET.plain,
    people=tuple(map(_lifted, _PEOPLE)),
    style=lambda record: _urgency(record.seen),
)
