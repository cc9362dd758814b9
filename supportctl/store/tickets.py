"""Tickets, their history, texts and targets: rows to values. `store.filing` writes them."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from supportctl.policy.ticket import Entry, Target, Ticket
from supportctl.policy.verdict import Reason
from supportctl.store.desk import Desk, DirectReader, Query, Reader, among, first_value, in_numbers, rows_among

# A condition of the partial indexes; a query must use the same words to use them.
UNANSWERED = "t.first_response_at is null and t.closed_at is null"
# `policy.ticket.sla` as conditions on a ticket at `:at`; a test holds them against it.
SLA = {
    "none": "t.due_at is null",
    "met": "t.first_response_at <= t.due_at",
    "missed": "t.first_response_at > t.due_at",
    "late": f"({UNANSWERED} and t.due_at < :at)",
    "running": f"({UNANSWERED} and t.due_at >= :at)",
    "unanswered": "(t.due_at is not null and t.first_response_at is null and t.closed_at is not null)",
}

dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: half of what `dumps` costs


class ColumnFormat(NamedTuple):
    """How a field is kept where its column has another name, or SQL no such type."""

    column: str = ""
    read: Callable[[Any], Any] | None = None
    write: Callable[[Any], Any] | None = None


@lru_cache(maxsize=256)  # tickets in a list share most of theirs
def _reasons(text: str) -> tuple[Reason, ...]:
    return tuple(Reason(*fields) for fields in json.loads(text))


_text = lru_cache(maxsize=256)(dump)  # those of an import are mostly the same few
_FLAG = ColumnFormat(read=bool, write=int)
_STORED = {
    "version": ColumnFormat("product_version"),
    "outbound": _FLAG,
    "registered": _FLAG,
    "tags": ColumnFormat(read=lambda text: tuple(json.loads(text)) if text != "[]" else (), write=_text),
    "reasons": ColumnFormat(read=_reasons, write=_text),
}
_PLAIN = ColumnFormat()


def column(field: str) -> str:
    """The column in which a field of a ticket, an entry or a target is kept."""
    return _STORED.get(field, _PLAIN).column or field


def column_values(record: Ticket | Target, fields: tuple[str, ...]) -> dict[str, Any]:
    """The columns of two fields or more with the values that are stored there."""
    return dict(zip(map(column, fields), stored_values(record, fields), strict=True))


def stored_values(record: Ticket | Target, fields: tuple[str, ...]) -> list[Any]:
    """The values of some fields as they are stored: an import writes these for every ticket, so the loop is flat."""
    read, writers = _reading(fields)
    values = list(read(record))
    for at, write in writers:
        values[at] = write(values[at])
    return values


@lru_cache(maxsize=16)
def _reading(fields: tuple[str, ...]) -> tuple[Callable[[Any], Any], list[tuple[int, Callable[[Any], Any]]]]:
    writers = [(at, write) for at, name in enumerate(fields) if (write := _STORED.get(name, _PLAIN).write)]
    return attrgetter(*fields), writers


# A field of a ticket, an entry or a target is a column of the same name unless `_STORED` says otherwise. A ticket's row
# repeats what its target says (OWED), so that an index can put tickets in the order of what they are owed.
ENTRY, TARGET = ", ".join(Entry._fields), ", ".join(Target._fields)
TEXT = "n, author, body"
OWED = tuple(name for name in Target._fields if name not in ("n", "set_at", "reasons"))
OWN = tuple(name for name in Ticket._fields if name not in ("id", "name", "row_version", "target"))
_COLUMNS = ", ".join(
    [
        *("c.name" if name == "name" else f"t.{column(name)}" for name in Ticket._fields[:-1]),
        *(f"t.{name}" if name in OWED else f"g.{name}" for name in Target._fields),
    ]
)
_TICKET = (
    f"select {_COLUMNS} from tickets t join targets g on g.ticket = t.id and g.n = t.target_n"
    " left join customers c on c.email_folded = t.sender_folded"
)


def _readers(fields: Sequence[str]) -> list[tuple[int, Callable[[Any], Any]]]:
    return [(at, read) for at, name in enumerate(fields) if (read := _STORED.get(name, _PLAIN).read)]


_TICKET_READERS = _readers((*Ticket._fields[:-1], *Target._fields))
_TARGET_READERS = _readers(Target._fields)


def _ticket(row: Any) -> Ticket:
    values = _read(row, _TICKET_READERS)
    own = len(Ticket._fields) - 1
    return Ticket._make((*values[:own], Target._make(values[own:])))


def target_of(row: Any) -> Target:
    """A row of targets, from its number to its reasons, as a target."""
    return Target._make(_read(row, _TARGET_READERS))


def _read(row: Sequence[Any], readers: Iterable[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for at, read in readers:
        values[at] = read(values[at])
    return values


def entry_of(row: Any) -> Entry:
    """A row of history, from its number to its data, as an entry."""
    return Entry._make((*row[:-1], json.loads(row[-1])))


class Text(NamedTuple):
    """What a person wrote, under the number of its entry: kept apart, so that it can be removed for good."""

    n: int
    author: str | None
    body: str


def find(db: Desk, number: int) -> Ticket | None:
    """The ticket of a number that somebody names, as it is now. Raises LookupError as `get` does."""
    there = db.execute("select 1 from tickets where id = :id", {"id": number}).fetchone()
    return get(db, number) if there else None


def ticket_query(number: int) -> Query[Ticket | None]:
    """The ticket of a number, as it stands now; None where there is none, or no target that it names."""
    return Query(f"{_TICKET} where t.id = :id", {"id": number}, lambda rows: next(map(_ticket, rows), None))


def get(db: Desk, number: int) -> Ticket:
    """The ticket of a number that the desk itself names, as it is now.

    Raises LookupError if it or its target does not exist: supportctl never removes one.
    """
    ticket = DirectReader(db).of(ticket_query(number))
    if ticket is None:
        raise LookupError(number)
    return ticket


def late(before: int) -> Query[Iterator[Ticket]]:
    """Unanswered tickets due before `before`, by due time, rank and number: read from an index of their own."""
    said = f"{_TICKET} where {SLA['late']} order by t.due_at, t.rank, t.id"
    return Query(said, {"at": before}, lambda rows: map(_ticket, rows))


def merged_unanswered(before: int, at: int) -> Query[list[Ticket]]:
    """Tickets due before `before` that were merged by `at` without an answer, by due time, rank and number.

    Those plainly answered in the other ticket by `at` are left out; only the histories can tell about the rest.
    """
    return Query(
        f"{_TICKET} where t.status = 'merged' and {SLA['unanswered']} and t.due_at < :before"
        " and t.closed_at <= :at and not exists (select 1 from history r where r.ticket = t.merged_into"
        " and r.kind = 'replied' and r.at > t.closed_at and r.at <= :at"
        " and not exists (select 1 from history x where x.ticket = r.ticket and x.kind = 'retracted'))"
        " order by t.due_at, t.rank, t.id",
        {"before": before, "at": at},
        lambda rows: list(map(_ticket, rows)),
    )


# The order of `policy.triage.queue_position`, which is that of the index `tickets_queue`.
_QUEUE = "t.line, t.rank, t.due_at is null, t.due_at, t.id"
# Other orders, as `desk.tickets.queue.SORTS` has them: a test holds them against those.
_UNANSWERED_DUE = "case when t.first_response_at is null then t.due_at end"
_ORDERS = {
    "due": f"{_UNANSWERED_DUE} is null, {_UNANSWERED_DUE}",
    "received": "t.received_at",
    "rank": "t.rank",
    "assignee": "t.assignee is null, (select a.folded from agents a where a.name = t.assignee)",
}
_AS_AT = "t.id not in (select ticket from history where at > :at)"  # nor came in after it


def in_queue(
    tiers: Collection[str] = (),
    channels: Collection[str] = (),
    assignee: str | None = None,
    statuses: Collection[str] = (),
) -> Query[Iterator[Ticket]]:
    """Tickets neither closed nor merged, by line, rank, due time and number; those never due come last of their rank.

    They are read from an index of their own, in its order, so that the first of a hundred thousand costs as little as
    the first of ten. It holds status and assignee too: what is not asked for is passed over without its row. Empty
    collections ask for all, an `assignee` of "" for the unassigned.
    """
    where, values = _asked_of_queue(tiers, channels, assignee, statuses)
    return Query(f"{_TICKET} {where} order by {_QUEUE}", values, lambda rows: map(_ticket, rows))


def head_of_queue(*asked: Any) -> Query[int | None]:
    """The number of the first of these tickets."""
    where, values = _asked_of_queue(*asked)
    return Query(f"select t.id from tickets t {where} order by {_QUEUE} limit 1", values, first_value)


def first_in_queue(sort: str, at: int, limit: int, *asked: Any) -> Query[Iterator[Ticket]]:
    """The first of these tickets, of those that are now as they were at `at`, in the queue's order or in another.

    Only that and the order of the unanswered by due time are those of an index. For the others all are sorted by what
    decides it, and only the first are read whole.
    """
    where, values = _asked_of_queue(*asked)
    these = f"from tickets t {where} and {_AS_AT}"
    values |= {"at": at, "limit": limit}
    if sort == "policy":
        said = f"{_TICKET} {where} and {_AS_AT} order by {_QUEUE} limit :limit"
        return Query(said, values, lambda rows: map(_ticket, rows))
    order = f"order by {_ORDERS[sort]}, {_QUEUE}"
    first = (
        _FIRST_DUE.format(these, these.replace("+t.status", "t.status || ''"))
        if sort == "due"
        else f"select t.id {these} {order} limit :limit"
    )
    said = f"{_TICKET} where t.id in ({first}) {order} limit :limit"
    return Query(said, values, lambda rows: map(_ticket, rows))


# The unanswered that are due come first, in the order of an index; if there is room for them, the others follow in that
# of the queue. An engine that counts on the status to find the first would read all that is open.
_FIRST_DUE = f"""
with due as (select t.id {{1}} and t.first_response_at is null and t.due_at is not null
    order by t.due_at, {_QUEUE} limit :limit)
