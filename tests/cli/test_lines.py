"""Look-ups of a line each: every line has its answer, in its place, as soon as it is there."""

import io
import json
import os
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from conftest import Program, opened
from hypothesis import given
from hypothesis import strategies as st

from supportctl.cli.run.lines import at_hand
from supportctl.clock import parse_time
from supportctl.desk.accounts.lookup import HINTS, look_up_all
from supportctl.errors import InputError

LINES = "site@example.com\n\nX1\nnobody@x.example\nann@@x\nSITE-0001-AAAA\n"


def test_a_malformed_line_is_an_answer_of_its_own_and_the_others_are_answered(staffed: Program) -> None:
    ran = staffed("lookup", "-", "--json", stdin=LINES)
    answers = json.loads(ran.out)
    assert ran.code == 2 and ran.err == ""
    assert [a.get("found", a.get("line")) for a in answers] == [True, 3, False, 5, True]
    assert answers[1]["query"] == "X1" and set(answers[1]) == {"query", "line", "error"}
    assert answers[1]["error"]["code"] == "input" and answers[1]["error"]["message"] and answers[1]["error"]["hint"]


def test_without_json_it_is_a_line_on_standard_error_also_when_quiet(staffed: Program) -> None:
    for format in ("plain", "csv", "table"):
        ran = staffed("lookup", "-", "-q", "-o", format, stdin=LINES)
        assert ran.code == 2
        assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["Line 3", "Line 5"], format
        assert "nobody@x.example" in ran.out and "SITE" in ran.out


def test_a_check_of_lines_answers_alike(staffed: Program) -> None:
    ran = staffed("check", "-", "-o", "jsonl", stdin="7.7.3.0\nseven\n6.1\n")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 2
    assert [a.get("support", a.get("line")) for a in answers] == ["current", 2, "unsupported"]


@pytest.mark.parametrize(
    ("lines", "code"), [("site@example.com", 0), ("nobody@x.example\nsite@example.com\n", 3), ("", 0)]
)
def test_lines_that_are_all_well_formed_are_yes_or_no(staffed: Program, lines: str, code: int) -> None:
    assert staffed("lookup", "-", "--json", stdin=lines).code == code


def test_a_line_that_is_not_utf8_is_an_answer_of_its_own_and_no_key_is_repeated(staffed: Program) -> None:
    ran = staffed("lookup", "-", "--json", stdin=b"SITE-0001-AAAA\xff\nsite@example.com\n")
    broken, found = json.loads(ran.out)
    assert ran.code == 2 and found["found"]
    assert "UTF-8" in broken["error"]["message"] and "SITE-0001" not in ran.out + ran.err


def test_the_array_is_whole_whatever_ends_the_run(staffed: Program) -> None:
    """The product is looked up with the first line; nothing was answered before."""
    ran = staffed("check", "-", "--product", "nothing", "--json", stdin="7.6\n7.7\n")
    assert ran.code == 2 and [a["line"] for a in json.loads(ran.out)] == [1, 2]


@pytest.mark.parametrize(
    ("verb", "asked", "format"),
    [("lookup", "site@example.com", format) for format in ("json", "jsonl", "plain", "csv")]
    + [("check", "7.7.3.0", format) for format in ("jsonl", "plain")],
)
def test_an_answer_is_out_while_the_input_is_still_open(staffed: Program, verb: str, asked: str, format: str) -> None:
    """The next line has begun by then, but not ended."""
    run = staffed.start(verb, "-", "-o", format, stdin=subprocess.PIPE)
    assert run.stdin and run.stdout
    run.stdin.write(f"{asked}\n{asked[0]}".encode())
    run.stdin.flush()
    seen = b""
    while asked.encode() not in seen:  # were it not out, this would wait for ever
        seen += os.read(run.stdout.fileno(), 1 << 16)
    run.stdin.write(asked[1:].encode())
    run.stdin.close()
    assert asked.encode() in run.stdout.read()
    assert run.wait(60) == 0


class Pieces(io.BytesIO):
    """An input that comes in pieces of a few bytes."""

    def read1(self, _size: int | None = -1) -> bytes:
        return self.read(3)


