"""The entitlement verdict."""

from typing import Any

from supportctl.clock import iso
from supportctl.policy.entitlement import Licence
from supportctl.policy.identity import looks_like_address, mask_key
from supportctl.render.columns import DATA, FLAG, LIST, NUMBER, REASONS, SPAN, Column, View


def entitlement_view(reveal: bool) -> View:
    """The columns of a look-up's answer; licence keys whole only with `reveal`."""

    def key(text: str) -> str:
        return text if reveal else mask_key(text)

    def licence(held: Licence, at: int) -> dict[str, Any]:
        return {
            "key": key(held.key),
            "tier": held.tier,
            "status": held.status(at),
            "delivery_email": held.delivery_email,
            "issued_at": iso(held.issued_at) if held.issued_at is not None else None,
            "expires_at": iso(held.expires_at) if held.expires_at is not None else None,
        }

    return View(
        columns=(
            Column("query", get=lambda a: a.query if looks_like_address(a.query) else key(a.query)),
            Column("found", FLAG),
            Column("recognised_by", get=lambda a: a.entitlement.recognised_by if a.entitlement else "none"),
            Column("email"),
            Column("name", get=lambda a: a.account.name if a.account else None),
            Column("kind", get=lambda a: a.account.kind if a.account else "customer"),
            Column("registered", FLAG, get=lambda a: bool(a.entitlement and a.entitlement.registered)),
            Column("tier", get=lambda a: a.entitlement.tier.name if a.entitlement else None),
            Column("priority", NUMBER, get=lambda a: a.entitlement.tier.priority if a.entitlement else None),
            Column("rank", NUMBER, get=lambda a: a.entitlement.tier.rank if a.entitlement else None),
            Column(
                "target_seconds",
                SPAN,
                "First response",
                get=lambda a: a.entitlement.tier.target if a.entitlement else None,
            ),
            Column("channels", DATA),
            Column("remote_support", FLAG, get=lambda a: bool(a.entitlement and a.entitlement.remote_support)),
            Column("licences", DATA, get=lambda a: [licence(held, a.at) for held in a.licences]),
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
        style=lambda a: "" if a.found else "no",
    )  # fmt: skip
