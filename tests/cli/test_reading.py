"""Lists, threads and long answers as a person at a terminal reads them."""

import io
import json
import os
import re
import shlex
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import Program

from supportctl.cli.run.commands import run
from supportctl.cli.run.session import Session
from supportctl.cli.run.streams import ReaderGone
from supportctl.errors import InputError
from supportctl.render.table import cells_of, unplaced

CLOSED = "2026-03-07T12:00:00Z"  # a Saturday
SUBJECT = "The viewer shows a black screen when the remote computer locks itself for the night \u65e5\u672c\u8a9e"


class Terminal(io.StringIO):
    """A stream with a person at it."""

    def isatty(self) -> bool:
        return True


class Person:
    """Someone at a terminal of so many columns and lines."""

    def __init__(self, desk: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.monkeypatch = desk, monkeypatch
        self.pager: str | None = None
        self.size(80, 100)

    def size(self, columns: int, lines: int) -> None:
        self.monkeypatch.setenv("COLUMNS", str(columns))
        self.monkeypatch.setenv("LINES", str(lines))

    def reads(self, *args: str, now: str | None = None, answers: str = "") -> str:
        """What is on standard output; both streams are kept."""
        self.out, self.err, stdin = Terminal(), Terminal(), Terminal(answers)
        session = Session(stdin=stdin, stdout=self.out, stderr=self.err)
        session.environ = {
            "SUPPORTCTL_DB": self.desk.address, "SUPPORTCTL_NOW": now or self.desk.now, "SUPPORTCTL_TZ": "UTC",
            "SUPPORTCTL_AGENT": "tess", "NO_COLOR": "1", "TERM": "xterm", "PATH": os.environ["PATH"],
            "PAGER": self.pager or "cat",
        }  # fmt: skip
        self.code = run(args, session)
        return self.out.getvalue()


@pytest.fixture
def person(staffed: Program, monkeypatch: pytest.MonkeyPatch) -> Person:
    """At a desk with four tickets: late, due within the hour, answered, and never due."""
    staffed.once(
        [
            ["log", "--from", "site@example.com", "--subject", SUBJECT, "--received", "2026-03-05T16:30:00Z"],
            ["log", "--from", "site@example.com", "--subject", "Soon", "--received", "2026-03-06T00:00:00Z"],
            ["log", "--from", "starter@example.com", "--subject", "Three", "--assignee", "kim"],
            ["reply", "3", "--body", "Yes"],
            ["log", "--from", "site@example.com", "--channel", "email", "--subject", "Four"],
        ]
    )
    return Person(staffed, monkeypatch)


# Lists


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
@pytest.mark.parametrize("command", [["queue"], ["breaches"], ["search", "status:open"]], ids=lambda c: c[0])
def test_a_ticket_is_one_line_that_fits_with_what_matters_most(
    person: Person, columns: int, command: list[str]
) -> None:
    """Number, urgency, tier and subject are there on any screen; what has no room drops out."""
    person.size(columns, 100)
    heading, _, *rows = unplaced(person.reads(*command).partition("\n\n")[0]).splitlines()
    assert heading.split()[:4] == ["#", "Answer", "Tier", "Subject"]
    assert len(rows) == (1 if command == ["breaches"] else 4)
    assert max(map(cells_of, rows)) <= columns
    late = next(row for row in rows if "The viewer" in row)
    assert re.match(r" *1  \d+ h( \d+ min)? late +SITE +The viewer shows", late)
    assert ("\u2026" in late) or columns > 60
    assert ("From" in heading) == (columns >= 120)


def test_the_numbers_stand_below_and_what_is_soon_is_counted(person: Person) -> None:
    assert person.reads("queue").endswith("\n\n4 open, 1 late, 1 due within the hour\n")
    assert person.reads("queue", "--limit", "1").endswith(
        "\n\n4 open, 1 late, 1 due within the hour; the first 1 are listed\n"
    )
    assert person.reads("breaches").endswith("\n\n1 late\n")
    assert person.reads("breaches", "--within", "2h").endswith("\n\n1 late, 1 due within 2h\n")
    assert person.reads("search", "status:open", "--limit", "2").endswith("; the first 2 are listed\n")


def test_nothing_stands_below_in_a_pipe_or_for_the_quiet(person: Person) -> None:
    assert "late\n" not in person.reads("queue", "--quiet").splitlines()[-1]
    assert person.desk("queue", "-o", "table").out.splitlines()[-1].split()[0] in "1234"
    assert person.desk("queue", "-o", "table").err == ""


def test_the_paused_clock_is_said_once(person: Person) -> None:
    shown = person.reads("queue", now=CLOSED)
    assert shown.count("paused") == 1
    assert shown.splitlines()[0] == "Closed: clock paused until 2026-03-09 15:00 UTC."
    for format in ("md", "html"):
        assert person.desk("queue", "-o", format, now=CLOSED).out.count("paused") == 1
    assert "paused" not in person.reads("queue")


def test_colour_marks_the_urgent_cell_and_not_the_line(person: Person) -> None:
    shown = person.reads("queue", "--color", "always")
    (late,) = [line for line in shown.splitlines() if "The viewer" in line]
    assert re.search("1  \x1b\\[1;31m[^\x1b]* late\x1b\\[0m  +SITE", late)


# Chosen columns


@pytest.mark.parametrize(
    ("format", "said"),
    [
        ("plain", "2026-03-06T17:00:00Z\t2\n"),
        ("csv", "due_at,id\n2026-03-05T18:30:00Z,1\n2026-03-06T17:00:00Z,2\n"),
        ("jsonl", '{"due_at": "2026-03-06T17:00:00Z", "id": 2}\n'),
        ("table", "Due                   #\n"),
        ("md", "| Due | \\# |\n"),
        ("html", '<th scope="col">Due</th><th scope="col" class="right">#</th>'),
    ],
)
def test_columns_are_chosen_in_every_format_order_and_all(person: Person, format: str, said: str) -> None:
    ran = person.desk("queue", "--columns", "due-at, ID", "-o", format, "--tier", "SITE", "--channel", "ticket")
    assert ran.code == 0
    assert said in ran.out


def test_one_record_has_its_columns_chosen_too(person: Person) -> None:
    assert json.loads(person.desk("show", "2", "--columns", "subject,id", "--json").out) == {"subject": "Soon", "id": 2}
    assert person.desk("show", "2", "--columns", "subject,id", "-o", "table").out == "Subject  Soon\n#        2\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["queue", "--columns", "id,subjct"], "There is no column 'subjct'. Did you mean subject? Choose from: id, "),
        (["customer", "list", "--columns", "x"], "Choose from: email, name, kind, registered_at."),
        (["queue", "--columns", "id,"], "--columns has an empty name."),
        (["queue", "--columns", ""], "--columns is empty."),
        (["completion", "bash", "--columns", "id"], "There are no columns to choose here."),
        (["export", "customers", "--columns", "tier"], "There is no column 'tier'."),
    ],
)
def test_a_column_that_does_not_exist_is_named_with_those_that_do(
    person: Person, args: list[str], message: str
) -> None:
    ran = person.desk(*args)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_write_with_an_unknown_column_changes_nothing(person: Person) -> None:
    before = person.desk.dump()
    assert person.desk("close", "2", "--reason", "spam", "--columns", "nonsense").code == 2
    assert person.desk.dump() == before


