"""`export` as a program: files that import again and change nothing, safe for spreadsheets, private, whole or not there."""

import csv
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PROGRAM, Program, copy_desk
from full_desk import HOSTILE

from supportctl.__main__ import SignalExit
from supportctl.desk.transfer.fields import KINDS
from supportctl.errors import InputError
from supportctl.files import atomic_text

NOW = "2026-03-07T12:00:00Z"
KEYS = {"SITE-0001-AAAA", "STAR-0001-BBBB", "LATER-1", "OLD-001"}


@pytest.fixture
def full(desk: Program, rich_file: Path) -> Iterator[Program]:
    """The program on a copy of that desk, a day later."""
    copy_desk(rich_file, desk.desk)
    desk.now = NOW
    yield desk


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("format", ["csv", "csv --raw", "json", "jsonl"])
def test_an_export_has_the_columns_of_the_import_and_changes_nothing(full: Program, what: str, format: str) -> None:
    """Nor does a CSV whose formulas were made safe for spreadsheets."""
    exported = full("export", what, "-o", *format.split(), env={"SUPPORTCTL_NOW": ""})
    before = stored(full)
    ran = full("import", what, "-", "--json", stdin=exported.out.encode())
    assert ran.code == 0, ran.err
    counts = ran.json
    assert (counts["added"], counts["changed"]) == (0, 0)
    assert counts["unchanged"] > 0
    assert stored(full) == before
    names: dict[str, Callable[[str], Any]] = {
        "csv": lambda t: rows(t)[0],
        "json": lambda t: json.loads(t)[0],
        "jsonl": lambda t: json.loads(t.splitlines()[0]),
    }
    assert tuple(names[format.split()[0]](exported.out)) == KINDS[what].fields


def stored(desk: Program) -> list[str]:
    """What stands in a desk, but for what every import leaves behind: fingerprints, their totals, a server's mark."""
    in_file = r"""INTO "(imported_rows"|totals" VALUES\('(imported_rows|desk)')"""
    on_server = r"^(imported_rows: |commits: |totals: \((imported_rows|desk),)"
    left = re.compile(f"{in_file}|{on_server}")
    return [line for line in desk.dump() if not left.search(line)]


def test_the_same_tickets_come_to_another_desk(full: Program, tmp_path: Path) -> None:
    """With their times, their texts and their ends; what the columns do not hold, the policy judges anew."""
    exported = full("export", "tickets", "-o", "jsonl").out
    other = Program(tmp_path / "other.db", now=NOW)
    assert other.json("import", "tickets", "-", stdin=exported)["added"] == len(exported.splitlines())
    assert other("export", "tickets", "-o", "jsonl").out == exported


def test_csv_is_safe_for_spreadsheets_and_raw_is_exact(full: Program) -> None:
    safe, exact = (rows(full("export", "customers", "-o", "csv", *raw).out) for raw in ([], ["--raw"]))
    for row in safe:
        assert not any(
            value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")) for value in row.values()
        )
    told = {row["email"]: row["name"] for row in exact}
    assert [told[f"h{n}@example.com"] for n in range(len(HOSTILE))] == [
        text if text.strip() else "" for text in HOSTILE
    ]
    assert next(row["name"] for row in safe if row["email"] == "h0@example.com") == "'=1+1"


def test_texts_come_through_json_exactly(full: Program) -> None:
    tickets = {t["from"]: t for t in full.json("export", "tickets")}
    for n, text in enumerate(HOSTILE):
        assert (tickets[f"h{n}@example.com"]["subject"], tickets[f"h{n}@example.com"]["body"]) == (text, text)


def test_no_text_acts_on_a_terminal(full: Program) -> None:
    for what in ("tickets", "customers", "history"):
        for format in ("table", "plain", "json", "jsonl"):
            out = full("export", what, "-o", format).out
            assert not set(out) & {"\x1b", "\x07", "\u202e", "\x00"}, (what, format)


def test_an_export_of_licences_carries_their_keys_and_a_table_masks_them(full: Program) -> None:
    """A file without the keys could not be imported; a table is for people, over whose shoulder someone may look."""
    for format in ("csv", "json", "jsonl", "plain"):
        out = full("export", "licences", "-o", format).out
        assert all(key in out for key in KEYS), format
    table = full("export", "licences", "-o", "table").out
    assert not any(key in table for key in KEYS)
    assert "****BBBB" in table
    assert all(key in full("export", "licences", "-o", "table", "--reveal").out for key in KEYS)


def test_full_tickets_say_what_the_policy_made_of_them(full: Program) -> None:
    fields = {"id", "status", "sla", "due_at", "tier", "rank", "tags", "merged_into", "reasons", "body", "subject"}
    tickets = full.json("export", "tickets", "--full")
    assert all(fields <= ticket.keys() for ticket in tickets)
    shown = full.json("show", 1)
    assert tickets[0] == {name: shown[name] for name in tickets[0]}
    merged = next(t for t in tickets if t["id"] == 2)
    assert (merged["status"], merged["merged_into"], merged["tags"]) == ("merged", 1, [])
    ran = full("import", "tickets", "-", "--ignore-extra", "--json", stdin=json.dumps(tickets))
    assert (ran.json["added"], ran.json["changed"]) == (0, 0)


