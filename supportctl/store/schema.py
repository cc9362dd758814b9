"""The tables and indexes of a desk in portable SQL, in the order in which migrations added them.

Instants are UTC epoch seconds, spans whole seconds. Each engine adds its guards, its full text and its views. None of
this changes once it has landed: a change is a new migration.
"""

from supportctl.store import agents, changes, seals, totals

FOUNDATION = """
create table counters (
    name text primary key,
    value bigint not null
);

create table policies (
    revision integer primary key,
    effective_at bigint not null,
    entered_at bigint not null,
    agent text not null,
    name text not null,
    toml text not null,
    data text not null
);

create table customers (
    id integer primary key,
    email text not null,
    email_folded text not null unique,
    name text,
    kind text not null check (kind in ('customer', 'reseller')),
    registered_at bigint,
    recorded_at bigint not null,
    entered_at bigint not null,
    agent text not null
);

create table licences (
    id integer primary key,
    key text not null,
    key_folded text not null unique,
    delivery_email text,
    delivery_folded text,
    order_ref text,
    issued_at bigint,
    entered_at bigint not null
);

create index licences_delivery on licences (delivery_folded);

create table licence_terms (
    licence integer not null references licences (id),
    n integer not null,
    effective_at bigint not null,
    recorded_at bigint not null,
    entered_at bigint not null,
    agent text not null,
    tier text not null,
    revoked integer not null check (revoked in (0, 1)),
    expires_at bigint,
    primary key (licence, n)
);

create table applied_keys (
    customer integer not null references customers (id),
    licence integer not null references licences (id),
    applied_at bigint not null,
    entered_at bigint not null,
    agent text not null,
    primary key (customer, licence)
);

create index applied_keys_licence on applied_keys (licence);

create table releases (
    product text not null,
    major integer not null,
    minor integer not null,
    subminor integer not null,
    patch integer not null,
    released_at bigint,
    entered_at bigint not null,
    agent text not null,
    primary key (product, major, minor, subminor, patch)
);

create table tickets (
    id integer primary key,
    status text not null check (status in ('open', 'waiting', 'closed', 'merged')),
    channel text not null,
    subject text not null,
    sender text not null,
    sender_folded text not null,
    product text not null,
    product_version text,
    version_support text,
    topic text,
    language text not null,
    outbound integer not null check (outbound in (0, 1)),
    key_given text,
    tags text not null,
    external_id text unique,
    assignee text,
    received_at bigint not null,
    entered_at bigint not null,
    first_response_at bigint,
    closed_at bigint,
    merged_into integer references tickets (id),
    tier text not null,
    priority integer,
    rank integer not null,
    standing text not null check (standing in ('entitled', 'best-effort', 'not-entitled')),
    coverage text not null check (coverage in ('covered', 'limited', 'not-covered')),
    registered integer not null check (registered in (0, 1)),
    target_seconds bigint,
    due_at bigint,
    policy_revision integer not null references policies (revision),
    target_n integer not null,
    entries integer not null,
    line integer not null,
    row_version integer not null,
    check ((target_seconds is null) = (due_at is null))
);

create index tickets_unanswered on tickets (due_at, rank, id)
    where first_response_at is null and closed_at is null;

create index tickets_queue on tickets (line, rank, due_at, id) where closed_at is null;

create index tickets_unanswered_sender on tickets (sender_folded)
    where first_response_at is null and closed_at is null;

create index tickets_sender on tickets (sender_folded, closed_at);

create index tickets_answered on tickets (first_response_at) where first_response_at is not null;

create table history (
    ticket integer not null references tickets (id),
    n integer not null,
    at bigint not null,
    entered_at bigint not null,
    kind text not null,
    agent text not null,
    system_user text not null,
    data text not null,
    primary key (ticket, n)
);

create index history_at on history (at);

create table texts (
    ticket integer not null,
    n integer not null,
    author text,
    body text not null,
    primary key (ticket, n),
    foreign key (ticket, n) references history (ticket, n)
);

create table targets (
    ticket integer not null,
    n integer not null,
    set_at bigint not null,
    tier text not null,
    priority integer,
    rank integer not null,
    standing text not null,
    coverage text not null,
    registered integer not null,
    version_support text,
    target_seconds bigint,
    due_at bigint,
    policy_revision integer not null references policies (revision),
    reasons text not null,
    primary key (ticket, n),
    foreign key (ticket, n) references history (ticket, n)
);

create table imported_rows (
    print text primary key,
    ticket integer not null references tickets (id)
);

create table told (
    agent text not null,
    ticket integer not null references tickets (id),
    sla text not null,
    told_at bigint not null,
    primary key (agent, ticket, sla)
)
"""

