"""What an export writes: the columns that `import` takes, under the same names, or all of them."""

from collections.abc import Iterable
from operator import itemgetter

from supportctl.cli.views.records import CUSTOMER, RELEASE, licence_view
from supportctl.cli.views.thread import THREAD, entry_data
from supportctl.desk.transfer import fields
from supportctl.render.columns import DATA, NUMBER, TIME, Column, View


def _all_plain(view: View) -> View:
    return view._replace(plain=tuple(column.name for column in view.columns))


def _reordered(view: View, *names: str) -> View:
    return _all_plain(view._replace(columns=tuple(view.named(names))))


def _by_place(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns for records that are sequences of their values."""
    return tuple(column._replace(get=itemgetter(n)) for n, column in enumerate(columns))


CUSTOMERS = _reordered(CUSTOMER, *fields.CUSTOMERS.fields)
RELEASES = _reordered(RELEASE, *fields.RELEASES.fields)
_TICKET = THREAD._replace(people=(), head=None, below="")
TICKETS = _all_plain(
    _TICKET._replace(
        columns=_by_place(_TICKET.named(fields.TICKETS.fields)),
        table=("from", "subject", "channel", "received_at"),
        wide=("first_response_at", "assignee"),
        style=None,
    )
)
FULL_TICKETS = _all_plain(
    _TICKET._replace(
        columns=tuple(c for c in THREAD.columns if c.name not in ("known", "similar", "history")),
        table=("id", "sla", "tier", "channel", "subject"),
    )
)
_ENTRY = (
    Column("ticket", NUMBER, "#"),
    Column("n", NUMBER),
    Column("at", TIME),
    Column("entered_at", TIME),
    Column("kind"),
    Column("agent"),
    Column("system_user"),
    Column("from"),
    Column("body"),
)
HISTORY = _all_plain(
    View(
        columns=(*_by_place(_ENTRY), Column("data", DATA, get=lambda row: entry_data(row[len(_ENTRY)]))),
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
