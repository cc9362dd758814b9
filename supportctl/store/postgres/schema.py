"""The schema of a shared desk: the shared tables and indexes, with the guards and functions that are PostgreSQL's own.

All of it is in the schema `supportctl` of a database. A shared desk begins at today's schema: there are no older ones.
"""

import re
from typing import TYPE_CHECKING

from supportctl.errors import DeskUnusable
from supportctl.store import revisions, schema, totals
from supportctl.store.desk import SCHEMA_VERSION
from supportctl.store.postgres import full_text, guards, roles, views
from supportctl.store.postgres.script import ScriptedTransaction

if TYPE_CHECKING:
    from supportctl.store.postgres.desk import PostgresDesk

# What SQLite has and PostgreSQL lacks, as far as the shared SQL uses it; how a script is refused; and what a message
# leaves behind: by its row a script whose answer was lost is found, and the highest number says whether anything
# changed.
FOUNDATION = f"""
create table desk (schema integer not null);

insert into desk values ({SCHEMA_VERSION});

create table commits (
    n bigint generated always as identity primary key,
    id uuid not null unique,
    at timestamptz not null default now()
);

create unlogged table answering (
    mark bigint not null,
    ticket bigint not null,
    agent text not null,
    since bigint not null
);

create function refuse(number integer, detail text) returns text language plpgsql as $$
begin
    raise exception using errcode = 'SCT01', message = number::text, detail = coalesce(detail, '');
end $$;

create function instr(body text, part text) returns integer language sql immutable strict as
    $$ select strpos(body, part) $$;

create function json_type(body text, path text) returns text language sql immutable strict as
    $$ select jsonb_typeof(body::jsonb -> substr(path, 3)) $$;

create function json_extract(body text, path text) returns bigint language sql immutable strict as
    $$ select (body::jsonb ->> substr(path, 3))::bigint $$;

create function json_each(body text) returns table (value text) language sql immutable strict as
    $$ select jsonb_array_elements_text(body::jsonb) $$
"""
_APPEND_ONLY = """
create function {table}_is_kept() returns trigger language plpgsql as $$
begin
{but}    raise exception '{table} is append-only';
end $$;

create trigger {table}_no_update before update or delete on {table}
    for each row execute function {table}_is_kept();

create trigger {table}_no_truncate before truncate on {table}
    for each statement execute function {table}_is_kept()
"""
# An erasure removes a person from the data of a ticket's entries, and from nothing else. Whether it was one is known at
# the end of the transaction, when its own entry is there.
_REWRITTEN = """\
    if tg_op = 'UPDATE' and current_setting('supportctl.rewriting', true) = old.ticket::text
        and (new.ticket, new.n, new.at, new.entered_at, new.kind, new.agent, new."system_user")
            = (old.ticket, old.n, old.at, old.entered_at, old.kind, old.agent, old."system_user") then
        return new;
    end if;
"""
_ERASED = f"""
create function history_is_erased() returns trigger language plpgsql {guards.PINNED} as $$
begin
    if not exists (
        select from history h where h.ticket = new.ticket and h.n > new.n and h.kind = 'erased' and is_of_now(h.xmin)
        and h.n = (select max(n) from history where ticket = new.ticket)
    ) then
        raise exception 'history is append-only';
    end if;
    return null;
end $$;

create constraint trigger history_erased after update on history deferrable initially deferred
    for each row execute function history_is_erased()
"""
_REMOVALS = f"""
create function removals_guard() returns trigger language plpgsql {guards.PINNED} as $$
begin
    if tg_op = 'DELETE' or tg_op = 'TRUNCATE' then
        raise exception 'removals are append-only';
    elsif tg_op = 'INSERT' then
        if not exists (
            select 1 from history where ticket = new.ticket and n = new.mark and kind in ('redacted', 'erased')
        ) then
            raise exception 'a removal needs an entry of its own in the history';
        end if;
    elsif old.done = 1 or new.done = 0 or new.ticket <> old.ticket or new.n <> old.n or new.mark <> old.mark then
        raise exception 'a removal counts once';
    end if;
    return new;
end $$;

create trigger removals_marked before insert or update or delete on removals
    for each row execute function removals_guard();

create trigger removals_no_truncate before truncate on removals
    for each statement execute function removals_guard();

create function texts_guard() returns trigger language plpgsql {guards.PINNED} as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'a text changes only by a removal';
    end if;
    if new.ticket <> old.ticket or new.n <> old.n
        or not exists (select 1 from removals where ticket = old.ticket and n = old.n and done = 0) then
        raise exception 'a text changes only by a removal';
    end if;
    update removals set done = 1 where ticket = old.ticket and n = old.n and done = 0;
    return new;
end $$;

create trigger texts_no_update before update or delete on texts
    for each row execute function texts_guard();

create trigger texts_no_truncate before truncate on texts
    for each statement execute function texts_guard();

create function bug_texts_guard() returns trigger language plpgsql {guards.PINNED} as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'a text changes only by an erasure';
    end if;
    if new.bug <> old.bug or new.n <> old.n or not exists (
        select 1 from bug_history where bug = old.bug and kind = 'erased'
        and n = (select max(n) from bug_history where bug = old.bug)
    ) then
        raise exception 'a text changes only by an erasure';
    end if;
    return new;
end $$;

create trigger bug_texts_no_update before update or delete on bug_texts
    for each row execute function bug_texts_guard();

create trigger bug_texts_no_truncate before truncate on bug_texts
    for each statement execute function bug_texts_guard()
"""
# The first spelling of an agent's name counts: SQLite's row ids say which it was, here a column does.
_AGENTS = "alter table agents add column rowid bigint generated always as identity"
# What nobody has, and what an agent has, are parts of the queue with an index each: of a hundred thousand open tickets
# they may be the last.
_INDEXES = """
create index tickets_queue_free on tickets (line, rank, (due_at is null), due_at, id)
    where status = 'open' and closed_at is null and assignee is null;

create index tickets_queue_assignee on tickets (assignee, line, rank, (due_at is null), due_at, id)
    where status = 'open' and closed_at is null
"""


