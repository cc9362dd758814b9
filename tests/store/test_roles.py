"""What agents, leads and readers of a shared desk may do: the server refuses the rest, whichever program asks."""

import os
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
import pytest
from conftest import Program, copy_desk, opened
from desks import DATABASES, ON_POSTGRES

from supportctl.errors import DeskUnusable
from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.upgrade import MIGRATIONS, define, upgrade

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="a file has no roles")
NUMBERS = count()
NOW = "2026-03-06T17:00:00Z"


class Login(NamedTuple):
    """Somebody with a login at the server, at a desk there."""

    desk: Program
    name: str

    @property
    def database(self) -> str:
        return self.desk.address.rpartition("/")[2]

    @property
    def address(self) -> str:
        return DATABASES.server.address(self.database, role=self.name)

    def __call__(self, *words: str | Path | int, agent: str = "") -> Any:
        """A run of the program as them, under the name of an agent or their own."""
        return self.desk(*words, now=NOW, env={"SUPPORTCTL_DB": self.address, "SUPPORTCTL_AGENT": agent})

    def sql(self, *statements: str) -> list[Any]:
        """The rows of the last of some statements, each committed by itself unless they begin a transaction."""
        with closing(DATABASES.server.connect(self.database, role=self.name)) as db, db.cursor() as cursor:
            cursor.execute("set search_path = supportctl")
            for statement in statements:
                cursor.execute(statement.format(me=self.name, database=self.database))
            return cursor.fetchall() if cursor.description else []


class Staff(NamedTuple):
    """The logins at one desk: who made it, one of each role, and one that has none."""

    owner: Login
    agent: Login
    lead: Login
    reader: Login
    stranger: Login


def login(desk: Program, options: str = "") -> Login:
    """A new login of the server."""
    name = f"kim_{os.getpid()}_{next(NUMBERS)}"
    DATABASES.server.sql(f"create role {name} login {options}")
    return Login(desk, name)


def staff_of(desk: Program) -> Staff:
    """Logins with roles, given by who made the desk."""
    owner, agent, lead, reader, stranger = Login(desk, "desk"), *(login(desk) for _ in range(4))
    given = [f"--grant={agent.name}=agent", f"--grant={lead.name}=lead", f"--grant={reader.name}=reader"]
    assert owner("db", "roles", *given).code == 0
    return Staff(owner, agent, lead, reader, stranger)


