"""Views for other programs, such as Datasette or a BI tool: what is in them, and their rows at a moment.

Other programs rely on the names and the order below: they only ever grow at the end. Instants are ISO 8601 in UTC
(2026-03-06T16:30:00Z) and sort as text, spans whole business seconds, flags 0 or 1, tags a JSON array; absent is null.
Of a licence key there are the last four characters, as `masking.mask_key` has it. Access details, notes, replies and
what was removed are in none of them; a ticket's subject and first text are as they were written.

A migration has made these views: to change one, drop and create it in a new migration, which needs the text that is
published now. `store.sqlite.serving` writes them into a file that may be served; the desk may not.
"""

from collections.abc import Iterator
from typing import Any

from supportctl.clock import NEVER, iso
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


def _iso(column: str) -> str:
    """A column of epoch seconds as `clock.iso` writes it."""
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', {column}, 'unixepoch')"


# {now} is the moment by which something is late or has expired, {at} the last from which facts count. Functions of JSON
# are not used: SQLite refuses them in a view where the schema is not trusted, as in our own connections.
_SELECTS = {
    "v_tickets": f"""
select t.id as id, t.status as status,
    case when t.due_at is null then 'none' when t.first_response_at <= t.due_at then 'met'
        when t.first_response_at is not null then 'missed' when t.closed_at is not null then 'unanswered'
        when t.due_at < {{now}} then 'late' else 'running' end as sla,
    t.channel as channel, t.subject as subject, x.body as body, t.sender as sender, c.name as name,
    c.email as customer_email, t.tier as tier, t.priority as priority, t.rank as rank, t.standing as standing,
    t.coverage as coverage, t.registered as registered, t.product as product, t.product_version as version,
    t.version_support as version_support, t.topic as topic, t.language as language,
    {_iso("t.received_at")} as received_at, t.target_seconds as target_seconds, {_iso("t.due_at")} as due_at,
    {_iso("t.first_response_at")} as first_response_at, {_iso("t.closed_at")} as closed_at, t.assignee as assignee,
    t.tags as tags, t.merged_into as merged_into,
    t.due_at is null and exists (
        select 1 from history h where h.ticket = t.id and h.n = t.target_n and h.kind = 'spam'
    ) as spam,
    t.external_id as external_id, t.policy_revision as policy_revision
from tickets t
left join texts x on x.ticket = t.id and x.n = 1
left join customers c on c.email_folded = t.sender_folded
where t.received_at <= {{at}}""",
    "v_customers": f"""
select c.id as id, c.email as email, c.name as name,
    coalesce((
        select k.kind from account_kinds k where k.customer = c.id and k.effective_at <= {{at}}
        order by k.effective_at desc, k.n desc limit 1
    ), c.kind) as kind,
    {_iso("c.registered_at")} as registered_at
from customers c""",
    "v_licences": f"""
select l.id as id,
    '****' || case when length(l.key) > 4 then substr(l.key, -4) else '' end as key, t.tier as tier,
    case when t.revoked then 'revoked' when t.expires_at <= {{now}} then 'expired' else 'active' end as status,
    l.delivery_email as delivery_email, c.email as customer_email, l.order_ref as order_ref,
    {_iso("l.issued_at")} as issued_at, {_iso("t.expires_at")} as expires_at
from licences l
join licence_terms t on t.licence = l.id and t.n = coalesce((
    select y.n from licence_terms y where y.licence = l.id and y.effective_at <= {{at}}
    order by y.effective_at desc, y.n desc limit 1
), (
    select y.n from licence_terms y where y.licence = l.id and y.recorded_at <= {{at}}
    order by y.effective_at desc, y.n desc limit 1
))
left join customers c on c.email_folded = l.delivery_folded""",
    "v_history": f"""
select h.ticket as ticket, h.n as n, {_iso("h.at")} as at, {_iso("h.entered_at")} as entered_at, h.kind as kind,
    h.agent as agent,
    exists (
        select 1 from history r where r.ticket = h.ticket and r.kind = 'retracted' and r.at <= {{at}}
        and instr(replace(r.data, char(125), ','), '"entry":' || h.n || ',') > 0
    ) as retracted,
    g.tier as tier, g.target_seconds as target_seconds, {_iso("g.due_at")} as due_at
from history h
left join targets g on g.ticket = h.ticket and g.n = h.n
where h.at <= {{at}}""",
}
_CLOCK = "cast(strftime('%s', 'now') as integer)"
SCHEMA = ";\n".join(f"create view {name} as{select.format(now=_CLOCK, at=NEVER)}" for name, select in _SELECTS.items())


def rows(db: Desk, view: str, at: int) -> Iterator[tuple[Any, ...]]:
    """The rows of a view as of `at` (UTC epoch seconds), in the order of its key, one at a time.

    Tickets with later entries are as they are now: see `ticket_row`.
    """
    key = "ticket, n" if view == "v_history" else "id"
    return iter(db.execute(f"{_SELECTS[view].format(now=':at', at=':at')} order by {key}", {"at": at}))


def ticket_row(ticket: Ticket, body: str | None, customer_email: str | None, at: int) -> tuple[Any, ...]:
    """A row of `v_tickets` made of a ticket as it was at `at`, with its first text and the address of its account."""
    own = {**ticket._asdict(), **ticket.target._asdict(), "tags": dump(ticket.tags)}
    own |= {name: iso(own[name]) for name in own if name.endswith("_at") and own[name] is not None}
    own |= {"sla": ticket.sla(at), "body": body, "customer_email": customer_email}
    own |= {"spam": int(ticket.is_spam), "registered": int(ticket.target.registered)}
    return tuple(own[name] for name in COLUMNS["v_tickets"])
