"""Customers, what is left of one who was erased, licences and releases."""

from collections.abc import Callable
from functools import partial
from typing import Any

from supportctl.cli.views.policy import MOVED, MOVED_COUNT
from supportctl.masking import mask_key
from supportctl.policy.entitlement import Account, Licence
from supportctl.render.columns import LIST, NUMBER, TIME, Column, View

CUSTOMER = View(
    columns=(Column("email"), Column("name"), Column("kind"), Column("registered_at", TIME)),
    plain=("email", "name", "kind", "registered_at"),
    table=("email", "name", "kind"),
    wide=("registered_at",),
    nothing="No registrations on record.",
)

ERASED = View(
    columns=(
        Column("email"),
        Column("name"),
        Column("kind"),
        Column("registered_at", TIME),
        Column("tickets", NUMBER),
        Column("texts", NUMBER),
        Column("licences", NUMBER),
        Column("also", NUMBER, note="addresses with a tag"),
        Column("left", LIST, title="Left on purpose"),
    ),
    plain=("email", "name", "kind", "registered_at", "tickets", "texts", "licences", "also"),
)

RELEASE = View(
    columns=(
        Column("product", get=lambda pair: pair[0]),
        Column("version", get=lambda pair: str(pair[1].version)),
        Column("released_at", TIME, get=lambda pair: pair[1].released_at),
    ),
    plain=("product", "version", "released_at"),
    table=("product", "version", "released_at"),
    nothing="No releases on record.",
)


def licence_view(at: int, reveal: bool) -> View:
    """A licence as it is at `at`; its key in full only with `reveal`."""

    def key(licence: Licence) -> str:
        return licence.key if reveal else mask_key(licence.key)

    return View(
        columns=(
            Column("key", get=key),
            Column("tier"),
            Column("status", get=lambda licence: licence.status(at)),
            Column("delivery_email"),
            Column("order"),
            Column("issued_at", TIME),
            Column("expires_at", TIME),
        ),
        plain=("key", "tier", "status", "delivery_email", "issued_at", "expires_at", "order"),
        table=("key", "tier", "status", "delivery_email"),
        wide=("expires_at", "issued_at", "order"),
        style=lambda licence: "" if licence.status(at) == "active" else "done",
        nothing="No licences on record.",
    )


LICENCE = licence_view(0, reveal=False)  # by its columns


def customer_line(account: Account) -> str:
    """A registration in one line."""
    return f"{account.email}{f' ({account.name})' if account.name else ''}: {account.kind}"


def licence_line(licence: Licence, at: int) -> str:
    """A licence in one line, its key masked."""
    holder = f" of {licence.delivery_email}" if licence.delivery_email else ""
    return f"{licence.tier} licence {mask_key(licence.key)}{holder}: {licence.status(at)}"


NAMED = 5  # moved tickets named one by one


def _short(line: Callable[[Any], str], followed: Any) -> str:
    """A record after a change, and the tickets whose due times moved."""
    said, moved = line(followed.record), [f"#{each.id}" for each in followed.moved]
    if not moved:
        return said
    more = f" and {len(moved) - NAMED} more" if len(moved) > NAMED else ""
    return f"{said}\nNew due times: {', '.join(moved[:NAMED])}{more}"


def with_moved_tickets(view: View, line: Callable[[Any], str]) -> View:
    """A view for a `follow.ChangedRecord`: the record, and the tickets whose due times moved.

    `line` says the record in one line, for the short form.
    """
    columns = tuple(column._replace(get=partial(_of_record, column)) for column in view.columns)
    return View(
        columns=(*columns, MOVED),
        plain=(*view.plain, "moved_count"),
        people=(MOVED_COUNT, Column("short", get=partial(_short, line))),
        card=(*view.plain, "moved"),
        short="short",
    )


def _of_record(column: Column, followed: Any) -> Any:
    return column.value(followed.record)
