"""What a shared desk refuses those who work at it, whichever program they use.

Its owner, who made it, may do anything: they alone may create something in its schema. Everybody else

- writes entries as the login that they are, and, unless they are a lead, under no other agent's name;
- changes tickets, bugs and their seals only in a transaction that adds an entry to their history;
- numbers the entries of a ticket without gaps;
- adds texts and targets only to an entry of the same transaction;
- only raises counters, and changes the totals only of tables that they may write to, in a script (see `script`).

Whether an entry is of the same transaction is told by the number of the transaction that wrote its row, which nobody
can choose. What each role may do at all is in `rights`.
"""

from supportctl.store.postgres.connection import GUARDED, OTHER_NAME

PINNED = "set search_path = supportctl, pg_temp"
# A trigger costs the owner next to nothing: an import of a million tickets runs none of them.
_UNLESS_OWNER = "when (not has_schema_privilege(session_user, 'supportctl', 'create'))"

FUNCTIONS = f"""
create function role_name(role text) returns text language sql stable as $$
    select 'supportctl_' || case when octet_length(current_database()) > 45 then md5(current_database())
        else current_database() end || '_' || role
$$;

create function is_lead() returns boolean language plpgsql stable {PINNED} as $$
begin
    return exists (
        select from pg_roles where rolname = role_name('lead') and pg_has_role(session_user, oid, 'member')
    );
end $$;

create function is_of_now(row_xmin xid) returns boolean language plpgsql stable {PINNED} as $$
declare
    ours bigint := pg_current_xact_id()::text::bigint;
    theirs bigint := (ours >> 32 << 32) + row_xmin::text::bigint;
begin
    if theirs < ours - (1::bigint << 31) then
        theirs := theirs + (1::bigint << 32);
    end if;
    return theirs >= ours and pg_xact_status(theirs::text::xid8) = 'in progress';
end $$;

create function deny(what text) returns void language plpgsql {PINNED} as $$
begin
    raise exception using errcode = '{GUARDED}', message = what;
end $$;

create function guard_names() returns trigger language plpgsql {PINNED} as $$
declare
    other text;
begin
    if not is_lead() then
        select agent into other from added
        where lower(agent collate "default") <> lower(session_user::text collate "default") limit 1;
        if found then
            raise exception using errcode = '{OTHER_NAME}', detail = session_user,
                message = format('%s cannot write as %s', session_user, other);
        end if;
    end if;
    return null;
end $$;

create function guard_logins() returns trigger language plpgsql {PINNED} as $$
begin
    if exists (select from added where "system_user" <> session_user) then
        perform deny(format('%s cannot write as another login', session_user));
    end if;
    return null;
end $$;

create function guard_entries() returns trigger language plpgsql {PINNED} as $$
begin
    if exists (
        select from added a where a.n <> 1
        and not exists (select from history h where h.ticket = a.ticket and h.n = a.n - 1)
    ) then
        perform deny('entries are numbered without gaps');
    end if;
    return null;
end $$;

create function guard_ticket_parts() returns trigger language plpgsql {PINNED} as $$
begin
    if exists (select from added a where not exists (
        select from history h where h.ticket = a.ticket and h.n = a.n and is_of_now(h.xmin)
    )) then
        perform deny('texts and targets come with their entry');
    end if;
    return null;
end $$;

create function guard_bug_parts() returns trigger language plpgsql {PINNED} as $$
begin
    if exists (select from added a where not exists (
        select from bug_history h where h.bug = a.bug and h.n = a.n and is_of_now(h.xmin)
    )) then
        perform deny('texts and links come with their entry');
    end if;
    return null;
end $$;

create function guard_ticket() returns trigger language plpgsql {PINNED} as $$
declare
    number bigint;
begin
    if tg_table_name = 'tickets' then
        number := new.id;
    else
        number := new.ticket;
    end if;
    if not coalesce((select is_of_now(h.xmin) from history h where h.ticket = number order by h.n desc limit 1), false)
    then
        perform deny('a ticket and its seals change by an entry in its history');
    end if;
    return null;
end $$;

create function guard_bug() returns trigger language plpgsql {PINNED} as $$
declare
    number bigint;
begin
    if tg_table_name = 'bugs' then
        number := new.id;
    else
        number := new.bug;
    end if;
    if not coalesce((select is_of_now(h.xmin) from bug_history h where h.bug = number order by h.n desc limit 1), false)
    then
        perform deny('a bug and its seals change by an entry in its history');
    end if;
    return null;
end $$;

create function guard_counters() returns trigger language plpgsql {PINNED} as $$
begin
    if exists (select from gone g left join added a using (name) where a.value is null or a.value < g.value) then
        perform deny('counters only rise');
    end if;
    return null;
end $$;

create function guard_commits() returns trigger language plpgsql {PINNED} as $$
begin
    if exists (select from gone where at > now() - interval '1 day') then
        perform deny('what is on record of scripts stays for a day');
    end if;
    return null;
end $$;

create function guard_totals() returns trigger language plpgsql {PINNED} as $$
begin
    if not coalesce((select is_of_now(c.xmin) from commits c order by c.n desc limit 1), false) then
        perform deny('totals change with what they are of');
    end if;
    if exists (
        select from added where name <> 'desk' and not coalesce(
            has_table_privilege(session_user, to_regclass('supportctl.' || quote_ident(name)), 'insert'), false
        )
    ) then
        perform deny('totals change with what they are of');
    end if;
    return null;
end $$
"""
_ADDED = "referencing new table as added"
_CHANGED = "referencing old table as gone new table as added"
# The guards of what one statement does: what they are called, on which table, when, and by which function.
_OF_STATEMENTS = (
    *(
        ("names", table, "insert", _ADDED, "guard_names")
        for table in (
            "history", "bug_history", "changes", "customers", "account_kinds", "applied_keys", "releases", "told",
            "answering",
        )
    ),
    *(("logins", table, "insert", _ADDED, "guard_logins") for table in ("history", "bug_history")),
    ("numbers", "history", "insert", _ADDED, "guard_entries"),
    *(("entries", table, "insert", _ADDED, "guard_ticket_parts") for table in ("texts", "targets")),
    *(("entries", table, "insert", _ADDED, "guard_bug_parts") for table in ("bug_texts", "bug_tickets")),
    ("rise", "counters", "update", _CHANGED, "guard_counters"),
    ("kept", "commits", "delete", "referencing old table as gone", "guard_commits"),
    ("scripts", "totals", "insert", _ADDED, "guard_totals"),
    ("moved", "totals", "update", _ADDED, "guard_totals"),
)  # fmt: skip
# The guards that look at the end of a transaction, when all of it is written.
_AT_THE_END = (
    ("tickets", "guard_ticket"),
    ("ticket_seals", "guard_ticket"),
    ("bugs", "guard_bug"),
    ("bug_seals", "guard_bug"),
)


def triggers() -> str:
    """The statements that make the triggers."""
    at_once = (
        f"create trigger {table}_{name} after {event} on {table} {referencing} for each statement {_UNLESS_OWNER}"
        f" execute function {function}()"
        for name, table, event, referencing, function in _OF_STATEMENTS
    )
    at_the_end = (
        f"create constraint trigger {table}_entered after insert or update on {table} deferrable initially deferred"
        f" for each row {_UNLESS_OWNER} execute function {function}()"
        for table, function in _AT_THE_END
    )
    return ";\n\n".join([*at_once, *at_the_end])


SCHEMA = f"{FUNCTIONS.strip()};\n\n{triggers()}"
