"""`import` as a program: files and pipes, rejected rows, dry runs, exit codes, and nothing half-done."""

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import PROGRAM, Program

TICKET = "from,subject,received_at,external_id\n"
SOME = "email,name\nann@example.com,Ann\nnobody,Bob\neve@example.com,Eve\nann@example.com,Anna\n"


def outcome(what: str, **counts: int | bool) -> dict[str, Any]:
    return {
        "what": what,
        "added": 0,
        "changed": 0,
        "unchanged": 0,
        "rejected": 0,
        "dry_run": False,
        "moved": [],
        **counts,
    }


def test_every_kind_is_imported_once_and_the_second_time_changes_nothing(desk: Program, tmp_path: Path) -> None:
    files = {
        "customers": "email\nann@example.com\n",
        "licences": "key\ttier\tdelivery_email\nAB-12-CD\tPRO\tann@example.com\n",
        "releases": '[{"product": "remote-utilities", "version": "7.6.2.0", "released_at": null}]',
        "tickets": '{"from": "ann@example.com", "subject": "Help", "received_at": "2026-03-06 16:00"}\n',
    }
    for what, text in files.items():
        (tmp_path / what).write_text(text)
        assert desk.json("import", what, tmp_path / what) == outcome(what, added=1)
        assert desk.json("import", what, "-", stdin=text) == outcome(what, unchanged=1)
    assert desk.json("show", 1)["tier"] == "PRO"


def test_plain_output_is_one_line_of_counts(desk: Program) -> None:
    ran = desk("import", "customers", "-", stdin="email\na@example.com")
    assert (ran.out, ran.err) == ("customers\t1\t0\t0\t0\tno\n", "")


def test_all_or_nothing(desk: Program, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text(SOME)
    ran = desk("import", "customers", file)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"supportctl: {file}, line 3, column email: 'nobody' is not an e-mail address.")
    assert desk.untouched


def test_an_error_is_an_object_with_json(desk: Program) -> None:
    error = json.loads(desk("import", "customers", "-", "--json", stdin=SOME).err)["error"]
    assert error["message"].startswith("standard input, line 3, column email")


def test_rejected_rows_are_kept_apart_and_import_again_once_corrected(desk: Program, tmp_path: Path) -> None:
    file, bad = tmp_path / "some.csv", tmp_path / "bad.csv"
    file.write_text(SOME)
    ran = desk("import", "customers", file, "--rejects", bad, "--json")
    assert ran.json == outcome("customers", added=2, rejected=2)
    assert bad.read_text(encoding="utf-8").splitlines() == [
        "email,name,error",
        "nobody,Bob,\"line 3, column email: 'nobody' is not an e-mail address.\"",
        'ann@example.com,Anna,"line 5, column name: line 2 contradicts it."',
    ]
    assert stat.S_IMODE(bad.stat().st_mode) == 0o600
    assert str(bad) in ran.err
    bad.write_text(bad.read_text().replace("nobody", "bob@example.com"))
    assert desk.json("import", "customers", bad, "--ignore-extra") == outcome("customers", added=1, changed=1)


