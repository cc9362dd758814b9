"""The schema, as numbered migrations in portable SQL: instants are UTC epoch seconds, spans whole seconds.

To change it, add a function at the end and raise SCHEMA_VERSION by one; never change one that has landed.
"""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from supportctl.store import agents, changes, revisions, seals, tables, totals
from supportctl.store.desk import SCHEMA_VERSION
from supportctl.store.sqlite import refold, search, views
from supportctl.store.sqlite.connection import SqliteDesk, in_memory

migrations = Migrations("supportctl")


def build(db: SqliteDesk) -> None:
    """Fill an empty file with a new desk that has the built-in policy as its first revision."""
    with db.transaction():
        _migrate(db)
        revisions.add_builtin(db)


def rebuild(db: SqliteDesk, version: int, fill: Callable[[SqliteDesk], None]) -> None:
    """Fill an empty file with a desk whose rows `fill` puts into the schema `version`: all or nothing.

    Then it is upgraded to today's schema, as an old desk would be. Raises InputError for impossible rows.
    """
    with db.transaction():
        _apply(db, version)
        fill(db)
        _migrate(db)
        totals.complete(db)
        tables.check(db)
        search.rebuild(db)


def _apply(db: SqliteDesk, version: int) -> None:
    desk = Database(db, execute_plugins=False)
    migrations.apply(desk, stop_before=[later.name for later in migrations.pending(desk)[version:]])


def migrate(db: SqliteDesk) -> None:
    """Upgrade a copy of a desk to this schema, in one transaction."""
    with db.transaction():
        _migrate(db)


def _migrate(db: SqliteDesk) -> None:
    """Apply what is pending, inside the caller's transaction.

    A migrated table gets a new total; but a table that did not match its total keeps the old one.
    """
    desk = Database(db, execute_plugins=False)
    if migrations.pending(desk):
        here = totals.present(db)
        unlike = [name for name, _, _ in totals.mismatches(db, here)] if totals.kept_totals(db) else []
        migrations.apply(desk)
        totals.make(db, but=unlike)
    db.execute(f"pragma user_version = {SCHEMA_VERSION}")


def objects(schema: int, query: str) -> list[tuple[Any, ...]]:
    """The result of `query` on a new desk of an earlier schema, or of today's."""
    with closing(in_memory()) as db:
        with db.transaction():
            _apply(db, schema)
        return db.execute(query).fetchall()


def _run(db: Any, script: str) -> None:
    """Statement by statement: `executescript` would commit the transaction that makes a migration all or nothing."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


@migrations()
def m001_foundation(db: Any) -> None:
    """Customers, licences, releases, policies, tickets with their history and targets."""
    _run(db, FOUNDATION)


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


@migrations()
def m002_closures(db: Any) -> None:
    """Holidays and half days of the desk's own, and when a revision of the policy was recorded."""
    _run(db, CLOSURES)


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


@migrations()
def m003_bugs(db: Any) -> None:
    """Known bugs with their history, and full text over tickets and bugs."""
    _run(db, KNOWN_BUGS)
    _run(db, search.SCHEMA)


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


@migrations()
def m004_remote_and_guards(db: Any) -> None:
    """Remote sessions, and triggers that keep the history as it was written, whichever program opens the desk."""
    _run(db, REMOTE)
    for table, n in (("history", "ticket"), ("targets", "ticket"), ("bug_history", "bug")):
        _run(db, APPEND_ONLY.format(table=table, of=n))
    _run(db, REMOVALS)


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

# An insert that replaces, by the key or by the row id, deletes without firing the trigger for deletes: so inserts have
# one.
APPEND_ONLY = """
create trigger {table}_no_update before update on {table}
begin select raise(abort, '{table} is append-only'); end;

create trigger {table}_no_delete before delete on {table}
begin select raise(abort, '{table} is append-only'); end;

create trigger {table}_no_replace before insert on {table}
when exists (select 1 from {table} where {of} = new.{of} and n = new.n)
    or exists (select 1 from {table} where rowid = new.rowid)
begin select raise(abort, '{table} is append-only'); end;
"""

