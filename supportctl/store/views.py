"""Views for other programs, such as Datasette or a BI tool: what is in them, and their rows at a moment.

Other programs rely on the names and the order below: they only ever grow at the end. Instants are ISO 8601 in UTC
(2026-03-06T16:30:00Z) and sort as text, spans whole business seconds, flags 0 or 1, tags a JSON array; absent is null.
Of a licence key there are the last four characters, as `masking.mask_key` has it. Access details, notes, replies and
what was removed are in none of them; a ticket's subject and first text are as they were written.

Each engine has their text; `store.views_file` writes them into a file that may be served, which the desk may not.
"""

from collections.abc import Iterator
from typing import Any

from supportctl.clock import iso
from supportctl.policy.ticket import Ticket
from supportctl.store.desk import Desk
from supportctl.store.tickets import dump

NUMBER, TEXT = "integer", "text"
# Each view's columns: what the tools take them for. What they mean is in the guide `files`.
COLUMNS = {
    "v_tickets": {
        "id": NUMBER, "status": TEXT, "sla": TEXT, "channel": TEXT, "subject": TEXT, "body": TEXT, "sender": TEXT,
        "name": TEXT, "customer_email": TEXT, "tier": TEXT, "priority": NUMBER, "rank": NUMBER, "standing": TEXT,
        "coverage": TEXT, "registered": NUMBER, "product": TEXT, "version": TEXT, "version_support": TEXT,
        "topic": TEXT, "language": TEXT, "received_at": TEXT, "target_seconds": NUMBER, "due_at": TEXT,
        "first_response_at": TEXT, "closed_at": TEXT, "assignee": TEXT, "tags": TEXT, "merged_into": NUMBER,
        "spam": NUMBER, "external_id": TEXT, "policy_revision": NUMBER,
    },
    "v_customers": {"id": NUMBER, "email": TEXT, "name": TEXT, "kind": TEXT, "registered_at": TEXT},
    "v_licences": {
        "id": NUMBER, "key": TEXT, "tier": TEXT, "status": TEXT, "delivery_email": TEXT, "customer_email": TEXT,
        "order_ref": TEXT, "issued_at": TEXT, "expires_at": TEXT,
    },
    "v_history": {
        "ticket": NUMBER, "n": NUMBER, "at": TEXT, "entered_at": TEXT, "kind": TEXT, "agent": TEXT,
        "retracted": NUMBER, "tier": TEXT, "target_seconds": NUMBER, "due_at": TEXT,
    },
}  # fmt: skip


def rows(db: Desk, view: str, at: int) -> Iterator[tuple[Any, ...]]:
    """The rows of a view as of `at` (UTC epoch seconds), in the order of its key, one at a time.

    Tickets with later entries are as they are now: see `ticket_row`.
    """
    key = "ticket, n" if view == "v_history" else "id"
    return iter(db.execute(f"{db.tables.published(view).format(now=':at', at=':at')} order by {key}", {"at": at}))


def ticket_row(ticket: Ticket, body: str | None, customer_email: str | None, at: int) -> tuple[Any, ...]:
    """A row of `v_tickets` made of a ticket as it was at `at`, with its first text and the address of its account."""
    own = {**ticket._asdict(), **ticket.target._asdict(), "tags": dump(ticket.tags)}
    own |= {name: iso(own[name]) for name in own if name.endswith("_at") and own[name] is not None}
    own |= {"sla": ticket.sla(at), "body": body, "customer_email": customer_email}
    own |= {"spam": int(ticket.is_spam), "registered": int(ticket.target.registered)}
    return tuple(own[name] for name in COLUMNS["v_tickets"])
