"""`--jsonl -`: a verb carried out for each line of standard input."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

import pytest
from conftest import PROGRAM, Program, Ran

from supportctl.cli.run.lines import AT_ONCE

ASK = {"from": "ann@example.com", "subject": "Help"}


def lines(desk: Program, verb: str, given: Iterable[Mapping[str, Any] | str], *options: str) -> Ran:
    text = "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in given)
    return desk(verb, "--jsonl", "-", "--json", *options, stdin=text)


def test_each_line_is_a_request_with_the_options_as_keys(desk: Program) -> None:
    ran = lines(
        desk, "log",
        [
            {**ASK, "body": "-", "tag": ["vip", "new"], "external-id": "x1", "received": "2h", "key": None},
            {**ASK, "external_id": "x2", "outbound": True, "strict": False, "version": 7},
        ],
    )  # fmt: skip
    first, second = ran.json
    assert (first["id"], first["tags"], first["external_id"]) == (1, ["vip", "new"], "x1")
    assert first["received_at"] == "2026-03-06T14:30:00Z"
    assert desk.json("show", "1")["body"] == "-"
    assert (second["id"], second["external_id"], second["target_seconds"], second["version"]) == (2, "x2", None, "7")


def test_a_line_that_is_refused_is_an_answer_in_its_place_and_changes_nothing(desk: Program) -> None:
    ran = lines(desk, "log", [ASK, {**ASK, "from": "ann"}, "{", {**ASK, "subject": "Last"}])
    found = json.loads(ran.out)
    assert ran.code == 2
    assert [each.get("id", each.get("line")) for each in found] == [1, 2, 3, 2]
    assert found[1].keys() == {"query", "line", "error"} == found[2].keys()
    assert found[1]["query"] == "ann" and found[1]["error"].keys() == {"code", "message", "hint", "clause"}
    assert [each["id"] for each in desk.json("queue")] == [1, 2]


@pytest.mark.parametrize(
    "line",
    [
        "[]", "7", '"text"', "null", '{"from": "ann@example.com"', '{"from": "a@x.org", "from": "b@x.org"}', '{"a": NaN}',
        "[" * 100_000, json.dumps({**ASK, "nothing": 1}), json.dumps({**ASK, "edit": True}), json.dumps({**ASK, "mail": "-"}),
        json.dumps({**ASK, "db": "other.db"}), json.dumps({**ASK, "agent": "kim"}), json.dumps({**ASK, "outbound": "yes"}),
        json.dumps({**ASK, "subject": ["a"]}), json.dumps({**ASK, "subject": {}}), json.dumps({**ASK, "tag": [True]}),
        json.dumps({**ASK, "jsonl": "-"}), json.dumps({"subject": "Nobody"}),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_2_and_makes_no_desk(desk: Program, line: str) -> None:
    ran = lines(desk, "log", [line])
    assert (ran.code, ran.err) == (2, "")
    (answer,) = json.loads(ran.out)
    assert answer["line"] == 1 and answer["error"]["message"] and answer["error"]["hint"]
    assert desk.untouched


def test_no_line_at_all_is_an_empty_list(desk: Program) -> None:
    assert (lines(desk, "log", []).out.strip(), desk.untouched) == ("[]", True)


def test_without_json_a_refused_line_is_a_line_on_standard_error(desk: Program) -> None:
    ran = desk("log", "--jsonl", "-", stdin=json.dumps(ASK) + "\nnothing\n")
    assert (ran.code, ran.out.count("\n")) == (2, 1)
    assert ran.err.startswith("Line 2: This line is not a JSON object.")


def test_replies_and_closures_name_tickets_as_the_command_line_does(desk: Program) -> None:
    assert lines(desk, "log", [ASK] * 4).code == 0
    ran = lines(desk, "reply", [{"id": 1, "body": "--close"}, {"id": "#2", "body": "Yes", "close": True}])
    assert [(each["id"], each["status"], each["sla"]) for each in ran.json] == [
        (1, "open", "met"),
        (2, "closed", "met"),
    ]
    assert desk.json("show", "1")["history"][-1]["body"] == "--close"
    ran = lines(
        desk, "close", [{"id": [1, "3-4"], "reason": "Solved"}, {"id": 2}, {"id": "-"}, {"id": 99}, {"reason": "x"}]
    )
    found = json.loads(ran.out)
    assert ran.code == 2
    assert [each.get("id", each.get("line")) for each in found] == [1, 3, 4, 2, 3, 4, 5]
    assert [each["query"] for each in found[3:]] == ["2", "-", "99", None]


def test_a_refusal_of_the_policy_keeps_its_clause_and_no_secret_is_repeated(desk: Program) -> None:
    ran = lines(
        desk,
        "log",
        [{**ASK, "channel": "forum", "body": "my password is hunter2"}, {**ASK, "key": "RU-TOP-SECRET-1", "x": 1}],
    )
    first, second = json.loads(ran.out)
    assert first["error"]["code"] == "refused" and first["error"]["clause"] == "8.6"
    assert second["error"]["code"] == "input"
    assert "hunter2" not in ran.out and "SECRET" not in ran.out


def test_a_key_in_the_wrong_place_is_masked(desk: Program) -> None:
    key = "RU-PRO-8H2M-51XA"
    ran = lines(desk, "log", [{"from": key, "subject": "x"}, {**ASK, key: "x"}, {"external_id": key, "subject": "x"}])
    assert (ran.code, key in ran.out + ran.err, ran.out.count("51XA") >= 3) == (2, False, True)


def test_more_lines_than_one_change_takes_are_all_recorded_in_order(desk: Program) -> None:
    ran = lines(desk, "log", ({**ASK, "subject": f"n{n}"} for n in range(AT_ONCE + 3)))
    assert [each["subject"] for each in ran.json] == [f"n{n}" for n in range(AT_ONCE + 3)]
    assert [each["id"] for each in ran.json] == list(range(1, AT_ONCE + 4))


@pytest.mark.about_the_file
def test_one_line_is_decided_while_somebody_else_writes(desk: Program) -> None:
    assert lines(desk, "log", [ASK]).code == 0
    with closing(sqlite3.connect(desk.desk, isolation_level=None)) as other:
        other.execute("begin immediate")
        ran = lines(desk, "close", [{"id": 99}])
    assert (ran.code, json.loads(ran.out)[0]["error"]["code"]) == (2, "not-on-record")


def test_an_answer_is_out_and_on_record_while_the_input_is_still_open(desk: Program) -> None:
    run = subprocess.Popen(
        [PROGRAM, "log", "--jsonl", "-"], env=desk.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert run.stdin and run.stdout
    for number in (1, 2):
        run.stdin.write(json.dumps(ASK).encode() + b"\n")
        run.stdin.flush()
        assert run.stdout.readline().startswith(f"{number}\t".encode())
        assert [each["id"] for each in desk.json("queue")] == list(range(1, number + 1))
    run.stdin.close()
    assert run.wait(60) == 0


def test_it_is_interrupted_between_lines(desk: Program) -> None:
    run = desk.start("log", "--jsonl", "-", stdin=subprocess.PIPE)
    assert run.stdin and run.stdout
    run.stdin.write(json.dumps(ASK).encode() + b"\n")
    run.stdin.flush()
    assert run.stdout.readline().startswith(b"1\t")
    run.send_signal(2 if sys.platform != "win32" else 1)
    assert run.wait(60) == 130
    assert [each["id"] for each in desk.json("queue")] == [1]


@pytest.mark.parametrize("options", [["--reason", "x"], ["1"], ["-"], ["--nothing"]])
def test_the_options_are_those_of_the_lines(desk: Program, options: list[str]) -> None:
    assert lines(desk, "log", [ASK]).code == 0
    ran = lines(desk, "close", [{"id": 1, "reason": "x"}], *options)
    assert (ran.code, ran.out) == (2, "")
    assert desk.json("show", "1")["status"] == "open"


def test_only_standard_input_has_lines(desk: Program) -> None:
    assert desk("close", "--jsonl", "lines.jsonl").code == 2
    assert desk("close", "--jsonl").code == 2


def test_a_missing_desk_is_6(nowhere: Program) -> None:
    assert lines(nowhere, "close", [{"id": 1}]).code == 6
    assert nowhere.untouched


def test_half_a_character_is_refused_and_a_nul_is_kept(desk: Program) -> None:
    """Wherever in a line it is; the other lines are carried out."""
    halves: list[Mapping[str, Any]] = [
        {**ASK, "body": "\ud800"},
        {**ASK, "from": "a\udc00@example.com"},
        {**ASK, "\ud800": 1},
    ]
    ran = lines(desk, "log", [*halves, {**ASK, "subject": "a\0b", "body": "c\0d \U0001f600"}])
    assert ran.code == 2
    assert [each["error"]["message"] for each in json.loads(ran.out)[:3]] == [
        "This line has half a character, such as a cut emoji."
    ] * 3
    ticket = desk.json("show", "1")
    assert (ticket["subject"], ticket["body"]) == ("a\0b", "c\0d \U0001f600")
