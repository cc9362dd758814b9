"""The entitlement verdict."""

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any

from supportctl.clock import iso
from supportctl.masking import mask_key
from supportctl.policy.entitlement import Licence
from supportctl.policy.identity import looks_like_address
from supportctl.render.columns import DATA, FLAG, LIST, NUMBER, REASONS, SPAN, Column, View


def _of_tier(field: str) -> Callable[[Any], Any]:
    """A field of the tier; None for an unknown key, which has none."""
    return lambda answer: getattr(answer.entitlement.tier, field) if answer.entitlement else None


def _key(key: str, reveal: bool) -> str:
    return key if reveal else mask_key(key)


def _query(answer: Any, reveal: bool = False) -> str:
    query: str = answer.query
    return query if looks_like_address(query) else _key(query, reveal)


def _licences(answer: Any, reveal: bool = False) -> list[dict[str, Any]]:
    return [_licence(held, answer.at, reveal) for held in answer.licences]


def _licence(held: Licence, at: int, reveal: bool) -> dict[str, Any]:
    return {
        "key": _key(held.key, reveal),
        "tier": held.tier,
        "status": held.status(at),
        "delivery_email": held.delivery_email,
        "issued_at": iso(held.issued_at) if held.issued_at is not None else None,
        "expires_at": iso(held.expires_at) if held.expires_at is not None else None,
    }


def _held(answer: Any, zone: tzinfo | None, reveal: bool = False) -> str:
    """The licences for people, one per line."""
    from supportctl.render.phrases import moment  # late: programs read no phrases

    def told(held: Licence) -> str:
        parts = (
            f"{_key(held.key, reveal)}: {held.tier}, {held.status(answer.at)}",
            held.delivery_email and f"delivered to {held.delivery_email}",
            held.issued_at is not None and f"issued {moment(held.issued_at, zone)}",
            held.expires_at is not None and f"until {moment(held.expires_at, zone)}",
        )
        return ", ".join(part for part in parts if part)

    return "\n".join(map(told, answer.licences))


ENTITLEMENT = View(
    columns=(
        Column("query", get=_query),
        Column("found", FLAG),
        Column("recognised_by", get=lambda a: a.entitlement.recognised_by if a.entitlement else "none"),
        Column("email"),
        Column("name", get=lambda a: a.account.name if a.account else None),
        Column("kind", get=lambda a: a.account.kind if a.account else "customer"),
        Column("registered", FLAG, get=lambda a: bool(a.entitlement and a.entitlement.registered)),
        Column("tier", get=_of_tier("name")),
        Column("priority", NUMBER, get=_of_tier("priority")),
        Column("rank", NUMBER, get=_of_tier("rank")),
        Column("target_seconds", SPAN, "First response", _of_tier("target")),
        Column("channels", DATA),
        Column("remote_support", FLAG, get=lambda a: bool(a.entitlement and a.entitlement.remote_support)),
        Column("licences", DATA, get=_licences),
        Column("accounts", LIST),
        Column("open_tickets", NUMBER),
        Column("reasons", REASONS, "Why"),
    ),
    plain=(
        "query", "found", "tier", "rank", "target_seconds", "registered", "recognised_by", "kind", "remote_support",
        "open_tickets",
    ),
    table=("query", "found", "tier", "target_seconds", "registered", "recognised_by"),
    wide=("kind", "remote_support", "open_tickets", "name"),
    card=(
        "query", "found", "recognised_by", "email", "name", "kind", "registered", "tier", "priority", "rank",
        "target_seconds", "channels", "remote_support", "held", "accounts", "open_tickets", "reasons",
    ),
    style=lambda a: "" if a.found else "no",
    nothing="",
)  # fmt: skip


def entitlement_view(reveal: bool, zone: tzinfo | None = None) -> View:
    """The columns of a look-up's answer, times for people in `zone`; licence keys in full only with `reveal`."""
    people = (Column("held", title="Licences", get=partial(_held, zone=zone, reveal=reveal)),)
    if not reveal:
        return ENTITLEMENT._replace(people=people)
    whole = {"query": _query, "licences": _licences}
    return ENTITLEMENT._replace(
        people=people,
        columns=tuple(
            c._replace(get=partial(whole[c.name], reveal=True)) if c.name in whole else c for c in ENTITLEMENT.columns
        ),
    )
