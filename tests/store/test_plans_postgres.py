"""What the hot commands ask of PostgreSQL: no step of a plan reads more than a few rows, however large the desk.

The commands run here, on a desk with thousands of tickets beside those that they ask for. The server itself explains
each statement that it carries out, those of its own guards too, with the rows that each step took.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import postgres
import psycopg2
import pytest
from conftest import Program, copy_desk, place_of
from desks import ON_POSTGRES
from hot import COMMANDS, COMPLETED, LIVELY, TOGETHER, WATCHED, in_this_process
from psycopg2 import extensions

from supportctl.store import full_text
from supportctl.store.postgres import full_text as postgres_text

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="asks a server how it carries out statements")

# So many tickets are looked at, or counted, by a search; here fewer, as there are fewer of them.
BOUNDS = [
    (full_text, "RANKED", 200),
    (full_text, "TELLING", 100),
    (postgres_text, "SOME", 200),
    (postgres_text, "NEAR", 200),
]
Columns = dict[str, list[str]]  # of each table
MOST = 300  # rows that a step may take: of what is few, of what is shown, of what one customer has
BUGS = 200
CLOSED, EACH = 4_000, 400  # tickets beside those of the hot commands; what there is too many of to be walked


def _copies(columns: Columns, table: str, where: str, count: int, **changed: str) -> str:
    """The statement for so many copies of a row; `g` is their number, and columns may become something else."""
    values = ", ".join(changed.get(name, f"t.{name}") for name in columns[table])
    names = ", ".join(columns[table])
    return f"insert into {table} ({names}) select {values} from {table} t, generate_series(1, {count}) g where {where}"


def _tickets(columns: Columns, like: int, first: int, count: int, **changed: str) -> Iterator[str]:
    """The statements for so many tickets like one of the desk, each from somebody else."""
    number, sender = f"{first} + g", f"'c' || {first} + g || '@example.com'"
    own = {"id": number, "sender": sender, "sender_folded": sender, "external_id": f"'x' || {first} + g", **changed}
    yield _copies(columns, "tickets", f"t.id = {like}", count, **own)
    for table in ("history", "texts", "targets", "ticket_seals"):
        yield _copies(columns, table, f"t.ticket = {like}", count, ticket=number)
    yield (
        f"insert into tickets_words select {number}, heading_words, text_words, bytes, words"
        f" from tickets_words w, generate_series(1, {count}) g where w.id = {like}"
    )


def _enlarging(columns: Columns) -> Iterator[str]:
    """The statements that make a desk of few tickets a large one."""
    first = 10_000
    yield from _tickets(columns, 4, first, CLOSED)
    for n, changed in enumerate(
        (
            {"assignee": "'agent' || g % 20"},  # answered and still open, as nobody closes everything
            {"assignee": "'agent' || g % 20 + 20"},
            {"assignee": "null"},
            {"assignee": "'agent' || g % 20", "status": "'waiting'"},
        ),
        1,
    ):
        answered = {"status": "'open'", "received_at": "1700000000", "first_response_at": "1700000060"}
        yield from _tickets(columns, 2, first + CLOSED + n * EACH, EACH, **{**answered, **changed})
    sender, key = f"'c' || {first} + g || '@example.com'", "'KEY-' || g"
    yield _copies(columns, "customers", "t.id = 1", CLOSED, id="100 + g", email=sender, email_folded=sender)
    yield _copies(
        columns, "licences", "t.id = 1", CLOSED, id="100 + g", key=key, key_folded=key, delivery_email=sender,
        delivery_folded=sender,
    )  # fmt: skip
    yield _copies(columns, "licence_terms", "t.licence = 1", CLOSED, licence="100 + g")
    yield (
        "insert into applied_keys (customer, licence, applied_at, entered_at, agent)"
        f" select 100 + g, 100 + g, 1, 1, 'kim' from generate_series(1, {CLOSED}) g"
    )
    yield (
        "insert into account_kinds (customer, n, effective_at, entered_at, agent, kind)"
        f" select 100 + g, 1, 1, 1, 'kim', 'customer' from generate_series(1, {CLOSED}) g"
    )
    yield (
        "insert into messages (mark, ticket, n, message_id)"
        f" select 'mark' || g, {first} + g, 1, 'm' || g from generate_series(1, {CLOSED}) g"
    )
    yield _copies(columns, "bugs", "t.id = 1", BUGS, id="100 + g")
    yield _copies(columns, "bug_history", "t.bug = 1", BUGS, bug="100 + g")
    bugs = f"100 + g % {BUGS} + 1"
    yield f"insert into bug_tickets (bug, ticket, n) select {bugs}, {first} + g, 1 from generate_series(1, {CLOSED}) g"
    yield (
        "insert into remote_sessions (id, ticket, tool, started_n, ended_n, reasons)"
        f" select 100 + g, {first} + g, 'x', 1, 1, '[]' from generate_series(1, {EACH}) g"
    )
    yield f"insert into imported_rows select 'print' || g, {first} + g from generate_series(1, {CLOSED}) g"
    yield f"insert into told select 'kim', {first} + g, 'late', 1 from generate_series(1, {CLOSED}) g"
    yield (
        "insert into changes (id, agent, at, entered_at, parts)"
        f" select g, 'kim', 1, 1, '[]' from generate_series(1, {CLOSED}) g"
    )
    yield "insert into agents (name, folded) select 'agent' || g, 'agent' || g from generate_series(0, 39) g"
    yield "insert into commits (id) select gen_random_uuid() from generate_series(1, 4000)"
    yield (
        "update words_totals set documents = (select count(*) from tickets_words),"
        " words = (select sum(heading_words + text_words) from tickets_words) where name = 'tickets'"
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, staffed_file: Path) -> Program:
    """The desk of the hot commands, with thousands of tickets beside theirs; it explains itself to whoever asks it."""
    desk = Program(tmp_path_factory.mktemp("plans") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    desk.all(LIVELY)
    with closing(_superuser(desk)) as db, db.cursor() as cursor:
        cursor.execute("set session_replication_role = replica; set search_path to supportctl, public")
        cursor.execute(COLUMNS)
        for statement in _enlarging(dict(cursor.fetchall())):
            cursor.execute(statement)
        cursor.execute("vacuum analyze")
        for name, value in EXPLAINING.items():
            cursor.execute(f"alter database {_database(desk)} set {name} = '{value}'")
    return desk


EXPLAINING = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
}


def _database(desk: Program) -> str:
    return urlsplit(desk.address).path[1:]


def _superuser(desk: Program) -> Any:
    return postgres.given().connect(_database(desk))


COLUMNS = """
select c.relname, array_agg(a.attname::text order by a.attnum) from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attidentity = ''
where c.relnamespace = 'supportctl'::regnamespace and c.relkind = 'r' group by c.relname
"""


class Step(NamedTuple):
    """A step of a plan, by what command, and how many rows it took."""

    by: str
    what: str
    rows: int
    using: str | None
    where: str


class _Notices:
    """What a server says beside its answers, as psycopg2 keeps it: plans, for whoever reads them."""

    def __init__(self, plans: list[tuple[str, Any]], by: list[str]) -> None:
        self._plans, self._by = plans, by

    def append(self, said: str) -> None:
        _, found, plan = said.partition("plan:\n")
        if found:
            self._plans.append((self._by[-1], json.loads(plan)))


@pytest.fixture(scope="module")
def steps(large: Program) -> list[Step]:
    """Each step of each plan by which the server carried out the hot commands."""
    plans, by, connect = list[tuple[str, Any]](), ["nobody"], psycopg2.connect

    def explained(*given: Any, **named: Any) -> Any:
        made: Any = connect(*given, **named)
        made.notices = _Notices(plans, by)
        return made

    place = place_of(large.desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg2, "connect", explained)
        patch.setattr(
            extensions, "set_wait_callback", lambda _: None
        )  # libpq itself waits: it hands on notices at once
        for module, name, bound in BOUNDS:
            patch.setattr(module, name, bound)
        for words in COMMANDS:
            by.append(" ".join(words))
            in_this_process(large.address, words)
        for name, complete in COMPLETED.items():
            by.append(name)
            assert complete(place), name
        with place.watched() as watched, watched.reading() as db:
            for name, read in WATCHED.items():
                by.append(name)
                read(db)
        with closing(place.open()) as asking:
            for name, read in TOGETHER.items():
                by.append(name)
                read(asking)
    return [step for name, plan in plans for step in _steps(name, plan["Plan"])]


def _steps(by: str, node: Any, around: str = "") -> Iterator[Step]:
    """The steps of a plan, the outermost first."""
    removed = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck", "Join Filter"))
    rows = (node["Actual Rows"] + removed) * node["Actual Loops"]
    named = [node.get("Relation Name"), node.get("Index Name"), node.get("CTE Name")]
    conditions = [str(node[name]) for name in node if name.endswith(("Cond", "Filter", "Key"))]
    what = " ".join(filter(None, [node["Node Type"], *named]))
    where = "; ".join([*conditions, node.get("Subplan Name", ""), around])
    yield Step(by, what, rows, node.get("Index Name"), where)
    for inner in node.get("Plans", ()):
        yield from _steps(by, inner, f"{what} ({'; '.join(conditions)})")


class Exempt(NamedTuple):
    """A step that is no fault where its conditions, or those around it, have some words, and why."""

    what: str
    where: str
    why: str


FAR = "too few of the newest have all words: each of them is common, and all together are rare"
EXEMPT = [
    *(
        Exempt(what, where, FAR)
        for what, where in (
            ("Index Scan tickets_words tickets_words_pkey", "id <= "),
            ("Result", "< 20)"),
            ("Materialize", "w.id = t.id"),
            ("Nested Loop", "w.id = t.id"),
        )
    ),
    Exempt("Index Scan tickets tickets_pkey", "(id = w.id)", FAR),
    Exempt("Nested Loop", "(- t.id)", FAR),
    *(
        Exempt(f"{what} tickets {index}", "; 0; ; Aggregate ()", "what is open, counted")
        for what, index in (("Index Only Scan", "tickets_queue_assignee"), ("Index Scan", "tickets_status"))
    ),
    Exempt("Index Scan tickets tickets_pkey", "1000000000000'::bigint)); (status", "open ones are among the newest"),
    *(Exempt(what, "", "counted up to a bound, for each word") for what in ("Limit", "Bitmap Heap Scan tickets_words")),
    Exempt("Bitmap Index Scan tickets_words_index", "", "an index of words gives all that have one, and no fewer"),
    Exempt("Index Scan tickets tickets_pkey", "strpos(sender_folded", "part of a value has no place in any order"),
    Exempt("Index Scan tickets tickets_pkey", "assignee IS NULL", "in the order of the answer: it ends with the last"),
]


def _faults(steps: list[Step]) -> Iterator[str]:
    for step in steps:
        if step.rows > MOST and not any(step.what == each.what and each.where in step.where for each in EXEMPT):
            yield f"{step.by}: {step.what} took {step.rows} rows: {step.where}"


def test_no_step_of_a_hot_command_grows_with_the_desk(steps: list[Step]) -> None:
    found = sorted(set(_faults(steps)))
    assert not found, "\n".join(found)


# Indexes that no hot command needs, and what they are for.
OTHERS = {
    "remote_sessions_open": "the sessions that go on",
    "messages_ticket": "the mail of a ticket",
}
DECLARED = """
select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
where c.relnamespace = 'supportctl'::regnamespace and not i.indisunique
"""


def test_each_index_is_used_by_a_hot_command(large: Program, steps: list[Step]) -> None:
    """One that nothing needs would cost every write, and is not kept."""
    used = {step.using for step in steps}
    assert {name for (name,) in large.sql(DECLARED)} - used == OTHERS.keys()
