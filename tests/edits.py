"""Edits of a desk by SQL that `db check` must find: what each does, in statements. `old` is the desk as it was before.

The guards of the schema are off, and so are foreign keys: whoever edits by SQL can switch them off.
"""

TICKET = (
    "status = 'closed'", "channel = 'forum'", "subject = 'Other'", "subject = subject || ' '", "sender = 'eve@example.com'",
    "sender = 'Site@example.com'", "sender = 'eve@example.com', sender_folded = 'eve@example.com'", "product = 'other'",
    "product_version = '1.0.0.0'", "version_support = 'unknown'", "topic = 'usage'", "language = 'fr'", "outbound = 1",
    "key_given = 'FAKE-0001'", "tags = '[\"vip\"]'", "external_id = 'x-1'", "assignee = 'eve'",
    "received_at = received_at - 60", "entered_at = entered_at - 60", "first_response_at = first_response_at - 60",
    "first_response_at = null", "closed_at = received_at + 5", "merged_into = 4", "tier = 'FREE'", "priority = 5",
    "rank = 6", "standing = 'not-entitled'", "coverage = 'limited'", "registered = 1 - registered",
    "target_seconds = target_seconds + 60", "due_at = due_at + 3600", "policy_revision = 2", "line = 9",
    "entries = entries - 1",
)  # fmt: skip
CELLS = {
    "customers": (
        "email = 'eve@example.com'", "email_folded = 'eve@example.com'", "name = 'Eve'", "kind = 'reseller'",
        "registered_at = 0", "recorded_at = 0", "entered_at = 0", "agent = 'eve'",
    ),
    "licences": (
        "key = 'FAKE-0001'", "key_folded = 'FAKE0001'", "delivery_email = 'eve@example.com'",
        "delivery_folded = 'eve@example.com'", "order_ref = '1'", "issued_at = 5", "entered_at = 5",
    ),
    "licence_terms": (
        "tier = 'SITE'", "revoked = 1 - revoked", "expires_at = 2000000000", "effective_at = 5", "recorded_at = 5",
        "entered_at = 5", "agent = 'eve'",
    ),
    "applied_keys": ("licence = 1", "customer = 1", "applied_at = 5", "agent = 'eve'"),
    "account_kinds": ("kind = 'reseller'", "effective_at = 5"),
    "releases": ("released_at = 5", "major = 9", "product = 'other'", "agent = 'eve'"),
    "policies": (
        "toml = replace(toml, '2h', '9h')", "data = replace(data, '7200', '9000')", "name = 'Mine'",
        "effective_at = 5", "recorded_at = 5",
    ),
    "closures": ("date = '2026-12-31'", "hours = '[]'", "name = 'x'", "removed_at = 5", "agent = 'eve'"),
    "told": ("sla = 'missed'", "agent = 'eve'", "told_at = 5"),
    "messages": ("mark = 'x'", "ticket = 3", "n = 2"),
    "changes": ("agent = 'eve'", "parts = '{}'", "takes_back = 1 where id > 1", "at = 5", "entered_at = 5"),
    "imported_rows": ("print = 'x' where ticket = (select max(ticket) from imported_rows)", "ticket = 1"),
    "remote_sessions": ("tool = 'Other'", "ended_n = null", "started_n = 1", "reasons = '[]'"),
    "remote_secrets": ("body = 'password Other'",),
    "removals": ("done = 0", "mark = 1"),
    "bugs": ("title = 'Other'", "product = 'other'", "product_version = '1'", "topic = 'usage'", "reported_at = 5"),
    "bug_tickets": ("ticket = 3", "n = 1"),
    "bug_history": ("kind = 'dismissed' where n > 1", "agent = 'eve'", "at = 5"),
    "bug_texts": ("body = 'Other'",),
    "history": ("agent = 'eve' where ticket = 1", "at = at - 1 where ticket = 1 and n = 2", "data = '{}' where ticket = 2"),
    "texts": ("body = 'Other' where ticket = 1 and n = 1", "author = 'eve' where ticket = 1 and n = 1"),
    "targets": ("due_at = due_at + 60 where ticket = 1", "reasons = '[]' where ticket = 1"),
    "counters": ("value = value + 1 where name = 'ticket'", "value = value - 1 where name = 'customer'", "value = 0"),
    "ticket_seals": ("history = texts where ticket = 1", "own = '' where ticket = 1"),
    "totals": ("rows = rows + 1 where name = 'customers'", "total = total + 1 where name = 'desk'", "name = 'x' where name = 'told'"),
}  # fmt: skip
LAST = "(select max(id) from tickets)"
OF_TICKET = (
    "removals",
    "texts",
    "targets",
    "imported_rows",
    "told",
    "messages",
    "bug_tickets",
    "ticket_seals",
    "history",
)
NOTE = "ticket = 4 and n = (select max(n) from history where ticket = 4)"
WHOLE = {
    "the last ticket, with its counter lowered": (
        *(f"delete from {table} where ticket = {LAST}" for table in OF_TICKET),
        f"delete from tickets where id = {LAST}",
        "update counters set value = value - 1 where name = 'ticket'",
    ),
    "the last note, with its old seal": (
        f"delete from texts where {NOTE}",
        f"delete from history where {NOTE}",
        "update tickets set entries = entries - 1 where id = 4",
        "update ticket_seals set (history, targets, texts, own) ="
        " (select history, targets, texts, own from old.ticket_seals where ticket = 4) where ticket = 4",
    ),
    "the last bug, with its seal and its counter lowered": (
        "delete from bug_tickets", "delete from bug_texts", "delete from bug_history", "delete from bug_seals",
        "delete from bugs", "update counters set value = 0 where name = 'bug'",
    ),
    "a closure, with its counter lowered": (
        "delete from closures where id = (select max(id) from closures)",
        "update counters set value = value - 1 where name = 'closure'",
    ),
    "customers put back with their total": (
        "delete from customers", "insert into customers select * from old.customers",
        "update totals set (rows, total) = (select rows, total from old.totals where name = 'customers')"
        " where name = 'customers'",
    ),
    "customers put back with all totals": (
        "delete from customers", "insert into customers select * from old.customers",
        "delete from totals", "insert into totals select * from old.totals",
    ),
    "two names swapped": (
        "update customers set name = case id when 1 then (select name from customers where id = 2)"
        " else (select name from customers where id = 1) end where id in (1, 2)",
    ),
    "the subjects of two tickets swapped": (
        "update tickets set subject = case id when 2 then 'Sw' else subject end",
    ),
    "two licences swapped": (
        "update licence_terms set licence = -licence where licence in (1, 2)",
        "update licence_terms set licence = case licence when -1 then 2 else 1 end where licence < 0",
    ),
    "a release twice": (
        "insert into releases select product, major, minor, subminor, patch + 1, released_at, entered_at, agent"
        " from releases limit 1",
    ),
    "a licence of one's own": (
        "insert into licences (id, key, key_folded, entered_at) values (99, 'FAKE-0001', 'FAKE0001', 5)",
        "insert into licence_terms values (99, 1, 5, 5, 5, 'eve', 'SITE', 0, null)",
    ),
    "a key applied": ("insert into applied_keys values (1, 2, 5, 5, 'eve')",),
    "a revision of the policy": (
        "insert into policies select 9, effective_at, entered_at, agent, name, toml, data, recorded_at from policies limit 1",
    ),
    "outbound while it waits": ("update tickets set outbound = 1 where first_response_at is null",),
    "a telling": ("insert into told select 'eve', ticket, sla, told_at from told limit 1",),
    "no totals": ("delete from totals",),
    "a total of one's own": ("insert into totals values ('x', 1, 1)",),
}  # fmt: skip
DELETED = (
    "policies", "closures where id = 1", "customers where id = 1", "licences where id = 1",
    "licence_terms where n = 2", "applied_keys", "account_kinds", "releases where major = 7", "removals", "imported_rows",
    "messages", "told", "changes", "bug_tickets", "bug_texts", "bug_history where n = 2", "remote_sessions", "remote_secrets",
    "tickets where id = 2", "history where ticket = 1 and n = 2", "texts where ticket = 1 and n = 1",
    "targets where ticket = 1", "ticket_seals where ticket = 3", "bug_seals", "counters where name = 'erased'",
    "totals where name = 'desk'",
)  # fmt: skip
EDITS: dict[str, tuple[str, ...]] = {
    **{f"tickets: {cell}": (f"update tickets set {cell} where id = 1",) for cell in TICKET},
    **{
        f"{table}: {cell}": (f"update or ignore {table} set {cell}",)
        for table, cells in CELLS.items()
        for cell in cells
    },
    **{f"deleted: {rows}": (f"delete from {rows}",) for rows in DELETED},
    **WHOLE,
}