def test_an_export_has_its_columns_chosen(person: Person) -> None:
    assert person.desk("export", "customers", "--columns", "name,email").out.splitlines()[0].count("\t") == 1


# A thread


def test_a_thread_begins_within_a_few_lines(person: Person) -> None:
    person.size(120, 100)
    head, _, thread = person.reads("show", "1").partition("\n\n")
    assert head.splitlines()[0] == f"#1  {SUBJECT}"
    assert "late (due 2026-03-05 18:30 UTC), target 2 h" in head
    assert len(head.splitlines()) <= 6
    assert thread.startswith("1. 2026-03-05 16:30 UTC  site@example.com asked")
    assert "SITE: first response within" in person.reads("show", "1", "--full")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            "Thanks.\n\nOn Friday tess wrote:\n> One\n>\n> Two\n\n> Three\nBye",
            "On Friday tess wrote:\n   [5 quoted lines]\n   Bye",
        ),
        ("> Does it start?\nYes.", "> Does it start?\n   Yes."),
        ("No.\n-----Original Message-----\nFrom: tess\nSent: today\nTo: me\n\nOne\n", "No.\n   [6 quoted lines]"),
        ("Nein.\n\nVon: tess\nGesendet: heute\nAn: mich\n\nEins", "Nein.\n\n   [5 quoted lines]"),
        ("Host: a\nUser: b\nPort: c", "Host: a\n   User: b\n   Port: c"),
        ("> One\n> Two", "[2 quoted lines]"),
    ],
)
def test_what_a_reply_quotes_is_folded_and_kept(person: Person, answer: str, said: str) -> None:
    """The mark stands where the quotation was; a single line is shorter than its mark."""
    person.desk.all([["reply", "2", "--from", "site@example.com", "--body", answer]])
    assert f"wrote\n   {said}\n" in person.reads("show", "2").replace("Thanks.\n\n   ", "") + "\n"
    whole = "".join(f"   {line}".rstrip() + "\n" for line in answer.rstrip().split("\n"))
    assert whole in person.reads("show", "2", "--full") + "\n"
    assert person.desk.json("show", "2")["history"][-1]["body"] == answer


def test_a_first_message_is_never_folded(person: Person) -> None:
    """What somebody forwards stands nowhere else."""
    person.desk.all([["log", "--from", "site@example.com", "--subject", "Fwd", "--body", "See\n> One\n> Two"]])
    assert "   See\n   > One\n   > Two" in person.reads("show", "5")


# The pager


