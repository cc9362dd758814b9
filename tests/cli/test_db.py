"""The desk's file: what is wrong with it is found and told, and what can be derived is mended."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Program, copy_desk, opened
from desks import ENGINE

about_the_file = pytest.mark.about_the_file
DAMAGED, REPAIRED = "damaged", "repaired"


@pytest.fixture(scope="module")
def lived_in_file(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk on which nearly everything has happened; made once."""
    folder = tmp_path_factory.mktemp("lived-in")
    desk = Program(folder / "desk.db")
    copy_desk(staffed_file, desk.desk)
    (folder / "tickets.csv").write_text(
        "from,subject,body,received_at,first_response_at,closed_at,assignee,external_id\n"
        "site@example.com,Old,Was,2026-02-02T18:00:00Z,2026-02-02T18:30:00Z,2026-02-03T18:00:00Z,kim,x1\n"
        "free@example.com,Older,Was so,2026-01-20T18:00:00Z,,,,x2\n"
    )
    desk.all(
        [
            ["import", "tickets", str(folder / "tickets.csv")],
            ["log", "--from", "site@example.com", "--subject", "One", "--body", 'Quotes "and"\ttabs', "--tag", "é"],
            ["log", "--from", "starter@example.com", "--subject", "Two", "--body", "x", "--version", "7.6.2.0"],
            ["log", "--from", "Free@Example.com", "--subject", "Three", "--body", "x", "--channel", "forum"],
            ["log", "--from", "new@example.com", "--subject", "Four", "--body", "x", "--outbound"],
            ["log", "--from", "starter@example.com", "--subject", "Five", "--body", "x", "--channel", "email"],
            ["reply", "3", "--body", "An answer", "--wait"],
            ["reply", "3", "--from", "site@example.com", "--body", "Thanks"],
            ["reply", "4", "--auto", "--body", "We are on it"],
            ["hours", "holiday", "add", "2026-03-09"],
            ["licence", "upgrade", "STAR-0001-BBBB", "PRO"],
            ["hours", "holiday", "remove", "2026-03-09"],
            ["reply", "6", "--from", "new@example.com", "--body", "What do you mean?"],
            ["edit", "4", "--topic", "network", "--tag", "lan"],
            ["assign", "4", "kim"],
            ["note", "4", "--body", "Noted"],
            ["close", "5", "--reason", "No answer needed"],
            ["reopen", "5"],
            ["retract", "4", "2", "--reason", "Mistake"],
            ["merge", "7", "4", "--yes"],
            ["spam", "2"],
            ["remote", "start", "3"],
            ["redact", "3", "2", "--yes"],
            ["customer", "erase", "new@example.com", "--yes"],
            ["bug", "add", "--title", "It crashes"],
        ]
    )
    return desk.desk


@pytest.fixture
def lived_in(lived_in_file: Path, desk: Program) -> Program:
    """The program on a copy of that desk."""
    copy_desk(lived_in_file, desk.desk)
    return desk


def attack(desk: Program, script: str) -> None:
    """What another program does to the desk."""
    ENGINE.attack(desk.desk, script)


def cases(table: dict[str, Any], *only_files: str) -> list[Any]:
    """The names of a table of cases; some are of SQLite's own."""
    return [pytest.param(name, marks=about_the_file) if name in only_files else name for name in table]


