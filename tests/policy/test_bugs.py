"""Known bugs: what their history makes of them, what may happen next, and whom they touch (5.2, 5.3)."""

from typing import Any

import pytest

from supportctl.errors import InputError
from supportctl.policy.bugs import ALLOWED, STATUSES, Bug, check_may, may_touch, older_than_found, reasons_of, replay
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Entry
from supportctl.policy.versions import parse_release

BUG = Bug(1, "Black screen", "remote-utilities", "7.7.3.0", None, 100)


def entry(n: int, at: int, kind: str, **data: Any) -> Entry:
    return Entry(n, at, at, kind, "tess", "tess", data)


HISTORY = [
    entry(1, 100, "reported"),
    entry(2, 200, "reproduced"),
    entry(3, 300, "workaround"),
    entry(4, 400, "linked", ticket=7),
    entry(5, 500, "fixed", **{"in": "7.8.0.0"}),
]
TEXTS = {3: "Turn it off"}


@pytest.mark.parametrize(
    ("until", "status", "workaround", "tickets"),
    [
        (199, "reported", None, ()),
        (200, "reproduced", None, ()),
        (299, "reproduced", None, ()),
        (300, "reproduced", "Turn it off", ()),
        (400, "reproduced", "Turn it off", (7,)),
        (499, "reproduced", "Turn it off", (7,)),
        (500, "fixed", "Turn it off", (7,)),
        (None, "fixed", "Turn it off", (7,)),
    ],
)
def test_a_bug_is_what_had_happened_by_then(
    until: int | None, status: str, workaround: str | None, tickets: tuple[int, ...]
) -> None:
    bug = replay(BUG, HISTORY, TEXTS, until)
    assert (bug.status, bug.workaround, bug.tickets) == (status, workaround, tickets)
    assert bug.fixed_in == ("7.8.0.0" if status == "fixed" else None)


def test_what_comes_back_is_open_again_and_has_no_fix() -> None:
    bug = replay(BUG, [*HISTORY, entry(6, 600, "reproduced")], TEXTS)
    assert (bug.status, bug.fixed_in, bug.fixed_at, bug.open) == ("reproduced", None, None, True)
    bug = replay(BUG, [entry(1, 100, "dismissed"), entry(2, 200, "reproduced")], {1: "No bug"})
    assert (bug.status, bug.reason, bug.dismissed_at) == ("reproduced", None, None)


def test_events_count_in_the_order_in_which_they_hold() -> None:
    typed = [entry(1, 100, "reported"), entry(2, 500, "fixed", **{"in": "7.8.0.0"}), entry(3, 300, "reproduced")]
    assert replay(BUG, typed, {}).status == "fixed"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", ["reproduced", "fixed", "dismissed", "workaround", "linked"])
def test_what_may_happen_is_the_table(status: str, kind: str) -> None:
    bug = BUG._replace(status=status)
    if status in ALLOWED[kind]:
        check_may(bug, kind)
    else:
        with pytest.raises(InputError):
            check_may(bug, kind)


def test_a_dismissed_bug_is_not_fixed() -> None:
    with pytest.raises(InputError, match="dismissed"):
        check_may(BUG._replace(status="dismissed"), "fixed")


@pytest.mark.parametrize(
    ("status", "workaround", "owes"),
    [
        ("reported", None, True),
        ("reproduced", None, True),
        ("reported", "Do that", False),
        ("fixed", None, False),
        ("dismissed", None, False),
    ],
)
def test_open_bugs_without_a_workaround_are_debts(
    policy: Policy, status: str, workaround: str | None, owes: bool
) -> None:
    bug = BUG._replace(status=status, workaround=workaround)
    assert bug.owes_workaround is owes
    assert ("5.3" in {reason.clause for reason in reasons_of(policy, bug)}) is owes


def test_a_reproduced_bug_cites_that_no_date_is_promised(policy: Policy) -> None:
    assert [reason.clause for reason in reasons_of(policy, BUG._replace(status="reproduced", workaround="x"))] == [
        "5.2"
    ]


@pytest.mark.parametrize(
    ("version", "touched"),
    [
        (None, True),
        ("7.7.9.9", True),
        ("7.8.0.0", False),
        ("7.8.0.1", False),
        ("8", False),
        ("7.7", True),
        ("7.7.9.b22", True),
        ("7.8.0.b1", False),
    ],
)
def test_a_version_that_has_the_fix_is_not_touched(version: str | None, touched: bool) -> None:
    fixed = BUG._replace(status="fixed", fixed_in="7.8.0.0")
    assert may_touch(fixed, "remote-utilities", version) is touched
    assert may_touch(BUG, "remote-utilities", version), "an open bug has no fix to be above of"


def test_other_products_and_dismissed_bugs_touch_nobody() -> None:
    assert not may_touch(BUG, "remote-utilities-server", None)
    assert not may_touch(BUG._replace(status="dismissed"), "remote-utilities", None)


@pytest.mark.parametrize(
    ("found", "fixed", "older"),
    [
        ("7.7.3.0", "7.7.2.9", True),
        ("7.7.3.0", "7.7.3.0", False),
        ("7.7.3.0", "7.7.3.1", False),
        (None, "1.0.0.0", False),
        ("7.7.3.b9", "7.7.2.9", True),
        ("7.7.3.b9", "7.7.3.0", False),
    ],
)
def test_a_fix_is_no_older_than_what_it_was_found_in(found: str | None, fixed: str, older: bool) -> None:
    assert older_than_found(BUG._replace(version=found), parse_release(fixed)) is older