@pytest.fixture(scope="module")
def settled(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Staff:
    """A desk where work has been done; no test changes it."""
    desk = Program(tmp_path_factory.mktemp("roles") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    staff = staff_of(desk)
    for words in (
        ["log", "--from", "site@example.com", "--subject", "One", "--body", "Please help"],
        ["log", "--from", "starter@example.com", "--subject", "Two", "--body", "Please help"],
        ["assign", "1", "tess"],
        ["bug", "add", "--title", "It crashes", "--workaround", "Wait"],
    ):
        ran = staff.agent(*words)
        assert ran.code == 0, ran.err
    started = desk("remote", "start", "1", "--secret", "-", stdin="Internet-ID 123, s3cret", now=NOW)
    assert started.code == 0, started.err
    return staff


@pytest.fixture
def staff(staffed: Program) -> Staff:
    """The same staff at a desk of their own, to change."""
    return staff_of(staffed)


SCRIPT = "begin; insert into commits (id) values (gen_random_uuid());"
ENTRY = "insert into history select 2, max(n) + 1, 0, 0, 'note', '{me}', '{me}', '{{}}' from history where ticket = 2"
AS_TESS = ENTRY.replace("'{me}', '{me}'", "'tess', '{me}'")
MADE_UP = """
create temporary table history as select * from supportctl.history;
insert into pg_temp.history values (1, 50, 0, 0, 'note', '{me}', '{me}', '{{}}');
set search_path = pg_temp, supportctl;
"""
# What neither agents nor leads may do: there is no role for it.
REFUSED = [
    "update history set at = 0",
    "update history set agent = 'tess'",
    "update history set data = '{{}}'",
    "set supportctl.rewriting = '1'; update history set data = '{{\"entries\": []}}' where ticket = 1",
    "delete from history",
    "truncate history",
    "truncate history cascade",
    "update targets set due_at = 0",
    "delete from targets",
    "truncate targets",
    "update texts set body = 'other' where n = 1",
    "delete from texts",
    "truncate texts",
    "update bug_history set agent = '{me}'",
    "delete from bug_texts",
    "update bug_texts set body = 'other'",
    "alter table history disable trigger all",
    "alter table history disable trigger history_no_update",
    "alter table ticket_seals disable trigger ticket_seals_entered",
    "set session_replication_role = replica",
    "drop trigger history_no_update on history",
    "drop function guard_ticket() cascade",
    "create or replace function guard_names() returns trigger language plpgsql as 'begin return null; end'",
    "drop schema supportctl cascade",
    "drop table told",
    "alter table history owner to {me}",
    "alter table history add column more text",
    # entries as another
    "insert into history values (1, 50, 0, 0, 'note', '{me}', 'root', '{{}}')",
    "insert into bug_history values (1, 50, 0, 0, 'note', '{me}', 'root', '{{}}')",
    "insert into history values (1, 50, 0, 0, 'note', '{me}', '{me}', '{{}}')",
    "insert into history values (1, 0, 0, 0, 'note', '{me}', '{me}', '{{}}')",
    "set session authorization desk",
    "set role desk",
    # to entries of the past
    "insert into texts (ticket, n, body) values (1, 2, 'other')",
    "insert into targets select ticket, 2, set_at, tier, priority, rank, standing, coverage, registered, version_support,"
    " target_seconds, due_at, policy_revision, reasons from targets where ticket = 1 and n = 1",
    "insert into bug_tickets values (1, 2, 1)",
    # seals, and what repeats the history
    "update ticket_seals set history = '00'",
    "update ticket_seals set own = '00' where ticket = 1",
    "delete from ticket_seals",
    "truncate ticket_seals",
    "insert into ticket_seals values (1, '', '', '', '') on conflict (ticket) do update set history = ''",
    f"{SCRIPT} update ticket_seals set history = '00' where ticket = 1; commit",
    f"{SCRIPT} {ENTRY}; update ticket_seals set history = '00' where ticket = 1; commit",
    "update bug_seals set bug_history = '00'",
    "delete from bug_seals",
    "update tickets set due_at = due_at + 3600",
    f"{SCRIPT} {ENTRY}; update tickets set due_at = due_at + 3600 where id = 1; commit",
    "update bugs set entries = 9",
    "update remote_sessions set tool = 'other'",
    "update releases set agent = '{me}'",
    "delete from tickets",
    # totals and counters
    "update totals set total = total + 1",
    "update totals set total = 0 where name = 'licences'",
    "insert into totals values ('desk', 0, 0) on conflict (name) do update set total = 0",
    "delete from totals",
    f"{SCRIPT} delete from totals; commit",
    f"{SCRIPT} update totals set name = 'other' where name = 'told'; commit",
    "update counters set value = value - 1",
    "update counters set value = 0 where name = 'ticket'",
    "update counters set name = 'other' where name = 'ticket'",
    "delete from counters",
    "update commits set n = default",
    "delete from commits",
    "update desk set schema = 99",
    "update agents set name = 'other'",
    "delete from changes",
    "delete from removals",
    "update policies set data = '{{}}'",
    "delete from policies",
    # something of their own among what is the desk's
    "create table supportctl.mine (n integer)",
    "create view supportctl.v_mine as select 1 as one",
    "create function supportctl.lower(text) returns text language sql as 'select null::text'",
    "create function supportctl.f() returns integer language sql as 'select 1'",
    "create trigger mine before insert on history for each row execute function suppress_redundant_updates_trigger()",
    "create rule mine as on insert to history do instead nothing",
    # a history that only looks like one, and functions that only look like ours
    f"{MADE_UP} update supportctl.ticket_seals set history = '00' where ticket = 1",
    f"begin; {MADE_UP} update supportctl.ticket_seals set history = '00' where ticket = 1; commit",
    "create function pg_temp.is_of_now(xid) returns boolean language sql as 'select true';"
    " update ticket_seals set history = '00'",
    "create function pg_temp.deny(text) returns void language sql as 'select'; update ticket_seals set history = '00'",
    # roles
    'grant "supportctl_{database}_lead" to {me} with admin option',
    "alter role {me} createrole",
]
# What a lead may do, and agents may not.
LEADS = [
    AS_TESS,
    "insert into bug_history values (1, 50, 0, 0, 'note', 'tess', '{me}', '{{}}')",
    "insert into changes values (1, 'tess', 0, 0, '{{}}', null)",
    "insert into told values ('tess', 1, 'late', 0)",
    "insert into answering values (1, 1, 'tess', 0)",
    "insert into customers values (50, 'x@example.com', 'x@example.com', null, 'customer', 0, 0, 0, 'tess')",
    f"create function pg_temp.is_lead() returns boolean language sql as 'select true'; {AS_TESS}",
    f"create function pg_temp.lower(text) returns text language sql as $$ select '' $$; {AS_TESS}",
    f"{SCRIPT} update totals set total = 0 where name = 'licences'; commit",
    "insert into licences values (50, 'K', 'K', null, null, null, 0, 0)",
    "update licences set order_ref = 'x'",
    "update licence_terms set effective_at = 0",
    "delete from licences",
    "insert into policies select revision + 1, 0, 0, '{me}', name, toml, data, 0 from policies",
    "insert into closures values (50, '2026-05-05', '', null, 0, 0, '{me}')",
    "insert into removals values (1, 1, 1, 0)",
    "update messages set sent_to = 'x'",
    "update customers set agent = '{me}'",
    "update customers set email = 'x@example.com' where id = 1",
    "delete from customers",
]
PROMOTIONS = ['set role "supportctl_{database}_lead"', 'grant "supportctl_{database}_lead" to {me}']
LOOKS = [
    f"select * from {table}"
    for table in (
        "remote_secrets", "tickets", "history", "texts", "licences", "customers", "policies", "totals", "desk",
    )
]  # fmt: skip
READERS = [
    *LOOKS,
    "insert into commits (id) values (gen_random_uuid())",
    "insert into told values ('{me}', 1, 'late', 0)",
    "update v_customers set name = 'other'",
    "delete from v_customers",
    "create view pg_temp.mine as select * from supportctl.licences; select * from pg_temp.mine",
    'set role "supportctl_{database}_agent"',
]


@pytest.mark.parametrize("statement", REFUSED + LEADS + PROMOTIONS)
def test_an_agent_cannot(settled: Staff, statement: str) -> None:
    refused(settled, settled.agent, statement)


@pytest.mark.parametrize("statement", REFUSED)
def test_not_even_a_lead_can(settled: Staff, statement: str) -> None:
    refused(settled, settled.lead, statement)


@pytest.mark.parametrize("statement", READERS)
def test_a_reader_cannot(settled: Staff, statement: str) -> None:
    refused(settled, settled.reader, statement)


@pytest.mark.parametrize("statement", [*LOOKS, "select * from v_tickets"])
def test_a_login_without_a_role_sees_nothing(settled: Staff, statement: str) -> None:
    refused(settled, settled.stranger, statement.replace("from ", "from supportctl."))


def refused(staff: Staff, who: Login, statement: str) -> None:
    """A statement of theirs is refused for want of a right or by a guard, and changes nothing."""
    before = staff.owner.desk.dump()
    with pytest.raises(psycopg2.Error) as error:
        who.sql(statement)
    assert error.value.pgcode in ("42501", "P0001", "SCT02", "SCT03"), error.value
    assert staff.owner.desk.dump() == before


@pytest.mark.parametrize("statement", LEADS)
def test_what_agents_are_refused_is_what_they_could_do_otherwise(staff: Staff, statement: str) -> None:
    """The same statements have an effect, or fail for another reason, where no role is in the way."""
    try:
        staff.owner.sql(statement)
    except psycopg2.Error as error:
        assert error.pgcode not in ("42501", "SCT02", "SCT03")


def test_a_reader_sees_the_views_with_masked_keys(settled: Staff) -> None:
    views = ("v_tickets", "v_customers", "v_licences", "v_history")
    assert all(settled.reader.sql(f"select * from {view}") for view in views)
    assert {key for (key,) in settled.reader.sql("select key from v_licences")} == {"****AAAA", "****BBBB"}
    said = settled.reader("queue")
    assert (said.code, "does not allow this login to do that" in said.err) == (6, True)
    said = settled.stranger("queue")
    assert (said.code, "that this login may use" in said.err) == (6, True)


DAY = [
    ["customer", "add", "new@example.com", "--name", "Nina"],
    ["customer", "edit", "new@example.com", "--apply", "SITE-0001-AAAA"],
    ["log", "--from", "site@example.com", "--subject", "One", "--body", "Please help", "--key", "STAR-0001-BBBB"],
    ["log", "--from", "starter@example.com", "--subject", "Two", "--body", "Please help"],
    ["log", "--from", "starter@example.com", "--subject", "Three", "--body", "Help again"],
    ["lookup", "site@example.com"],
    ["queue"],
    ["next", "--take"],
    ["assign", "1", "tess"],
    ["reply", "1", "--body", "Try this"],
    ["note", "1", "--body", "Tried"],
    ["edit", "1", "--subject", "Another", "--product", "remote-utilities"],
    ["undo", "--yes"],
    ["merge", "3", "2"],
    ["edit", "2", "--tag", "for-starter@example.com"],
    ["bug", "add", "--title", "It crashes"],
    ["bug", "link", "1", "1"],
    ["remote", "start", "1"],
    ["remote", "end", "1"],
    ["close", "1"],
    ["reopen", "1"],
    ["search", "help"],
    ["breaches", "--new"],
    ["report"],
    ["release", "add", "remote-utilities", "7.8.0.0"],
    ["export", "tickets"],
]
RECORDS = [
    ["licence", "add", "PLUS-0001-CCCC", "--tier", "PLUS", "--email", "site@example.com"],
    ["licence", "revoke", "STAR-0001-BBBB", "--yes"],
    ["hours", "holiday", "add", "2026-05-05"],
    ["policy", "set", "policy.toml", "--yes"],
    ["redact", "1", "1", "--yes"],
    ["import", "licences", "licences.csv"],
    ["import", "tickets", "tickets.csv"],
    ["customer", "erase", "starter@example.com", "--yes"],
]


@pytest.fixture
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, staffed: Program) -> None:
    """What is imported and set."""
    monkeypatch.chdir(tmp_path)
    Path("licences.csv").write_text("key,tier,delivery_email\nPRO-0001-DDDD,PRO,many@example.com\n", encoding="utf-8")
    tickets = "from,subject,body,received_at,assignee\nmany@example.com,Old,Help,2026-01-02T10:00:00Z,tess\n"
    Path("tickets.csv").write_text(tickets, encoding="utf-8")
    policy = staffed("policy", "show", "-o", "toml").out
    Path("policy.toml").write_text(policy.replace('"2h"', '"1h"'), encoding="utf-8")


@pytest.mark.usefixtures("_files")
def test_an_agent_does_the_days_work_and_a_lead_keeps_the_records(staff: Staff) -> None:
    for words in DAY:
        ran = staff.agent(*words)
        assert ran.code in (0, 3), f"{words}: {ran.err}"
    before = staff.owner.desk.dump()
    for words in RECORDS:
        ran = staff.agent(*words)
        assert (ran.code, "does not allow this login to do that" in ran.err) == (6, True), f"{words}: {ran}"
    assert staff.owner.desk.dump() == before
    for words in RECORDS:
        ran = staff.lead(*words)
        assert ran.code == 0, f"{words}: {ran.err}"
    assert staff.lead("note", "1", "--body", "For Tess", agent="tess").code == 0
    who = "select distinct agent, system_user from history where agent <> 'tess' order by 1"
    assert staff.owner.desk.sql(who.replace("system_user", '"system_user"')) == [
        (staff.agent.name, staff.agent.name),
        (staff.lead.name, staff.lead.name),
    ]
    old = "insert into commits (id, at) values (gen_random_uuid(), now() - interval '2 days')"
    staff.agent.sql(old, "delete from commits where at < now() - interval '1 day'")  # which scripts do now and then
    checked = staff.owner("db", "check")
    assert checked.code == 0, checked.out


def test_an_agent_writes_under_no_other_name(staff: Staff) -> None:
    words = ("log", "--from", "site@example.com", "--subject", "One", "--body", "Please help")
    said = staff.agent(*words, agent="tess")
    assert (said.code, f"takes entries from {staff.agent.name} under that name alone" in said.err) == (6, True)
    assert staff.agent(*words, agent=staff.agent.name.upper()).code == 0


def test_roles_are_listed_given_and_taken(staff: Staff) -> None:
    assert roles_of(staff) == {
        "postgres": "superuser", "desk": "owner", staff.lead.name: "lead", staff.agent.name: "agent",
        staff.reader.name: "reader",
    }  # fmt: skip
    for who in (staff.agent, staff.reader):
        assert who("db", "roles").code == 0
    assert staff.owner("db", "roles", f"--grant={staff.agent.name}=lead", f"--revoke={staff.reader.name}").code == 0
    after = roles_of(staff)
    assert (after[staff.agent.name], staff.reader.name in after) == ("lead", False)
    assert "this login may use" in staff.reader("db", "roles").err
    named = staff.owner.desk("db", "roles", staff.owner.address, env={"SUPPORTCTL_DB": "elsewhere.db"})
    assert staff.lead.name in named.out


def roles_of(staff: Staff) -> dict[str, str]:
    return {row["login"]: row["role"] for row in staff.owner.desk.json("db", "roles")}


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ("--grant=nobody_at_all=agent", 5, "The server has no login nobody_at_all."),
        ("--revoke=nobody_at_all", 5, "The server has no login nobody_at_all."),
        ("--grant={stranger}=boss", 2, "--grant takes LOGIN=ROLE. Choose from: agent, lead, reader."),
        ("--grant={stranger}", 2, "--grant takes LOGIN=ROLE."),
        ("--grant=desk=agent", 2, "desk owns the desk, and may do anything already."),
        ("--grant=postgres=agent", 2, "postgres owns the desk"),
        ("--revoke={stranger}", 5, "has no role of its own here."),
    ],
)
def test_a_role_is_given_to_a_login_of_the_server(staff: Staff, given: str, code: int, said: str) -> None:
    before = roles_of(staff)
    ran = staff.owner("db", "roles", given.format(stranger=staff.stranger.name))
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert roles_of(staff) == before


