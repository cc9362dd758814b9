"""Known bugs: in lists, and single ones with their history and the customers they concern."""

from datetime import tzinfo
from typing import Any, NamedTuple

from supportctl.clock import iso
from supportctl.desk.bugs import BugView
from supportctl.policy.ticket import Entry
from supportctl.render.columns import DATA, LIST, NUMBER, REASONS, TEXT, TIME, Column, Kind, View
from supportctl.render.phrases import moment


def _of(name: str, kind: Kind = TEXT, title: str = "") -> Column:
    """A column of the bug itself, not of its reasons."""
    return Column(name, kind, title, lambda seen: getattr(seen.bug, name))


def _style(seen: BugView) -> str:
    if seen.bug.owes_workaround:
        return "soon"
    return "" if seen.bug.open else "done"


_COLUMNS = (
    _of("id", NUMBER, "#"),
    _of("status"),
    _of("title"),
    _of("product"),
    _of("version"),
    _of("topic"),
    _of("workaround"),
    _of("fixed_in"),
    _of("reported_at", TIME),
    _of("reproduced_at", TIME),
    _of("fixed_at", TIME),
    _of("dismissed_at", TIME),
    _of("reason", title="Because"),
    Column("tickets", DATA, get=lambda seen: list(seen.bug.tickets)),
    Column("reasons", REASONS, "Why"),
)

BUG = View(
    columns=_COLUMNS,
    plain=("id", "status", "product", "version", "topic", "fixed_in", "title", "workaround"),
    table=("id", "status", "title", "workaround"),
    wide=("fixed_in", "version", "topic", "product"),
    style=_style,
    title="Known bugs",
    nothing="No bugs to list.",
)


class BugPage(NamedTuple):
    """A bug with its history, and the tickets whose customers are waiting for it; `zone` is for people's times."""

    seen: BugView
    zone: tzinfo | None

    @property
    def tell(self) -> list[dict[str, Any]]:
        """The linked tickets, each with the address of its customer."""
        return [
            {
                "ticket": ticket.id,
                "status": ticket.status,
                "from": ticket.sender,
                "name": ticket.name,
                "version": ticket.version,
                "subject": ticket.subject,
            }
            for ticket in self.seen.concerned
        ]

    @property
    def customers(self) -> str:
        """The same for people, one per line."""
        return "\n".join(
            f"{ticket.sender}  ticket {ticket.id} ({ticket.status}): {ticket.subject}" for ticket in self.seen.concerned
        )

    @property
    def addresses(self) -> list[str]:
        """Whom to write to, each once."""
        return list(dict.fromkeys(ticket.sender for ticket in self.seen.concerned))

    @property
    def history(self) -> list[dict[str, Any]]:
        """The entries for scripts, with their texts."""
        return [
            {
                "n": entry.n,
                "at": iso(entry.at),
                "entered_at": iso(entry.entered_at),
                "kind": entry.kind,
                "agent": entry.agent,
                "system_user": entry.system_user,
                "data": dict(entry.data),
                "body": self.seen.texts.get(entry.n),
            }
            for entry in self.seen.entries
        ]

    @property
    def story(self) -> str:
        """What happened to it, for people."""
        return "\n".join(map(self._told, self.seen.entries))

    def _told(self, entry: Entry) -> str:
        text = self.seen.texts.get(entry.n)
        line = f"{entry.n}. {moment(entry.at, self.zone)}  {entry.agent} {_DONE[entry.kind]}{_detail(entry)}"
        return f"{line}: {text}" if text else line


_DONE = {
    "reported": "reported it",
    "reproduced": "reproduced it",
    "workaround": "gave a workaround",
    "fixed": "marked it fixed",
    "dismissed": "dismissed it",
    "linked": "linked it",
    "erased": "removed a person from it",
}


def _detail(entry: Entry) -> str:
    match entry.kind:
        case "fixed":
            return f" in {entry.data['in']}"
        case "linked":
            return f" to ticket {entry.data['ticket']}"
        case _:
            return ""


def _lifted(column: Column) -> Column:
    return column._replace(get=lambda record: column.value(record.seen))


WHOLE_BUG = View(
    columns=(*map(_lifted, _COLUMNS), Column("tell", DATA), Column("history", DATA)),
    plain=(*BUG.plain, "addresses"),
    people=(
        Column("customers", title="Customers to tell"),
        Column("story", title="History"),
        Column("addresses", LIST, note="to tell"),
    ),
    style=lambda record: _style(record.seen),
    card=(
        "id", "status", "title", "product", "version", "topic", "workaround", "fixed_in", "reported_at", "reason",
        "customers", "reasons", "story",
    ),
)  # fmt: skip
