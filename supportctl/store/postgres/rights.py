"""What each role of a shared desk may do: agents the day's work, leads the records and the policy too, readers look.

The roles are groups of the server, which knows one set of them for all its databases: each desk has its own, named
after its database (`role_name` in `guards`). They have no rights on anything else, and nobody logs in as one.

Agents read everything. What they write is guarded beside that (see `guards`).
"""

from collections.abc import Iterator, Mapping

AGENT, LEAD, READER = ROLES = ("agent", "lead", "reader")

_DAILY = (
    "tickets", "history", "texts", "targets", "ticket_seals", "bugs", "bug_history", "bug_texts", "bug_seals",
    "bug_tickets", "customers", "account_kinds", "applied_keys", "releases", "remote_sessions", "remote_secrets",
    "messages", "told", "agents", "changes", "counters", "totals", "tickets_words", "bugs_words", "commits",
    "answering",
)  # fmt: skip
_RECORDS = ("policies", "closures", "licences", "licence_terms", "removals", "imported_rows")
# What changes in the course of the day, by columns where some of them never do.
_CHANGING = (
    "tickets", "ticket_seals", "bug_seals", "tickets_words", "bugs_words", "words_totals", "counters (value)",
    "totals (rows, total)", "bugs (entries)", "customers (name, registered_at, kind)", "releases (released_at)",
    "remote_sessions (ended_n)",
)  # fmt: skip
# What corrections and erasures change beside that; of the history the data alone, and only by an erasure.
_CORRECTING = (
    "history (data)", "texts", "bug_texts", "removals", "bugs (title)", "messages", "customers", "closures",
    "licences", "licence_terms",
)  # fmt: skip
# Access details that end are removed with all of their table, and the rest is put back; ids of scripts last a day.
_GOING = ("told", "remote_secrets", "answering", "commits")
_MERGED = ("customers", "account_kinds", "applied_keys")  # of two accounts with one address
RIGHTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    AGENT: {"insert": _DAILY, "update": _CHANGING, "delete": _GOING},
    LEAD: {
        "insert": (*_DAILY, *_RECORDS),
        "update": (*_CHANGING, *_CORRECTING),
        "delete": (*_GOING, *_MERGED),
    },
}
_ALL = "in schema supportctl"


def statements(names: Mapping[str, str], views: list[str], database: str) -> Iterator[str]:
    """What gives the roles their rights, and takes all others from them: `names` by role, quoted, as all else here is.

    `views` are those that readers may read.
    """
    every = ", ".join(names.values())
    yield f"revoke all on schema supportctl from public, {every}"
    yield f"revoke all on all tables {_ALL} from public, {every}"
    yield f"revoke all on all functions {_ALL} from public, {every}"
    yield f"grant usage on schema supportctl to {every}"
    yield f"grant execute on all functions {_ALL} to {every}"  # none does more than who calls it may
    for role, rights in RIGHTS.items():
        yield f"grant select on all tables {_ALL} to {names[role]}"
        for right, tables in rights.items():
            for table, _, columns in (each.partition(" ") for each in tables):
                yield f"grant {right} {columns} on supportctl.{table} to {names[role]}"
    if views:
        yield f"grant select on {', '.join(views)} to {names[READER]}"
    yield f"""do $$ begin
        grant connect on database {database} to {every};
        grant temporary on database {database} to {names[AGENT]}, {names[LEAD]};
    exception when insufficient_privilege then null;  -- by default everybody may
    end $$"""
