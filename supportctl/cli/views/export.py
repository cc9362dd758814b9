"""What an export writes: the columns that `import` takes, under the same names, or all of them."""

from operator import attrgetter
from typing import Any

from supportctl.cli.views.records import CUSTOMER, RELEASE, licence_view
from supportctl.cli.views.thread import THREAD, entry_data
from supportctl.desk.transfer import fields
from supportctl.desk.transfer.export import ExportedEntry
from supportctl.render.columns import DATA, NUMBER, TIME, Column, View


def _all_plain(view: View) -> View:
    return view._replace(plain=tuple(column.name for column in view.columns))


def _reordered(view: View, *names: str) -> View:
    return _all_plain(view._replace(columns=tuple(view.named(names))))


def _text(field: str) -> Any:

    def get(record: ExportedEntry) -> Any:
        return getattr(record.text, field) if record.text else None

    return get


def _of_entry(name: str, kind: Any = None) -> Column:
    column = Column(name, get=attrgetter(f"entry.{name}"))
    return column._replace(kind=kind) if kind else column


CUSTOMERS = _reordered(CUSTOMER, *fields.CUSTOMERS.fields)
RELEASES = _reordered(RELEASE, *fields.RELEASES.fields)
_TICKET = THREAD._replace(people=(), head=None, below="")
TICKETS = _reordered(
    _TICKET._replace(table=("from", "subject", "channel", "received_at"), wide=("first_response_at", "assignee")),
    *fields.TICKETS.fields,
)
FULL_TICKETS = _all_plain(
    _TICKET._replace(
        columns=tuple(c for c in THREAD.columns if c.name not in ("known", "similar", "history")),
        table=("id", "sla", "tier", "channel", "subject"),
    )
)
HISTORY = _all_plain(
    View(
        columns=(
            Column("ticket", NUMBER, "#"),
            _of_entry("n", NUMBER),
            _of_entry("at", TIME),
            _of_entry("entered_at", TIME),
            _of_entry("kind"),
            _of_entry("agent"),
            _of_entry("system_user"),
            Column("from", get=_text("author")),
            Column("body", get=_text("body")),
            Column("data", DATA, get=lambda record: entry_data(record.entry.data)),
        ),
        plain=(),
        table=("ticket", "n", "at", "kind", "agent", "body"),
    )
)


def licences_view(at: int, reveal: bool) -> View:
    """Licences as `import` takes them; the keys in full with `reveal`."""
    return _reordered(licence_view(at, reveal), *fields.LICENCES.fields)


MOVED = _all_plain(
    View(columns=(Column("what"), Column("folder"), Column("tables", NUMBER), Column("rows", NUMBER)), plain=())
)

WRITTEN = _all_plain(
    View(columns=(Column("what"), Column("file"), Column("tables", NUMBER), Column("rows", NUMBER)), plain=())
)