@given(st.lists(st.sampled_from([b"a", b"\xc3\xa9", b"\xf0\x9f\x98\x80", b" ", b"\xff", b"\n", b"\r\n", b"\r"])))
def test_lines_are_the_same_however_they_come(parts: list[bytes]) -> None:
    raw = b"\xef\xbb\xbf" + b"".join(parts)
    texts = io.TextIOWrapper(io.BytesIO(raw[3:]), encoding="utf-8", errors="surrogateescape").read().split("\n")
    lines = chain.from_iterable(at_hand(io.TextIOWrapper(Pieces(raw), encoding="utf-8")))
    assert [(line.number, line.raw) for line in lines] == [(n, t.strip()) for n, t in enumerate(texts, 1) if t.strip()]


ASKED = [
    "site@example.com", "SITE@Example.com", "starter@example.com", "free@example.com", "reseller@example.com",
    "spam@example.com", "nobody@x.example", "erased-1@erased.invalid", "SITE-0001-AAAA", "site 0001 aaaa",
    "STAR-0001-BBBB", "LATER-1", "OLD-001", "UNKNOWN-KEY-1234", "X1", "ann@@x", "site@example.com",
]  # fmt: skip


def test_many_are_answered_as_each_is_alone(rich_file: Path) -> None:
    """Also looking back, on a desk on which everything has happened; and as bytes."""
    with opened(rich_file) as db:

        def answers(*asked: str) -> list[object]:
            found = look_up_all(db, asked, moment)
            return [each.message if isinstance(each, InputError) else each for each in found]

        for at in ("2024-06-01", "2026-03-06T16:45:00Z", "2026-03-07T16:30:00Z", "2026-10-01"):
            moment = parse_time(at, now=0, zone=None)
            assert answers(*ASKED) == [answer for each in ASKED for answer in answers(each)]
    desk = Program(rich_file)
    for verb, asked in (("lookup", ["free@example.com", "STAR-0001-BBBB", "nope@x.example"]), ("check", ["7.6", "9"])):
        alone = "".join(desk(verb, each, "-o", "jsonl").out for each in asked)
        assert desk(verb, "-", "-o", "jsonl", stdin="\n".join(asked)).out == alone


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("sta", "starter@example.com"),
        ("Sita", "site@example.com"),
        ("stratr", "starter@example.com"),
        ("example", "free@example.com or reseller@example.com or site@example.com"),
    ],
)
def test_a_word_that_is_neither_address_nor_key_names_the_nearest_addresses(
    staffed: Program, word: str, meant: str
) -> None:
    ran = staffed("lookup", word[:5])
    assert ran.code == 2 and ran.out == ""
    assert f"'{word[:5]}' is neither an e-mail address nor a licence key. Did you mean {meant}?" in ran.err


def test_only_the_first_words_of_a_run_are_searched_for(staffed: Program) -> None:
    """Each search reads all customers; a word that comes again is told the same again."""
    words = ["sta", *(f"x{n}" for n in range(HINTS - 1)), "sta", "site", "sta"]
    ran = staffed("lookup", "-", "--json", stdin="\n".join(words))
    hints = [each["error"]["hint"] for each in json.loads(ran.out)]
    plain = "Give the full address, or the full key."
    meant = "Did you mean starter@example.com?"
    assert hints == [meant, *[plain] * (HINTS - 1), meant, plain, meant]
    assert "site@example.com" in staffed("lookup", "site").err


@pytest.mark.parametrize("word", ["zzz", "x", "---", "12345"])
def test_a_word_near_nothing_says_what_to_give(staffed: Program, word: str) -> None:
    ran = staffed("lookup", "--", word)
    assert ran.code == 2 and "Give the full address, or the full key." in ran.err


def test_six_letters_and_digits_may_be_a_key(staffed: Program) -> None:
    assert staffed("lookup", "abc123").code == 3
    assert staffed("lookup", "abc12").code == 2


@pytest.mark.parametrize("name", [" ", "\u200b", "two\nlines", "a\x07b", "\u00a0 \u2003"])
def test_a_blank_or_many_lined_agent_or_name_is_refused(staffed: Program, name: str) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "S"]])
    for command in (
        ["assign", "1", name],
        ["note", "1", "--body", "B", "--agent", name],
        ["log", "--from", "site@example.com", "--subject", "S", "--assignee", name],
        ["customer", "add", "new@example.com", "--name", name],
        ["customer", "edit", "site@example.com", "--name", name],
    ):
        ran = staffed(*command)
        assert ran.code == 2, command
        assert ran.err.count("\n") == 1
    assert staffed("note", "1", "--body", "B", env={"SUPPORTCTL_AGENT": name}).code == 2
    assert len(staffed.json("show", 1)["history"]) == 1
