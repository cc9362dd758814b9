"""The house itself: which rooms may lean on which, and what a hot command must not carry in."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import guards
import pytest

ROOT = Path(__file__).parents[1] / "supportctl"
HEAVY = (
    "pydantic",
    "rich",
    "sqlite_utils",
    "click",
    "pluggy",
    "importlib.metadata",
    "tomllib",
    "email",
    "html.parser",
    "justhtml",
    "idna",
    "textual",
    "asyncio",
)
# What decides and saves a change: a fifth of the start-up of a command that only reads.
CHANGING = tuple(
    f"supportctl.{name}" for name in ("desk.tickets.case", "desk.tickets.judge", "store.filing", "store.seals")
)
READING = ("lookup", "breaches", "check", "queue")


def test_no_room_leans_on_one_above_it_or_beside_it() -> None:
    assert guards.against_the_floors(ROOT) == []


def test_no_modules_import_each_other_in_a_circle_not_even_late() -> None:
    assert guards.circles(ROOT) == []


def test_a_rule_reads_no_clock_no_file_no_environment_and_no_database() -> None:
    assert guards.impurities(ROOT) == []


def test_statements_are_in_the_store_alone() -> None:
    assert guards.sql_outside_the_store(ROOT) == []


def test_a_late_import_says_why() -> None:
    """Imports stand at the top, unless a measured start-up needs one late."""
    assert guards.late_without_reason(ROOT) == []


def test_no_two_classes_have_one_name() -> None:
    assert guards.classes_twice(ROOT) == []


def test_the_desk_prints_nothing() -> None:
    assert guards.printing(ROOT) == []


def test_the_command_line_goes_through_the_desk_to_the_store() -> None:
    assert guards.past_the_desk(ROOT) == []


def test_an_engine_is_known_in_its_own_room_alone() -> None:
    assert guards.knowing_an_engine(ROOT) == []


def test_tests_reach_the_desk_through_a_fixture_but_for_those_about_its_file() -> None:
    assert guards.openers_of_the_file(Path(__file__).parent) == []


def test_a_test_that_opens_the_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "test_fault.py").write_text("def test() -> None:\n    import sqlite3\n")
    (tmp_path / "test_other.py").write_text("from supportctl.store.sqlite.opening import open_desk\n")
    assert guards.openers_of_the_file(tmp_path) == ["test_fault.py", "test_other.py"]


# Each guard finds what is planted in a copy of the house: in whatever folder, at whatever depth, by whatever spelling.

IMPURE = [
    "import time, socket, sqlite3", "import os", "from os import environ", "from pathlib import Path", "import zoneinfo",
    "def late():\n    from time import monotonic", "from supportctl.clock import local_zone", "from supportctl import clock",
    "from supportctl import files", "import importlib.resources", "import random", "import subprocess", "import sys",
    "text = open('rules.toml').read()", "where = __file__", "os = __import__('os')", "read = open",
    "from datetime import datetime\ndef due():\n    return datetime.now()",
    "import datetime\nday = datetime.date.today()",
    "class Rule:\n    def here(self, moment):\n        return moment.astimezone()",
]  # fmt: skip
STATEMENTS = [
    "def rows(db):\n    return db.execute('select id from tickets')",
    "def rows(db, said):\n    return db.cursor().executemany(said, [])",
    "run = lambda db: getattr(db, 'executescript')",
    'TABLE = "tickets"\nSAID = f"select id from {TABLE}"',
    'SAID = """\n    select t.id\n    from tickets t"""',
    "SAID = 'INSERT INTO tickets VALUES (1)'", "SAID = 'insert or ignore into tickets values (1)'",
    "SAID = 'update tickets set status = 1'", "SAID = 'delete from tickets'", "SAID = 'pragma user_version'",
    "SAID = 'create virtual table t using fts5 (a)'", "SAID = 'with recursive t (n) as (select 1) select n from t'",
    "SAID = 'begin immediate'", "SAID = 'vacuum'", "SAID = \"attach 'other.db' as other\"",
]  # fmt: skip
PRINTS = [
    "print('done')", "import sys\nsys.stdout.write('done')", "def late():\n    import sys\n    sys.stderr.flush()",
    "from sys import stdout", "import typer\ntyper.echo('done')", "from rich.console import Console",
    "import logging", "from warnings import warn", "answer = input('Sure?')", "from pprint import pprint\npprint([])",
]  # fmt: skip
PAST_THE_DESK = [
    "from supportctl.store.desk import Desk", "from supportctl import store", "import supportctl.store.sqlite.backup",
    "def late():\n    from supportctl.store import policies", "from ..store import tickets",
    "from importlib import import_module\nimport_module('supportctl.store.tickets')",
    "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from supportctl.store.actor import Actor",
]  # fmt: skip
UPWARD = [
    "from supportctl.cli import run", "def late():\n    import supportctl.cli.search", "import supportctl.render.table",
    "from importlib import import_module\nimport_module('supportctl.desk.search')", "from supportctl import desk",
]  # fmt: skip


@pytest.mark.parametrize(
    ("guard", "folder", "faults"),
    [
        (guards.impurities, "policy", IMPURE),
        (guards.impurities, "policy/credentials", IMPURE),
        (guards.impurities, "policy/credentials/new/deeper", IMPURE),
        (guards.sql_outside_the_store, "desk", STATEMENTS),
        (guards.sql_outside_the_store, "cli/views", STATEMENTS),
        (guards.printing, "desk", PRINTS),
        (guards.printing, "desk/importing", PRINTS),
        (guards.against_the_floors, "store", UPWARD),
        (guards.past_the_desk, "cli", PAST_THE_DESK),
        (guards.past_the_desk, "cli/new/deeper", [each for each in PAST_THE_DESK if ".." not in each]),
        (
            guards.late_without_reason,
            "desk",
            ["def late():\n    import json", "def late():\n    if True:\n        from os import path"],
        ),
        (guards.classes_twice, "store", ["class Ticket:\n    pass", "def late():\n    class Target: ..."]),
        (
            guards.knowing_an_engine,
            "store",
            ["import sqlite3", "from psycopg2 import errors", "from supportctl.store.sqlite import search"],
        ),
        (guards.knowing_an_engine, "desk", ["from supportctl.store.postgres.place import SharedDesk"]),
        (guards.knowing_an_engine, "render", ["import sqlite3", "def late():\n    from sqlite3 import Row"]),
    ],
    ids=lambda value: getattr(value, "__name__", None) or (value if isinstance(value, str) else ""),
)
def test_a_guard_finds_each_planted_fault(
    tmp_path: Path, guard: Callable[[Path], list[str]], folder: str, faults: list[str]
) -> None:
    house = copied(tmp_path)
    planted = {f"fault{n}": fault for n, fault in enumerate(faults)}
    (house / folder).mkdir(parents=True, exist_ok=True)
    for name, fault in planted.items():
        (house / folder / f"{name}.py").write_text(f'"""A module."""\n\n{fault}\n', encoding="utf-8")
    found = "\n".join(sorted({*guard(house)} - {*guard(ROOT)}))
    dotted = f"supportctl.{folder.replace('/', '.')}"
    missed = [fault for name, fault in planted.items() if not names(found, f"{dotted}.{name}")]
    assert missed == []


def names(found: str, module: str) -> bool:
    return any(line.replace(":", " ").split(" ")[0] == module for line in found.splitlines())


@pytest.mark.parametrize(
    "fault",
    [
        "from supportctl.store.sqlite import opening",
        "def late():\n    from supportctl.store.sqlite.opening import open_desk",
        "class Rows:\n    def late(self):\n        import supportctl.store.sqlite.upgrade",
        "from importlib import import_module\ntotals = import_module('supportctl.store.sqlite.backup')",
    ],
)
def test_a_circle_is_found_however_late_it_closes(tmp_path: Path, fault: str) -> None:
    house = copied(tmp_path)
    with (house / "store" / "sqlite" / "connection.py").open("a", encoding="utf-8") as file:
        file.write(f"\n\n{fault}\n")
    (circle,) = guards.circles(house)
    assert "supportctl.store.sqlite.connection" in circle


def test_what_is_imported_for_a_type_checker_alone_is_no_circle(tmp_path: Path) -> None:
    house = copied(tmp_path)
    with (house / "store" / "sqlite" / "connection.py").open("a", encoding="utf-8") as file:
        file.write("\n\nif TYPE_CHECKING:\n    from supportctl.store.sqlite.opening import open_desk\n")
    assert guards.circles(house) == []


def copied(to: Path) -> Path:
    return Path(shutil.copytree(ROOT, to / "supportctl", ignore=shutil.ignore_patterns("__pycache__")))


def test_the_tests_test_this_checkout(tmp_path: Path) -> None:
    """Not a copy of another day or another place, which the program would be run from."""
    said = [sys.executable, "-c", "import supportctl; print(supportctl.__path__[0])"]
    done = subprocess.run(said, cwd=tmp_path, capture_output=True, text=True, check=True)
    installed = Path(done.stdout.strip())
    here, there = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*.py")} for root in (ROOT, installed)
    )
    assert here == there, "Install this checkout: pip install -e '.[test]'"


@pytest.mark.parametrize(
    "command",
    [
        ["lookup", "site@example.com", "-o", "json"],
        ["lookup", "site@example.com", "-o", "plain"],
        ["breaches", "-o", "json"],
        ["check", "7.6.2.0", "-o", "json"],
        ["log", "--from", "site@example.com", "--subject", "Help", "-o", "json"],
        ["queue", "-o", "json"],
        ["watch", "--help"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_a_hot_command_imports_nothing_heavy(tmp_path: Path, command: list[str]) -> None:
    """Guarded by what is loaded, not by the time it takes: a slow machine proves nothing."""
    desk = str(tmp_path / "desk.db")
    for prepare in (
        ["customer", "add", "site@example.com"],
        ["release", "add", "remote-utilities", "7.6.2.0"],
    ):
        assert _run(["--db", desk, *prepare]) == []
    assert _run(["--db", desk, *command], watched=HEAVY + CHANGING * (command[0] in READING)) == []


def _run(args: list[str], watched: tuple[str, ...] = ()) -> list[str]:
    """Which of the watched modules a run in a fresh interpreter had loaded when it ended."""
    code = (
        "import os, sys\n"
        "from supportctl import __main__\n"
        f"def leave(code): sys.stdout.flush(); sys.stderr.write(','.join(m for m in {watched!r} if m in sys.modules));"
        " sys.stderr.flush(); end(code)\n"
        "end, os._exit = os._exit, leave\n"
        f"sys.argv = ['supportctl', *{args!r}]\n"
        "__main__.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [name for name in done.stderr.split(",") if name]
