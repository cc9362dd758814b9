"""Who works at the desk: agents by name, ignoring case."""

from supportctl.errors import AGAIN, Conflict
from supportctl.store.desk import Desk, DirectReader, Query, first_value

# The first spelling is the agent's; an older desk may have others on record too.
SCHEMA = """
create table agents (
    name text primary key,
    folded text not null
);

create index agents_folded on agents (folded)
"""
_ON_RECORD = (
    "select agent from history union select agent from bug_history"
    " union select assignee from tickets where assignee is not null"
)
SPELLINGS = "select name from agents where folded = ?"


def fill(db: Desk) -> None:
    """Record every agent named before this table existed."""
    for (name,) in db.execute(f"{_ON_RECORD} order by 1").fetchall():
        _add(db, name)


def ensure(db: Desk, name: str) -> str:
    """The agent's name as on record, recorded now if it is new; inside the caller's transaction."""
    found = find(db, name)
    if found is None:
        _add(db, name)
    return found or name


def spelling_query(name: str) -> Query[str | None]:
    """The agent's name as on record, or None for a new one."""
    said = "select name from agents where folded = :folded order by rowid limit 1"
    return Query(said, {"folded": fold(name)}, first_value)


def find(db: Desk, name: str) -> str | None:
    """The agent's name as on record, or None for a new one."""
    return DirectReader(db).of(spelling_query(name))


def add(db: Desk, name: str) -> None:
    """Record an agent who was new when a change was decided, inside the caller's transaction.

    Raises Conflict if the name has been recorded since, in another case.
    """
    if (found := ensure(db, name)) != name:
        raise Conflict(f"The agent {name} was recorded meanwhile, as {found}; your change was not made.", AGAIN)


def every(db: Desk) -> list[str]:
    """All agents by name, each in the first spelling."""
    return DirectReader(db).of(names())


def names() -> Query[list[str]]:
    """All agents by name, each in the first spelling."""
    said = "select name from agents order by folded, rowid desc"
    return Query(said, {}, lambda rows: list({fold(name): name for (name,) in rows}.values()))


def fold(name: str) -> str:
    """The form in which agents' names are compared."""
    return name.casefold()


def same(one: str, other: str) -> bool:
    """Whether two names mean the same agent."""
    return fold(one) == fold(other)


def _add(db: Desk, name: str) -> None:
    db.execute("insert into agents (name, folded) values (?, ?)", (name, fold(name)))