def test_the_file_of_rejected_rows_is_of_this_run_alone(desk: Program, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("old")
    desk("import", "customers", "-", "--rejects", bad, stdin="email\na@example.com")
    assert not bad.exists()
    assert [path.name for path in tmp_path.iterdir() if "bad" in path.name] == []


@pytest.mark.parametrize("end", ["email\n,\n", "email,shoe\nb@example.com,42"])
def test_a_file_that_cannot_be_read_on_keeps_nothing_with_rejects_either(
    desk: Program, tmp_path: Path, end: str
) -> None:
    ran = desk("import", "customers", "-", "--rejects", tmp_path / "bad", stdin=f'email\na@example.com\nx\n"{end}')
    assert ran.code == 2
    assert not (tmp_path / "bad").exists()
    assert desk.untouched


@pytest.mark.parametrize(
    "rejects",
    ["in.csv", pytest.param("desk.db", marks=pytest.mark.about_the_file), ".", "no/such/folder/bad.csv", "/dev/null"],
)
def test_rejected_rows_never_land_where_something_else_is(desk: Program, tmp_path: Path, rejects: str) -> None:
    file = tmp_path / "in.csv"
    file.write_text("email\nx\n")
    desk("customer", "add", "a@example.com")
    ran = desk("import", "customers", file, "--rejects", tmp_path / rejects)
    assert ran.code == (7 if "no/such" in rejects else 2)
    assert file.read_text() == "email\nx\n"
    assert desk("customer", "show", "a@example.com").code == 0


def test_a_dry_run_changes_nothing_and_makes_no_desk(desk: Program, tmp_path: Path) -> None:
    file, bad = tmp_path / "some.csv", tmp_path / "bad.csv"
    file.write_text(SOME)
    dry = desk.json("import", "customers", file, "--dry-run", "--rejects", bad)
    assert dry == outcome("customers", added=2, rejected=2, dry_run=True)
    assert "nobody" in bad.read_text()
    assert desk.untouched


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["no-such-file.csv"], "no-such-file.csv cannot be read: No such file"),
        (["."], ". cannot be read: Is a directory"),
        (["-", "--map", "shoe=size"], "'shoe=size' is not FIELD=COLUMN for customers"),
        (["-", "--map", "email=a", "--map", "email=b"], "--map names the field email twice"),
        (["-"], "standard input is empty"),
        ([], "FILE"),
    ],
)
def test_a_command_line_that_will_not_do_is_exit_2_and_makes_no_desk(desk: Program, args: list[str], says: str) -> None:
    ran = desk("import", "customers", *args)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert desk.untouched


def test_times_without_an_offset_are_in_the_zone_of_the_run(desk: Program) -> None:
    text = f"{TICKET}a@example.com,Help,2026-03-06 08:00,7\n"
    desk("import", "tickets", "-", "--tz", "America/Los_Angeles", stdin=text)
    assert desk.json("show", 1)["received_at"] == "2026-03-06T16:00:00Z"


def test_a_secret_off_a_ticket_refuses_the_import_unless_it_is_masked(desk: Program) -> None:
    text = "from,subject,body,channel,received_at\na@example.com,Help,My password: hunter2,forum,2026-03-06\n"
    ran = desk("import", "tickets", "-", stdin=text)
    assert ran.code == 4
    assert "line 2" in ran.err
    assert "8.6" in ran.err
    assert "hunter2" not in ran.err
    assert desk("import", "tickets", "-", "--redact", stdin=text).code == 0
    assert "hunter2" not in desk("show", 1, "--json").out


def test_hostile_text_steers_no_terminal(desk: Program) -> None:
    ran = desk("import", "customers", "-", stdin="email\n\x1b]0;owned\x07\n")
    assert ran.code == 2
    assert "\x1b" not in ran.err


def test_a_row_that_equals_a_ticket_on_record_in_every_column_is_skipped(staffed: Program) -> None:
    """However the ticket came, and whatever has happened to it since; one other column makes it another ticket."""
    log = ["log", "--from", "Site@example.com", "--subject", " Help ", "--body", "Please", "--version", "7.7.3.0"]
    assert staffed(*log, "--received", "2026-03-05T18:00:00Z", "--assignee", "kim").code == 0
    assert staffed("reply", 1, "--body", "Done", "--close", now="2026-03-06T19:00:00Z").code == 0
    row = {
        "from": "site@EXAMPLE.com", "subject": " Help ", "body": "Please", "channel": "Ticket", "version": "7.7.3.0",
        "received_at": "2026-03-05 18:00", "assignee": " kim ", "first_response_at": "2026-03-06T19:00:00Z",
        "closed_at": "2026-03-06T20:00:00+01:00",
    }  # fmt: skip
    later = {"now": "2026-03-07T00:00:00Z"}
    assert staffed.json("import", "tickets", "-", stdin=json.dumps([row, row]), **later)["unchanged"] == 2
    other = {
        "from": "free@example.com", "subject": "Help", "body": "Please ", "channel": "chat", "version": "7.7.3", "topic": "usage",
        "received_at": "2026-03-05 18:01", "assignee": "", "first_response_at": "", "closed_at": "", "external_id": "7",
        "product": "remote-utilities-server", "language": "de",
    }  # fmt: skip
    changed = [row | {name: value} for name, value in other.items()]
    assert staffed.json("import", "tickets", "-", stdin=json.dumps(changed), **later)["added"] == len(other)