@pytest.mark.parametrize("words", [["--grant={}=lead"], ["--revoke={}"]])
def test_only_who_manages_roles_gives_them(staff: Staff, words: list[str]) -> None:
    before = roles_of(staff)
    for who in (staff.agent, staff.lead):
        ran = who("db", "roles", *(each.format(staff.agent.name) for each in words))
        assert (ran.code, "does not let this login give roles" in ran.err) == (6, True), ran.err
    assert roles_of(staff) == before


def test_a_desk_made_by_whom_the_server_lets_create_no_roles(desk: Program) -> None:
    """What is missing is said, with what makes it; after that its owner gives the roles."""
    plain, kim = login(desk), login(desk)
    database = f"{plain.name}_db"
    DATABASES.server.sql(f"create database {database} template template0 owner {plain.name}")
    address = DATABASES.server.address(database, role=plain.name)
    try:
        made = desk("db", "create", address)
        assert made.code == 0, made.err
        listed = desk("db", "roles", address)
        assert "Its roles are not made yet: agent, lead, reader. Ask who runs the server for: `" in listed.err
        refused = desk("db", "roles", address, f"--grant={kim.name}=agent")
        assert (refused.code, "are not made yet" in refused.err) == (6, True)
        DATABASES.server.sql(listed.err.split("`")[1])
        given = desk("db", "roles", address, f"--grant={kim.name}=agent")
        assert (given.code, given.err) == (0, "")
        assert f"{kim.name}\tagent" in given.out
        as_kim = {"SUPPORTCTL_DB": DATABASES.server.address(database, role=kim.name), "SUPPORTCTL_AGENT": ""}
        logged = desk("log", "--from", "a@example.com", "--subject", "One", "--body", "Please", env=as_kim)
        assert logged.code == 0, logged.err
    finally:
        DATABASES.server.drop(database)


