"""The views for other programs in PostgreSQL's words: value by value what SQLite's give (see `store.views`)."""

from supportctl.clock import NEVER


def _iso(column: str) -> str:
    """A column of epoch seconds as `clock.iso` writes it."""
    return f"""to_char(to_timestamp({column}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


# {now} is the moment by which something is late or has expired, {at} the last from which facts count.
SELECTS = {
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
    case when t.due_at is null and exists (
        select 1 from history h where h.ticket = t.id and h.n = t.target_n and h.kind = 'spam'
    ) then 1 else 0 end as spam,
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
    '****' || case when length(l.key) > 4 then right(l.key, 4) else '' end as key, t.tier as tier,
    case when t.revoked = 1 then 'revoked' when t.expires_at <= {{now}} then 'expired' else 'active' end as status,
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
    case when exists (
        select 1 from history r where r.ticket = h.ticket and r.kind = 'retracted' and r.at <= {{at}}
        and strpos(translate(r.data, chr(125), ','), '"entry":' || h.n || ',') > 0
    ) then 1 else 0 end as retracted,
    g.tier as tier, g.target_seconds as target_seconds, {_iso("g.due_at")} as due_at
from history h
left join targets g on g.ticket = h.ticket and g.n = h.n
where h.at <= {{at}}""",
}
_CLOCK = "floor(extract(epoch from now()))::bigint"
SCHEMA = ";\n".join(f"create view {name} as{select.format(now=_CLOCK, at=NEVER)}" for name, select in SELECTS.items())
