"""Text from strangers: kept exactly, and no byte of it acts on a terminal, a spreadsheet, a browser or a question."""

import csv
import html
import io
import json
import re
from pathlib import Path

import pytest
from conftest import Program, copy_desk

from supportctl.render.safe import visible

STRANGERS = (
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1bP+q544e\x1b\\ \x1b_apc\x1b\\ \x1bc",
    "\x9b31m \x90q\x9c \x85 \x84",
    "over\rwritten and\b\b\bback",
    "bell\x07 vt\x0b ff\x0c del\x7f us\x1f",
    "invoice\u202egnp.exe \u2066iso\u2069 \u200e\u200f\u061c",
    "zero\u200bwidth \u2060 \ufeff \u00ad soft",
    "tag\U000e0001\U000e0041\U000e007f end",
    "line\u2028para\u2029graph",
    "one\ntwo\r\nthree\ttab",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    '  =HYPERLINK("http://evil.example")',
    "\uff1d1+1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)> & &amp; \"quoted\" 'single'",
    "](javascript:alert(1)) ![x](http://evil.example/p.png) | pipe | `tick`",
    "[bold red]markup[/] [link=http://evil.example]x[/link] :smile:",
    "'; drop table tickets; -- % _ * ? \\",
    '" OR 1=1 NEAR( AND NOT ^ : { } subject:x',
    "%s %d {0} {x.__class__} $HOME `id` $(id) ;|&",
    "null",
    "00123",
    "1e5",
    "👩\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 1\ufe0f\u20e3",
    "مرحبا بالعالم שלום",
    "日本語 한국어 ｆｕｌｌ",
    "e\u0301 Z\u0351\u0343\u036a a\u0335\u0322",
    "x" * 3000,
    "\ufffe \U0010ffff \ufdd0 \ufffd",
)
# What a terminal obeys or hides, whoever sent it; a line feed ends our own lines, a tab parts our own columns.
ACTS = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u206f\u2028\u2029\ufeff\xad\U000e0000-\U000e007f]"
)


@pytest.fixture(scope="module")
def strangers_file(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk on which every such text stands in every field that a stranger fills; made once."""
    desk = Program(tmp_path_factory.mktemp("strangers") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    rows = [
        {
            "from": "site@example.com",
            "subject": text,
            "body": text,
            "external_id": f"x{n}:{text[:40]}",
            "assignee": text[:60],
            "received_at": "2026-03-06T16:00:00Z",
        }
        for n, text in enumerate(STRANGERS)
    ]
    people = [{"email": f"p{n}@example.com", "name": text[:60]} for n, text in enumerate(STRANGERS)]
    for what, data in (("tickets", rows), ("customers", people)):
        ran = desk("import", what, "-", stdin="\n".join(map(json.dumps, data)))
        assert ran.code == 0, ran.err
    return desk.desk


@pytest.fixture
def strangers(desk: Program, strangers_file: Path) -> Program:
    """The program on a copy of that desk."""
    copy_desk(strangers_file, desk.desk)
    return desk


def test_json_gives_every_text_back_as_it_came(strangers: Program) -> None:
    """Scripts read what was written, to the last invisible character."""
    tickets = strangers.json("queue")
    shown = [strangers.json("show", ticket["id"]) for ticket in sorted(tickets, key=lambda t: t["id"])]

    assert [ticket["subject"] for ticket in shown] == list(STRANGERS)
    assert [ticket["body"] for ticket in shown] == list(STRANGERS)
    assert [ticket["external_id"] for ticket in shown] == [f"x{n}:{text[:40]}" for n, text in enumerate(STRANGERS)]
    names = {person["email"]: person["name"] for person in strangers.json("customer", "list")}
    assert [names[f"p{n}@example.com"] for n in range(len(STRANGERS))] == [text[:60] for text in STRANGERS]


@pytest.mark.parametrize("format", ["table", "plain", "json", "jsonl", "csv", "md", "html"])
def test_no_format_of_a_list_lets_a_text_act(strangers: Program, format: str) -> None:
    """Not on the terminal that shows it: what acts is shown visibly, or is an escape of the format's own."""
    ran = strangers("queue", "-o", format)

    assert ran.code == 0
    assert not ACTS.search(ran.out.replace("\r\n", "\n"))  # within a cell of CSV, a line end


@pytest.mark.parametrize("format", ["table", "plain", "json"])
def test_no_thread_lets_a_text_act(strangers: Program, format: str) -> None:
    """The same for a ticket with its body."""
    for number in range(1, len(STRANGERS) + 1):
        assert not ACTS.search(strangers("show", number, "-o", format).out)


def test_a_plain_line_is_one_record_and_a_tab_one_column(strangers: Program) -> None:
    """A line feed or a tab in a subject makes neither another record nor another column."""
    lines = strangers("queue", "-o", "plain").out.splitlines()

    assert len(lines) == len(STRANGERS)
    assert {line.count("\t") for line in lines} == {9}


def test_csv_runs_no_formula(strangers: Program) -> None:
    """A spreadsheet takes what begins so for a formula; the apostrophe says that it is text."""
    rows = list(csv.DictReader(io.StringIO(strangers("queue", "-o", "csv").out)))

    assert len(rows) == len(STRANGERS)
    for row in rows:
        assert not row["subject"].lstrip().startswith(("=", "+", "-", "@", "\uff1d"))


def test_html_holds_texts_as_text(strangers: Program) -> None:
    """No element, attribute or entity of a stranger's: the page has the same tags whatever the subjects say."""
    page = strangers("queue", "-o", "html").out

    assert "<script" not in page and "<img" not in page
    assert (
        html.escape("<script>alert(1)</script>", quote=False) in page or "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    )


def test_markdown_holds_texts_as_text(strangers: Program) -> None:
    """No link, picture, cell or tag of a stranger's."""
    document = strangers("queue", "-o", "md").out

    outside = re.sub(r"(`+).*?\1", "", document)  # between backticks nothing is a link
    assert not re.search(r"(?<!\\)\]\(", outside)
    assert "<script>" not in document and "<img" not in document
    rows = [line for line in document.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


@pytest.mark.parametrize("text", STRANGERS)
def test_a_text_is_searched_for_as_words(strangers: Program, text: str) -> None:
    """Whatever it says it is no operator, pattern or statement: an answer or none, never an error."""
    ran = strangers("search", text)

    assert ran.code in (0, 2)
    assert ran.code == 0 or "Traceback" not in ran.err
    assert not ACTS.search(ran.out + ran.err)


@pytest.mark.parametrize("text", STRANGERS)
def test_an_error_repeats_a_text_visibly(strangers: Program, text: str) -> None:
    """A wrong value is named, as JSON too, without acting."""
    for option in ("--topic", "--product", "--channel", "--lang", "--received"):
        ran = strangers("log", "--from", "site@example.com", "--subject", "s", option, text)
        assert ran.code in (0, 2) and ran.code == (0 if option == "--lang" and ran.code == 0 else 2)
        assert not ACTS.search(ran.out + ran.err)
    told = json.loads(strangers("check", text, "--json").err or "{}")
    assert not told or told["error"]["code"]


def test_a_colour_is_ours_alone(strangers: Program) -> None:
    """On a terminal that takes colours the only escapes are those of the table's own styles."""
    out = strangers("queue", "-o", "table", "--color", "always").out

    assert not ACTS.search(re.sub(r"\x1b\[[0-9;]*m", "", out))
    assert visible("\x1b[2J") in out