def test_public_has_no_rights(settled: Staff) -> None:
    """And nobody but the owner can give it any: PostgreSQL then grants nothing, and says so in a warning."""
    settled.agent.sql("grant select on history to public")
    settled.lead.sql("grant select, insert on history to public")
    granted = settled.owner.sql(
        "select c.relname from pg_class c, aclexplode(c.relacl) a where a.grantee = 0"
        " and c.relnamespace = 'supportctl'::regnamespace union all"
        " select p.proname from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        " where a.grantee = 0 and p.pronamespace = 'supportctl'::regnamespace"
    )
    assert granted == []


def test_every_table_is_in_somebodys_hands(settled: Staff) -> None:
    """A table of a later schema has to be given to those who write to it, or to nobody: on purpose."""
    written = settled.owner.sql(
        "select relname from pg_class c where relnamespace = 'supportctl'::regnamespace and relkind = 'r'"
        " and not has_table_privilege('{me}', c.oid, 'insert') order by 1".replace("{me}", settled.lead.name)
    )
    assert written == [("desk",), ("words_totals",)]


# Upgrades


@pytest.fixture
def shared(desk: Program) -> Iterator[PostgresDesk]:
    """A desk to upgrade."""
    with opened(desk.desk) as db:
        assert isinstance(db, PostgresDesk)
        yield db