@pytest.fixture
def kept(person: Person, tmp_path: Path) -> Path:
    """What a pager was given, once there was one."""
    script = tmp_path / "pager.py"
    script.write_text(
        "import os, pathlib, sys\n"
        f"pathlib.Path({str(tmp_path / 'kept')!r}).write_text(os.environ['LESS'] + '\\n' + sys.stdin.read())\n"
    )
    person.pager = shlex.join([sys.executable, str(script)])
    return tmp_path / "kept"


def test_what_is_longer_than_the_screen_goes_through_the_pager(person: Person, kept: Path) -> None:
    """Whole, with what stands below, and with nothing that only a terminal understands."""
    person.size(120, 5)
    assert person.reads("queue") == ""
    settings, _, shown = kept.read_text().partition("\n")
    assert settings == "FRX"
    assert shown.endswith("4 open, 1 late, 1 due within the hour\n")
    assert "G" not in re.sub("[A-Z]", "", shown) and "\x1b" not in shown
    heading, _, *rows = shown.splitlines()[:-2]
    at = heading.index("From")
    (wide,) = [row for row in rows if "The viewer" in row]
    assert cells_of(wide[: wide.index("site@")]) == at


@pytest.mark.parametrize("args", [["queue"], ["queue", "--no-pager"], ["queue", "--no-input"], ["show", "1"]])
def test_what_fits_or_is_wanted_at_once_does_not(person: Person, kept: Path, args: list[str]) -> None:
    person.size(120, 5 if len(args) > 1 and args[0] == "queue" else 40)
    assert person.reads(*args)
    assert not kept.exists()


@pytest.mark.parametrize("pager", ["cat", " ", "no-such-pager", "'unclosed"])
def test_no_pager_is_no_error(person: Person, pager: str) -> None:
    person.size(80, 5)
    person.pager = pager
    assert person.reads("queue").endswith("due within the hour\n")
    assert person.err.getvalue() == ""


def test_a_pager_that_is_left_early_ends_the_run_in_silence(person: Person, tmp_path: Path) -> None:
    """As a pipe does that is closed by its reader."""
    person.pager = shlex.join([sys.executable, "-c", "pass"])
    many = tmp_path / "many.csv"
    rows = "".join(f"site@example.com,2026-03-06T16:00:00Z,{'x' * 90} {n}\n" for n in range(3000))
    many.write_text(f"from,received_at,subject\n{rows}")
    person.desk.all([["import", "tickets", str(many)]])
    person.size(120, 5)
    with suppress(ReaderGone):
        person.reads("queue")
    assert (person.out.getvalue(), person.err.getvalue()) == ("", "")


def test_notes_and_errors_wait_until_the_pager_is_left(person: Person, kept: Path) -> None:
    person.size(80, 3)
    assert person.reads("show", "1", "--json") == ""
    assert json.loads(kept.read_text().partition("\n")[2])["id"] == 1


# Who was meant


@pytest.mark.parametrize(
    ("answer", "sender"), [("y", "site@example.com"), ("", "siet@example.com"), ("n", "siet@example.com")]
)
def test_a_sender_one_slip_away_from_a_customer_is_asked_about(person: Person, answer: str, sender: str) -> None:
    person.reads("log", "--from", "siet@example.com", "--subject", "x", answers=f"{answer}\n")
    assert "siet@example.com is not on record. Did you mean site@example.com? [y/N]" in person.err.getvalue()
    assert person.desk.json("show", "5")["from"] == sender


def test_without_a_terminal_it_is_a_note_and_the_ticket_stands(person: Person) -> None:
    ran = person.desk("log", "--from", "site@exmaple.com", "--subject", "x", "--json")
    assert (ran.code, ran.json["from"]) == (0, "site@exmaple.com")
    assert ran.err == (
        "site@exmaple.com is not on record. Did you mean site@example.com?"
        " `supportctl edit 5 --from site@example.com` corrects it.\n"
    )
    assert person.desk("log", "--from", "site@exmaple.com", "--subject", "Again").err == "", "by now it is known"


@pytest.mark.parametrize("sender", ["site@example.com", "nobody.like.it@elsewhere.example", "delivered@example.com"])
def test_nobody_is_asked_about_those_who_are_known_or_like_nobody(person: Person, sender: str) -> None:
    person.desk.all([["licence", "add", "ABCD-EFGH-1", "--tier", "PRO", "--email", "delivered@example.com"]])
    person.desk.all([["customer", "add", "deliverd@example.com"]])
    person.reads("log", "--from", sender, "--subject", "x")
    assert "Did you mean" not in person.err.getvalue()


def test_yes_to_everything_changes_no_sender(person: Person) -> None:
    """It agrees in advance to what was asked for, and this was not."""
    person.reads("log", "--from", "siet@example.com", "--subject", "x", "--yes")
    assert person.desk.json("show", "5")["from"] == "siet@example.com"
    assert "Did you mean site@example.com?" in person.err.getvalue()


def test_an_address_that_is_none_is_refused_before_anything_is_asked(person: Person) -> None:
    with pytest.raises(InputError, match="is not an e-mail address"):
        person.reads("log", "--from", "siet", "--subject", "x")
