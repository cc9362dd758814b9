"""`export desk` and `import desk`: the whole desk out and back, equal; whatever else the folder holds is an error."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import full_desk
import pytest
from conftest import Program, copy_desk, opened
from desks import ENGINE
from sqlite_utils import Database

from supportctl.__main__ import SignalExit
from supportctl.store import tables
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.sqlite.connection import in_memory
from supportctl.store.sqlite.schema import migrations
from supportctl.tabular.folder import new_folder


@pytest.fixture(scope="module")
def rich_file(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk on which everything has happened, and beside it the folder that it was exported to; made once."""
    folder = tmp_path_factory.mktemp("rich")
    desk = Program(folder / "desk.db")
    full_desk.fill(desk, staffed_file, folder)
    assert desk("export", "desk", folder / "out").code == 0
    return desk.desk


@pytest.fixture
def out(rich_file: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to be spoiled."""
    return Path(shutil.copytree(rich_file.parent / "out", tmp_path / "out"))


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, whatever the schema calls it; without secrets, and without what is derived."""
    with opened(path) as db:
        kept = [name for name in ENGINE.tables(db) if name not in tables.NEVER and not name.startswith(ENGINE.own)]
        return {
            name: sorted(db.execute(f"select {_columns(db, name)} from {name}{_where(name)}"), key=repr)
            for name in kept
        }


def _columns(db: Desk, table: str) -> str:
    return ", ".join(field.name for field in db.tables.fields(table))


def _where(table: str) -> str:
    """A digest of secrets leaves the desk as little as they do."""
    return tables.LEFT_OUT.get(table, "")


def test_every_table_of_the_schema_is_exported_or_never_to_be(rich_file: Path) -> None:
    """A table that a migration adds must be put on one of the two lists."""
    assert sorted(everything(rich_file)) == sorted(tables.TABLES)


def test_the_desk_comes_back_equal_row_by_row(desk: Program, rich_file: Path, tmp_path: Path) -> None:
    """On a desk where every table has something, but for the secrets, of which no byte leaves it."""
    before = everything(rich_file)
    assert [name for name, rows in before.items() if not rows] == []
    out = rich_file.parent / "out"
    ran = desk("import", "desk", out, "--json")
    assert ran.code == 0, ran.err
    rows = sum(map(len, before.values()))
    assert ran.json == {"what": "desk", "folder": str(out), "tables": len(tables.TABLES), "rows": rows}
    assert everything(desk.desk) == before
    assert Program(rich_file).sql("select body from remote_secrets") == [("password Sw0rdfish",)]
    assert not any(b"Sw0rdfish" in kept for kept in [*(path.read_bytes() for path in out.iterdir()), desk.kept_bytes])
    assert desk("export", "desk", tmp_path / "again").code == 0
    parts = [json.loads((folder / "manifest.json").read_text())["tables"] for folder in (out, tmp_path / "again")]
    assert parts[0] == parts[1]


def test_the_desk_that_came_back_works_on_under_its_guards(desk: Program, rich_file: Path) -> None:
    desk("import", "desk", rich_file.parent / "out")
    logged = desk.json("log", "--from", "new@example.com", "--subject", "Zebra")
    assert logged["id"] == max(row[0] for row in everything(rich_file)["tickets"]) + 1
    assert [t["id"] for t in desk.json("search", "zebra")] == [logged["id"]]
    assert [t["id"] for t in desk.json("search", "newest")] == [1]
    with pytest.raises(ENGINE.refusal, match="append-only"):
        desk.sql("delete from history")


@pytest.mark.about_the_file
def test_the_file_that_came_back_is_as_a_new_one(desk: Program, rich_file: Path) -> None:
    desk("import", "desk", rich_file.parent / "out")
    assert stat.S_IMODE(desk.desk.stat().st_mode) == 0o600
    with closing(sqlite3.connect(desk.desk)) as db:
        assert db.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION
        assert db.execute("pragma journal_mode").fetchone()[0] == "wal"
        assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
        db.execute("insert into tickets_index (tickets_index, rank) values ('integrity-check', 1)")


def test_what_is_written_is_private_whatever_the_umask(desk: Program, rich_file: Path, tmp_path: Path) -> None:
    copy_desk(rich_file, desk.desk)
    before = os.umask(0)
    try:
        assert desk("export", "desk", tmp_path / "out").code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "out").iterdir()} == {0o600}