def test_history_is_every_entry_with_its_text(full: Program) -> None:
    entries = full.json("export", "history")
    assert list(entries[0]) == [
        "ticket", "n", "at", "entered_at", "kind", "agent", "system_user", "from", "body", "data",
    ]  # fmt: skip
    first = [{k: v for k, v in e.items() if k != "ticket"} for e in entries if e["ticket"] == 1]
    shown = full.json("show", 1)["history"]
    for entry in shown:
        del entry["sent_to"]  # kept with the mail, which goes with `export desk`
        if entry["kind"] == "absorbed":  # shows the other ticket's words, which stand in that one's history
            entry["body"] = None
    assert first == shown


def test_with_a_past_now_tickets_are_as_they_stood(full: Program) -> None:
    then = full("export", "tickets", "--full", "-o", "jsonl", now="2026-03-06T17:00:00Z").out.splitlines()
    tickets = {t["id"]: t for t in map(json.loads, then)}
    assert (tickets[1]["first_response_at"], tickets[2]["status"], tickets[4]["closed_at"]) == (None, "open", None)
    assert full("export", "tickets", "-o", "csv", now="2026-01-01T00:00:00Z").out.count("\n") == 1


@pytest.mark.parametrize("now", [NOW, "2026-03-06T17:00:00Z", "2026-03-03T00:00:00Z"])
def test_the_fields_of_an_import_are_those_of_the_full_tickets(full: Program, now: str) -> None:
    """The ones come straight from the desk's rows, the others from tickets as they are seen."""
    told = full.json("export", "tickets", "--full", now=now)
    fields = KINDS["tickets"].fields
    assert full.json("export", "tickets", now=now) == [{name: ticket[name] for name in fields} for ticket in told]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("t.csv", "csv"),
        ("t.JSON", "json"),
        ("t.jsonl", "jsonl"),
        ("t.ndjson", "jsonl"),
        ("t", "csv"),
        ("t.txt", "plain"),
    ],
)
def test_the_name_of_a_file_says_its_format_and_it_is_private(
    full: Program, tmp_path: Path, name: str, format: str
) -> None:
    file = tmp_path / name
    ran = full("export", "tickets", file)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert file.read_bytes().decode() == full("export", "tickets", "-o", format).out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_file_is_replaced_only_when_told_to_and_a_link_never(full: Program, tmp_path: Path) -> None:
    file, link = tmp_path / "t.csv", tmp_path / "link.csv"
    file.write_text("mine")
    link.symlink_to(file)
    for target, force, code in (
        (file, [], 2),
        (link, ["--force"], 2),
        (tmp_path, ["--force"], 2),
        (Path("/dev/null"), ["--force"], 2),
        (tmp_path / "no" / "t.csv", [], 7),
    ):
        ran = full("export", "tickets", target, *force)
        assert (ran.code, ran.out) == (code, ""), target
        assert file.read_text() == "mine"
    assert full("export", "tickets", file, "--force").code == 0
    assert file.read_text().startswith("from,subject")


@pytest.mark.parametrize("old", [True, False])
def test_an_interrupted_export_leaves_the_old_file(tmp_path: Path, old: bool) -> None:
    file = tmp_path / "t.csv"
    if old:
        file.write_text("old")
    with pytest.raises(SignalExit), atomic_text(file, over=old) as out:
        out.write("new")
        out.flush()
        assert len(list(tmp_path.iterdir())) == 1 + old
        raise SignalExit(signal.SIGTERM)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"] * old


def test_a_file_made_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    with pytest.raises(InputError), atomic_text(file, over=False):
        file.write_text("theirs")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["shoes"], 2, "Choose from: customers, licences, releases, tickets, history, desk, sqlite."),
        (["customers", "--full"], 2, "--full is for tickets"),
        (["desk"], 2, "export desk DIR"),
        (["tickets", "-o", "html"], 2, "no output format"),
        (["tickets", "t.XLSX"], 2, "No export format has the ending .xlsx. Name the file .csv, "),
        (["tickets", "t.tsv"], 2, ", or add -o."),
    ],
)
def test_what_cannot_be_exported_is_said(full: Program, args: list[str], code: int, says: str) -> None:
    ran = full("export", *args)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err


def test_a_missing_desk_is_exit_6_and_leaves_no_file(nowhere: Program, tmp_path: Path) -> None:
    assert nowhere("export", "tickets", tmp_path / "t.csv").code == 6
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_early_is_no_failure(full: Program) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [PROGRAM, "export", "tickets", "-o", "csv"], env=full.environment(), stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_memory_does_not_grow_with_the_desk(desk: Program, tmp_path: Path) -> None:
    """Half as many tickets again take no more of it than those that a server gives at a time."""
    small, large = (peak(desk, tmp_path, count) for count in (2_500, 4_500))
    assert large < small + 1_000_000  # held whole, 2,000 more would be some 4,000,000


def peak(desk: Program, folder: Path, count: int) -> int:
    """The most memory, in bytes, that Python took at a time to export so many tickets."""
    file = folder / f"{count}.csv"
    lines = (f"a{n}@example.com,Help {n},{'text ' * 100},2026-03-01,{n}\n" for n in range(count))
    file.write_text("from,subject,body,received_at,external_id\n" + "".join(lines))
    assert desk("import", "tickets", file).code == 0
    code = (
        "import os, sys, tracemalloc\ntracemalloc.start()\nfrom supportctl import __main__\n"
        "def leave(code): sys.stderr.write(str(tracemalloc.get_traced_memory()[1])); sys.stderr.flush(); end(code)\n"
        "end, os._exit = os._exit, leave\n"
        "sys.argv = ['supportctl', 'export', 'tickets', '--full', '-o', 'json']\n__main__.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=desk.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0
    return int(done.stderr)
