"""The house itself: which rooms may lean on which, and what a hot command must not carry in."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import supportctl

ROOT = Path(supportctl.__file__).parent
FLOORS = {
    "errors": 0,
    "masking": 0,
    "clock": 1,
    "policy": 2,
    "tabular": 2,
    "mail": 2,
    "store": 3,
    "render": 3,
    "desk": 4,
    "cli": 5,
    "__main__": 6,
}
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
)


def imports(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports, deferred imports included; those for type checkers alone are not."""
    for node in ast.walk(_without_type_checking(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("supportctl"):
            yield from (
                [f"supportctl.{n.name}" for n in node.names] if node.module == "supportctl" else [node.module or ""]
            )
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("supportctl"))


def _without_type_checking(tree: ast.Module) -> ast.Module:
    tree.body = [n for n in tree.body if not (isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")]
    return tree


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_room_leans_on_one_above_it_or_beside_it(path: Path) -> None:
    room = path.relative_to(ROOT).with_suffix("").parts[0]
    for module in imports(path):
        other = module.partition(".")[2].partition(".")[0]
        if other and other != room and not other.startswith("__version__"):
            assert FLOORS[other] < FLOORS.get(room, 0), f"{path.relative_to(ROOT)} imports {module}"


def test_the_policy_reads_no_clock_no_database_and_no_network() -> None:
    forbidden = {"sqlite3", "time", "socket", "typer", "rich", "sqlite_utils"}
    for path in (ROOT / "policy").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not forbidden & {name.split(".")[0] for name in names}, path


@pytest.mark.parametrize(
    "command",
    [
        ["lookup", "site@example.com", "-o", "json"],
        ["lookup", "site@example.com", "-o", "plain"],
        ["breaches", "-o", "json"],
        ["check", "7.6.2.0", "-o", "json"],
        ["log", "--from", "site@example.com", "--subject", "Help", "-o", "json"],
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
    assert _run(["--db", desk, *command], watched=HEAVY) == []


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
