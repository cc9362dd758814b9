"""A whole desk from a file to a PostgreSQL server and back: by `db copy`, and by `export desk` and `import desk`."""

import hashlib
import json
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import postgres
import pytest
from conftest import Program, copy_desk

from supportctl.__main__ import SignalExit
from supportctl.desk import place_at
from supportctl.desk.transfer.copy import copy_desk as copy_to
from supportctl.store import tables

pytestmark = pytest.mark.about_the_file

INDEXES = "select indexdef from pg_indexes where schemaname = 'supportctl' order by 1"
REFERENCES = "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint order by 1, 2"


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server for these tests, or that of all."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed.")
    with postgres.shared() as server:
        yield server


@pytest.fixture
def shared(server: postgres.Server, desk: Program) -> Iterator[str]:
    """The address of a new desk on the server."""
    name = postgres.name_of(str(desk.desk))
    server.create(name)
    address = server.address(name)
    assert desk("db", "create", address).code == 0
    yield address
    server.drop(name)


@pytest.fixture
def full(desk: Program, rich_file: Path) -> Program:
    """The program on a desk in a file on which everything has happened, also a NUL in texts."""
    copy_desk(rich_file, desk.desk)
    return desk


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a file, secrets included; agents in the order in which they came."""
    with closing(sqlite3.connect(path)) as db:
        rows = {name: db.execute(f"select * from {name} order by rowid").fetchall() for name in tables.EVERY}
    return {name: some if name == "agents" else sorted(some, key=repr) for name, some in rows.items()}


def is_sound(desk: Program, *options: str) -> bool:
    """Whether nothing is wrong with the desk; with the machine that it is on, something may be."""
    found = desk.json(*options, "db", "check")
    return {each["state"] for each in found if each["part"] not in ("sqlite", "file modes", "server")} == {"ok"}


def test_a_desk_goes_to_a_server_and_comes_back_equal(
    full: Program, shared: str, server: postgres.Server, tmp_path: Path
) -> None:
    """With its secrets, and with what PostgreSQL cannot keep in a text as it is; and so from server to server."""
    back, again = Program(tmp_path / "back.db"), Program(tmp_path / "again.db")
    there = full("db", "copy", full.desk, shared, "--json")
    assert there.code == 0, there.err
    assert there.json | {"from": str(full.desk), "desk": shared, "tickets": 29} == there.json
    assert full.json("db", "copy", shared, back.desk)["rows"] == there.json["rows"]
    assert is_sound(full, "--db", shared)
    assert is_sound(back)
    before = everything(full.desk)
    assert any("\0" in row[3] for row in before["tickets"])
    assert everything(back.desk) == before
    assert [t["id"] for t in back.json("search", "newest")] == [1]
    name = postgres.name_of("another")
    server.create(name)
    assert full("db", "create", server.address(name)).code == 0
    assert full("db", "copy", shared, server.address(name)).code == 0
    assert full("db", "copy", server.address(name), again.desk).code == 0
    assert everything(again.desk) == before
    assert full.json("--db", shared, "search", "newest") == back.json("search", "newest")


def test_more_rows_than_a_page_come_back(desk: Program, shared: str, tmp_path: Path) -> None:
    """As many as go to the server at once, and then some."""
    people = tmp_path / "people.csv"
    people.write_text("email,name\n" + "".join(f"p{n}@example.com,\\N\\{n}\\t\n" for n in range(4100)))
    assert desk("import", "customers", people).code == 0
    assert desk("db", "copy", desk.desk, shared).code == 0
    assert desk("db", "copy", shared, tmp_path / "back.db").code == 0
    assert everything(tmp_path / "back.db") == everything(desk.desk)


def test_both_export_the_same_bytes(full: Program, shared: str, tmp_path: Path) -> None:
    """Whole desks, records, and the views for other programs."""
    assert full("db", "copy", full.desk, shared).code == 0
    file = Program(tmp_path / "back.db")
    assert full("db", "copy", shared, file.desk).code == 0
    for folder, desk in ((tmp_path / "one", []), (tmp_path / "other", ["--db", shared])):
        folder.mkdir()
        assert file(*desk, "export", "desk", folder / "desk").code == 0
        assert file(*desk, "export", "sqlite", folder / "views.db").code == 0
        for what in ("customers", "licences", "releases", "tickets", "history"):
            assert file(*desk, "export", what, folder / f"{what}.jsonl").code == 0
    one, other = written(tmp_path / "one"), written(tmp_path / "other")
    assert len(one) == len(tables.TABLES) + 6
    assert [name for name in one if one[name] != other[name]] == []


def written(folder: Path) -> dict[str, bytes]:
    """What is in a folder and those in it; a manifest says when, too, and is left out."""
    files = (path for path in folder.rglob("*.*") if path.name != "manifest.json")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_an_exported_desk_is_imported_on_a_server(full: Program, shared: str, tmp_path: Path) -> None:
    """Equal to what was exported, and only once."""
    out, back = tmp_path / "out", Program(tmp_path / "back.db")
    assert full("export", "desk", out).code == 0
    ran = full("--db", shared, "import", "desk", out)
    assert ran.code == 0, ran.err
    assert is_sound(full, "--db", shared)
    assert full("db", "copy", shared, back.desk).code == 0
    assert is_sound(back)
    before, after = everything(full.desk), everything(back.desk)
    assert [name for name in before if before[name] != after[name]] == ["totals", "remote_secrets"]
    refused = full("--db", shared, "import", "desk", out)
    assert (refused.code, refused.out) == (2, "")
    assert "is not empty" in refused.err


def test_an_export_of_an_earlier_schema_is_upgraded_on_its_way(full: Program, shared: str, tmp_path: Path) -> None:
    """A server never had one: it goes by way of a file. The schema before today's had other indexes only."""
    out, back = tmp_path / "out", tmp_path / "back.db"
    assert full("export", "desk", out).code == 0
    said = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps(said | {"schema_version": said["schema_version"] - 1}))
    ran = full("--db", shared, "import", "desk", out)
    assert ran.code == 0, ran.err
    assert full("db", "copy", shared, back).code == 0
    assert [row[0] for row in everything(back)["tickets"]] == [row[0] for row in everything(full.desk)["tickets"]]


