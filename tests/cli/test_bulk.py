"""Bulk of bad input is refused whole, in bounded memory: a small `tests/bench_scale.py`, which does it a million wide."""

import sys
from pathlib import Path

import pytest
from bench import make_desk
from conftest import Program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the bench is for POSIX")


def test_a_desk_answers_and_bulk_is_refused(tmp_path: Path) -> None:
    from bench_scale import MEGABYTE, all_cases

    made = make_desk(tmp_path, 200)
    for measured in all_cases(tmp_path, made, 2000):
        case = measured.case
        assert measured.code == case.code, f"{case.name}: {measured.said}"
        assert measured.memory < 250 * MEGABYTE, case.name
        assert len(measured.said) < 500, f"{case.name}: {measured.said}"
        assert measured.said.count("\n") == (1 if case.code else 0), f"{case.name}: {measured.said}"


@pytest.mark.parametrize("number", ["\uff11", "\u0661", "1_0", "+1", " 1", "1.0", "0", "-0", "", "0x1", "9" * 5000])
def test_what_is_no_number_of_a_ticket_is_said(desk: Program, number: str) -> None:
    assert desk("log", "--from", "a@x.example", "--subject", "S").code == 0
    for command in (["show", number], ["queue", "--limit", number], ["bug", "show", number]):
        ran = desk(*command)
        assert ran.code == 2, command
        assert len(ran.err) < 300
    assert desk("show", "001").code == 0


@pytest.mark.parametrize("option", ["--output", "--color", "--tz", "--now"])
def test_a_long_value_is_named_by_its_beginning(desk: Program, option: str) -> None:
    ran = desk("queue", option, "9" * 5000)
    assert ran.code == 2
    assert len(ran.err) < 300
