"""`db check` of a shared desk: what only its server can have wrong is found, and what is declared is made again."""

import json
import os
import signal
import subprocess
from contextlib import closing
from typing import Any

import pytest
from conftest import PROGRAM, Program
from desks import DATABASES, ENGINE, ON_POSTGRES

from supportctl.desk import place_at
from supportctl.desk.check.run import every_part, first_damage, run_checks
from supportctl.store.postgres.schema import statements
from supportctl.store.postgres.soundness import PARTS

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="about what a server says of itself")


@pytest.fixture
def busy(staffed: Program) -> Program:
    """A desk with two tickets, one of them answered, and a bug."""
    staffed.once(
        [
            ["log", "--from", "site@example.com", "--subject", "It hangs", "--body", "Since the update"],
            ["log", "--from", "free@example.com", "--subject", "Prices", "--body", "How much is it?"],
            ["reply", "1", "--body", "Restart it"],
            ["bug", "add", "--title", "It crashes"],
        ]
    )
    return staffed


def findings(desk: Program, *options: str, user: str | None = None) -> list[dict[str, Any]]:
    """What is not just all right or about the machine, as the owner or another user sees it."""
    where = desk.address.replace("//desk@", f"//{user}@") if user else desk.address
    found: list[dict[str, Any]] = json.loads(desk("--db", where, "db", "check", *options, "--json").out)
    return [each for each in found if each["state"] != "ok" and each["part"] not in ("server", "time zone data")]


def said(desk: Program, *options: str, user: str | None = None) -> list[tuple[str, str, str]]:
    return [(each["part"], each["state"], each["message"]) for each in findings(desk, *options, user=user)]


# What is declared, and how it is undone: it is found, and made again.
DECLARED = {
    "a trigger dropped": ("drop trigger history_no_update on history", "guards", "the trigger history_no_update is missing"),
    "a trigger of the same name": (
        "drop trigger texts_no_update on texts; create trigger texts_no_update before delete on texts for each row execute function texts_guard()",
        "guards", "the trigger texts_no_update is another one",
    ),
    "a trigger switched off": ("alter table targets disable trigger targets_no_update", "guards", "the trigger targets_no_update is another one"),
    "a trigger for replicas only": ("alter table targets enable replica trigger targets_no_update", "guards", "the trigger targets_no_update is another one"),
    "a guard that lets all pass": (
        "create or replace function removals_guard() returns trigger language plpgsql as $$ begin return new; end $$",
        "guards", "the function removals_guard() is another one",
    ),
    "an index": ("drop index tickets_queue", "schema", "the index tickets_queue is missing"),
    "an index of other columns": ("drop index history_at; create index history_at on history (n)", "schema", "the index history_at is another one"),
    "an index that is not unique": ("drop index closures_date; create index closures_date on closures (date) where removed_at is null", "schema", "the index closures_date is another one"),
    "a view": ("drop view v_customers", "schema", "the view v_customers is missing"),
    "a view of something else": ("drop view v_customers; create view v_customers as select id, key as email from licences", "schema", "the view v_customers is another one"),
    "a condition": ("alter table tickets drop constraint tickets_status_check", "schema", "the constraint tickets_status_check is missing"),
    "another condition": (
        "alter table tickets drop constraint tickets_status_check; alter table tickets add constraint tickets_status_check check (status <> '')",
        "schema", "the constraint tickets_status_check is another one",
    ),
    "a reference that was never proved": (
        "alter table told drop constraint told_ticket_fkey; alter table told add constraint told_ticket_fkey foreign key (ticket) references tickets (id) deferrable not valid",
        "schema", "the constraint told_ticket_fkey is another one",
    ),
    "a foreign key": ("alter table texts drop constraint texts_ticket_n_fkey", "schema", "the constraint texts_ticket_n_fkey is missing"),
    "a key": ("alter table agents drop constraint agents_pkey", "schema", "the constraint agents_pkey is missing"),
    "a table of words": ("drop table bugs_words", "schema", "the table bugs_words is missing"),
    "a function for words": ("drop function words_moved(tsvector, bigint)", "guards", "the function words_moved(words tsvector, back bigint) is missing"),
}  # fmt: skip


