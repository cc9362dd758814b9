"""From when a target's business time counts (hard question 4)."""

from typing import Any

from supportctl.policy.history import Entry, Start, Target, starts

RECEIVED = 1000


def entry(n: int, kind: str, at: int, **data: Any) -> Entry:
    return Entry(n, at, at, kind, "kim", "kim", data)


def target(n: int, at: int, due: int | None) -> Target:
    return Target(n, at, "PRO", 2, 2, "entitled", "covered", True, None, due and 7200, due, 1, ())


def test_a_request_and_its_corrections_count_from_the_receipt() -> None:
    entries = [entry(1, "received", RECEIVED), entry(2, "edited", 2000)]
    found = starts(entries, [target(1, RECEIVED, 5000), target(2, 2000, 4000)])
    assert found == {1: Start(RECEIVED, RECEIVED), 2: Start(RECEIVED, RECEIVED)}


def test_a_change_counts_from_itself_and_an_earlier_due_time_is_kept_with_its_own_start() -> None:
    entries = [entry(1, "received", RECEIVED), entry(2, "retargeted", 2000), entry(3, "retargeted", 3000)]
    found = starts(entries, [target(1, RECEIVED, 5000), target(2, 2000, 5000), target(3, 3000, 4500)])
    assert found[2] == Start(2000, RECEIVED)
    assert found[3] == Start(3000, 3000)


def test_a_closure_changes_no_start() -> None:
    entries = [entry(1, "received", RECEIVED), entry(2, "retargeted", 2000), entry(3, "retargeted", 3000, closure="x")]
    found = starts(entries, [target(1, RECEIVED, 9000), target(2, 2000, 8000), target(3, 3000, 9500)])
    assert found[3] == Start(2000, 2000)


def test_what_the_desk_began_counts_from_the_customers_first_word() -> None:
    entries = [entry(1, "received", RECEIVED), entry(2, "customer-replied", 2000)]
    found = starts(entries, [target(1, RECEIVED, None), target(2, 2000, 9000)])
    assert found[2] == Start(2000, 2000)
