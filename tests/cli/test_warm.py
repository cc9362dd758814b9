"""A run from a warm start, as most tests make them, is like one that a shell starts."""

import os
from pathlib import Path
from typing import Any

import pytest
import warm
from conftest import PROGRAM, Program, copy_desk, opened, started
from desks import ENGINE

if not hasattr(os, "fork"):
    pytest.skip("a warm start is a fork", allow_module_level=True)

RUNS: tuple[tuple[tuple[str, ...], bytes], ...] = (
    (("--help",), b""),
    (("log", "--help"), b""),
    (("log", "--from", "site@example.com", "--subject", "Straße", "--body", "-"), "Sie raucht \u202e".encode()),
    (("log", "--from", "site@example.com", "--subject", "x", "--received", "2026-03-06 08:00", "--json"), b""),
    (("log", "--from", "site@example.com"), b""),
    (("--db", "new.db", "log", "--from", "new@example.com", "--subject", "The first", "--json"), b""),
    (("log", "--mail", "-"), b"From: site@example.com\nSubject: Help\n\nIt is <b>black</b>\n"),
    (("lookup", "site@example.com", "-o", "table"), b""),
    (("lookup", "-", "-o", "jsonl"), b"site@example.com\nnobody@example.com\n"),
    (("lookup", "nobody@example.com"), b""),
    (("lookup", os.fsdecode(b"k\xff")), b""),
    (("queue", "--tier", "STIE"), b""),
    (("due", "--tier", "SITE", "--json"), b""),
    (("hours", "open", "--json"), b""),
    (("export", "licences", "out.csv"), b""),
    (("import", "customers", "-", "--json"), b"email,name\nann@example.com,Ann\nnobody,x\n"),
    (("db", "check"), b""),
    (("report", "-o", "md"), b""),
    (("policy", "show", "-o", "toml"), b""),
)


@pytest.mark.parametrize(
    ("words", "given"),
    [pytest.param(*run, id=" ".join(run[0])) for run in RUNS]
    + [pytest.param(("db", "backup", "copy.db"), b"", id="db backup", marks=pytest.mark.about_the_file)],
)
def test_both_answer_alike_and_leave_the_same(
    staffed_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], given: bytes
) -> None:
    """Exit code, both streams, the rows on the desk, and the files in the folder it runs in, with their modes."""

    def after(name: str, run: Any) -> tuple[Any, ...]:
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        copy_desk(staffed_file, folder / "desk.db")
        env = Program(Path("desk.db")).environment()
        code, *streams = run([str(PROGRAM), *words], env, given)
        named = env["SUPPORTCTL_DB"].encode()
        said = [stream.replace(bytes(folder), b"...").replace(named, b"desk.db") for stream in streams]
        return code, said, rows(folder / "desk.db"), files(folder)

    umask = os.umask(0o013)
    try:
        assert after("warm", warm.run) == after("cold", started)
    finally:
        os.umask(umask)


def rows(desk: Path) -> dict[str, int]:
    """How many each table has; what is in them is also the moment at which it was entered."""
    with opened(desk) as db:
        return {name: db.execute(f"select count(*) from {name}").fetchone()[0] for name in ENGINE.tables(db)}


def files(folder: Path) -> list[tuple[str, str]]:
    return sorted((path.name, oct(path.stat().st_mode)) for path in folder.iterdir())


def test_a_run_is_a_process_of_its_own_that_knows_nothing_of_the_one_before() -> None:
    env = {"PATH": os.environ["PATH"], "SUPPORTCTL_NOW": "2026-03-06T16:30:00Z"}
    first = warm.run([str(PROGRAM), "queue"], env | {"SUPPORTCTL_DB": "one.db"}, b"")
    second = warm.run([str(PROGRAM), "queue"], env | {"SUPPORTCTL_DB": "two.db"}, b"")
    assert (first[0], second[0]) == (6, 6)
    assert (b"one.db" in first[2], b"one.db" in second[2], b"two.db" in second[2]) == (True, False, True)


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONTZPATH", "TZ", "LANG", "TMPDIR"])
def test_what_speaks_to_python_itself_is_started_cold(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("SUPPORTCTL_COLD", raising=False)
    assert warm.serves({"PATH": "/bin", "SUPPORTCTL_DB": "desk.db"})
    assert not warm.serves({"PATH": "/bin", name: "x"})