def changed(table: str, name: str, value: Any) -> Callable[[Path], None]:
    """Change a value of the last row of a table, and let the manifest vouch for it."""

    def spoil(folder: Path) -> None:
        file, manifest = folder / f"{table}.jsonl", folder / "manifest.json"
        *lines, last = file.read_text().splitlines()
        data = "".join(f"{line}\n" for line in [*lines, json.dumps(json.loads(last) | {name: value})]).encode()
        file.write_bytes(data)
        said = json.loads(manifest.read_text())
        said["tables"][table]["sha256"] = hashlib.sha256(data).hexdigest()
        manifest.write_text(json.dumps(said))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (changed("customers", "kind", "Sw0rdfish"), "customers.jsonl holds data that a desk refuses: CHECK"),
        (changed("customers", "id", 1), "customers.jsonl holds data that a desk refuses: UNIQUE"),
        (changed("texts", "ticket", 999), "texts.jsonl refers to something that does not exist"),
        (changed("tickets", "merged_into", 999), "tickets.jsonl refers to something that does not exist"),
        (changed("removals", "mark", 1), "a removal needs an entry of its own"),
        (changed("tickets", "target_n", 77), "a ticket without a target"),
        (changed("counters", "value", 0), "counters.jsonl would reuse a number"),
        (changed("policies", "data", "{}"), "no usable policy"),
        (lambda folder: (folder / "texts.jsonl").write_text(""), "texts.jsonl has changed since it was exported"),
        (changed("customers", "email", {"a": 1}), "email is not text"),
    ],
)
def test_an_export_that_a_desk_refuses_leaves_an_empty_one(
    full: Program, shared: str, tmp_path: Path, spoil: Callable[[Path], object], says: str
) -> None:
    """In the words that a file's desk has for it, and without the values."""
    out = tmp_path / "out"
    assert full("export", "desk", out).code == 0
    spoil(out)
    ran = full("--db", shared, "import", "desk", out)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert "Sw0rdfish" not in ran.err
    assert full("db", "copy", full.desk, shared).code == 0


