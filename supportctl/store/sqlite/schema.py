"""The schema, as numbered migrations in portable SQL: instants are UTC epoch seconds, spans whole seconds.

To change it, add a function at the end and raise SCHEMA_VERSION by one; never change one that has landed.
"""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from supportctl.store import agents, changes, revisions, schema, seals, tables, totals
from supportctl.store.desk import SCHEMA_VERSION
from supportctl.store.place import Tick
from supportctl.store.sqlite import refold, search, views
from supportctl.store.sqlite.connection import SqliteDesk, in_memory, ticking

migrations = Migrations("supportctl")


def build(db: SqliteDesk) -> None:
    """Fill an empty file with a new desk that has the built-in policy as its first revision."""
    with db.transaction():
        _migrate(db)
        revisions.add_builtin(db)


def rebuild(db: SqliteDesk, version: int, fill: Callable[[SqliteDesk], None], tick: Tick | None = None) -> None:
    """Fill an empty file with a desk whose rows `fill` puts into the schema `version`: all or nothing.

    Then it is upgraded to today's schema, as an old desk would be. Raises InputError for impossible rows.
    """
    with db.transaction():
        _apply(db, version)
        fill(db)
        _migrate(db)
        totals.complete(db)
        tables.check(db)
        with ticking(db, tick):
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


def objects(number: int, query: str) -> list[tuple[Any, ...]]:
    """The result of `query` on a new desk of an earlier schema, or of today's."""
    with closing(in_memory()) as db:
        with db.transaction():
            _apply(db, number)
        return db.execute(query).fetchall()


def _run(db: Any, script: str) -> None:
    """Statement by statement: `executescript` would commit the transaction that makes a migration all or nothing."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


@migrations()
def m001_foundation(db: Any) -> None:
    """Customers, licences, releases, policies, tickets with their history and targets."""
    _run(db, schema.FOUNDATION)


@migrations()
def m002_closures(db: Any) -> None:
    """Holidays and half days of the desk's own, and when a revision of the policy was recorded."""
    _run(db, schema.CLOSURES)


@migrations()
def m003_bugs(db: Any) -> None:
    """Known bugs with their history, and full text over tickets and bugs."""
    _run(db, schema.KNOWN_BUGS)
    _run(db, search.SCHEMA)


@migrations()
def m004_remote_and_guards(db: Any) -> None:
    """Remote sessions, and triggers that keep the history as it was written, whichever program opens the desk."""
    _run(db, schema.REMOTE)
    for table, n in (("history", "ticket"), ("targets", "ticket"), ("bug_history", "bug")):
        _run(db, APPEND_ONLY.format(table=table, of=n))
    _run(db, schema.REMOVALS)
    _run(db, REMOVALS)


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
    _run(db, schema.MESSAGES)


@migrations()
def m006_account_kinds(db: Any) -> None:
    """When an account is a reseller's or a customer's: one that never changed has no rows here."""
    _run(db, schema.ACCOUNT_KINDS)


@migrations()
def m007_indexes_of_filters(db: Any) -> None:
    """An index for each field that a search can be narrowed by, so that rare values are found at once."""
    _run(db, schema.FILTERED)


@migrations()
def m008_seals(db: Any) -> None:
    """Seals of what was written about each ticket and bug; an older desk is sealed as it is."""
    _run(db, seals.SCHEMA)
    _run(db, BUG_TEXTS)
    seals.make_all(db.conn)


@migrations()
def m009_one_address(db: Any) -> None:
    """Addresses compared by IDNA 2008, and an index of the keys that wait for a sender or a licence."""
    _run(db, schema.WAITING_KEYS)
    refold.refold(db.conn)


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
    _run(db, schema.MAIL)


@migrations()
def m014_views_for_others(db: Any) -> None:
    """Views that other programs read: names and texts of people, but no keys in full and no access details."""
    _run(db, views.SCHEMA)


@migrations()
def m015_bounded_reads(db: Any) -> None:
    """Indexes for reads that grew with the desk: of few tickets each, so that an import pays next to nothing."""
    _run(db, schema.BOUNDED)
