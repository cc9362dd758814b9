"""The full text of a shared desk (see `store.full_text.FullText`): the hits of FTS5 in the order of FTS5.

Words are those that FTS5 makes (see `vectors`), and ranks are its BM25, computed by the server from the vector of each
hit. A search is one message, unless all of its words are common; a change of a ticket reads nothing.

How many documents there are, and how many words in all of them, is kept in `words_totals` by whoever changes a
document: there is one writer at a time.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from supportctl.store import full_text, search_filters
from supportctl.store.desk import Desk, Query, Reader, Rows
from supportctl.store.full_text import BUGS, TICKETS, Document, Found, Index, Match, Rewording
from supportctl.store.place import Tick
from supportctl.store.postgres.vectors import LIMIT, Vector, queries, vectors, whole_vectors
from supportctl.store.sqlite.words import LONG, marked, piece_of

if TYPE_CHECKING:
    from supportctl.store.postgres.desk import PostgresDesk

SOME = 5000  # how many tickets that pass a filter are counted at most: fewer can lead
NEAR = 20_000  # how many of the newest tickets are looked at for common words before their index is read
READ = 1000  # documents read at a time when all are

SCHEMA = """
create table tickets_words (
    id bigint primary key, heading_words bigint not null, text_words bigint not null,
    bytes bigint not null, words tsvector not null
);

create index tickets_words_index on tickets_words using gin (words) with (gin_pending_list_limit = 512);

create table bugs_words (
    id bigint primary key, heading_words bigint not null, text_words bigint not null,
    bytes bigint not null, words tsvector not null
);

create index bugs_words_index on bugs_words using gin (words) with (gin_pending_list_limit = 512);

create table words_totals (name text collate "C" primary key, documents bigint not null, words bigint not null);

insert into words_totals (name, documents, words) values ('tickets', 0, 0), ('bugs', 0, 0);

create function words_moved(words tsvector, back bigint) returns tsvector language sql immutable strict as $$
    select coalesce(string_agg('''' || lexeme || ''':' || (
        select string_agg((case when p = 16383 then p else greatest(p - back, 2) end)::text, ',')
        from unnest(positions) p
    ), ' '), '')::tsvector from unnest(words)
$$;

create function words_bytes(words tsvector) returns bigint language sql immutable strict as $$
    select coalesce(sum(octet_length(lexeme) + 4 + 2 * coalesce(cardinality(positions), 0)), 0)::bigint
    from unnest(words)