def test_a_shared_desk_in_use_is_left_as_it_is(full: Program, shared: str, tmp_path: Path) -> None:
    assert full("--db", shared, "customer", "add", "ann@example.com").code == 0
    assert full("--db", shared, "export", "desk", tmp_path / "before").code == 0
    ran = full("db", "copy", full.desk, shared)
    assert (ran.code, ran.out) == (2, "")
    assert f"The desk at {shared} is not empty" in ran.err
    assert full("--db", shared, "export", "desk", tmp_path / "after").code == 0
    before, after = (
        {path.name: path.read_bytes() for path in (tmp_path / name).glob("*.jsonl")} for name in ("before", "after")
    )
    assert before == after


def test_a_missing_shared_desk_is_made_or_not_even_begun(
    full: Program, server: postgres.Server, tmp_path: Path
) -> None:
    """In the transaction of the copy: one that ends early leaves an empty database."""
    name = postgres.name_of(str(tmp_path))
    server.create(name)

    def interrupt(done: float | None = None) -> None:
        if done is not None and done > 0.6:
            raise SignalExit(signal.SIGTERM)

    with pytest.raises(SignalExit):
        copy_to(place_at(full.desk), place_at(server.address(name)), print, interrupt)
    assert server.sql("select 1 from pg_namespace where nspname = 'supportctl'", database=name) == []
    assert full("db", "copy", full.desk, server.address(name)).code == 0
    assert is_sound(full, "--db", server.address(name))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_a_copy_that_ends_early_leaves_the_shared_desk_empty(
    full: Program, shared: str, server: postgres.Server, share: float
) -> None:
    """With its indexes and references: while rows come, while they are read again, while the full text is made."""
    database = shared.rpartition("/")[2]
    made = [server.sql(each, database=database) for each in (INDEXES, REFERENCES)]

    def interrupt(done: float | None = None) -> None:
        if done is not None and done > share:
            raise SignalExit(signal.SIGTERM)

    with pytest.raises(SignalExit):
        copy_to(place_at(full.desk), place_at(shared), print, interrupt)
    assert full.json("--db", shared, "customer", "list") == []
    assert [server.sql(each, database=database) for each in (INDEXES, REFERENCES)] == made
    assert full("db", "copy", full.desk, shared).code == 0
    assert [server.sql(each, database=database) for each in (INDEXES, REFERENCES)] == made


def test_what_another_program_changed_is_not_copied(full: Program, shared: str) -> None:
    full.sql("update tickets set subject = ? where id = 21", ["NUL \0 there"])
    ran = full("db", "copy", full.desk, shared)
    assert (ran.code, ran.out) == (6, "")
    assert f"The desk at {full.desk} is damaged: ticket 21 was changed by another program" in ran.err
    assert full.json("--db", shared, "customer", "list") == []


def test_a_restored_dump_is_sound_and_answers_the_same(
    full: Program, shared: str, server: postgres.Server, tmp_path: Path
) -> None:
    """The backup of a shared desk is its server's own."""
    assert full("db", "copy", full.desk, shared).code == 0
    folder, name = postgres.programs(), postgres.name_of(f"{tmp_path}-restored")
    assert folder is not None
    server.create(name)
    dump, into = tmp_path / "desk.dump", server.address(name)
    dumping, restoring = (
        ["pg_dump", "-Fc", "-f", str(dump), shared],
        ["pg_restore", "--no-owner", "-d", into, str(dump)],
    )
    for program, *words in (dumping, restoring):
        subprocess.run([folder / program, *words], check=True, capture_output=True)
    assert is_sound(full, "--db", into)
    assert full("--db", into, "export", "tickets").out == full("export", "tickets").out
    server.drop(name)