def test_a_folder_with_something_in_it_stays(desk: Program, rich_file: Path, tmp_path: Path) -> None:
    """Only an earlier export is replaced, and only by --force; nothing else ever is."""
    copy_desk(rich_file, desk.desk)
    other, link, empty = tmp_path / "other", tmp_path / "link", tmp_path / "empty"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    link.symlink_to(other)
    empty.mkdir()
    assert desk("export", "desk", empty).code == 0
    (empty / "tickets.jsonl").write_text("changed")
    for folder, force in ((other, ["--force"]), (link, ["--force"]), (empty, []), (other / "thesis.txt", ["--force"])):
        ran = desk("export", "desk", folder, *force)
        assert (ran.code, ran.out) == (2, ""), folder
    assert (other / "thesis.txt").read_text() == "mine"
    assert (empty / "tickets.jsonl").read_text() == "changed"
    assert desk("export", "desk", empty, "--force").code == 0
    assert (empty / "tickets.jsonl").read_text() != "changed"
    assert desk("export", "desk", tmp_path / "no" / "such").code == 7
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith("desk.db")} == {
        "other",
        "link",
        "empty",
    }


@pytest.mark.parametrize("old", [True, False])
def test_an_interrupted_export_leaves_the_old_folder(out: Path, old: bool) -> None:
    target = out if old else out.with_name("new")
    with pytest.raises(SignalExit), new_folder(target, force=old) as new:
        (new / "tickets.jsonl").write_text("half")
        raise SignalExit(signal.SIGTERM)
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert (out / "tickets.jsonl").read_text() != "half"


def test_a_desk_in_use_is_left_as_it_is(desk: Program, rich_file: Path) -> None:
    out = rich_file.parent / "out"
    desk("customer", "add", "ann@example.com")
    before = everything(desk.desk)
    ran = desk("import", "desk", out)
    assert ran.code == 2
    assert "is not empty" in ran.err
    assert everything(desk.desk) == before


def test_an_empty_desk_takes_it(desk: Program, rich_file: Path) -> None:
    """One on which nothing was ever put."""
    with opened(desk.desk, create=True):
        inode = desk.desk.stat().st_ino if desk.desk.exists() else None
    assert desk("import", "desk", rich_file.parent / "out").code == 0
    assert inode is None or desk.desk.stat().st_ino == inode
    assert everything(desk.desk) == everything(rich_file)
    assert [t["id"] for t in desk.json("search", "newest")] == [1]


def test_an_export_of_an_earlier_schema_is_upgraded_as_an_old_desk_would_be(
    desk: Program, rich_file: Path, out: Path
) -> None:
    """Exported before remote sessions and removals were kept."""
    with closing(in_memory()) as db:
        old = Database(db)
        migrations.apply(old, stop_before=[later.name for later in migrations.pending(old)][3:])
        columns = {table: [field.name for field in db.tables.fields(table)] for table in tables.tables(db)}
    said(schema_version=3)(out)
    for table in tables.TABLES:
        if table in columns:
            signed(out, table, partial(only, columns[table]))
        else:
            without(table)(out)
    ran = desk("import", "desk", out)
    assert ran.code == 0, ran.err
    before, after = everything(rich_file), everything(desk.desk)
    assert after["history"] == before["history"]
    assert after["texts"] == before["texts"]
    assert (len(after["tickets"]), after["removals"]) == (len(before["tickets"]), [])
    assert [t["id"] for t in desk.json("search", "newest")] == [1]


def only(columns: list[str], data: bytes) -> bytes:
    """The rows with these columns alone."""
    rows = [json.loads(line) for line in data.splitlines()]
    return "".join(json.dumps({name: row[name] for name in columns}) + "\n" for row in rows).encode()


# Folders that are not as they were exported

Spoil = Callable[[Path], object]


def signed(folder: Path, table: str, change: Callable[[bytes], bytes]) -> None:
    """Change a table's file, and let the manifest vouch for it: what a stranger could send."""
    file, manifest = folder / f"{table}.jsonl", folder / "manifest.json"
    file.write_bytes(change(file.read_bytes()))
    said = json.loads(manifest.read_text())
    data = file.read_bytes()
    said["tables"][table] = {"rows": data.count(b"\n"), "sha256": hashlib.sha256(data).hexdigest()}
    manifest.write_text(json.dumps(said))


def said(**facts: Any) -> Spoil:
    """Change what the manifest says."""

    def spoil(folder: Path) -> None:
        manifest = folder / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | facts))

    return spoil


def field(table: str, name: str, value: Any) -> Spoil:
    """Change a value of the last row of a table."""

    def change(data: bytes) -> bytes:
        *lines, last = data.decode().splitlines()
        row = json.loads(last) | {name: value}
        return "".join(f"{line}\n" for line in [*lines, json.dumps(row)]).encode()

    return lambda folder: signed(folder, table, change)


def line(table: str, text: bytes) -> Spoil:
    """Put a line in front of a table."""
    return lambda folder: signed(folder, table, lambda data: text + b"\n" + data)


def linked(folder: Path) -> None:
    (folder / "texts.jsonl").rename(folder.parent / "texts.jsonl")
    (folder / "texts.jsonl").symlink_to(folder.parent / "texts.jsonl")


def piped(folder: Path) -> None:
    (folder / "texts.jsonl").unlink()
    os.mkfifo(folder / "texts.jsonl")