$$;
"""

_COLUMNS = "id, heading_words, text_words, bytes, words"
_BODIES = {
    TICKETS: "(select string_agg(x.body, chr(10) order by x.n) from texts x where x.ticket = t.id)",
    BUGS: "(select x.body from bug_texts x join bug_history h on h.bug = x.bug and h.n = x.n"
    " where x.bug = t.id and h.kind = 'workaround' order by x.n desc limit 1)",
}
# The vector of a document whose heading, or text, becomes another, or whose text goes on.
_WITH_HEADING = ":vector::tsvector || words_moved(ts_filter(words, '{d}'), heading_words)"
_WITH_TEXT = "ts_filter(words, '{a}') || :vector::tsvector"
_GAP = "case when text_words = 0 then '''|'':1'::tsvector else ''::tsvector end"  # no word is like this one
_GOING_ON = f"ts_delete(words || {_GAP} || :vector::tsvector, '|')"


class PostgresFullText:
    """The words of each document are in a row of their own, beside its ticket or bug."""

    def __init__(self, db: Desk) -> None:
        self._db = db

    # Keeping in step

    def add_tickets(self, new: Sequence[Document], /) -> None:
        _add(self._db, TICKETS, new)

    def add_bug(self, new: Document, /) -> None:
        _add(self._db, BUGS, [new])

    @contextmanager
    def reindexing(self, index: Index, number: int, change: Rewording | None = None, /) -> Iterator[None]:
        yield
        if change is None:
            now = next(_documents(self._db, index, f"t.id = {int(number)}"))
            change = Rewording(heading=now.heading, text="\n".join(now.texts))
        whole = Document(number, change.heading or "", change.added if change.text is None else [change.text])
        ((heading, text),) = vectors([whole], begins=1 if change.text is None else 2)
        if change.heading is not None:
            self._count(index, number, f"{heading.words} - heading_words")
            self._put(index, number, "heading_words = :words", _WITH_HEADING, heading)
        if change.text is not None:
            self._count(index, number, f"{text.words} - text_words")
            self._put(index, number, "text_words = :words, bytes = :bytes", _WITH_TEXT, text)
        elif change.added:
            self._count(index, number, f"{text.words}")
            # Texts that repeat each other take less than the sum: that is counted where it matters.
            before = f"case when bytes + :bytes > {LIMIT} then words_bytes(words) else bytes end"
            fits = f"{before} + :bytes <= {LIMIT}"
            counts = f"text_words = text_words + :words, bytes = {before} + case when {fits} then :bytes else 0 end"
            self._put(index, number, counts, f"case when {fits} then {_GOING_ON} else words end", text)

    def _count(self, index: Index, number: int, more: str) -> None:
        self._db.execute(
            f"update words_totals set words = words + (select {more} from {index.name}_words where id = :id)"
            " where name = :name",
            {"id": number, "name": index.name},
        )

    def _put(self, index: Index, number: int, counts: str, vector: str, made: Vector) -> None:
        self._db.execute(
            f"update {index.name}_words set {counts}, words = {vector} where id = :id",
            {"id": number, "words": made.words, "bytes": made.bytes, "vector": made.literal},
        )

    # The index as a whole

    def is_current(self) -> bool:
        return all(is_current(self._db, index) for index in (TICKETS, BUGS))

    def rebuild(self) -> None:
        rebuild(self._db)

    # Searching

    def find_tickets(
        self, terms: Sequence[str], filters: Mapping[str, Sequence[str]], at: int, limit: int, /
    ) -> list[Found]:
        asked, phrases = _Asked(filters, at, limit), _phrases(terms)
        if terms and not phrases:
            return []
        best, *counts = self._db.ahead([_best_tickets(phrases, asked), *asked.counting])
        return self._of_tickets(best, counts, phrases, asked)

    def find_bugs(self, terms: Sequence[str], at: int, /) -> Iterator[Found]:
        phrases = _phrases(terms)
        if terms and not phrases:
            return iter(())
        return (Found(*row) for row in self._db.execute(*_best_bugs(phrases, at)).fetchall())

    def find(
        self, terms: Sequence[str], filters: Mapping[str, Sequence[str]], at: int, limit: int, /
    ) -> tuple[list[Found], Iterator[Found]]:
        asked, phrases = _Asked(filters, at, limit), _phrases(terms)
        if terms and not phrases:
            return [], iter(())
        of_bugs, best, *counts = self._db.ahead(
            [_best_bugs(phrases, at), _best_tickets(phrases, asked), *asked.counting]
        )
        return self._of_tickets(best, counts, phrases, asked), (Found(*row) for row in of_bugs)

    def _of_tickets(
        self, best: Iterable[Any], counts: Sequence[Rows], phrases: Sequence[str], asked: "_Asked"
    ) -> list[Found]:
        """The hits that `_best_tickets` gives; those of common terms, or of none, are read now."""
        rows = list(best)
        found = [Found(number, rank) for number, rank, df in rows if df is None]
        if found or any(df is not None and df < full_text.RANKED for *_, df in rows):
            return found
        asked.take(counts)
        return (
            [] if asked.none else [Found(row[0], None) for row in self._db.execute(*_newest(phrases, asked)).fetchall()]
        )

    def texts_of(self, hits: Sequence[tuple[Index, int]], /) -> list[Query[Any]]:
        numbers = {index: [number for of, number in hits if of == index] for index in (TICKETS, BUGS)}
        return [
            Query(_text_of(index, f"t.id in ({', '.join(map(str, some))})"), {}, partial(_texts_by_hit, index))
            for index, some in numbers.items()
            if some
        ]

    def matches(self, hits: Sequence[tuple[Index, int]], terms: Sequence[str], read: Reader, /) -> Iterator[Match]:
        questions = self.texts_of(hits)
        read.ahead(*questions)
        texts: dict[tuple[Index, int], tuple[str, str]] = {}
        for each in questions:
            texts |= read.of(each)
        return map(Match._make, _marked([texts[hit] for hit in hits], terms, " AND "))

    def like(
        self, of_bugs: Sequence[str], of_tickets: Sequence[str], limit: int, /
    ) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        by_bug, by_ticket = self._db.ahead([_bugs_like(of_bugs, limit), _tickets_like(of_tickets, limit)])
        return _marked_headings(by_bug.fetchall(), of_bugs), _marked_headings(by_ticket.fetchall(), of_tickets)

    def like_bugs(self, words: Sequence[str], limit: int, /) -> list[tuple[int, str]]:
        return _marked_headings(self._db.execute(*_bugs_like(words, limit)).fetchall(), words)

    def like_tickets(self, words: Sequence[str], limit: int, /) -> list[tuple[int, str]]:
        return _marked_headings(self._db.execute(*_tickets_like(words, limit)).fetchall(), words)


class _Asked:
    """The conditions on the tickets `t`, with their parameters; and, once known, the one that leads to those that pass,
    and whether there are `none`.
    """

    def __init__(self, filters: Mapping[str, Sequence[str]], at: int, limit: int) -> None:
        self.limit = limit
        self.values = {"at": at, "limit": limit, **search_filters.parameters(filters)}
        self._conditions = search_filters.conditions(filters)
        self._indexed = [field for field, wanted in filters.items() if _has_index(field, wanted)]
        self.leading: str | None = None
        self.none = False

    @property
    def where(self) -> str:
        return " and ".join([*self._conditions.values(), "t.received_at <= :at"])

    @property
    def counting(self) -> list[tuple[str, Mapping[str, Any]]]:
        """How many tickets pass each filter that has an index, counted up to SOME."""
        count = "select count(*) from (select 1 from tickets t where {} limit {}) x"
        return [(count.format(self._conditions[field], SOME), self.values) for field in self._indexed]

    def take(self, counts: Sequence[Rows]) -> None:
        """Let the filter that fewest tickets pass lead, if they are few."""
        passing = {field: rows.fetchone()[0] for field, rows in zip(self._indexed, counts, strict=True)}
        first = min(passing, key=lambda field: passing[field], default=None)
        if first is not None and passing[first] < SOME:
            self.leading, self.none = self._conditions[first], not passing[first]


def _has_index(field: str, wanted: Sequence[str]) -> bool:
    """Whether an index finds what passes a filter; else a walk back from the newest is sooner."""
    if field == "from":
        return all(map(search_filters.is_whole, wanted))
    return field != "sla" or "met" not in wanted


def _newest(phrases: Sequence[str], asked: _Asked) -> tuple[str, dict[str, Any]]:
    """The statement for the newest tickets with all phrases that pass the filters.

    Without a filter that leads, the newest of all are looked at one by one; only where they are too few, the index is
    read. `offset 0` and `is true` keep the server from another way, which it prefers where it expects more hits.
    """
    newest, values = "order by t.id desc limit :limit", {**asked.values, "match": _all_of(phrases), "near": NEAR}
    tickets = "tickets t"
    if asked.leading:
        tickets = f"(select t.id from tickets t where {asked.leading} offset 0) l join tickets t on t.id = l.id"
    if not phrases:
        return f"select t.id from {tickets} where {asked.where} {newest}", values
    words, one_by_one = "join tickets_words w on w.id = t.id", "(w.words @@ :match::tsquery) is true"
    if asked.leading:
        return f"select t.id from {tickets} {words} where {one_by_one} and {asked.where} {newest}", values
    return (
        f"with near as materialized (select t.id from tickets t {words} where t.id > {_NEAR} and {one_by_one}"
        f" and {asked.where} {newest}), far as (select w.id from tickets_words w"
        f" where (select count(*) from near) < :limit and w.id <= {_NEAR} and w.words @@ :match::tsquery offset 0)"
        f" select id from near union all select id from (select t.id from far join tickets t on t.id = far.id"
        f" where {asked.where} order by -t.id limit :limit) f order by id desc limit :limit"
    ), values


# The number from which on tickets are among the newest.
_NEAR = "(select coalesce(max(id), 0) - :near from tickets_words)"
_RARE = "(select string_agg(query, ' | ') from word where df > 0 and df < :most)"
_COMMON = "(select string_agg(query, ' & ') from word where df >= :most)"
# All terms, if one of them is rare enough to rank.
_RANKS = "(select :match where exists (select 1 from word where df < :most))"


def _weighed(index: Index, phrases: Sequence[str], most: int | None = None) -> tuple[str, dict[str, Any]]:
    """Tables for a statement: `word` has each phrase with the number of documents that match, counted up to `most`, and
    its weight, 0 for those counted so far; `total` what there is altogether. And the parameters that they name.
    """
    name = index.name
    rows = ", ".join(f"({n}, :q{n})" for n in range(len(phrases)))
    hits = f"select 1 from {name}_words w where w.words @@ v.query::tsquery limit :most"
    odds = "ln((greatest(d.documents - c.df, 0) + 0.5::float8) / (c.df + 0.5::float8))"
    weight = f"case when c.df >= :most then 0::float8 when {odds} > 0 then {odds} else 0.000001::float8 end"
    return (
        f"total as materialized (select documents, words::float8 / greatest(documents, 1) as average"
        f" from words_totals where name = '{name}'),"
        f" counted as materialized (select v.n, v.query, (select count(*) from ({hits}) x) as df"
        f" from (values {rows}) v (n, query)),"
        f" word as materialized (select c.n, '(' || c.query || ')' as query, c.df, {weight} as weight"
        " from counted c cross join total d)"
    ), {**{f"q{n}": phrase for n, phrase in enumerate(phrases)}, "most": most}


def _ranked(index: Index, count: int, match: str, where: str = "true") -> str:
    """The query for the best documents by the words of `word`, `id` and `rank`, best first.

    It is FTS5's `bm25(4.0, 1.0)` to the last digit, computed in the same order. `ts_rank_cd` of one phrase is the sum
    of the weights of its places: it takes none above 1.
    """
    weights = "'{0.25, 0.25, 0.25, 1}'::float4[]"
    often = ", ".join(
        f"4.0::float8 * ts_rank_cd({weights}, w.words, :q{n}::tsquery)::float8 as f{n}" for n in range(count)
    )
    length = "(w.heading_words + w.text_words)"
    score = " + ".join(
        f"(select weight from word where n = {n}) * ((r.f{n} * 2.2::float8) / (r.f{n} + r.k))" for n in range(count)
    )
    return (
        f"select t.id, -({score}) as rank from {index.name}_words w join {index.name} t on t.id = w.id"
        f" cross join lateral (select {often}, 1.2::float8 * (0.25::float8 + 0.75::float8 * {length}"
        " / (select average from total)) as k offset 0) r"
        f" where w.words @@ {match}::tsquery and {where} order by 2, 1 limit :limit"
    )


def _best_tickets(phrases: Sequence[str], asked: _Asked) -> tuple[str, dict[str, Any]]:
    """The statement for the tickets with all phrases, if one of them is rare enough to rank: `id`, `rank` and null.

    Then it gives in how many tickets each phrase is, counted up to RANKED.
    """
    if not phrases:
        return "select null as id, null as rank, null as df limit 0", {}
    words, values = _weighed(TICKETS, phrases, full_text.RANKED)
    statement = (
        f"with {words}, hits as ({_ranked(TICKETS, len(phrases), _RANKS, asked.where)})"
        " select id, rank, null as df from hits union all select null, null, df from word order by rank, id"
    )
    return statement, {**values, **asked.values, "match": _all_of(phrases)}


def _best_bugs(phrases: Sequence[str], at: int) -> tuple[str, dict[str, Any]]:
    """The statement for the bugs with all phrases, best first; without phrases all, newest first."""
    if not phrases:
        return "select id, null as rank from bugs where reported_at <= :at order by id desc", {"at": at}
    words, values = _weighed(BUGS, phrases)
    statement = f"with {words} {_ranked(BUGS, len(phrases), ':match', 't.reported_at <= :at')}"
    return statement, {**values, "match": _all_of(phrases), "limit": None, "at": at}


def _bugs_like(words: Sequence[str], limit: int) -> tuple[str, dict[str, Any]]:
    """The statement for the bugs with any of the words, number and title, best first."""
    phrases = list(filter(None, queries(words)))
    if not phrases:
        return "select id, title from bugs where false", {}
    weighed, values = _weighed(BUGS, phrases)
    statement = (
        f"with {weighed}, hits as ({_ranked(BUGS, len(phrases), ':match')})"
        " select t.id, t.title from hits join bugs t on t.id = hits.id order by hits.rank, t.id"
    )
    return statement, {**values, "match": " | ".join(f"({each})" for each in phrases), "limit": limit}


def _tickets_like(words: Sequence[str], limit: int) -> tuple[str, dict[str, Any]]:
    """The statement for the tickets with any of the words that fewer than TELLING have, or else with all the others."""
    phrases = list(filter(None, queries(words)))
    if not phrases:
        return "select id, subject from tickets where false", {}
    weighed, values = _weighed(TICKETS, phrases, full_text.TELLING)
    one_by_one = f"w.id > {_NEAR} and (w.words @@ {_COMMON}::tsquery) is true"
    statement = (
        f"with {weighed}, hits as ({_ranked(TICKETS, len(phrases), _RARE)}),"
        f" near as materialized (select w.id from tickets_words w where {_RARE} is null and {one_by_one}"
        f" order by w.id desc limit :limit), far as (select w.id from tickets_words w where {_RARE} is null"
        f" and (select count(*) from near) < :limit and w.id <= {_NEAR} and w.words @@ {_COMMON}::tsquery offset 0)"
        " select t.id, t.subject from (select id, rank from hits union all select id, null from near union all"
        " select id, null from far) x join tickets t on t.id = x.id"
        " order by x.rank, case when x.rank is null then -t.id else t.id end limit :limit"
    )
    return statement, {**values, "limit": limit, "near": NEAR}


def _phrases(terms: Sequence[str]) -> list[str]:
    """All terms as `tsquery`; none if one has no word in it: then nothing matches."""
    phrases = queries(terms)
    return phrases if all(phrases) else []


def _all_of(phrases: Sequence[str]) -> str:
    return " & ".join(f"({phrase})" for phrase in phrases)


def _text_of(index: Index, where: str) -> str:
    return f"select t.id, t.{index.heading}, {_BODIES[index]} as body from {index.name} t where {where}"


def _texts_by_hit(index: Index, rows: Iterable[Any]) -> dict[tuple[Index, int], tuple[str, str]]:
    return {(index, number): (heading or "", body or "") for number, heading, body in rows}


def _marked(documents: Sequence[tuple[str, str]], terms: Sequence[str], joined: str) -> Iterator[tuple[str, str]]:
    """Headings and texts with the terms marked, of long ones the best piece."""
    long = [max(map(len, document)) > LONG for document in documents]
    short = [document for document, cut in zip(documents, long, strict=True) if not cut]
    others = iter(marked(short, joined.join(terms)) if short else ())
    for (heading, text), cut in zip(documents, long, strict=True):
        yield (piece_of(heading, terms), piece_of(text, terms)) if cut else next(others)


def _marked_headings(rows: Sequence[tuple[int, str]], words: Sequence[str]) -> list[tuple[int, str]]:
    quoted = [f'"{word}"' for word in words]
    headings = _marked([(heading, "") for _, heading in rows], quoted, " OR ")
    return [(number, heading) for (number, _), (heading, _) in zip(rows, headings, strict=True)]


# The index as a whole


def _add(db: Desk, index: Index, new: Sequence[Document]) -> None:
    """Add documents to an index."""
    rows = _rows(new)
    db.executemany(f"insert into {index.name}_words ({_COLUMNS}) values (?, ?, ?, ?, ?::tsvector)", rows)
    _count(db, index, rows)


def _rows(documents: Sequence[Document]) -> list[tuple[int, int, int, int, str]]:
    """The rows of some documents in their index."""
    return [
        (document.number, made.heading_words, made.text_words, made.bytes, made.literal)
        for document, made in zip(documents, whole_vectors(documents), strict=True)
    ]


def _count(db: Desk, index: Index, rows: Sequence[tuple[int, int, int, int, str]]) -> None:
    """Count rows that were added to an index."""
    db.execute(
        "update words_totals set documents = documents + :documents, words = words + :words where name = :name",
        {"documents": len(rows), "words": sum(row[1] + row[2] for row in rows), "name": index.name},
    )


def rebuild(db: Desk, tick: Tick | None = None) -> None:
    """Make both indexes anew from the texts, inside the caller's transaction."""
    for index in (TICKETS, BUGS):
        (last,) = db.execute(f"select max(id) from {index.name}").fetchone()
        db.execute(f"delete from {index.name}_words")
        db.execute("update words_totals set documents = 0, words = 0 where name = :name", {"name": index.name})
        for some in _in_parts(db, index):
            rows = _rows(some)
            cast("PostgresDesk", db).copy(f"copy {index.name}_words ({_COLUMNS}) from stdin", rows)
            _count(db, index, rows)
            if tick:
                tick(some[-1].number / last)