select id from due union all select id from (select t.id {{0}} and ({_UNANSWERED_DUE}) is null
    order by {_QUEUE} limit case when (select count(*) from due) < :limit then :limit else 0 end) others
"""


def count_in_queue(at: int, *asked: Any) -> Query[int]:
    """How many of these tickets are in the queue, of those that are now as they were at `at`; no row is read."""
    where, values = _asked_of_queue(*asked)
    return Query(f"select count(*) from tickets t {where} and {_AS_AT}", {**values, "at": at}, first_value)


def _asked_of_queue(
    tiers: Collection[str], channels: Collection[str], assignee: str | None, statuses: Collection[str]
) -> tuple[str, dict[str, Any]]:
    """The condition of `in_queue`, and its values. A plus keeps SQLite from indexes whose order is not the queue's."""
    values: dict[str, Any] = {}
    where = "where t.closed_at is null"
    for field, wanted in (("tier", tiers), ("channel", channels), ("status", statuses)):
        if wanted:
            named = {f"{field}_{n}": value for n, value in enumerate(wanted)}
            where = f"{where} and +t.{field} in ({', '.join(f':{name}' for name in named)})"
            values |= named
    if assignee == "":
        where = f"{where} and +t.assignee is null"
    elif assignee is not None:
        from supportctl.store import agents  # late: few lists are of one agent's tickets

        where = f"{where} and +t.assignee in ({agents.SPELLINGS.replace('?', ':assignee')})"
        values["assignee"] = agents.fold(assignee)
    return where, values


