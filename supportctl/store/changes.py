"""Changes: what each agent did, one row for all that one command changed together; `undo` goes back along them.

A row only says where to look: what happened is in the histories. It contains no text and no name of a customer.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from supportctl.store import totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, Query

SCHEMA = """
create table changes (
    id integer primary key,
    agent text not null,
    at bigint not null,
    entered_at bigint not null,
    parts text not null,
    takes_back bigint
);

create index changes_agent on changes (agent, id)
"""
# What the parts of a change are. Each but the first is the number of a record, and of its row that the change added.
ENTRIES, LOGGED, TERMS, KIND, ACCOUNT, KEYS, OTHER = "entries", "logged", "terms", "kind", "account", "keys", "other"
Parts = Mapping[str, Any]
_CHANGE = "select id, agent, at, entered_at, parts, takes_back from changes"


class RecordedChange(NamedTuple):
    """A change that somebody made, or the one `takes_back` by number. Instants are UTC epoch seconds.

    `parts`: under ENTRIES a list of ticket, first and last entry; under LOGGED the numbers of new tickets; under TERMS
    a licence and its terms' number; under KIND an account and its kind's number; under ACCOUNT an account, under KEYS
    how many keys were applied; under OTHER what else was done, in words.
    """

    id: int
    agent: str
    at: int
    entered_at: int
    parts: Parts
    takes_back: int | None

    @property
    def entries(self) -> list[tuple[int, int, int]]:
        """The entries that it added: ticket, first and last."""
        return [(number, first, last) for number, first, last in self.parts.get(ENTRIES, ())]


def record(db: Desk, actor: Actor, parts: Parts, takes_back: int | None = None) -> None:
    """Record what an agent changed, inside the caller's transaction."""
    if parts:
        totals.put(
            db,
            "changes",
            {
                "id": db.next_change(),
                "agent": actor.agent,
                "at": actor.now,
                "entered_at": actor.entered_at,
                "parts": json.dumps(parts, separators=(",", ":")),
                "takes_back": takes_back,
            },
        )


def last_of(agent: str, limit: int) -> Query[list[RecordedChange]]:
    """An agent's last changes, newest first, without those that took others back."""
    said = f"{_CHANGE} where agent = :agent and takes_back is null order by id desc limit :limit"
    return Query(said, {"agent": agent, "limit": limit}, lambda rows: list(map(_change, rows)))


def taken_back(db: Desk, agent: str, since: int) -> set[int]:
    """The changes of an agent, from number `since` on, that were taken back by `undo`."""
    said = "select takes_back from changes where agent = :agent and id > :since and takes_back is not null"
    return {row[0] for row in db.execute(said, {"agent": agent, "since": since})}


def _change(row: Any) -> RecordedChange:
    number, agent, at, entered_at, parts, takes_back = row
    return RecordedChange(number, agent, at, entered_at, json.loads(parts), takes_back)