def rows(count: int) -> str:
    return TICKET + "".join(f"a{i}@example.com,Help,2026-03-01,{i}\n" for i in range(count))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("first", [True, False])
def test_a_signal_rolls_back(desk: Program, tmp_path: Path, number: signal.Signals, first: bool) -> None:
    """Interrupted when rows have been put aside, with many more to come; nothing is left, on a first run no desk."""
    if not first:
        desk("customer", "add", "a@example.com")
    file = tmp_path / "rows.csv"
    file.write_text(rows(1500) + "nobody,Help,2026-03-01,x\n" * 400 + rows(60_000).partition("\n")[2])
    running = desk.start("import", "tickets", str(file), "--rejects", str(tmp_path / "bad.csv"))
    while not any(path.stat().st_size for path in tmp_path.glob(".*.csv.*.new")):
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(number)
    assert running.wait(30) == 128 + number
    assert desk.untouched if first else desk("show", 1).code == 5
    left = {path.name for path in tmp_path.iterdir()} - {"desk.db", "desk.db-wal", "desk.db-shm"}
    assert left == {"rows.csv"}


@pytest.mark.about_the_file
def test_a_desk_that_somebody_else_begins_meanwhile_takes_the_import_too(desk: Program, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(rows(3000))
    running = desk.start("import", "tickets", str(file))
    while not any(path.stat().st_size for path in tmp_path.glob(".desk.db.*.new")):
        assert running.poll() is None
        time.sleep(0.01)
    assert desk("customer", "add", "first@example.com").code == 0
    assert running.wait(120) == 0
    assert running.stdout is not None
    assert running.stdout.read() == b"tickets\t3000\t0\t0\t0\tno\n"
    assert [row["email"] for row in desk.json("customer", "list")] == ["first@example.com"]
    assert desk.json("show", 3000)["external_id"] == "2999"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.db", "rows.csv"]


def test_a_pipe_that_has_not_ended_keeps_nobody_from_the_desk(desk: Program, tmp_path: Path) -> None:
    """It is read to its end before the desk is opened; interrupted meanwhile, nothing of it is left."""
    desk("customer", "add", "a@example.com")
    spool = tmp_path / "spool"
    spool.mkdir()
    desk.env["TMPDIR"] = str(spool)
    reader, writer = os.pipe()
    running = desk.start("import", "tickets", "-", stdin=reader)
    os.close(reader)
    with os.fdopen(os.dup(writer), "wb") as pipe:
        pipe.write(rows(5000).encode())  # more than a pipe holds: when it is written, most was read
    assert desk("customer", "add", "b@example.com").code == 0
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) in (143, -signal.SIGTERM)  # the latter before it listens
    os.close(writer)
    assert desk("show", 1).code == 5
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize(
    "bad", ["shoe\n", "email,name\nann@example.com,Ann,x\n", '{"email": "a@example.com", "shoe": 1}\n']
)
def test_a_pipe_that_will_not_do_ends_the_import_at_once(desk: Program, bad: str) -> None:
    """Not only at its end, which may never come."""
    reader, writer = os.pipe()
    running = desk.start("import", "customers", "-", stdin=reader)
    os.close(reader)
    os.write(writer, bad.encode())
    if "Ann," in bad:
        os.close(writer)
    assert running.wait(30) == 2
    if "Ann," not in bad:
        os.close(writer)
    assert desk.untouched