def answered_late(db: Desk, since: int, until: int) -> Iterator[Ticket]:
    """Tickets whose first response came after their due time, from `since` to `until`."""
    rows = db.execute(
        f"{_TICKET} where t.first_response_at is not null and t.first_response_at between :since and :until"
        f" and {SLA['missed']} order by t.due_at, t.rank, t.id",
        {"since": since, "until": until},
    )
    return map(_ticket, rows)


def waiting_keys(sender: str) -> Query[list[tuple[int, str]]]:
    """The keys that came with requests of a folded address and could not be applied then: number, folded key."""
    said = "select id, key_given from tickets where sender_folded = :sender and key_given is not null order by id"
    return Query(said, {"sender": sender}, list, what=f"The licence keys in requests of {sender}")


def senders_among(db: Desk, folded: Sequence[str]) -> set[str]:
    """Those of some folded addresses that ever sent a ticket."""
    said = "select distinct sender_folded from tickets where sender_folded {}"
    return {row[0] for row in rows_among(db, said, folded)}


def senders_with_keys(db: Desk, folded: Sequence[str]) -> dict[str, set[str]]:
    """The folded addresses of those whose requests came with some folded keys, by key."""
    senders: dict[str, set[str]] = {}
    for key, sender in rows_among(db, "select key_given, sender_folded from tickets where key_given {}", folded):
        senders.setdefault(key, set()).add(sender)
    return senders


