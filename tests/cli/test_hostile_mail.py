"""Mail from strangers, from the pipe to the page: kept as it was meant, and no byte of it acts anywhere."""

import csv
import io
import json
import re
from email.header import Header
from pathlib import Path

import pytest
from conftest import Program

from supportctl.render.safe import visible

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 \x1b]52;c;aGk=\x07",
    "\x9b31m \x90q\x9c \x84",
    "invoice\u202egnp.exe \u2066x\u2069 \u200b\ufeff\u061c",
    "\U000e0041\U000e007f\u3164\U00013430",
    "=HYPERLINK(\"http://evil.example\";'x')",
    "+cmd|' /C calc'!A0",
    "<img src=x onerror=alert(1)> </textarea><script>x</script>",
    "](javascript:x) | `x` [red]x[/] {0.__class__} %s $(id)",
    "[#1] ticket 2 #3",
    "a\u0301" * 40,
    "👩\u200d👩\u200d👧 日本 שלום",
)
ACTS = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\U00013430\U000e0000-\U000e007f]"
)


def message(number: int, text: str) -> bytes:
    """A message that says it in its subject, its name and its body."""
    word = Header(text, "utf-8").encode(maxlinelen=0, linesep="\n")
    head = f"From: {word} <m{number}@example.com>\nSubject: {word}\nMessage-ID: <{number}@x>\nDate: Fri, 6 Mar 2026 16:20:00 +0000"
    kind = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
    return f"{head}\n{kind}\n\n{text}\n{'x' * 20_000}\n".encode()


@pytest.fixture
def mailed(staffed: Program, tmp_path: Path) -> Program:
    """A desk that took all of it in from an mbox."""
    mbox = tmp_path / "in.mbox"
    mbox.write_bytes(b"\n".join(b"From x Fri Mar  6 16:20:00 2026\n" + message(n, t) for n, t in enumerate(HOSTILE)))
    ran = staffed("log", "--mail", mbox, "-o", "table", "--color", "never")
    assert (ran.code, ACTS.search(ran.out + ran.err)) == (0, None)
    return staffed


def test_what_a_message_says_is_kept_and_acts_nowhere(mailed: Program) -> None:
    """As JSON it is what was written; to a terminal, a spreadsheet and a browser it is text."""
    for number, text in enumerate(HOSTILE, 1):
        ticket = mailed.json("show", number)
        assert (ticket["subject"], ticket["body"].split("\n")[0]) == (" ".join(text.split()), text)
        for format in ("table", "plain", "json"):
            assert not ACTS.search(mailed("show", number, "-o", format).out)
    for command in (["queue"], ["search", "channel:email"], ["breaches"]):
        for format in ("table", "plain", "json", "csv"):
            assert not ACTS.search(mailed(*command, "-o", format).out.replace("\r\n", "\n"))
    rows = csv.DictReader(io.StringIO(mailed("search", "channel:email", "-o", "csv").out))
    assert not [row for row in rows if row["subject"].startswith(("=", "+"))]
    for command in (["queue"], ["report"]):
        page = mailed(*command, "-o", "html").out
        assert not re.search("<script|<img|</textarea", page) and not ACTS.search(page)
    assert visible(HOSTILE[0]) in mailed("queue", "-o", "plain").out


def test_mail_leaves_and_comes_back_the_same(mailed: Program, tmp_path: Path) -> None:
    mailed.all([["export", "desk", str(tmp_path / "all")]])
    other = Program(tmp_path / "other.db")
    other.all([["import", "desk", str(tmp_path / "all")]])
    for command in (["queue"], *(["show", str(number)] for number in range(1, len(HOSTILE) + 1))):
        assert other(*command, "--json").out == mailed(*command, "--json").out
    again = other("log", "--mail", "-", "--json", stdin=message(0, HOSTILE[0]))
    assert json.loads(again.out)["id"] == 1, "seen before"
