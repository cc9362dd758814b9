"""Each family of commands as a real process over input that others gave it, and nothing in it but what it says."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import NOW, Program, copy_desk
from full_desk import HOSTILE
from helpdesks import FRESHDESK, OSTICKET, ZENDESK

from supportctl.cli.run.commands import COMMANDS

SHAPES = Path(__file__).parent / "mail" / "shapes"
# Says at the very end of a run what in it is no true module: neither among the modules nor in a package.
CHECKED = """
import json, os, sys
from types import ModuleType
from supportctl import __main__

def is_stand_in(value):
    if isinstance(value, ModuleType):
        return value.__dict__.get("__spec__") is None and value is not sys.modules["__main__"]
    return type(value).__module__ == "supportctl.cli.run.startup"

def leave(code):
    found = [name for name, module in sys.modules.items() if is_stand_in(module)]
    for package in [module for module in sys.modules.values() if hasattr(module, "__path__")]:
        found += [f"{package.__name__}.{name}" for name, value in vars(package).items() if is_stand_in(value)]
    with open(sys.argv[0], "w") as file:
        json.dump(found, file)
    end(code)

end, os._exit = os._exit, leave
sys.argv = sys.argv[1:]
__main__.main()
"""
MAILS = sorted(path.name for path in SHAPES.glob("*.eml"))
FILES = {
    "zendesk.csv": ZENDESK,
    "freshdesk.csv": FRESHDESK,
    "osticket.csv": OSTICKET,
    "hostile.jsonl": "".join(json.dumps({"from": f"h{n}@x.org", "subject": t}) + "\n" for n, t in enumerate(HOSTILE)),
    "people.tsv": "email\tname\nzoë@bücher.example\tZoë\nbo@example.com\t名前\n",
    "policy.toml": "[hours]\ntimezone = 'Asia/Kathmandu'\nsun = ['10:00-17:00']\n",
}
# Commands that belong together; of what they read, nothing was made for them.
FAMILIES: dict[str, list[list[str]]] = {
    "log": [["log", "--mail", name, "--redact"] for name in MAILS]
    + [["log", "--from", "zoë@bücher.example", "--subject", text.replace("\0", "")] for text in HOSTILE[:12]],
    "lookup": [["lookup", "ann@example.com"], ["lookup", "-"], ["lookup", "名前@例え.jp", "-o", "table"]],
    "check": [["check", "v7.b22"], ["check", "-"], ["check", "٧.٦"]],
    "breaches": [["breaches", "-o", each] for each in ("html", "md", "table", "csv")],
    "queue": [["queue", "-o", "table"], ["queue", "-o", "jsonl"], ["next"]],
    "watch.watch": [["watch"]],
    "tickets": [["show", "1", "-o", "table"], ["reply", "1", "--body", HOSTILE[11]], ["note", "1", "--body", "-"]],
    "changes": [
        ["assign", "1", "日本 😀"], ["edit", "1", "--subject", HOSTILE[5]], ["retract", "1", "2", "--reason", "Zoë"],
        ["undo", "--list"], ["undo", "--yes"], ["merge", "3", "4", "--yes"], ["close", "1", "--reason", HOSTILE[5]], ["reopen", "1"],
    ],
    "rights": [["spam", "2"], ["redact", "1", "1", "--yes"]],
    "search": [["search", text.replace("\0", "") or "x"] for text in HOSTILE[:12]],
    "explain": [["explain", "1", "-o", "table"], ["due", "--tier", "SITE", "--at", "2026-03-08"]],
    "report": [["report", "-o", "html"], ["report", "--by", "month", "-o", "table"]],
    "customer": [["customer", "list", "-o", "table"], ["customer", "add", "zoë@bücher.example", "--name", "Zoë"]],
    "licence": [["licence", "list", "-o", "csv"], ["licence", "show", "\u202eXX-11"]],
    "release": [["release", "list"], ["release", "add", "remote-utilities", "9.0.0.0"]],
    "bug": [["bug", "list", "-o", "table"], ["bug", "add", "--title", HOSTILE[5]]],
    "remote": [["remote", "list"], ["remote", "start", "1", "--tool", "日本 😀"]],
    "policy": [["policy", "show"], ["policy", "check", "policy.toml"], ["policy", "show", "-o", "toml"]],
    "hours": [["hours", "open", "--policy", "policy.toml"], ["hours", "add", "8h", "--at", "2026-03-08T01:59:00"]],
    "import_": [["import", "tickets", "hostile.jsonl", "--redact"], ["import", "customers", "people.tsv"]]
    + [["import", "tickets", f"{name}.csv", "--ignore-extra"] for name in ("zendesk", "freshdesk", "osticket")],
    "export": [["export", "tickets"], ["export", "desk", "all"], ["export", "sqlite", "all.db"]],
    "db": [["db", "check"], ["db", "backup", "b.db"], ["db", "path"]],
    "demo": [["demo", "shop"]],
    "completion": [["completion", shell] for shell in ("bash", "zsh", "fish", "powershell")],
    "help": [["help"], ["help", "import"], ["help", "team", "-o", "table"], ["help", "hours", "holiday", "add"], ["help", "名前"]],
    "version": [["version"], ["version", "-o", "csv"]],
}  # fmt: skip
STDIN = "ann@example.com\n7.6.2.0\nzoë@bücher.example\nnot.a.version\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo desk."""
    folder = tmp_path_factory.mktemp("shop")
    Program(folder / "none.db").all([["demo", str(folder / "demo")]])
    return folder / "demo" / "desk.db"


@pytest.fixture
def desk_there(desk: Program, shop: Path) -> Program:
    """A copy of it, beside the files that the commands read."""
    copy_desk(shop, desk.desk)
    for name, text in FILES.items():
        (desk.desk.parent / name).write_text(text, encoding="utf-8")
    for name in MAILS:
        (desk.desk.parent / name).write_bytes((SHAPES / name).read_bytes())
    return desk


def run(desk: Program, command: Sequence[str]) -> tuple[int, str, list[str]]:
    """Its exit code, what it said, and what stood in for something when it ended."""
    report = desk.desk.with_name("stand-ins.json")
    done = subprocess.run(
        [sys.executable, "-c", CHECKED, report, *command], input=STDIN.encode(),
        capture_output=True, cwd=desk.desk.parent, env=desk.environment(NOW), timeout=120,
    )  # fmt: skip
    return done.returncode, done.stderr.decode(), json.loads(report.read_text())


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_of_commands_answers_whatever_it_is_given(desk_there: Program, family: str) -> None:
    """Never with a fault of its own (1), never with a traceback, and with every module the true one."""
    for command in FAMILIES[family]:
        code, said, stand_ins = run(desk_there, command)
        assert code in (0, 2, 3, 4, 5), (command, said)
        assert "Traceback" not in said, command
        assert stand_ins == [], command


def test_every_family_is_tried() -> None:
    assert {command[0] for family in FAMILIES.values() for command in family} == COMMANDS.keys()


def test_completion_has_nothing_stand_in_either(desk_there: Program) -> None:
    words = {"_SUPPORTCTL_COMPLETE": "complete_bash", "COMP_WORDS": "supportctl lo", "COMP_CWORD": "1"}
    desk_there.env |= words
    assert run(desk_there, []) == (0, "", [])


@pytest.mark.skipif(os.name != "posix", reason="the console of Windows gives no such bytes")
def test_an_argument_that_is_no_text_is_refused(desk_there: Program) -> None:
    assert run(desk_there, ["log", "--subject", os.fsdecode(b"\xff")])[0] == 2