def is_current(db: Desk, index: Index) -> bool:
    """Whether an index matches the texts; it reads them all. Of threads near LIMIT only the lengths are compared."""
    name = index.name
    (counted,) = db.execute(
        f"select count(*) from words_totals where name = '{name}'"
        f" and documents = (select count(*) from {name}) and documents = (select count(*) from {name}_words)"
        f" and words = (select coalesce(sum(heading_words + text_words), 0) from {name}_words)"
    ).fetchone()
    return bool(counted) and all(_is_as_made(db, index, some) for some in _in_parts(db, index))


def _is_as_made(db: Desk, index: Index, some: Sequence[Document]) -> bool:
    """Whether the index has these documents as they would be made now."""
    made = [
        {
            "id": document.number,
            "heading_words": each.heading_words,
            "text_words": each.text_words,
            "words": each.literal if each.comparable else None,
        }
        for document, each in zip(some, whole_vectors(some), strict=True)
    ]
    same: int = db.execute(
        "select count(*) from json_to_recordset(:made)"
        " as m (id bigint, heading_words bigint, text_words bigint, words tsvector)"
        f" join {index.name}_words w on w.id = m.id and w.heading_words = m.heading_words"
        " and w.text_words = m.text_words and w.words = coalesce(m.words, w.words)",
        {"made": json.dumps(made, ensure_ascii=False)},
    ).fetchone()[0]
    return same == len(some)


def _in_parts(db: Desk, index: Index) -> Iterator[list[Document]]:
    """All documents by number, READ at a time."""
    last = 0
    while some := list(_documents(db, index, f"t.id > {last} order by t.id limit {READ}")):
        yield some
        last = some[-1].number


def _documents(db: Desk, index: Index, where: str) -> Iterator[Document]:
    for number, heading, body in db.execute(_text_of(index, where)).fetchall():
        yield Document(number, heading, [body or ""])
