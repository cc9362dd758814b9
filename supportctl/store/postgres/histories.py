"""All tickets with their histories, read from PostgreSQL: see `store.histories.Histories`.

The tickets to replay are remembered here, not at the server: a copy that only reads has no temporary tables.
"""

from array import array
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from supportctl.store import tickets
from supportctl.store.desk import AT_ONCE
from supportctl.store.histories import RECEIVED, TURNED, SimplePromise, StoredThread, every_ticket, thread_of
from supportctl.store.tickets import ENTRY, TARGET

if TYPE_CHECKING:
    from supportctl.store.postgres.desk import PostgresDesk

# What a receipt says is compared as text, letter by letter as this program writes it: that needs no valid JSON, and
# where it differs the ticket is replayed.
_TEXTS = [
    f"""'"{name}"' || ':' || {value if name == "tags" else f"coalesce(to_json({value})::text, 'null')"}"""
    for name, value in RECEIVED.items()
]
_AS_RECEIVED = f"""strpos(r.data, '"set"' || ':' || '{{' || {" || ',' || ".join(_TEXTS)} || '}}') > 0"""
_TAKEN_IN = """cast(substring(r.data from '"taken_in":(-?[0-9]{1,18})[,}]') as bigint)"""
_UNSORTED = every_ticket(_AS_RECEIVED, "strpos(data, 'wait') > 0", _TAKEN_IN)


class PostgresHistories:
    """The histories on a desk."""

    def __init__(self, db: "PostgresDesk") -> None:
        self._db = db
        self._busy, self._turned = array("q"), set[int]()

    def simple_promises(self) -> Iterator[SimplePromise]:
        for *promise, seen in self._db.execute(f"{_UNSORTED} order by 1"):
            if seen:
                self._busy.append(promise[0])
            if seen == TURNED:
                self._turned.add(promise[0])
            else:
                yield SimplePromise._make(promise)

    def to_replay(self) -> Iterator[tuple[int, bool, Callable[[], StoredThread]]]:
        for at in range(0, len(self._busy), AT_ONCE):
            yield from self._some(self._busy[at : at + AT_ONCE])

    def _some(self, numbers: "array[int]") -> Iterator[tuple[int, bool, Callable[[], StoredThread]]]:
        some = ", ".join(map(str, numbers))
        entries, targets = (
            {
                number: [row[1:] for row in rows]
                for number, rows in groupby(
                    self._db.execute(f"select ticket, {what} from {table} where ticket in ({some}) order by 1, 2"),
                    itemgetter(0),
                )
            }
            for what, table in ((ENTRY, "history"), (TARGET, "targets"))
        )
        listed = tickets.listed(self._db, f"(select id from tickets where id in ({some}))")
        none: list[Any] = []
        for number, ticket in zip(numbers, listed, strict=True):
            thread = thread_of(ticket, entries.get(number, none), targets.get(number, none))
            yield number, number in self._turned, thread