def changed_after(at: int) -> Query[list[int]]:
    """The numbers of the tickets with entries after `at`: all that a look back to `at` must replay."""
    # Made distinct and sorted here: SQLite would walk the whole history by ticket, not its end by time.
    said = "select ticket from history where at > :at"
    return Query(said, {"at": at}, lambda rows: sorted({row[0] for row in rows}))


def sender_of(number: int) -> Query[str | None]:
    """The folded address of who asked."""
    return Query("select sender_folded from tickets where id = :id", {"id": number}, first_value)


def entries_of(number: int) -> "Query[list[Entry]]":
    """A ticket's history in the order of typing."""
    said = f"select {ENTRY} from history where ticket = :id order by n"
    return Query(said, {"id": number}, lambda rows: list(map(entry_of, rows)))


def texts_of(number: int) -> Query[dict[int, Text]]:
    """A ticket's texts by entry number."""
    said = f"select {TEXT} from texts where ticket = :id order by n"
    return Query(said, {"id": number}, lambda rows: {row[0]: Text(*row) for row in rows})


def targets_of(number: int) -> "Query[list[Target]]":
    """What the policy owed a ticket, judgement by judgement."""
    said = f"select {TARGET} from targets where ticket = :id order by n"
    return Query(said, {"id": number}, lambda rows: list(map(target_of, rows)))


def entries(db: Desk, number: int) -> list[Entry]:
    """A ticket's history in the order of typing."""
    return DirectReader(db).of(entries_of(number))


def texts(db: Desk, number: int) -> dict[int, Text]:
    """A ticket's texts by entry number."""
    return DirectReader(db).of(texts_of(number))


def targets(db: Desk, number: int) -> list[Target]:
    """What the policy owed a ticket, judgement by judgement."""
    return DirectReader(db).of(targets_of(number))


def threads_to_replay(db: Desk, at: int, numbers: Iterable[int]) -> Iterator[tuple[Ticket, list[Entry], list[Target]]]:
    """Of some tickets (see `in_numbers`), by number, those whose state at `at` needs their history.

    They have entries after `at`, or the desk began them and the customer wrote since. Each comes with all of its
    history; three statements however many there are, walked side by side: read them within one snapshot.
    """
    asked, those = {"at": at}, _TO_REPLAY.format(in_numbers(numbers))
    found = db.execute(f"{_TICKET} where t.id {those} order by t.id", asked)
    entries = db.execute(f"select {ENTRY}, ticket from history where ticket {those} order by ticket, n", asked)
    targets = db.execute(f"select {TARGET}, ticket from targets where ticket {those} order by ticket, n", asked)
    threads = zip(map(_ticket, found), _by_ticket(entries), _by_ticket(targets), strict=True)
    return ((ticket, list(map(entry_of, history)), list(map(target_of, owed))) for ticket, history, owed in threads)


