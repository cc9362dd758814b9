"""Tickets, their history, texts and targets: rows to values and back."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from supportctl.policy.identity import fold_address
from supportctl.policy.model import Reason
from supportctl.policy.ticket import Entry, Target, Ticket
from supportctl.policy.triage import line
from supportctl.store import counters

# A condition of the partial indexes; a query must say it in the same words to be answered from them.
UNANSWERED = "t.first_response_at is null and t.closed_at is null"

_COLUMNS = (
    "t.id, t.status, t.channel, t.subject, t.sender, c.name, t.product, t.product_version, t.version_support, t.topic,"
    " t.language, t.outbound, t.key_given, t.tags, t.external_id, t.assignee, t.received_at, t.entered_at,"
    " t.first_response_at, t.closed_at, t.merged_into, t.tier, t.priority, t.rank, t.standing, t.coverage,"
    " t.registered, t.target_seconds, t.due_at, t.policy_revision, t.entries, t.row_version, g.reasons"
)
_TICKET = (
    f"select {_COLUMNS} from tickets t join targets g on g.ticket = t.id and g.n = t.target_n"
    " left join customers c on c.email_folded = t.sender_folded"
)


class Text(NamedTuple):
    """What a person wrote, under the number of its entry: kept apart, so that it can be removed for good."""

    n: int
    author: str | None
    body: str


class NewTicket(NamedTuple):
    """A whole ticket to put on record; its number is given when it is."""

    ticket: Ticket
    entries: Sequence[Entry]
    texts: Sequence[Text]
    targets: Sequence[Target]


def find(db: sqlite3.Connection, number: int) -> Ticket | None:
    """The ticket of this number as it stands now."""
    row = db.execute(f"{_TICKET} where t.id = :id", {"id": number}).fetchone()
    return _ticket(row) if row else None


def late(db: sqlite3.Connection, before: int) -> Iterator[Ticket]:
    """Unanswered tickets due before `before`, by due time, rank and number: read from an index of their own."""
    rows = db.execute(
        f"{_TICKET} where {UNANSWERED} and t.due_at < :before order by t.due_at, t.rank, t.id", {"before": before}
    )
    return map(_ticket, rows)


def in_queue(db: sqlite3.Connection) -> Iterator[Ticket]:
    """Tickets that are neither closed nor merged, by line, rank, due time and number: read from an index of its own."""
    rows = db.execute(f"{_TICKET} where t.closed_at is null order by t.line, t.rank, t.due_at nulls last, t.id")
    return map(_ticket, rows)


def answered_late(db: sqlite3.Connection, since: int, until: int) -> Iterator[Ticket]:
    """Tickets whose first response came after their due time, from `since` to `until`."""
    rows = db.execute(
        f"{_TICKET} where t.first_response_at is not null and t.first_response_at between :since and :until"
        " and t.due_at < t.first_response_at order by t.due_at, t.rank, t.id",
        {"since": since, "until": until},
    )
    return map(_ticket, rows)


def unanswered_of(db: sqlite3.Connection, senders: Iterable[str]) -> list[Ticket]:
    """The unanswered tickets of some folded addresses, oldest first."""
    found = []
    for sender in senders:
        rows = db.execute(
            f"{_TICKET} where {UNANSWERED} and t.sender_folded = :sender order by t.id", {"sender": sender}
        )
        found += list(map(_ticket, rows))
    return found


def unanswered(db: sqlite3.Connection) -> list[Ticket]:
    """Every unanswered ticket, by number."""
    return list(map(_ticket, db.execute(f"{_TICKET} where {UNANSWERED} order by t.id")))


def unanswered_around(db: sqlite3.Connection, start: int, end: int) -> list[Ticket]:
    """The unanswered tickets that were received before `end` and are due after `start`, by number."""
    rows = db.execute(
        f"{_TICKET} where {UNANSWERED} and t.due_at > :start and t.received_at < :end order by t.id",
        {"start": start, "end": end},
    )
    return list(map(_ticket, rows))


def changed_after(db: sqlite3.Connection, at: int) -> list[int]:
    """The numbers of the tickets whose history goes on after `at`: all that a look back to `at` must replay."""
    # Made distinct and sorted here: asked to, SQLite walks the whole history by ticket instead of its end by time.
    rows = db.execute("select ticket from history where at > :at", {"at": at})
    return sorted({row[0] for row in rows})


def entries(db: sqlite3.Connection, number: int) -> list[Entry]:
    """A ticket's history in the order in which it was typed."""
    rows = db.execute(
        "select n, at, entered_at, kind, agent, system_user, data from history where ticket = :id order by n",
        {"id": number},
    )
    return [Entry._make((*row[:6], json.loads(row[6]))) for row in rows]