def findings(desk: Program, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what is not just all right or a warning about the machine."""
    ran = desk("db", "check", *options, "--json")
    return ran.code, [found for found in json.loads(ran.out) if found["state"] in (DAMAGED, REPAIRED)]


@about_the_file
def test_path_says_where_the_desk_is_also_where_there_is_none(desk: Program) -> None:
    assert desk("db", "path").out == f"{desk.desk}\n"
    assert desk.json("db", "path") == {"desk": str(desk.desk), "exists": False}
    assert desk.untouched


def test_a_desk_on_which_everything_has_happened_is_sound(lived_in: Program) -> None:
    """Nothing that the program itself does may look like damage."""
    assert findings(lived_in) == (0, [])


@about_the_file
def test_what_several_parts_find_is_said_once(lived_in: Program) -> None:
    attack(lived_in, "drop table history")
    code, found = findings(lived_in)
    assert code == 6
    said = [(each["part"], each["message"]) for each in found]
    assert ("history", "cannot be read: no such table: history") in said
    assert len(said) == len({*said})


def test_it_tells_the_versions_that_matter(lived_in: Program) -> None:
    found = {each["part"] for each in lived_in.json("db", "check")}
    assert {"supportctl", "schema", "python", "time zone data", "full text", "due times"} <= found


@about_the_file
def test_it_tells_the_version_of_sqlite(lived_in: Program) -> None:
    found = {each["part"]: each for each in lived_in.json("db", "check")}
    assert sqlite3.sqlite_version in found["sqlite"]["message"]


def test_a_missing_desk_is_no_desk_that_is_sound(nowhere: Program) -> None:
    ran = nowhere("db", "check")
    assert (ran.code, ran.out) == (6, "")


MENDABLE = {
    "a due time": ("update tickets set due_at = due_at + 60 where id = 1", "tickets", 1),
    "a due time of a busy ticket": ("update tickets set due_at = due_at - 1 where id = 4", "tickets", 4),
    "a target": ("update tickets set target_seconds = 1 where id = 4", "tickets", 4),
    "a status": ("update tickets set status = 'closed', closed_at = 9 where id = 3", "tickets", 3),
    "a first response": ("update tickets set first_response_at = null where id = 3", "tickets", 3),
    "an assignee": ("update tickets set assignee = 'eve' where id = 4", "tickets", 4),
    "a tag": ("update tickets set tags = '[]' where id = 4", "tickets", 4),
    "which target holds": ("update tickets set target_n = 99 where id = 3", "tickets", 3),
    "its line in the queue": ("update tickets set line = 3 where id = 3", "tickets", 3),
    "whose it is": ("update tickets set sender_folded = 'eve@example.com' where id = 5", "tickets", 5),
    "its receipt": ("update tickets set received_at = received_at - 1 where id = 3", "tickets", 3),
    "an empty index": ("insert into tickets_index (tickets_index) values ('delete-all')", "full text", None),
    "an index of another format": ("update tickets_index_config set v = 99 where k = 'version'", "full text", None),
    "an index without its version": ("delete from bugs_index_config", "full text", None),
    "an index without its pages": ("delete from tickets_index_data", "full text", None),
    "the counter": ("update counters set value = 1 where name = 'ticket'", "counters", None),
    "a guard": ("drop trigger history_no_delete", "guards", None),
    "another guard of the same name": (
        "drop trigger texts_no_update; create trigger texts_no_update before update on texts begin select 1; end",
        "guards",
        None,
    ),
    "an index": ("drop index tickets_queue", "schema", None),
}


@pytest.mark.parametrize(
    "what",
    cases(
        MENDABLE,
        *(name for name in MENDABLE if name.startswith("an index ")),
        "an empty index",
        "a guard",
        "another guard of the same name",
    ),
)
def test_what_can_be_derived_is_found_and_mended(lived_in: Program, what: str) -> None:
    script, part, ticket = MENDABLE[what]
    before = dump(lived_in)
    attack(lived_in, script)
    code, found = findings(lived_in)
    also = {("totals", None)} if part == "counters" else set()  # a counter is nobody's to change
    assert (code, {(each["part"], each["ticket"]) for each in found}) == (6, {(part, ticket)} | also)
    code, mended = findings(lived_in, "--repair")
    assert code == 0
    assert {(each["part"], each["state"], each["ticket"]) for each in mended} == {(part, REPAIRED, ticket)}
    assert findings(lived_in) == (0, [])
    if part == "tickets":
        assert dump(lived_in) == before


@about_the_file
@pytest.mark.parametrize("table", ["tickets_index", "tickets_index_config", "tickets_index_data", "bugs_index_idx"])
def test_an_index_is_made_anew_whatever_is_left_of_it(lived_in: Program, table: str) -> None:
    found_before = lived_in("search", "thanks").out
    assert found_before
    attack(lived_in, f"drop table {table}")
    assert lived_in("search", "thanks").code in (0, 6), "SQLite still holds what it needs, or it is damage"
    code, found = findings(lived_in)
    assert (code, {each["part"] for each in found}) == (6, {"full text", "schema"})
    code, _ = findings(lived_in, "--repair")
    assert (code, findings(lived_in)) == (0, (0, []))
    assert lived_in("search", "thanks").out == found_before


def dump(desk: Program) -> list[tuple[object, ...]]:
    """Every ticket as stored, but for its row version."""
    with opened(desk.desk) as db:
        rows = db.execute("select * from tickets order by id").fetchall()
        (version,) = (
            n
            for n, column in enumerate(db.execute("select * from tickets limit 0").description)
            if column[0] == "row_version"
        )
    return [(*row[:version], *row[version + 1 :]) for row in rows]


LOST = {
    "an entry removed": ("history", "delete from history where ticket = 3 and n = 2"),
    "the last entry removed": ("history", "delete from history where ticket = 4 and n = (select max(n) from history where ticket = 4)"),
    "the whole history removed": ("history", "delete from history where ticket = 3"),
    "an entry put in": ("history", "insert into history select ticket, 99, at, at, 'noted', 'x', 'x', '{}' from history where ticket = 1 and n = 1"),
    "the next entry put in": ("history", "insert into history select ticket, 4, at, at, 'noted', 'x', 'x', '{\"imported\":1}' from history where ticket = 1 and n = 1"),
    "an answer made earlier": ("tickets", "update history set at = at - 60 where ticket = 1 and kind = 'replied'"),
    "an answer made a note": ("tickets", "update history set kind = 'noted' where ticket = 1 and kind = 'replied'"),
    "a receipt made later": ("due times", "update history set at = at + 60 where ticket = 3 and n = 1"),
    "an entry made unreadable": ("history", "update history set data = '{' where ticket = 4 and n = 1"),
    "a promise moved": ("due times", "update targets set due_at = due_at + 60 where ticket = 1; update tickets set due_at = due_at + 60 where id = 1"),
    "a change of a promise moved": ("due times", "update targets set due_at = due_at - 60 where ticket = 4 and n = (select max(n) from targets where ticket = 4)"),
    "a merger pointed elsewhere": ("history", "update history set data = '{\"into\":3}' where kind = 'merged'"),
    "the other half of a merger made a note": ("history", "update history set kind = 'noted' where kind = 'absorbed'"),
    "a merger made up": ("history", "insert into history select 3, (select max(n) + 1 from history where ticket = 3), at, at, 'absorbed', 'x', 'x', '{\"ticket\":4}' from history where ticket = 3 and n = 1; update tickets set entries = entries + 1 where id = 3"),
    "a text removed": ("history", "delete from texts where ticket = 3 and n = 1"),
    "a bug's history cut": ("history", "delete from bug_history where bug = 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", LOST)
def test_an_edited_removed_or_inserted_entry_is_found_where_it_contradicts_the_ticket(
    lived_in: Program, what: str
) -> None:
    """By whoever dropped the guards first; and they are missed as well."""
    part, statement = LOST[what]
    unguard(lived_in)
    attack(lived_in, statement)
    code, found = findings(lived_in)
    parts = {each["part"] for each in found}
    assert (code, {part, "guards"} <= parts) == (6, True), parts
    if part != "tickets":  # the history itself is broken: nothing is derived from it
        assert not [f for f in findings(lived_in, "--repair")[1] if f["part"] == "tickets" and f["state"] == REPAIRED]
        assert part in {each["part"] for each in findings(lived_in)[1]}


# What contradicts nothing else: all of it is alike on both sides, or nothing else says it.
UNSEALED = {
    "who did it": (4, "update history set agent = 'eve' where ticket = 4 and n = 2"),
    "which user typed it": (4, "update history set system_user = 'eve' where ticket = 4 and n = 2"),
    "when it was typed": (3, "update history set entered_at = entered_at - 1 where ticket = 3 and n = 2"),
    "when a note was made": (4, "update history set at = at - 1 where ticket = 4 and kind = 'noted'"),
    "a kind that is none": (4, "update history set kind = 'hidden' where ticket = 4 and kind = 'noted'"),
    "who wrote it": (3, "update texts set author = 'eve@example.com' where ticket = 3 and n = 3"),
    "a text with its index": (3, "update texts set body = 'Other' where ticket = 3 and n = 1; insert into tickets_index (tickets_index) values ('rebuild')"),
    "a tier on both sides": (3, "update targets set tier = 'PRO' where ticket = 3; update tickets set tier = 'PRO' where id = 3"),
    "the reasons": (3, "update targets set reasons = '[]' where ticket = 3"),
    "a next entry with its number": (3, "insert into history select ticket, 99, at, at, 'noted', 'x', 'x', '{\"imported\":1}' from history where ticket = 3 and n = 1; update history set n = (select count(*) from history where ticket = 3) where n = 99; update tickets set entries = entries + 1 where id = 3"),
    "a seal": (3, "update ticket_seals set history = texts where ticket = 3"),
    "a seal taken away": (3, "delete from ticket_seals where ticket = 3"),
    "who worked on a bug": (None, "update bug_history set agent = 'eve'"),
}  # fmt: skip


@pytest.mark.parametrize("what", cases(UNSEALED, "a text with its index"))
def test_what_was_changed_without_a_contradiction_breaks_the_seal(lived_in: Program, what: str) -> None:
    ticket, statement = UNSEALED[what]
    unguard(lived_in)
    attack(lived_in, statement)
    for options in ((), ("--repair",), ()):
        code, found = findings(lived_in, *options)
        assert code == 6, options
        assert {each["ticket"] for each in found if each["part"] == "history"} == {ticket}


def test_a_ticket_deleted_whole_is_missed(lived_in: Program) -> None:
    unguard(lived_in)
    tables = ("removals", "texts", "targets", "messages", "told", "ticket_seals", "history")
    for number in (3, 7):
        attack(lived_in, "".join(f"delete from {table} where ticket = {number};" for table in tables))
        attack(
            lived_in, f"delete from remote_sessions where ticket = {number}; delete from tickets where id = {number}"
        )
    messages = [each["message"] for each in findings(lived_in)[1] if each["part"] == "counters"]
    assert [message[:17] for message in messages] == ["ticket 3 is gone:", "ticket 7 is gone:", "remote 1 is gone:"]


def test_a_removal_hides_no_other_change(lived_in: Program) -> None:
    """Texts are sealed again when one is removed; unless one of them was not what was written."""
    lived_in.all([["redact", "3", "3", "--yes"]])
    assert findings(lived_in) == (0, [])
    unguard(lived_in)
    attack(lived_in, "update texts set body = 'Other' where ticket = 3 and n = 1")
    lived_in.all([["redact", "3", "1", "--yes"]])
    assert [each["ticket"] for each in findings(lived_in)[1] if each["part"] == "history"] == [3]


def unguard(desk: Program) -> None:
    """What another program would do first."""
    ENGINE.unguard(desk.desk)


def test_rows_that_name_others_that_are_gone_are_found(lived_in: Program) -> None:
    attack(lived_in, "delete from licences")
    assert "foreign keys" in {each["part"] for each in findings(lived_in)[1]}


@about_the_file
def test_a_trigger_of_someone_elses_is_damage_and_keeps_everything_from_being_mended(lived_in: Program) -> None:
    attack(
        lived_in,
        "create trigger theirs after update on tickets begin delete from told; end;"
        " update tickets set due_at = 1 where id = 3",
    )
    assert [each["message"] for each in findings(lived_in)[1]] == ["the trigger theirs is not one of supportctl's"]
    assert findings(lived_in, "--repair")[0] == 6
    attack(lived_in, "drop trigger theirs")
    assert [each["ticket"] for each in findings(lived_in)[1] if each["part"] == "tickets"] == [3]


def test_a_quick_check_lists_what_it_did_not_look_at(lived_in: Program) -> None:
    attack(lived_in, "update tickets set due_at = 1 where id = 3")
    ran = lived_in("db", "check", "--quick", "--json")
    states = {each["part"]: each["state"] for each in json.loads(ran.out)}
    assert ran.code == 0
    assert states | {"guards": "ok", "counters": "ok", "tickets": "skipped", "totals": "skipped"} == states
    assert findings(lived_in)[0] == 6


@pytest.mark.parametrize(
    ("change", "part"),
    [
        pytest.param(
            "create trigger theirs after update on tickets begin delete from told; end", "guards", marks=about_the_file
        ),
        ("update policies set name = 'Theirs'", "totals"),
        ("update counters set value = 1 where name = 'ticket'", "counters"),
    ],
)
def test_a_quick_check_finds_what_every_decision_rests_on(lived_in: Program, change: str, part: str) -> None:
    attack(lived_in, change)
    ran = lived_in("db", "check", "--quick", "--json")
    assert (ran.code, {each["part"] for each in json.loads(ran.out) if each["state"] == "damaged"} & {part}) == (
        6,
        {part},
    )


def test_a_quick_check_repairs_nothing(lived_in: Program) -> None:
    assert lived_in("db", "check", "--quick", "--repair").code == 2


@about_the_file
@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")
def test_a_desk_that_others_may_read_is_found_and_closed_again(lived_in: Program) -> None:
    lived_in.desk.chmod(0o644)
    assert [each["part"] for each in findings(lived_in)[1]] == ["file modes"]
    assert findings(lived_in, "--repair")[0] == 0
    assert lived_in.desk.stat().st_mode & 0o777 == 0o600


@about_the_file
def test_pages_that_were_overwritten_are_found(lived_in: Program) -> None:
    ((root, size),) = lived_in.sql("select rootpage, 4096 from sqlite_master where name = 'history'")
    with lived_in.desk.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 64)
    code, found = findings(lived_in)
    assert (code, "file" in {each["part"] for each in found}) == (6, True)
    assert findings(lived_in, "--repair")[0] == 6


def test_the_desk_goes_on_after_a_repair(lived_in: Program) -> None:
    unguard(lived_in)
    attack(lived_in, "update tickets set due_at = 1 where id = 3")
    assert findings(lived_in, "--repair")[0] == 0
    lived_in.all([["reply", "3", "--body", "Still here"], ["close", "3"]])
    assert findings(lived_in) == (0, [])


@pytest.mark.parametrize(
    "change",
    [
        "due_at = coalesce(due_at, 0) + 1, target_seconds = coalesce(target_seconds, 1)",
        "tier = 'TRIAL'",
        "status = case status when 'open' then 'waiting' else 'open' end",
        "assignee = 'eve'",
    ],
)
def test_the_quick_look_at_plain_tickets_passes_nothing_that_the_history_does_not_say(
    lived_in: Program, change: str
) -> None:
    """Each ticket in turn, plain ones and busy ones: a wrong value is found on all of them."""
    attack(lived_in, f"update tickets set {change}")
    numbers = {row[0] for row in lived_in.sql("select id from tickets")}
    assert {each["ticket"] for each in findings(lived_in)[1] if each["part"] == "tickets"} == numbers


SENSELESS = {
    "a policy that is none": ("due times", "update policies set data = 'x'"),
    "tags that are no list": ("tickets", "update tickets set tags = '{' where id = 4"),
    "a text for a number": ("counters", "update counters set value = 'x' where name = 'ticket'"),
    "a time that no calendar has": ("due times", "update targets set set_at = 9e17, due_at = 9e17 where ticket = 1"),
    "an entry nested without end": ("history", "update history set data = '00[' where ticket = 4"),
}  # fmt: skip


@pytest.mark.parametrize("what", cases(SENSELESS, "a text for a number"))
def test_what_no_program_of_ours_wrote_is_damage_and_no_fault_of_the_check(lived_in: Program, what: str) -> None:
    part, statement = SENSELESS[what]
    unguard(lived_in)
    attack(lived_in, statement)
    for options in ((), ("--repair",)):
        code, found = findings(lived_in, *options)
        assert code == 6, options
        assert part in {each["part"] for each in found}, found
    said = lived_in("db", "check", "--repair").err
    assert ("Restore a backup" in said, "--repair" in said) == (True, False), "nobody is sent in a circle"


WORK = [
    ["queue"], ["show", "4"], ["explain", "4"], ["report"], ["lookup", "starter@example.com"], ["breaches"], ["search", "One"],
    ["export", "tickets"], ["reply", "4", "--body", "x"], ["note", "1", "--body", "x"],
    ["log", "--from", "site@example.com", "--subject", "x", "--body", "x"],
]  # fmt: skip
NO_WORK = SENSELESS | {
    "no policy": ("foreign keys", "delete from policies"),
    "no targets": ("tickets", "delete from targets"),
    "a count of entries that is too low": ("history", "update tickets set entries = entries - 1"),
    "a text as a time": ("values", "update history set at = 'x'"),
    "entries that lack what belongs there": ("history", "update history set data = '{}' where kind <> 'received'"),
    "a kind of JSON that is another": ("values", "update tickets set tags = '7'"),
    "a closure without a day": ("due times", "update closures set date = 'x', removed_at = null"),
    "a blob": ("values", "update tickets set subject = x'ff', sender = x'ff'"),
}


@pytest.mark.parametrize("what", cases(NO_WORK, "a text for a number", "a text as a time", "a blob"))
def test_such_a_desk_is_damaged_for_every_command_and_no_fault_of_the_program(lived_in: Program, what: str) -> None:
    part, statement = NO_WORK[what]
    unguard(lived_in)
    attack(lived_in, statement)
    for command in WORK:
        ran = lived_in(*command)
        assert ran.code in (0, 6), (command, ran.err)
        assert ("is damaged" in ran.err) == (ran.code == 6), (command, ran.err)
    code, found = findings(lived_in)
    assert (code, part in {each["part"] for each in found}) == (6, True), found


def test_a_fault_of_the_program_is_told_as_one_and_leaves_no_desk(lived_in: Program, tmp_path: Path) -> None:
    """What went wrong on a sound desk, or on none, is nobody's damage."""
    code = (
        "import sys, supportctl.__main__ as program, supportctl.store.filing as filing\n"
        "filing.insert = lambda *_: [][0]\nprogram.main()"
    )
    log = [sys.executable, "-c", code, "log", "--from", "site@example.com", "--subject", "x", "--body", "x"]
    none = Program(tmp_path / "none" / "desk.db")
    for desk in (lived_in, none):
        done = subprocess.run(log, env=desk.environment(), capture_output=True, text=True)
        assert (done.returncode, "bug in supportctl (IndexError)" in done.stderr) == (1, True), done.stderr
    assert none.untouched and not none.desk.parent.exists()


@about_the_file
def test_a_desk_without_its_schema_or_a_table_is_damaged_and_left_as_it_is(lived_in: Program) -> None:
    """What has our name but not our tables is no fault of the program."""
    attack(lived_in, "drop table counters")
    assert lived_in("log", "--from", "a@x.example", "--subject", "S").code == 6
    for version in (0, -1):
        attack(lived_in, f"pragma user_version = {version}; pragma wal_checkpoint(truncate)")
        before = lived_in.desk.read_bytes()
        ran = lived_in("queue")
        assert (ran.code, "damaged" in ran.err) == (6, True), ran.err
        assert lived_in.desk.read_bytes() == before


@about_the_file
@pytest.mark.parametrize("words", [[], ["--grant", "kim=agent"], ["--revoke", "kim"]])
def test_a_file_has_no_roles(desk: Program, words: list[str]) -> None:
    ran = desk("db", "roles", *words)
    assert (
        ran.code,
        "is a file, which has no roles. Who may read and write the file may do everything" in ran.err,
    ) == (
        2,
        True,
    )
    assert desk.untouched
