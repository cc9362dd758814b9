"""The results of `search`."""

from typing import Any

from supportctl.desk.search import Hit
from supportctl.render.columns import LIST, NUMBER, TIME, Column, View
from supportctl.store.sqlite.search import CLOSE, OPEN


def _ticket(name: str) -> Any:
    return lambda hit: getattr(hit.ticket, name) if hit.ticket else None


def _bug(name: str) -> Any:
    return lambda hit: getattr(hit.bug, name) if hit.bug else None


def _either(of_ticket: str, of_bug: str) -> Any:
    return lambda hit: getattr(hit.ticket, of_ticket) if hit.ticket else getattr(hit.bug, of_bug)


def _shown(hit: Hit) -> str:
    """The sentence with the words found in brackets: colours would not survive a pipe, nor be seen by every eye."""

    return hit.marked.replace(OPEN, "[").replace(CLOSE, "]")


FOUND = View(
    columns=(
        Column("kind", get=lambda hit: "ticket" if hit.ticket else "bug"),
        Column("id", NUMBER, "#", _either("id", "id")),
        Column("subject", get=_either("subject", "title")),
        Column("snippet"),
        Column("matches", LIST),
        Column("status", get=_either("status", "status")),
        Column("product", get=_either("product", "product")),
        Column("topic", get=_either("topic", "topic")),
        Column("received_at", TIME, get=_either("received_at", "reported_at")),
        Column("from", get=_ticket("sender")),
        Column("tier", get=lambda hit: hit.ticket.target.tier if hit.ticket else None),
        Column("channel", get=_ticket("channel")),
        Column("assignee", get=_ticket("assignee")),
        Column("workaround", get=_bug("workaround")),
        Column("fixed_in", get=_bug("fixed_in")),
    ),
    nothing="Nothing found.",
    plain=("kind", "id", "status", "from", "subject", "snippet"),
    table=("kind", "id", "status", "subject", "found"),
    wide=("from", "received_at", "tier"),
    people=(Column("found", get=_shown),),
    title="Found",
)