_TO_REPLAY = (
    "in (select w.id from tickets w where w.id {} and (exists"
    " (select 1 from history l where l.ticket = w.id and l.at > :at)"
    " or exists (select 1 from targets o join history b on b.ticket = o.ticket and b.n = o.n"
    " where o.ticket = w.id and o.n > 1 and b.kind = 'customer-replied')))"
)


_HAPPENED = "id in (select ticket from history where at > :at)"  # after it ended, or was answered
_WAITING = f"({UNANSWERED} or t.{_HAPPENED})"


def waiting_of(read: Reader, senders: Iterable[str], at: int) -> "Iterator[tuple[Ticket, list[Entry], list[Target]]]":
    """The tickets of some folded addresses that are unanswered, or may have been so after `at`, with their history."""
    for sender in senders:
        values, what = {"sender": sender, "at": at}, f"The waiting tickets of {sender}"
        yield from _histories(read, f"t.sender_folded = :sender and {_WAITING}", values, what)


def waiting(db: Desk, at: int) -> Iterator[tuple[Ticket, list[Entry], list[Target]]]:
    """All tickets that are unanswered, or may have been so after `at`, by number, each with its history."""
    return _histories(DirectReader(db), _WAITING, {"at": at})


def waiting_around(db: Desk, at: int, start: int, end: int) -> Iterator[tuple[Ticket, list[Entry], list[Target]]]:
    """The waiting tickets that were received before `end`, and are or once were due after `start`."""
    due = "(t.due_at > :start or t.entries > 1)"
    asked = {"at": at, "start": start, "end": end}
    return _histories(DirectReader(db), f"t.received_at < :end and {due} and {_WAITING}", asked)


def _histories(
    read: Reader, condition: str, values: dict[str, Any], what: str = ""
) -> "Iterator[tuple[Ticket, list[Entry], list[Target]]]":
    """Tickets with all of their history; three statements however many there are, each read at once."""
    of = f"ticket in (select t.id from tickets t where {condition})"
    return _with_histories(read, _history_queries(condition, of, values, what))


def _history_queries(condition: str, of: str, values: dict[str, Any], what: str = "") -> list[Query[list[Any]]]:
    """What reads the tickets `t` of a condition, and of the same tickets the entries and the targets."""
    return [
        Query[list[Any]](f"{_TICKET} where {condition} order by t.id", values, list, what=what),
        Query[list[Any]](f"select {ENTRY}, ticket from history where {of} order by ticket, n", values, list),
        Query[list[Any]](f"select {TARGET}, ticket from targets where {of} order by ticket, n", values, list),
    ]


def _with_histories(
    read: Reader, questions: list[Query[list[Any]]]
) -> "Iterator[tuple[Ticket, list[Entry], list[Target]]]":
    read.ahead(*questions)
    found, entries, targets = map(read.of, questions)
    threads = zip(map(_ticket, found), _by_ticket(entries), _by_ticket(targets), strict=True)
    return ((ticket, list(map(entry_of, history)), list(map(target_of, owed))) for ticket, history, owed in threads)


def histories_of(numbers: Sequence[int]) -> list[Query[list[Any]]]:
    """What `with_histories` reads, to be read with something else: at most AT_ONCE numbers."""
    if not numbers:
        return []
    listed, values = among(numbers)
    return _history_queries(f"t.id {listed}", f"ticket {listed}", values)


def with_histories(read: Reader, numbers: Sequence[int]) -> "Iterator[tuple[Ticket, list[Entry], list[Target]]]":
    """The tickets of some numbers, by number, each with its history."""
    return _with_histories(read, histories_of(numbers)) if numbers else iter(())


