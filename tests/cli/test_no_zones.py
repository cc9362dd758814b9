"""A machine whose zone data is missing, broken, or older than the policy: clear errors, and no false "all right"."""

from pathlib import Path

import pytest
import tzdata
from conftest import Program

POLICY = "America/Los_Angeles"
WHOLE = Path(tzdata.__path__[0], "zoneinfo", POLICY)


@pytest.fixture(params=["none", "no path", "without that zone", "damaged", "cut off"])
def elsewhere(request: pytest.FixtureRequest, staffed: Program, tmp_path: Path) -> Program:
    """A desk with a ticket, on a machine that has no time zone of that name, nor the package with all of them."""
    assert staffed("log", "--from", "site@example.com", "--subject", "One").code == 0
    zones, package = tmp_path / "zones", tmp_path / "package" / "tzdata"
    zones.joinpath("America").mkdir(parents=True)
    package.mkdir(parents=True)
    package.joinpath("__init__.py").write_text("raise ImportError('broken')")
    if request.param == "damaged":
        zones.joinpath(POLICY).write_bytes(b"TZif2" + bytes(30))
    if request.param == "cut off":  # zoneinfo itself would not come to an end
        zones.joinpath(POLICY).write_bytes(WHOLE.read_bytes()[:-1])
    path = {"none": "", "no path": str(tmp_path / "nowhere")}.get(request.param, str(zones))
    return Program(staffed.desk, env={"PYTHONTZPATH": path, "PYTHONPATH": str(package.parent), "SUPPORTCTL_TZ": ""})


def test_what_needs_the_hours_says_that_their_zone_is_missing(elsewhere: Program) -> None:
    """As a fault of the machine, not of the command line or the desk; and a check does not call right what it cannot work out."""
    before = elsewhere.dump()
    for command in (
        ["show", "1", "-o", "table"],
        ["log", "--from", "site@example.com", "--subject", "Two"],
        ["due", "--tier", "PRO"],
        ["hours", "open"],
        ["db", "check"],
    ):
        ran = elsewhere(*command)
        assert (ran.code, f"hours are in {POLICY}" in ran.err, "tzdata" in ran.err) == (6, True, True), ran
    assert elsewhere.dump() == before
    new = Program(elsewhere.desk.with_name("new.db"), env=elsewhere.env)
    assert new("log", "--from", "site@example.com", "--subject", "Two").code == 6
    assert new.untouched


def test_what_needs_no_hours_goes_on(elsewhere: Program) -> None:
    assert [ticket["subject"] for ticket in elsewhere.json("queue")] == ["One"]
    assert elsewhere("lookup", "site@example.com").code == 0


def test_a_zone_that_was_typed_is_not_blamed_where_there_are_none(elsewhere: Program) -> None:
    ran = elsewhere("queue", "-o", "table", "--tz", "Europe/Copenhagen")
    assert (ran.code, "This machine has no time zone data." in ran.err) == (2, True), ran.err