def texts(db: sqlite3.Connection, number: int) -> dict[int, Text]:
    """A ticket's texts by the number of their entry."""
    rows = db.execute("select n, author, body from texts where ticket = :id order by n", {"id": number})
    return {row[0]: Text(*row) for row in rows}


def targets(db: sqlite3.Connection, number: int) -> list[Target]:
    """What the policy owed a ticket, judgement by judgement."""
    rows = db.execute(
        "select n, set_at, tier, priority, rank, standing, coverage, registered, version_support, target_seconds,"
        " due_at, policy_revision, reasons from targets where ticket = :id order by n",
        {"id": number},
    )
    return [Target._make((*row[:7], bool(row[7]), *row[8:12], _reasons(row[12]))) for row in rows]


def known_external(db: sqlite3.Connection, external_id: str) -> int | None:
    """The number of the ticket that came with this id from another system."""
    row = db.execute("select id from tickets where external_id = :id", {"id": external_id}).fetchone()
    return row[0] if row else None


def has_fingerprint(db: sqlite3.Connection, mark: str) -> bool:
    """Whether an imported row of this fingerprint is on record."""
    return db.execute("select 1 from imported_rows where print = :mark", {"mark": mark}).fetchone() is not None


def set_fingerprints(db: sqlite3.Connection, marks: Iterable[tuple[int, str]]) -> None:
    """Remember the rows that tickets were imported from: the same row again is no other ticket."""
    db.executemany(
        "insert into imported_rows (print, ticket) values (?, ?) on conflict (print) do nothing",
        ((mark, number) for number, mark in marks),
    )


def insert(db: sqlite3.Connection, new: Sequence[NewTicket]) -> list[int]:
    """Put whole tickets on record, inside the caller's transaction; returns their numbers."""
    first = counters.take(db, "ticket", len(new))
    numbers = list(range(first, first + len(new)))
    pairs = list(zip(numbers, new, strict=True))
    db.executemany(_INSERT_TICKET, (_row(n, item.ticket, item.targets[-1].n) for n, item in pairs))
    _insert_thread(db, ((n, item.entries, item.texts, item.targets) for n, item in pairs))
    if numbers:
        from supportctl.store import search

        search.add_tickets(db, numbers[0], numbers[-1])
    return numbers


def save(
    db: sqlite3.Connection,
    ticket: Ticket,
    target_n: int | None,
    entries: Sequence[Entry],
    texts: Sequence[Text],
    targets: Sequence[Target],
) -> bool:
    """Store a changed ticket with the entries that changed it; False if someone else changed it in between."""
    if not texts and _subject(db, ticket.id) == ticket.subject:
        return _save(db, ticket, target_n, entries, texts, targets)
    from supportctl.store.search import reindexing

    with reindexing(db, ticket.id):
        return _save(db, ticket, target_n, entries, texts, targets)


def _subject(db: sqlite3.Connection, number: int) -> str | None:
    row = db.execute("select subject from tickets where id = :id", {"id": number}).fetchone()
    return row[0] if row else None


def _save(
    db: sqlite3.Connection,
    ticket: Ticket,
    target_n: int | None,
    entries: Sequence[Entry],
    texts: Sequence[Text],
    targets: Sequence[Target],
) -> bool:
    row = db.execute(
        _UPDATE_TICKET, {**_row(ticket.id, ticket, target_n), "row_version": ticket.row_version}
    ).fetchone()
    if row is None:
        return False
    _insert_thread(db, [(ticket.id, entries, texts, targets)])
    return True