@pytest.mark.parametrize("what", DECLARED)
def test_what_is_declared_is_missed_and_made_again(busy: Program, what: str) -> None:
    script, part, message = DECLARED[what]
    attack(busy, script)
    found = [each for each in said(busy) if each[0] != "full text"]
    assert (part, "damaged", message) in found, found
    assert {each[0] for each in found} == {part}, found
    assert (part, "repaired", message) in said(busy, "--repair")
    assert said(busy) == []
    busy.all([["reply", "2", "--body", "Nothing"], ["note", "1", "--body", "Done"]])
    assert said(busy) == []


def test_what_is_made_again_is_given_to_the_roles_again(busy: Program) -> None:
    attack(busy, "drop role if exists bystander; create role bystander login")
    assert busy("db", "roles", "--grant", "bystander=reader").code == 0
    attack(busy, "drop view v_customers; drop table bugs_words")
    assert {state for _, state, _ in said(busy, "--repair")} == {"repaired"}
    asked = "select has_table_privilege(role_name('{}'), 'supportctl.{}', '{}')"
    for role, what, right in (("reader", "v_customers", "select"), ("agent", "bugs_words", "insert")):
        assert busy.sql(asked.format(role, what, right)) == [(1,)]
    assert said(busy) == []


# What nobody can derive: a restore, or its maker, is needed.
UNDERIVABLE = {
    "a column": ("alter table tickets drop column topic cascade", "schema", "the column tickets.topic is missing"),
    "a column of another type": ("alter table totals alter rows type integer", "schema", "the column totals.rows is another one"),
    "a column that may be empty": ("alter table history alter agent drop not null", "schema", "the column history.agent is another one"),
    "a table": ("drop table told", "schema", "the table told is missing"),
    "row security": ("alter table history enable row level security", "schema", "the table history is another one"),
    "foreign keys switched off": ("alter table texts disable trigger all", "guards", "the foreign keys of the table texts are switched off"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNDERIVABLE)
def test_what_cannot_be_derived_is_found_and_stays(busy: Program, what: str) -> None:
    script, part, message = UNDERIVABLE[what]
    attack(busy, script)
    for options in ((), ("--repair",)):
        assert (part, "damaged", message) in said(busy, *options)


def test_a_reference_that_cannot_be_made_again_is_no_fault_of_the_check(busy: Program) -> None:
    attack(busy, "alter table told drop constraint told_ticket_fkey; insert into told values ('tess', 99, 'late', 1)")
    missing = ("schema", "damaged", "the constraint told_ticket_fkey is missing")
    assert missing in said(busy)
    assert missing in said(busy, "--repair")


STRANGE = {
    "a trigger": (
        "create function theirs() returns trigger language plpgsql as $$ begin delete from told; return new; end $$;"
        " create trigger theirs after update on tickets for each row execute function theirs()",
        [("guards", "the function theirs() is not one of supportctl's"), ("guards", "the trigger theirs is not one of supportctl's")],
    ),
    "a rule": ("create rule theirs as on update to tickets do also delete from told", [("guards", "the rule theirs is not one of supportctl's")]),
    "a policy": ("create policy theirs on history using (false)", [("guards", "the policy theirs is not one of supportctl's")]),
    "a view": ("create view theirs as select 1 as one", [("schema", "the view theirs is not one of supportctl's")]),
    "a table": ("create table theirs (id bigint)", [("schema", "the column theirs.id is not one of supportctl's"), ("schema", "the table theirs is not one of supportctl's")]),
    "a function that hides one of the server's": (
        "create function lower(text) returns text language sql as $$ select $1 $$",
        [("guards", "the function lower(text) is not one of supportctl's")],
    ),
    "a view of their own": ("create view my_tickets as select id from tickets", []),
}  # fmt: skip


@pytest.mark.parametrize("what", STRANGE)
def test_what_is_not_ours_is_found_and_keeps_everything_from_being_mended(busy: Program, what: str) -> None:
    script, expected = STRANGE[what]
    attack(busy, f"{script}; update tickets set due_at = 1 where id = 1")
    found = said(busy)
    if not expected:
        assert [each[0] for each in found] == ["tickets"]
        return
    assert sorted((part, message) for part, _, message in found) == sorted(expected)
    assert {state for _, state, _ in said(busy, "--repair")} == {"damaged"}
    quick = [each for each in said(busy, "--quick") if each[1] == "damaged"]
    assert sorted((part, message) for part, _, message in quick) == sorted(expected)


# What an agent's words were, and what stands in the index of words.
WORDS = {
    "a word changed": ("tickets", "update tickets_words set words = 'other:2'::tsvector where id = 1"),
    "a word added": ("tickets", "update tickets_words set words = words || 'other:2'::tsvector where id = 2"),
    "a document taken out": ("tickets", "delete from tickets_words where id = 2"),
    "a document put in": ("tickets", "insert into tickets_words select 99, heading_words, text_words, bytes, words from tickets_words where id = 1"),
    "a length": ("tickets", "update tickets_words set heading_words = heading_words + 1 where id = 1"),
    "all of them": ("tickets", "truncate tickets_words"),
    "how many there are": ("tickets", "update words_totals set documents = 7 where name = 'tickets'"),
    "how many words there are": ("bugs", "update words_totals set words = 7 where name = 'bugs'"),
    "a bug's": ("bugs", "update bugs_words set words = ''"),
}  # fmt: skip


@pytest.mark.parametrize("what", WORDS)
def test_words_that_do_not_match_the_texts_are_found_and_made_again(busy: Program, what: str) -> None:
    index, script = WORDS[what]
    hits = busy("search", "restart").out
    assert hits
    attack(busy, script)
    message = f"the index of {index} does not match their texts: one of the two was changed"
    assert said(busy) == [("full text", "damaged", message)]
    assert said(busy, "--repair") == [("full text", "repaired", message)]
    assert (said(busy), busy("search", "restart").out) == ([], hits)


VALUES = {
    "JSON that is none": ("history", "data", "update history set data = '{' where ticket = 1 and n = 1"),
    "JSON of another kind": ("tickets", "tags", "update tickets set tags = '{}'"),
    "JSON with NUL, which is JSON": ("", "", """update tickets set tags = '["\\u0000"]' where id = 1"""),
    "a moment before all": ("targets", "set_at", "update targets set set_at = -99999999999999"),
    "a day that is none": ("closures", "date", "insert into closures select 1, '2026-02-30', '[]', null, 1, 1, 'x'"),
    "a day that is a word": ("closures", "date", "insert into closures select 1, 'tomorrow', '[]', null, 1, 1, 'x'"),
    "a day in another form": ("closures", "date", "insert into closures select 1, '2026-2-3', '[]', null, 1, 1, 'x'"),
}  # fmt: skip


@pytest.mark.parametrize("what", VALUES)
def test_values_that_no_program_of_ours_wrote_are_found_and_counted(busy: Program, what: str) -> None:
    table, column, script = VALUES[what]
    attack(busy, script)
    found = [message for part, _, message in said(busy) if part == "values"]
    rows = busy.sql(f"select count(*) from {table} where {column} is not null")[0][0] if table else 0
    if table == "history":
        rows = 1
    assert found == ([f"{rows} of {table}.{column} have values that supportctl never writes"] if table else [])


def test_an_agent_who_may_only_read_checks_by_name(busy: Program) -> None:
    """Names tell what is missing and what is not ours; that something is another one, only the owner sees."""
    attack(
        busy,
        "drop role if exists onlooker; create role onlooker login; grant usage on schema supportctl to onlooker;"
        " grant select on all tables in schema supportctl to onlooker;"
        " drop trigger history_no_update on history; create table theirs (id bigint)",
    )
    by_name = ("guards", "warning", "only compared by name: a schema to compare with cannot be created here")
    assert set(said(busy, user="onlooker")) == {
        by_name,
        ("guards", "damaged", "the trigger history_no_update is missing"),
        ("schema", "damaged", "the table theirs is not one of supportctl's"),
    }
    attack(busy, "drop table theirs")
    assert set(said(busy, user="onlooker")) == {
        by_name,
        ("guards", "damaged", "the trigger history_no_update is missing"),
    }
    as_onlooker = ("--db", busy.address.replace("//desk@", "//onlooker@"), "db", "check", "--repair")
    assert "does not allow this login" in busy(*as_onlooker).err
    attack(busy, "grant insert, update, delete on all tables in schema supportctl to onlooker")
    assert "Only the owner of the desk can repair" in busy(*as_onlooker).err
    assert said(busy, "--repair")[0][1] == "repaired"
    assert said(busy, user="onlooker") == [by_name]


def test_nothing_is_left_of_what_was_made_to_compare_with(busy: Program) -> None:
    before = busy.sql("select nspname from pg_namespace order by 1")
    assert said(busy) == []
    assert busy.sql("select nspname from pg_namespace order by 1") == before


def test_a_missing_table_is_damage_of_what_is_in_it_and_the_rest_is_checked(busy: Program) -> None:
    attack(busy, "drop table ticket_seals; update counters set value = 1 where name = 'ticket'")
    found = said(busy)
    assert ("schema", "damaged", "the table ticket_seals is missing") in found
    assert ("history", "damaged", 'cannot be read: relation "ticket_seals" does not exist') in found
    assert "counters" in {part for part, _, _ in found}


def test_the_whole_check_is_of_one_moment(busy: Program) -> None:
    """Whatever others write meanwhile: a part that is looked at late sees what the first one saw."""
    checks = place_at(busy.address).checks()
    seen: list[int] = []
    with checks.moment() as moment:
        for _ in range(2):
            with checks.connect() as db, checks.at(db, moment):
                seen.append(db.execute("select count(*) from tickets").fetchone()[0])
                busy.all([["log", "--from", "new@example.com", "--subject", "Meanwhile", "--body", "x"]])
    assert seen == [2, 2]
    assert said(busy) == []


def test_a_signal_ends_a_check_that_waits_for_the_server(busy: Program) -> None:
    with closing(DATABASES.server.connect(database(busy))) as other, other.cursor() as cursor:
        cursor.execute("begin; lock table supportctl.history in access exclusive mode")
        waiting = subprocess.Popen([PROGRAM, "db", "check"], env=busy.environment(), stdout=-1, stderr=-1)
        while not busy.sql("select 1 from pg_locks where not granted"):
            assert waiting.poll() is None
        os.kill(waiting.pid, signal.SIGINT)
        _, err = waiting.communicate(timeout=60)
        assert (waiting.returncode, b"Traceback" in err) == (130, False), err
    assert said(busy) == []


def test_shares_are_hundredths_and_told_as_the_work_goes_on(busy: Program) -> None:
    assert sum(part.share for part in every_part(PARTS)) == 100
    shares: list[float | None] = []
    run_checks(place_at(busy.address), 0, lambda done=None: shares.append(done))
    assert all(share is not None and 0 <= share <= 1 for share in shares)


def test_a_failed_command_names_the_damage(busy: Program) -> None:
    place = place_at(busy.address)
    assert first_damage(place) is None
    attack(busy, "update tickets_words set words = ''; update tickets set tags = '{' where id = 1")
    assert first_damage(place) == "1 of tickets.tags have values that supportctl never writes"


def test_a_database_that_does_not_take_every_text_is_damage(busy: Program) -> None:
    server = DATABASES.server
    server.create("narrow", encoding="LATIN1", locale="C")
    try:
        server.sql(
            f"create schema supportctl; set search_path = supportctl; {statements()}", database="narrow", role="desk"
        )
        found = json.loads(busy("--db", server.address("narrow"), "db", "check", "--quick", "--json").out)
        assert [each["message"] for each in found if each["part"] == "server" and each["state"] == "damaged"] == [
            "the encoding of its database is LATIN1: not every text fits"
        ]
    finally:
        server.drop("narrow")


def attack(desk: Program, script: str) -> None:
    """What somebody does who owns the server."""
    ENGINE.attack(desk.desk, script)


def database(desk: Program) -> str:
    return desk.address.rpartition("/")[2]
