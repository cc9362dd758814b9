"""Tickets: in lists, on their own, and with their thread."""

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from supportctl.clock import iso
from supportctl.render.columns import DATA, FLAG, LIST, NUMBER, REASONS, SPAN, TIME, Column, Kind, View
from supportctl.render.phrases import moment, promise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from supportctl.desk.known import Related
    from supportctl.desk.seen import Seen
    from supportctl.desk.thread import Thread
    from supportctl.policy.ticket import Entry

SOON = 3600  # business seconds before due at which a ticket is shown as urgent


def _of(name: str, kind: Kind = Kind.TEXT, title: str = "", field: str | None = None) -> Column:
    """A column of the ticket itself, below what is seen of it."""
    return Column(name, kind, title, attrgetter(f"ticket.{field or name}"))


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

_CARD = (
    "id", "promise", "status", "channel", "subject", "from", "name", "tier", "standing", "coverage", "product",
    "version", "version_support", "topic", "language", "received_at", "target_seconds", "due_at", "first_response_at",
    "response_seconds", "assignee", "tags", "closed_at", "merged_into", "external_id", "reasons",
)  # fmt: skip

TICKET = View(
    columns=_COLUMNS,
    plain=("id", "sla", "due_at", "tier", "rank", "standing", "coverage", "channel", "from", "subject"),
    table=("id", "promise", "tier", "channel", "subject"),
    wide=("from", "due_at", "assignee", "standing", "topic"),
    people=_PEOPLE,
    style=_urgency,
    title="Tickets",
    card=_CARD,
)

BREACH = TICKET._replace(
    plain=("id", "sla", "due_at", "late_seconds", "tier", "rank", "channel", "assignee", "from", "subject"),
    title="Late tickets",
)

QUEUE = TICKET._replace(title="Queue")


_DONE = {
    "received": "asked",
    "replied": "answered",
    "customer-replied": "wrote",
    "auto-replied": "sent an automatic message",
    "noted": "noted",
    "assigned": "assigned it",
    "edited": "corrected it",
    "closed": "closed it",
    "reopened": "opened it again",
    "merged": "merged it",
    "absorbed": "merged into it",
    "retracted": "took back an entry",
    "redacted": "removed the text of an entry",
    "erased": "removed a person's name and texts",
    "spam": "set it aside as spam",
    "remote-started": "began a remote session",
    "remote-ended": "ended a remote session",
    "retargeted": "recorded a change",
    "linked": "linked it",
}


def _data(data: "Mapping[str, Any]") -> dict[str, Any]:
    """An entry's own data, its times as scripts read them."""
    due = data.get("due_at")
    return {**data, "due_at": [None if at is None else iso(at) for at in due]} if due else dict(data)


def _changed(data: "Mapping[str, Any]", zone: "tzinfo | None") -> str:
    """What a change made of the tier and of the due time, where it did."""
    tier, due = data.get("tier", ()), data.get("due_at", ())
    tiers = f", {' to '.join(tier)}" if len(set(tier)) > 1 else ""
    return tiers + (f", due {moment(due[1], zone)}" if len(set(due)) > 1 and due[1] is not None else "")


def _detail(entry: "Entry", zone: "tzinfo | None") -> str:
    """What an entry without a text of its own is about."""
    data = entry.data
    match entry.kind:
        case "assigned":
            return f" to {data['set']['assignee'] or 'nobody'}"
        case "edited":
            return f": {', '.join([*data['set'], *data.get('also', ())])}"
        case "retargeted":
            return f": {data['cause']}{_changed(data, zone)}"
        case "merged":
            return f" into {data['into']}"
        case "absorbed":
            return f" ticket {data['ticket']}"
        case "remote-started":
            return f" with {data['tool']} ({data['session']})"
        case "remote-ended":
            return f" ({data['session']})"
        case "retracted" | "redacted":
            return f" ({data['entry']})"
        case "linked":
            return f" to bug {data['bug']}"
        case _:
            return ""


class SeenThread(NamedTuple):
    """A ticket as seen, with its history."""

    seen: "Seen"
    thread: "Thread"
    zone: "tzinfo | None" = None
    related: "Related | None" = None

    @property
    def conversation(self) -> str:
        """What was said and done, for people: each entry under a line that says who and when."""
        return "\n".join(self._spoken(entry) for entry in self.thread.entries)

    def _spoken(self, entry: "Entry") -> str:
        text = self.thread.texts.get(entry.n)
        who = text.author if text and text.author else entry.agent
        done = f"{_DONE.get(entry.kind, entry.kind)}{_detail(entry, self.zone)}"
        said = f"{entry.n}. {moment(entry.at, self.zone)}  {who} {done}"
        return f"{said}\n{text.body.rstrip()}\n" if text and text.body.strip() else said

    @property
    def body(self) -> str | None:
        text = self.thread.texts.get(1)
        return text.body if text else None

    @property
    def known(self) -> list[dict[str, Any]]:
        """The known bugs it is linked to, or likely about (1.3)."""
        from supportctl.cli.views.known import known_record

        return [known_record(known) for known in self.related.bugs] if self.related else []

    @property
    def similar(self) -> list[dict[str, Any]]:
        """Tickets that are likely about the same (1.3)."""
        from supportctl.cli.views.known import similar_record

        return [similar_record(ticket) for ticket in self.related.tickets] if self.related else []

    @property
    def already(self) -> str:
        """Both for people, a line each."""
        from supportctl.cli.views.known import related_lines

        return "\n".join(related_lines(self.related)) if self.related else ""

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
                "data": _data(entry.data),
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
        Column("known", DATA),
        Column("similar", DATA),
        Column("history", DATA),
    ),
    plain=TICKET.plain,
    people=(*map(_lifted, _PEOPLE), Column("already", title="Known already"), Column("conversation", title="Thread")),
    style=lambda record: _urgency(record.seen),
    card=(*_CARD, "already", "conversation"),
)
