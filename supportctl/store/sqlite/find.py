"""Which tickets and bugs contain words and pass filters, in a time that hardly grows with the desk.

FTS5, like `search`. Rare words lead to their tickets: ranking reads every hit, for each word too, and takes 2 ms per
thousand. If all words are common, the filters lead: each has an index, and the one that fewest tickets pass goes first.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from supportctl.store import full_text, search_filters
from supportctl.store.desk import Desk
from supportctl.store.full_text import CLOSE, OPEN, Found, Match
from supportctl.store.sqlite.search import TICKETS, FtsIndex
from supportctl.store.sqlite.words import LONG, piece_of

# How many tickets are searched one by one for common words, each in a third of a millisecond.
FEW = 50
# How many tickets that pass a filter are read at most, a fifth of a millisecond per thousand: fewer can lead.
SOME = 5000


class _Filters(NamedTuple):
    """The conditions on the tickets `t`, with their parameters, and whether few enough pass to lead, or none."""

    where: str
    values: dict[str, Any]
    lead: bool
    none: bool


def find_tickets(
    db: Desk, terms: Sequence[str], filters: Mapping[str, Sequence[str]], at: int, limit: int
) -> list[Found]:
    """Tickets received by `at` with all terms (as `policy.words` quotes them) that pass the filters, best first.

    They are ranked by their rarer terms; tickets found by common words alone come newest first.
    """
    asked = _filters(db, filters, at)
    if asked.none:
        return []
    if not terms:
        return _newest(db, asked, limit)
    counts = {term: _count(db, _MATCHING, {"match": term}, full_text.RANKED) for term in terms}
    if not all(counts.values()):
        return []
    rare = [term for term, count in counts.items() if count < full_text.RANKED]
    if rare:
        return _ranked(db, rare, terms, asked, limit)
    return _common(db, " AND ".join(terms), asked, limit)


_MATCHING = f"{TICKETS.name} where {TICKETS.name} match :match"
# A cross join reads its left side first, whatever SQLite's planner prefers.
_WORDS_FIRST = f"{TICKETS.name} f cross join tickets t on t.id = f.rowid"
_TICKETS_FIRST = f"tickets t cross join {TICKETS.name} f on f.rowid = t.id"


def _ranked(db: Desk, rare: Sequence[str], terms: Sequence[str], asked: _Filters, limit: int) -> list[Found]:
    """The best by their rare terms; if there are other conditions, of the tickets that meet all of them."""
    rows = db.execute(
        f"select f.rowid, f.rank from {_WORDS_FIRST}"
        f" where f.{TICKETS.name} match :rare and {asked.where} order by f.rank",
        asked.values | {"rare": " AND ".join(rare)},
    )
    hits = None
    if len(rare) < len(terms):
        hits = {row[0] for row in db.execute(f"select rowid from {_MATCHING}", {"match": " AND ".join(terms)})}
    found = []
    for number, rank in rows:
        if hits is None or number in hits:
            found.append(Found(number, rank))
            if len(found) == limit:
                break
    return found


def _common(db: Desk, match: str, asked: _Filters, limit: int) -> list[Found]:
    """The newest that match common terms. The index is read no further than the filters allow."""
    newest, oldest = _newest(db, asked, 1), _newest(db, asked, 1, "asc")
    if not newest:
        return []
    values = asked.values | {"match": match, "newest": newest[0].id, "oldest": oldest[0].id, "limit": limit}
    where = f"{asked.where} and f.{TICKETS.name} match :match"
    if asked.lead and _count(db, f"tickets t where {asked.where}", asked.values, FEW + 1) <= FEW:
        query = f"select t.id from {_TICKETS_FIRST} where {where} order by +t.id desc limit :limit"
    else:
        between = "f.rowid between :oldest and :newest"
        query = f"select f.rowid from {_WORDS_FIRST} where {where} and {between} order by f.rowid desc limit :limit"
    return [Found(row[0], None) for row in db.execute(query, values)]


def _newest(db: Desk, asked: _Filters, limit: int, order: str = "desc") -> list[Found]:
    """The newest tickets that pass the filters, or with "asc" the oldest."""
    query = f"select t.id from tickets t where {asked.where} order by t.id {order} limit :limit"
    return [Found(row[0], None) for row in db.execute(query, asked.values | {"limit": limit})]


def _count(db: Desk, source: str, values: Mapping[str, Any], most: int) -> int:
    """How many rows there are, counting up to `most`."""
    query = f"select count(*) from (select 1 from {source} limit :most)"
    count: int = db.execute(query, {**values, "most": most}).fetchone()[0]
    return count


def _filters(db: Desk, filters: Mapping[str, Sequence[str]], at: int) -> _Filters:
    """All filters, so that SQLite uses only the index of the one that leads."""
    values: dict[str, Any] = {"at": at, **search_filters.parameters(filters)}
    conditions = search_filters.conditions(filters)
    passing = {
        field: _ids(db, conditions[field], values)
        for field, wanted in filters.items()
        if _leads(db, field, wanted, conditions[field], values)
    }
    first = min(passing, key=lambda field: len(passing[field]), default=None)
    lead = first is not None and len(passing[first]) < SOME
    where = [
        f"+{asked}" for field, asked in conditions.items() if field != first
    ]  # a plus keeps SQLite from using its index
    if first is not None:
        where.append("t.id in (select value from json_each(:leading))" if lead else conditions[first])
        values["leading"] = json.dumps(passing[first] if lead else [])
    none = first is not None and not passing[first]
    return _Filters(" and ".join([*where, "t.received_at <= :at"]), values, lead, none)


def _leads(db: Desk, field: str, wanted: Sequence[str], condition: str, values: Mapping[str, Any]) -> bool:
    """Whether a filter finds its tickets sooner than a walk back from the newest.

    Each has an index but met. That of the senders is read as a whole for a part of an address, which many of the newest
    tickets may have.
    """
    if field == "from" and not all(map(search_filters.is_whole, wanted)):
        newest = f"tickets t where t.id > (select max(id) from tickets) - :newest and {condition}"
        return _count(db, newest, {**values, "newest": SOME}, FEW) < FEW
    return field != "sla" or "met" not in wanted


def _ids(db: Desk, condition: str, values: Mapping[str, Any]) -> list[int]:
    """The numbers of tickets that meet a condition, at most SOME."""
    query = f"select t.id from tickets t where {condition} limit :most"
    return [row[0] for row in db.execute(query, {**values, "most": SOME})]


def find_bugs(db: Desk, terms: Sequence[str], at: int) -> Iterator[Found]:
    """Bugs reported by `at` with all terms, best first; without terms all, newest first."""
    query = "select id, null from bugs where reported_at <= :at order by id desc"
    if terms:
        query = (
            "select f.rowid, f.rank from bugs_index f cross join bugs b on b.id = f.rowid"
            " where f.bugs_index match :all and b.reported_at <= :at order by f.rank"
        )
    return (Found(*row) for row in db.execute(query, {"all": " AND ".join(terms), "at": at}))


def match_of(db: Desk, index: FtsIndex, number: int, terms: Sequence[str]) -> Match:
    """Where a hit contains the terms: the heading and the text, or the best piece of a long one.

    FTS5's own marking takes quadratic time in the matches; a text of a few MB would block a search for hours.
    """
    heading, text = db.execute(
        f"select {index.heading}, {index.text} from {index.view} where id = :id", {"id": number}
    ).fetchone()
    if max(len(heading or ""), len(text or "")) > LONG:
        return Match(piece_of(heading or "", terms), piece_of(text or "", terms))
    row = db.execute(
        f"select highlight({index.name}, 0, :open, :close), highlight({index.name}, 1, :open, :close)"
        f" from {index.name} where {index.name} match :all and rowid = :id",
        {"open": OPEN, "close": CLOSE, "all": " AND ".join(terms), "id": number},
    ).fetchone()
    return Match(row[0] or "", row[1] or "")