def test_on_a_terminal_progress_is_shown_with_its_rate_and_cleared(desk: Program, tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text(rows(3000))
    master, terminal = pytest.importorskip("pty").openpty()
    words = [str(PROGRAM), "import", "tickets", str(file)]
    with subprocess.Popen(words, env=desk.environment(), stdout=subprocess.PIPE, stderr=terminal) as running:
        os.close(terminal)
        shown = b""
        while part := _read(master):
            shown += part
        assert running.stdout is not None
        assert running.stdout.read() == b"tickets\t3000\t0\t0\t0\tno\n"
    assert running.returncode == 0
    assert b"a second" in shown


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # Linux's word for the other side being closed
        return b""


def test_help_names_the_columns_of_each_kind(desk: Program) -> None:
    from supportctl.desk.transfer.fields import KINDS

    for kind in KINDS.values():
        said = desk("import", kind.name, "--help").out
        assert [field for field in kind.fields if field not in said] == []
        assert "Examples:" in said


def test_when_no_row_can_be_taken_that_is_no_success(desk: Program, tmp_path: Path) -> None:
    """Exit 2, no desk is made, and the rows are put aside all the same."""
    bad = tmp_path / "bad.csv"
    ran = desk("import", "customers", "-", "--rejects", bad, "--json", stdin="email\nnobody\nnone\n")
    assert ran.code == 2
    assert json.loads(ran.out) == outcome("customers", rejected=2)
    error = json.loads(ran.err)["error"]
    assert error["message"].startswith("All 2 rows of standard input have errors; the first: line 2, column email")
    assert len(bad.read_text().splitlines()) == 3
    assert desk.untouched
    assert desk("import", "customers", "-", "--rejects", bad, stdin="email\n").code == 0


@pytest.mark.parametrize("what", [["--dry-run"], []])
def test_a_json_record_of_other_columns_is_put_aside_alone(desk: Program, tmp_path: Path, what: list[str]) -> None:
    bad = tmp_path / "bad.json"
    text = '{"email": "a@example.com"}\n{"email": "b@example.com", "shoe": 42}\n'
    assert desk.json("import", "customers", "-", "--rejects", bad, *what, stdin=text)["added"] == 1
    assert json.loads(bad.read_text()) == {
        "email": "b@example.com",
        "shoe": 42,
        "error": "line 2 (record 2) has a column 'shoe', which customers do not have.",
    }


def test_no_ticket_is_lost_with_a_row_that_is_rejected(desk: Program, tmp_path: Path) -> None:
    text = TICKET + "a@x.example,one,2026-03-01,X1\nb@x.example,two,2026-03-01,X2\na@x.example,other,2026-03-01,X1\n"
    done = desk.json("import", "tickets", "-", "--rejects", tmp_path / "bad", stdin=text)
    assert (done["added"], done["rejected"]) == (2, 1)
    assert [desk.json("show", n)["subject"] for n in (1, 2)] == ["one", "two"]


HELPDESK = (
    "sep=;\r\nRequester Email;Subject;Created At;Solved At;Id;\r\n"
    "josé@x.example;Grüße;07/02/2026 7:29;2026-02-08 10:00 +0400;0035;\r\n"
    "b@x.example;Two;28/02/2026 17:00;;0036;\r\n"
)


def test_what_inspect_says_to_run_runs(desk: Program, tmp_path: Path) -> None:
    """A file as another program writes it: its encoding, its separator, its columns and two ways of writing times."""
    file = tmp_path / "help desk.csv"
    file.write_bytes(HELPDESK.encode("cp1252"))
    assert "--encoding" in desk("import", "tickets", file, "--inspect").err
    found = desk.json("import", "tickets", file, "--inspect", "--encoding", "cp1252")
    assert [column["field"] for column in found["columns"]] == [
        "from", "subject", "received_at", "closed_at", "external_id",
    ]  # fmt: skip
    assert found["columns"][1] == {"column": "Subject", "field": "subject", "values": ["Grüße", "Two"]}
    assert found["missing"] == []
    assert desk.untouched
    program, *words = shlex.split(found["command"])
    assert program == "supportctl"
    assert desk(*words).code == 0
    ticket = desk.json("show", 1)
    assert (ticket["received_at"], ticket["closed_at"]) == ("2026-02-07T07:29:00Z", "2026-02-08T06:00:00Z")


def test_inspect_of_a_wrapped_object_names_paths_and_the_command(desk: Program) -> None:
    record = {"id": 1, "requester": {"email": "a@x.example"}, "subject": "S", "created_at": 1772000000}
    text = json.dumps({"count": 1, "tickets": [record]})
    ran = desk("import", "tickets", "-", "--inspect", stdin=text)
    assert "requester.email\tfrom\ta@x.example" in ran.out.splitlines()
    words = shlex.split(ran.err.partition("Run: ")[2])[1:]
    assert desk.json(*words, stdin=text)["added"] == 1
    assert desk.json("show", 1)["received_at"] == "2026-02-25T06:13:20Z"


def test_inspect_says_what_is_missing_and_shows_no_key_and_no_secret(desk: Program) -> None:
    text = "Serial,Plan,Note\nABCD-1234-EFGH,PRO,my password: hunter2\n"
    ran = desk("import", "licences", "-", "--inspect", "-o", "csv", stdin=text)
    assert "ABCD" not in ran.out
    assert "hunter2" not in ran.out
    assert "--map key=Serial --map tier=Plan --ignore-extra" in ran.err
    assert "No column maps to received_at" in desk("import", "tickets", "-", "--inspect", stdin="from,subject\n").err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--times", "%d", "--times", "%m"], "two formats"),
        (["--times", "shoe=%d"], "'shoe' is not a time field of customers. Choose from: registered_at."),
        (["--encoding", "klingon"], "'klingon' is not a known encoding"),
    ],
)
def test_options_of_a_file_that_will_not_do_are_exit_2(desk: Program, options: list[str], says: str) -> None:
    ran = desk("import", "customers", "-", *options, stdin="email\na@example.com")
    assert ran.code == 2
    assert says in ran.err
    assert desk.untouched