def statements() -> str:
    """Everything that makes an empty desk, in the schema that is searched first."""
    tables = ";\n".join(_in_postgres(each.strip().rstrip(";")) for each in schema.EVERY)
    kept = [
        _APPEND_ONLY.format(table=table, but=_REWRITTEN if table == "history" else "")
        for table in ("history", "targets", "bug_history")
    ]
    words = full_text.SCHEMA.strip().rstrip(";")
    guarded = guards.SCHEMA, _ERASED, _REMOVALS
    return ";\n".join([FOUNDATION, tables, _AGENTS, _INDEXES, *kept, *guarded, words, views.SCHEMA])


def _in_postgres(ddl: str) -> str:
    """Tables and indexes of the shared SQL: texts are compared by their code points, and references may wait."""
    ddl = re.sub(r"\binteger\b", "bigint", ddl)
    ddl = re.sub(r"\bsystem_user\b", '"system_user"', ddl)  # a word of SQL's own from PostgreSQL 16 on
    ddl = re.sub(r"\btext\b(?! ?\()", 'text collate "C"', ddl)
    ddl = re.sub(r"(references \w+ \([^)]*\))", r"\1 deferrable initially immediate", ddl)
    return re.sub(r", due_at is null,", ", (due_at is null),", ddl)


def build(db: "PostgresDesk") -> None:
    """Make a new desk, with the built-in policy as its first revision, in one transaction."""
    refuse_encoding(db)
    with ScriptedTransaction(db, first=creation()):
        begin(db)


def refuse_encoding(db: "PostgresDesk") -> None:
    """Raise DeskUnusable where a database cannot hold every text."""
    (encoding,) = db.send("select current_setting('server_encoding')").fetchone()
    if encoding != "UTF8":
        raise DeskUnusable(
            f"The database at {db.address} has the encoding {encoding}, which cannot hold every text.",
            "Make a desk in another one: `create database NAME encoding 'UTF8' template template0`.",
        )


def is_there(db: "PostgresDesk") -> bool:
    """Whether there is a desk in the database."""
    return bool(db.send("select to_regclass('supportctl.desk') is not null").fetchone()[0])


def creation() -> str:
    """The statements that make an empty desk in its database."""
    return f"create schema supportctl; set local search_path = supportctl;\n{statements()}"


def begin(db: "PostgresDesk") -> None:
    """Give an empty desk its first rows, and its roles, in the transaction that makes it."""
    totals.make(db)
    revisions.add_builtin(db)
    roles.make(db)