# A text changes only by a removal, which a history entry must have announced, and which counts once.
REMOVALS = """
create table removals (
    ticket integer not null,
    n integer not null,
    mark integer not null,
    done integer not null check (done in (0, 1)),
    primary key (ticket, n, mark),
    foreign key (ticket, n) references texts (ticket, n),
    foreign key (ticket, mark) references history (ticket, n)
);

create trigger removals_marked before insert on removals
when not exists (
    select 1 from history where ticket = new.ticket and n = new.mark and kind in ('redacted', 'erased')
) or exists (select 1 from removals where ticket = new.ticket and n = new.n and mark = new.mark)
    or exists (select 1 from removals where rowid = new.rowid)
begin select raise(abort, 'a removal needs an entry of its own in the history'); end;

create trigger removals_once before update on removals
when old.done = 1 or new.done = 0 or new.ticket <> old.ticket or new.n <> old.n or new.mark <> old.mark
begin select raise(abort, 'a removal counts once'); end;

create trigger removals_no_delete before delete on removals
begin select raise(abort, 'removals are append-only'); end;

create trigger texts_no_update before update on texts
when new.ticket <> old.ticket or new.n <> old.n
    or not exists (select 1 from removals where ticket = old.ticket and n = old.n and done = 0)
begin select raise(abort, 'a text changes only by a removal'); end;

create trigger texts_removed after update on texts
begin update removals set done = 1 where ticket = old.ticket and n = old.n and done = 0; end;

create trigger texts_no_delete before delete on texts
begin select raise(abort, 'a text changes only by a removal'); end;

create trigger texts_no_replace before insert on texts
when exists (select 1 from texts where ticket = new.ticket and n = new.n)
    or exists (select 1 from texts where rowid = new.rowid)
begin select raise(abort, 'a text changes only by a removal'); end
"""


@migrations()
def m005_messages(db: Any) -> None:
    """Which messages were already imported, and which ticket each became part of."""
    _run(db, MESSAGES)


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


@migrations()
def m006_account_kinds(db: Any) -> None:
    """When an account is a reseller's or a customer's: one that never changed has no rows here."""
    _run(db, ACCOUNT_KINDS)


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


@migrations()
def m007_indexes_of_filters(db: Any) -> None:
    """An index for each field that a search can be narrowed by, so that rare values are found at once."""
    _run(db, FILTERED)


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


@migrations()
def m008_seals(db: Any) -> None:
    """Seals of what was written about each ticket and bug; an older desk is sealed as it is."""
    _run(db, seals.SCHEMA)
    _run(db, BUG_TEXTS)
    seals.make_all(db.conn)


@migrations()
def m009_one_address(db: Any) -> None:
    """Addresses compared by IDNA 2008, and an index of the keys that wait for a sender or a licence."""
    _run(db, WAITING_KEYS)
    refold.refold(db.conn)


WAITING_KEYS = """
create index tickets_key_given on tickets (key_given) where key_given is not null
"""


# A bug's text changes only if the last entry of the bug says that a person was erased.
BUG_TEXTS = """
create trigger bug_texts_no_update before update on bug_texts
when new.bug <> old.bug or new.n <> old.n or not exists (
    select 1 from bug_history where bug = old.bug and kind = 'erased'
    and n = (select max(n) from bug_history where bug = old.bug)
)
begin select raise(abort, 'a text changes only by an erasure'); end;

create trigger bug_texts_no_delete before delete on bug_texts
begin select raise(abort, 'a text changes only by an erasure'); end;

create trigger bug_texts_no_replace before insert on bug_texts
when exists (select 1 from bug_texts where bug = new.bug and n = new.n)
    or exists (select 1 from bug_texts where rowid = new.rowid)
begin select raise(abort, 'a text changes only by an erasure'); end
"""


@migrations()
def m010_totals(db: Any) -> None:
    """Totals of every table that decisions depend on, and seals of what tickets and bugs say about themselves.

    An older desk is sealed as it is; the totals are summed when all migrations have been applied.
    """
    _run(db, totals.SCHEMA)
    _run(db, seals.OWN_SCHEMA)
    seals.make_own(db.conn)


@migrations()
def m011_agents(db: Any) -> None:
    """Who works at the desk: of names that differ only in case, the first spelling counts from now on."""
    _run(db, agents.SCHEMA)
    agents.fill(db.conn)


@migrations()
def m012_changes(db: Any) -> None:
    """What each agent did, change by change; those of before this table existed cannot be taken back by `undo`."""
    _run(db, changes.SCHEMA)


@migrations()
def m013_mail(db: Any) -> None:
    """The Message-IDs of mail, which answers name, and where an answer was sent; older messages have only marks."""
    _run(db, MAIL)


MAIL = """
alter table messages add column message_id text;

alter table messages add column sent_to text
"""


@migrations()
def m014_views_for_others(db: Any) -> None:
    """Views that other programs read: names and texts of people, but no keys in full and no access details."""
    _run(db, views.SCHEMA)


@migrations()
def m015_bounded_reads(db: Any) -> None:
    """Indexes for reads that grew with the desk: of few tickets each, so that an import pays next to nothing."""
    _run(db, BOUNDED)


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