def test_every_option_that_a_hint_names_is_one_of_the_import(desk: Program) -> None:
    bad = {
        "customers": ["email,x\n", "email\nnobody\n", "email,kind\na@x.example,boss\n", "email,\na@x.example,x\n", "\xff"],
        "licences": ["key,tier\nK-0001,GOLD\n", "key,tier\n--,PRO\n", "x\n"],
        "releases": ["product,version\nexcel,7.0.0.0\n", "product,version\nremote-utilities,7\n"],
        "tickets": [
            f"{TICKET}a@x.example,S,06/03/2026,1\n", f"{TICKET}a@x.example,S,2027-03-01,1\n",
            "from,subject,received_at,channel\na@x.example,my password: hunter2,2026-03-01,forum\n",
            "from,subject,received_at,channel\na@x.example,S,2026-03-01,owl\n",
        ],
    }  # fmt: skip
    for what, files in bad.items():
        known = desk("import", what, "--help").out
        for text in files:
            ran = desk("import", what, "-", "--json", stdin=text.encode("latin-1"))
            hint = json.loads(ran.err)["error"]["hint"]
            assert ran.code in (2, 4)
            assert [option for option in re.findall(r"--[a-z-]+", hint) if option not in known] == [], hint


def test_an_import_of_licences_names_the_tickets_that_it_moved(staffed: Program) -> None:
    assert staffed("log", "--from", "free@example.com", "--subject", "Help").code == 0
    text = "key,tier,delivery_email\nNEW-0001,SITE,free@example.com\n"
    dry = staffed.json("import", "licences", "-", "--dry-run", stdin=text)
    done = staffed.json("import", "licences", "-", stdin=text)
    assert dry["moved"] == done["moved"]
    assert done["moved"] == [{"id": 1, "due_at_before": "2026-03-10T21:30:00Z", "due_at": "2026-03-06T18:30:00Z"}]
    assert staffed.json("import", "licences", "-", stdin=text)["moved"] == []