def _by_ticket(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Rows that end in their ticket's number, as lists per ticket, without it."""
    for _, group in groupby(rows, key=itemgetter(-1)):
        yield [row[:-1] for row in group]


def listed(db: Desk, among: str) -> Iterator[Callable[[], Ticket]]:
    """What reads each ticket whose number is in a table of this name, by number."""
    return (partial(_ticket, row) for row in db.execute(f"{_TICKET} join {among} s on s.id = t.id order by s.id"))


def every(db: Desk, until: int) -> Iterator[tuple[Ticket, str]]:
    """All tickets received by `until`, by number, each with its first text; one at a time, however many."""
    rows = db.execute(
        f"select coalesce(x.body, ''), {_COLUMNS} from tickets t join targets g on g.ticket = t.id and g.n = t.target_n"
        " left join texts x on x.ticket = t.id and x.n = 1 left join customers c on c.email_folded = t.sender_folded"
        " where t.received_at <= :until order by t.id",
        {"until": until},
    )
    return ((_ticket(row[1:]), row[0]) for row in rows)


def fields_of_every(db: Desk, names: Iterable[str], until: int) -> Iterator[Any]:
    """Some fields, as they are kept, of all tickets received by `until`, then the number; `body` is the first text.

    By number, one at a time: rows of the engine, which become nothing else on their way into a file.
    """
    columns = ", ".join("coalesce(x.body, '')" if name == "body" else f"t.{column(name)}" for name in names)
    return iter(
        db.execute(
            f"select {columns}, t.id from tickets t left join texts x on x.ticket = t.id and x.n = 1"
            " where t.received_at <= :until order by t.id",
            {"until": until},
        )
    )


def every_entry(db: Desk, until: int) -> Iterator[tuple[Any, ...]]:
    """All entries by `until`, by ticket and number: the ticket, the fields of an `Entry` up to its data, the author and
    the body of its text if it has one, and the data, which entries share: it is not to be changed.
    """
    rows = db.execute(
        "select h.ticket, h.n, h.at, h.entered_at, h.kind, h.agent, h.system_user, x.author, x.body, h.data"
        " from history h left join texts x on x.ticket = h.ticket and x.n = h.n"
        " where h.at <= :until order by h.ticket, h.n",
        {"until": until},
    )
    return ((*row[:-1], _shared_data(row[-1])) for row in rows)


_shared_data = lru_cache(maxsize=256)(json.loads)  # what most entries say is what others say


def of_external_id(external_id: str) -> Query[int | None]:
    """The number of the ticket that came with this id from another system."""
    said = "select id from tickets where external_id = :id"
    return Query(said, {"id": external_id}, first_value, what="The external id")


def of_external_ids(db: Desk, external_ids: Sequence[str]) -> dict[str, int]:
    """The numbers of the tickets that came with some ids from another system, by id; others are left out."""
    return dict(rows_among(db, "select external_id, id from tickets where external_id {}", external_ids))


def sent_until(db: Desk, senders: Sequence[str], last: int) -> Iterator[tuple[str, int, int, str | None]]:
    """The tickets up to number `last` of some folded addresses: sender, number, when it was received, external id."""
    said = "select sender_folded, id, received_at, external_id from tickets where sender_folded {} and id <= :last"
    return rows_among(db, said, senders, last=last)


def count_frozen(db: Desk, sender: str, tier: str, since: int, until: int) -> int:
    """How many tickets of a tier, received in `since` <= t < `until` from a folded address, no longer wait."""
    found: tuple[int] = db.execute(
        f"select count(*) from tickets t where t.sender_folded = :sender and t.tier = :tier and not ({UNANSWERED})"
        " and t.received_at >= :since and t.received_at < :until",
        {"sender": sender, "tier": tier, "since": since, "until": until},
    ).fetchone()
    return found[0]


def has_fingerprint(db: Desk, mark: str) -> bool:
    """Whether an imported row of this fingerprint is on record."""
    return db.execute("select 1 from imported_rows where print = :mark", {"mark": mark}).fetchone() is not None


def set_fingerprints(db: Desk, marks: Mapping[str, int]) -> None:
    """Remember the rows that tickets were imported from, by fingerprint: the same row again is not another ticket."""
    from supportctl.store import totals  # late: of all that is here, only this writes

    known = {row[0] for row in rows_among(db, "select print from imported_rows where print {}", list(marks))}
    totals.put_all(db, "imported_rows", [(mark, number) for mark, number in marks.items() if mark not in known])