def retarget(db: sqlite3.Connection, changes: Sequence[tuple[Ticket, Entry, Target]]) -> None:
    """Give many tickets each a new target with the entry that says why, inside the caller's transaction."""
    db.executemany(
        f"update tickets set {', '.join(f'{name} = :{name}' for name in _OWED)}, target_n = :n, entries = :n,"
        " line = :line, row_version = row_version + 1 where id = :id and row_version = :row_version",
        (
            {name: getattr(target, name) for name in _OWED}
            | {"id": ticket.id, "n": entry.n, "row_version": ticket.row_version}
            | {"line": line(target.standing, ticket.channel)}
            for ticket, entry, target in changes
        ),
    )
    _insert_thread(db, ((ticket.id, [entry], [], [target]) for ticket, entry, target in changes))


def _insert_thread(
    db: sqlite3.Connection, threads: Iterable[tuple[int, Sequence[Entry], Sequence[Text], Sequence[Target]]]
) -> None:
    batch = list(threads)
    db.executemany(
        "insert into history (ticket, n, at, entered_at, kind, agent, system_user, data)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        ((number, *entry[:6], _dump(entry.data)) for number, entries, _, _ in batch for entry in entries),
    )
    db.executemany(
        "insert into texts (ticket, n, author, body) values (?, ?, ?, ?)",
        ((number, *text) for number, _, texts, _ in batch for text in texts),
    )
    db.executemany(
        "insert into targets (ticket, n, set_at, tier, priority, rank, standing, coverage, registered,"
        " version_support, target_seconds, due_at, policy_revision, reasons)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (number, *target[:12], _dump([(r.clause, r.code, r.text) for r in target.reasons]))
            for number, _, _, targets in batch
            for target in targets
        ),
    )


_WRITTEN = [
    "status",
    "channel",
    "subject",
    "sender",
    "sender_folded",
    "product",
    "product_version",
    "version_support",
    "topic",
    "language",
    "outbound",
    "key_given",
    "tags",
    "external_id",
    "assignee",
    "received_at",
    "entered_at",
    "first_response_at",
    "closed_at",
    "merged_into",
    "tier",
    "priority",
    "rank",
    "standing",
    "coverage",
    "registered",
    "target_seconds",
    "due_at",
    "policy_revision",
    "entries",
    "line",
]
_OWED = (
    "tier", "priority", "rank", "standing", "coverage", "registered", "version_support", "target_seconds", "due_at",
    "policy_revision",
)  # fmt: skip
_DERIVED = ("sender_folded", "product_version", "line")
_INSERT_TICKET = (
    f"insert into tickets (id, {', '.join(_WRITTEN)}, target_n, row_version)"
    f" values (:id, {', '.join(':' + name for name in _WRITTEN)}, :target_n, 1)"
)
_UPDATE_TICKET = (
    f"update tickets set {', '.join(f'{name} = :{name}' for name in _WRITTEN)},"
    " target_n = coalesce(:target_n, target_n), row_version = row_version + 1"
    " where id = :id and row_version = :row_version returning id"
)


def _row(number: int, ticket: Ticket, target_n: int | None) -> dict[str, Any]:
    row = {name: getattr(ticket, name) for name in _WRITTEN if name not in _DERIVED}
    return row | {
        "id": number,
        "sender_folded": fold_address(ticket.sender),
        "product_version": ticket.version,
        "line": line(ticket.standing, ticket.channel),
        "tags": _dump(ticket.tags),
        "target_n": target_n,
    }


def _ticket(row: Any) -> Ticket:
    fields = list(row)
    fields[11] = bool(row[11])  # outbound
    fields[13] = tuple(json.loads(row[13]))  # tags
    fields[26] = bool(row[26])  # registered
    fields[32] = _reasons(row[32])
    return Ticket(*fields)


def _reasons(text: str) -> tuple[Reason, ...]:
    return tuple(Reason(*fields) for fields in json.loads(text))


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: half of what `dumps` costs