CLOSURES = """
create table closures (
    id integer primary key,
    date text not null,
    hours text not null,
    name text,
    recorded_at bigint not null,
    entered_at bigint not null,
    agent text not null,
    removed_at bigint,
    removed_entered_at bigint,
    removed_by text
);

create unique index closures_date on closures (date) where removed_at is null;

alter table policies add column recorded_at bigint
"""

KNOWN_BUGS = """
create table bugs (
    id integer primary key,
    title text not null,
    product text not null,
    product_version text,
    topic text,
    reported_at bigint not null,
    entries integer not null
);

create table bug_history (
    bug integer not null references bugs (id),
    n integer not null,
    at bigint not null,
    entered_at bigint not null,
    kind text not null,
    agent text not null,
    system_user text not null,
    data text not null,
    primary key (bug, n)
);

create table bug_texts (
    bug integer not null,
    n integer not null,
    body text not null,
    primary key (bug, n),
    foreign key (bug, n) references bug_history (bug, n)
);

create table bug_tickets (
    bug integer not null references bugs (id),
    ticket integer not null references tickets (id),
    n integer not null,
    primary key (bug, ticket),
    foreign key (bug, n) references bug_history (bug, n)
);

create index bug_tickets_ticket on bug_tickets (ticket)
"""

# Access details have a table of their own, so that they can be removed for good and nothing else shows them (8.6).
REMOTE = """
create table remote_sessions (
    id integer primary key,
    ticket integer not null,
    tool text not null,
    started_n integer not null,
    ended_n integer,
    reasons text not null,
    foreign key (ticket, started_n) references history (ticket, n),
    foreign key (ticket, ended_n) references history (ticket, n)
);

create index remote_sessions_ticket on remote_sessions (ticket);

create index remote_sessions_open on remote_sessions (id) where ended_n is null;

create table remote_secrets (
    session integer primary key references remote_sessions (id),
    body text not null
)
"""

REMOVALS = """
create table removals (
    ticket integer not null,
    n integer not null,
    mark integer not null,
    done integer not null check (done in (0, 1)),
    primary key (ticket, n, mark),
    foreign key (ticket, n) references texts (ticket, n),
    foreign key (ticket, mark) references history (ticket, n)
)
"""

# A Message-ID may contain a person's address: only its digest is kept, which reveals nothing.
MESSAGES = """
create table messages (
    mark text primary key,
    ticket integer not null,
    n integer not null,
    foreign key (ticket, n) references history (ticket, n)
);

create index messages_ticket on messages (ticket)
"""

ACCOUNT_KINDS = """
create table account_kinds (
    customer integer not null references customers (id),
    n integer not null,
    effective_at bigint not null,
    entered_at bigint not null,
    agent text not null,
    kind text not null check (kind in ('customer', 'reseller')),
    primary key (customer, n)
);
create index account_kinds_effective on account_kinds (customer, effective_at, n, kind);
"""

FILTERED = """
create index tickets_status on tickets (status);

create index tickets_tier on tickets (tier);

create index tickets_channel on tickets (channel);

create index tickets_product on tickets (product);

create index tickets_topic on tickets (topic);

create index tickets_assignee on tickets (assignee);

create index tickets_tagged on tickets (tags) where tags <> '[]';

create index tickets_missed on tickets (id) where first_response_at > due_at;

create index tickets_without_promise on tickets (id) where due_at is null;

create index tickets_left_unanswered on tickets (id)
    where due_at is not null and first_response_at is null and closed_at is not null
"""

WAITING_KEYS = """
create index tickets_key_given on tickets (key_given) where key_given is not null
"""

MAIL = """
alter table messages add column message_id text;

alter table messages add column sent_to text
"""

# The queue in its whole order, what is never due in its place, with what lists ask for beside it. Senders that are
# spelled otherwise than they are compared. Reports of breaches by ticket. A person's unanswered tickets are found among
# those that are not closed.
BOUNDED = """
drop index tickets_queue;

create index tickets_queue on tickets (line, rank, due_at is null, due_at, id, status, assignee)
    where closed_at is null;

create index tickets_spelled on tickets (sender, sender_folded) where sender <> sender_folded;

create index told_ticket on told (ticket);

drop index tickets_unanswered_sender
"""

# All of it, as a new desk has it.
EVERY = (
    FOUNDATION, CLOSURES, KNOWN_BUGS, REMOTE, REMOVALS, MESSAGES, ACCOUNT_KINDS, FILTERED, seals.SCHEMA, WAITING_KEYS,
    totals.SCHEMA, seals.OWN_SCHEMA, agents.SCHEMA, changes.SCHEMA, MAIL, BOUNDED,
)  # fmt: skip