def without(table: str) -> Spoil:
    def spoil(folder: Path) -> None:
        manifest = folder / "manifest.json"
        told = json.loads(manifest.read_text())
        del told["tables"][table]
        manifest.write_text(json.dumps(told))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (lambda f: (f / "texts.jsonl").unlink(), 2, "texts.jsonl is missing"),
        (lambda f: (f / "manifest.json").unlink(), 2, "manifest.json is missing"),
        (lambda f: shutil.rmtree(f), 2, "is not a folder"),
        (lambda f: (f / "texts.jsonl").write_text(""), 2, "texts.jsonl has changed since it was exported"),
        (lambda f: (f / "manifest.json").write_text("[" * 100_000), 2, "is not an exported desk"),
        (lambda f: (f / "manifest.json").write_text("1" * 5000), 2, "is not an exported desk"),
        (lambda f: (f / "manifest.json").write_bytes(b"\xff\x00"), 2, "is not an exported desk"),
        (linked, 2, "texts.jsonl is a link or a pipe"),
        (piped, 2, "is a link or a pipe"),
        (said(format_version=2), 6, "newer program"),
        (said(schema_version=SCHEMA_VERSION + 1), 6, "newer program"),
        (said(format_version="1"), 2, "does not say what it describes"),
        (said(tables={"../desk": {"rows": 1, "sha256": ""}}), 2, "does not say what the folder holds"),
        (said(tables=[1]), 2, "does not say what the folder holds"),
        (said(schema_version=1), 2, "does not match its schema"),
        (without("told"), 2, "differ: told"),
        (line("customers", b"[" * 100_000), 2, "customers.jsonl, line 1: not a JSON object"),
        (line("customers", b'{"id": ' + b"9" * 5000 + b"}"), 2, "line 1: not a JSON object"),
        (line("customers", b'{"id": 1}'), 2, "line 1: its columns are not those of the table"),
        (line("customers", b"\xff"), 2, "line 1: not a JSON object"),
        (field("customers", "id", 1 << 63), 2, "id is too large a number"),
        (field("customers", "id", True), 2, "id is not a whole number"),
        (field("customers", "id", 1.5), 2, "id is not a whole number"),
        (field("customers", "id", None), 2, "id is not a whole number"),
        (field("customers", "email", {"a": 1}), 2, "email is not text"),
        (field("customers", "name", "\ud800"), 2, "name contains half a character"),
        (field("customers", "kind", "Sw0rdfish"), 2, "customers.jsonl holds data that a desk refuses: CHECK"),
        (field("customers", "id", 1), 2, "customers.jsonl holds data that a desk refuses: UNIQUE"),
        (field("texts", "ticket", 999), 2, "texts.jsonl refers to something that does not exist"),
        (field("removals", "mark", 1), 2, "a removal needs an entry of its own"),
        (field("tickets", "tags", "Sw0rdfish"), 2, "tags is not the JSON expected there"),
        (field("tickets", "target_n", 77), 2, "a ticket without a target"),
        (field("policies", "data", "{}"), 2, "no usable policy"),
        (field("policies", "data", '{"hours": 1}'), 2, "no usable policy"),
        (field("counters", "value", 0), 2, "counters.jsonl would reuse a number"),
    ],
)
def test_a_folder_that_is_not_as_it_was_exported_makes_no_desk(
    desk: Program, out: Path, spoil: Spoil, code: int, says: str
) -> None:
    spoil(out)
    ran = desk("import", "desk", out)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert "Sw0rdfish" not in ran.err
    assert desk.untouched
    assert [path.name for path in desk.desk.parent.iterdir() if path.name.startswith(("desk.db", ".desk"))] == []


@pytest.mark.about_the_file
def test_a_signal_leaves_no_half_desk(desk: Program, out: Path) -> None:
    """Interrupted while the rows come in."""
    rows = "".join(f'{{"name":"x{n}","value":1}}\n' for n in range(400_000))
    signed(out, "counters", lambda data: data + rows.encode())
    running = desk.start("import", "desk", str(out))
    while not any(path.stat().st_size for path in desk.desk.parent.glob(".desk.db.*.new")):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 143
    assert {path.name for path in desk.desk.parent.iterdir()} == {"out"}


@pytest.mark.about_the_file
def test_a_folder_that_is_refused_leaves_none_behind(desk: Program, out: Path, tmp_path: Path) -> None:
    """Nor the folders that were made for the desk."""
    part = out / "tickets.jsonl"
    part.write_text(part.read_text().replace('"status":"open"', '"status":"odd"'))
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["tables"]["tickets"]["sha256"] = hashlib.sha256(part.read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest))
    assert desk("--db", tmp_path / "a" / "b" / "desk.db", "import", "desk", out).code == 2
    assert not (tmp_path / "a").exists()
