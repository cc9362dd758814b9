"""The first command that adds something makes the desk; one that is refused leaves nothing behind."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Program

REFUSED = [
    (["log", "--from", "nobody", "--subject", "x"], 2),
    (["log", "--from", "a@example.com", "--subject", "x", "--topic", "cooking"], 2),
    (["log", "--from", "a@example.com", "--subject", "x", "--strict"], 4),
    (["log", "--from", "a@example.com", "--subject", "x", "--channel", "forum", "--body", "password: hunter2x"], 4),
    (["log", "--from", "a@example.com", "--subject", "x", "--external-id", ""], 2),
    (["customer", "add", "nobody"], 2),
    (["licence", "add", "KEY-001", "--tier", "GOLD", "--email", "a@example.com"], 2),
    (["release", "add", "abacus", "1.2"], 2),
    (["bug", "add", "--title", "x", "--product", "abacus"], 2),
    (["hours", "holiday", "add", "2026-13-45"], 2),
    (["policy", "set", "-"], 2),
    (["import", "customers", "-", "--dry-run"], 2),
]


@pytest.mark.about_the_file
@pytest.mark.parametrize(("command", "code"), REFUSED)
def test_what_is_refused_leaves_no_desk_and_no_folder(tmp_path: Path, command: list[str], code: int) -> None:
    desk = Program(tmp_path / "new" / "folder" / "desk.db", env={"HOME": str(tmp_path)})
    ran = desk(*command, stdin="email,email\na@example.com,b\n")
    assert (ran.code, ran.out) == (code, "")
    assert list(tmp_path.iterdir()) == []
    assert desk("breaches").code == 6, "a cron job with a wrong desk goes on to be told so"


@pytest.mark.about_the_file
def test_what_succeeds_makes_the_folder_and_the_desk_and_nothing_else(tmp_path: Path) -> None:
    desk = Program(tmp_path / "new" / "desk.db")
    assert desk.json("log", "--from", "a@example.com", "--subject", "x")["id"] == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["desk.db"]
    assert desk.json("log", "--from", "a@example.com", "--subject", "y")["id"] == 2


def test_of_many_first_runs_at_once_none_is_lost(desk: Program) -> None:
    def run(i: int) -> int:
        sender = "a@example.com" if i % 3 else "nobody"
        return desk("log", "--from", sender, "--subject", f"number {i}").code

    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(run, range(24)))
    assert codes == [0 if i % 3 else 2 for i in range(24)]
    subjects = {ticket["subject"] for ticket in desk.json("queue")}
    assert subjects == {f"number {i}" for i in range(24) if i % 3}


def test_a_first_import_is_kept_whole(desk: Program) -> None:
    rows = "".join(f"c{i}@example.com,Customer {i}\n" for i in range(300))
    assert desk.json("import", "customers", "-", stdin=f"email,name\n{rows}")["added"] == 300
    assert len(desk("customer", "list").out.splitlines()) == 300
    assert [path for path in desk.desk.parent.glob("*desk.db*") if path != desk.desk] == []
