"""Attainment: the counts add up, and the mean, the median and the percentile are what they say they are."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.policy.attainment import Figures, Outcome, figures, mean, median, percentile, shares

SPANS = st.integers(0, 10**9)
MEASURED = st.builds(Outcome, st.sampled_from(["met", "missed", "late"]), SPANS, SPANS, st.booleans(), st.booleans())
OTHERS = st.builds(
    Outcome, st.sampled_from(["running", "unanswered"]), st.none(), SPANS, st.booleans(), st.booleans()
) | st.builds(Outcome, st.just("none"), st.none(), st.none(), st.booleans(), st.booleans())
OUTCOMES = st.lists(MEASURED | OTHERS, max_size=30)


def parts(f: Figures) -> int:
    return f.met + f.missed + f.running + f.late + f.unanswered + f.none


@given(OUTCOMES)
def test_the_counts_add_up_and_spam_is_apart(outcomes: list[Outcome]) -> None:
    f = figures(outcomes)
    assert f.n == parts(f) == len(outcomes) - f.spam
    assert f.spam == sum(outcome.spam for outcome in outcomes)
    assert f.merged <= f.n
    assert (f.attainment is None) == (f.mean is None) == (f.measured == 0)
    assert f.attainment is None or 0 <= f.attainment <= 1


@given(OUTCOMES, OUTCOMES)
def test_the_counts_of_two_groups_are_those_of_both(some: list[Outcome], others: list[Outcome]) -> None:
    both, one, two = figures(some + others), figures(some), figures(others)
    assert both[:9] == tuple(a + b for a, b in zip(one[:9], two[:9], strict=True))


@given(OUTCOMES, st.randoms())
def test_the_order_of_the_requests_changes_nothing(outcomes: list[Outcome], random: Random) -> None:
    shuffled = list(outcomes)
    random.shuffle(shuffled)
    assert figures(shuffled) == figures(outcomes)
    assert shares(shuffled) == shares(outcomes)


@given(OUTCOMES)
def test_what_is_not_measured_moves_no_mean(outcomes: list[Outcome]) -> None:
    """Running, unanswered, promised nothing, spam: none of them distorts a figure of time."""
    kept = [o for o in outcomes if o.sla in ("met", "missed", "late") and not o.spam]
    whole, bare = figures(outcomes), figures(kept)
    assert whole[9:] == bare[9:]
    assert shares(outcomes) == shares(kept)


@given(st.lists(SPANS, min_size=1))
def test_a_mean_is_the_smallest_whole_number_not_below_it(values: list[int]) -> None:
    exact, said = Fraction(sum(values), len(values)), mean(values)
    assert said is not None
    assert exact <= said < exact + 1


@given(st.lists(SPANS, min_size=1))
def test_half_of_the_values_are_on_either_side_of_the_median(values: list[int]) -> None:
    middle = median(sorted(values))
    assert middle is not None
    assert 2 * sum(v <= middle for v in values) >= len(values)
    assert 2 * sum(v >= middle - 1 for v in values) >= len(values), "cut upwards by less than a second"


@given(st.lists(SPANS, min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values: list[int], percent: int) -> None:
    found = percentile(sorted(values), percent)
    assert found in values
    assert 100 * sum(v <= found for v in values) >= percent * len(values)
    assert 100 * sum(v < found for v in values) < percent * len(values)


@given(st.lists(SPANS, min_size=1), SPANS)
def test_a_mean_of_one_target_is_kept_exactly_when_it_is_not_above_it(spans: list[int], target: int) -> None:
    f = figures(Outcome("met", seconds, target) for seconds in spans)
    assert (f.target, f.mean_target) == (target, target)
    assert f.mean is not None
    assert f.mean_kept == (f.mean <= target)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([7200, 7200], (7200, 7200, 7200, True)),
        ([7200, 7201], (7201, 7201, 7201, False)),
        ([0, 14400], (7200, 7200, 14400, True)),
        ([*range(1, 11)], (6, 6, 9, True)),
        ([*range(1, 10)], (5, 5, 9, True)),
        ([60], (60, 60, 60, True)),
    ],
)
def test_figures_of_some_spans_against_two_hours(spans: list[int], expected: tuple[int, int, int, bool]) -> None:
    f = figures(Outcome("met", seconds, 7200) for seconds in spans)
    assert (f.mean, f.median, f.p90, f.mean_kept) == expected


def test_a_late_one_counts_with_its_age_and_against_the_share() -> None:
    f = figures([Outcome("met", 3600, 7200), Outcome("late", 36000, 7200), Outcome("running", None, 7200)])
    assert (f.n, f.measured, f.attainment, f.mean, f.mean_kept) == (3, 2, 0.5, 19800, False)


def test_a_mean_over_several_targets_is_held_against_theirs() -> None:
    f = figures([Outcome("missed", 10_000, 7200), Outcome("met", 20_000, 86_400)])
    assert (f.target, f.mean_target, f.mean_kept) == (None, 46_800, True)


def test_of_nothing_there_are_no_figures() -> None:
    f = figures([])
    assert f.n == f.measured == 0
    assert f[9:] == (None,) * 6
    assert shares([Outcome("running", None, 7200)]) is None


def test_shares_are_percentages_of_each_ones_own_target() -> None:
    taken = shares([Outcome("missed", 14_400, 7200), Outcome("met", 8640, 86_400)])
    assert taken is not None
    assert (taken.n, taken.mean, taken.p90) == (2, 105, 200)