def _with_parcels(db: PostgresDesk) -> None:
    define(db, "create table parcels (id bigint primary key, note text default 'a ? and a :name and 100 %')")


NEXT = {**MIGRATIONS, 16: _with_parcels}


def test_the_next_migration_is_one_function(shared: PostgresDesk) -> None:
    assert upgrade(shared, NEXT, 16)[1:] == (15, 16, None)
    assert shared.execute("select schema from desk").fetchone() == (16,)
    assert shared.execute("select count(*) from parcels").fetchone() == (0,)
    assert upgrade(shared, NEXT, 16)[1:] == (16, 16, None)
    with pytest.raises(DeskUnusable, match="is newer than this program"):
        upgrade(shared)


def test_an_upgrade_is_all_or_nothing(shared: PostgresDesk) -> None:
    def failing(db: PostgresDesk) -> None:
        define(db, "create table others (id bigint); select 1 / 0")

    with pytest.raises(psycopg2.Error):
        upgrade(shared, {**NEXT, 17: failing}, 17)
    assert shared.execute("select schema, to_regclass('parcels') from desk").fetchone() == (15, None)


def test_a_desk_that_is_current_stays_as_it_is(desk: Program) -> None:
    before = desk.dump()
    assert desk.json("db", "migrate") == {
        "desk": desk.address, "schema_before": 15, "schema": 15, "kept": None,
    }  # fmt: skip
    assert desk.dump() == before


def test_a_newer_desk_is_refused(desk: Program) -> None:
    desk.sql("update desk set schema = 99")
    ran = desk("db", "migrate")
    assert (ran.code, "is newer than this program" in ran.err) == (6, True)
