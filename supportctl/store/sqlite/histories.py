"""All tickets with their histories, read from SQLite: see `store.histories.Histories`."""

from collections.abc import Callable, Iterator
from itertools import chain, groupby
from operator import itemgetter

from supportctl.store import tickets
from supportctl.store.desk import Desk
from supportctl.store.histories import RECEIVED, TURNED, SimplePromise, StoredThread, every_ticket, thread_of
from supportctl.store.tickets import ENTRY, TARGET

# Most tickets have no tags: that constant is read once.
_TAGS = "case when {0} = '[]' then json('[]') when json_valid({0}) then json({0}) end".format(RECEIVED["tags"])
_PAIRS = ((f"'{name}'", _TAGS if name == "tags" else value) for name, value in RECEIVED.items())
_RECEIPT = ", ".join(chain.from_iterable(_PAIRS))
_AS_RECEIVED = f"case when json_valid(r.data) then json_extract(r.data, '$.set') end = json_object({_RECEIPT})"
_TAKEN_IN = "case when json_valid(r.data) then json_extract(r.data, '$.taken_in') end"
_EVERY = every_ticket(_AS_RECEIVED, "instr(data, 'wait') > 0", _TAKEN_IN)  # by number, as the key of the history is
_ID = itemgetter(0, 1)


class StoredHistories:
    """The histories on a desk; those to replay are listed in a temporary table of the connection."""

    def __init__(self, db: Desk) -> None:
        self._db = db

    def simple_promises(self) -> Iterator[SimplePromise]:
        self._db.tables.temporary("busy", "id integer primary key, turned integer not null")
        for *promise, seen in self._db.execute(_EVERY):
            if seen:
                self._db.execute("insert into temp.busy values (?, ?)", (promise[0], seen == TURNED))
            if seen != TURNED:
                yield SimplePromise._make(promise)

    def to_replay(self) -> Iterator[tuple[int, bool, Callable[[], StoredThread]]]:
        entries, targets = (
            groupby(
                self._db.execute(
                    f"select id, turned, {what} from temp.busy left join {table} on ticket = id order by 1, 3"
                ),
                _ID,
            )
            for what, table in ((ENTRY, "history"), (TARGET, "targets"))
        )
        listed = tickets.listed(self._db, "temp.busy")
        for ticket, (of, some), (_, others) in zip(listed, entries, targets, strict=True):
            rows = [row[2:] for row in some if row[2] is not None]
            yield *of, thread_of(ticket, rows, [row[2:] for row in others])
