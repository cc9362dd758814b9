"""7.1 and 7.2: how versions are read, and which are supported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.errors import InputError
from supportctl.policy.model import Policy, Product
from supportctl.policy.versions import Release, Version, judge_version, parse_query, parse_release

PRODUCT = Product("remote-utilities", "Remote Utilities", 1)
RELEASES = [Release(Version(*map(int, v.split("."))), None) for v in ("6.9.4.0", "7.6.1.0", "7.6.2.0", "7.8.4.0")]
DATED = [Release(Version(7, 8, 4, 0), None), Release(Version(8, 0, 0, 0), 1000)]


@pytest.mark.parametrize(
    ("query", "support", "supported", "install"),
    [
        ("7.8.4.0", "current", True, None),
        ("v7.8.4", "current", True, None),
        ("7.8.3.9", "outdated", True, "7.8.4.0"),
        ("7.6.2.0", "outdated", True, "7.8.4.0"),
        ("7", "outdated", True, "7.8.4.0"),
        ("7.7.7.7", "outdated", True, "7.8.4.0"),
        ("7.6.2.b22", "outdated", True, "7.8.4.0"),
        ("7.8.4.b22", "current", True, None),
        ("6.9.4.0", "unsupported", False, "7.8.4.0"),
        ("0.0.0.1", "unsupported", False, "7.8.4.0"),
        ("7.8.4.1", "unknown", None, None),
        ("8", "unknown", None, None),
    ],
)
def test_only_the_newest_major_is_supported_and_its_newest_release_is_current(
    policy: Policy, query: str, support: str, supported: bool | None, install: str | None
) -> None:
    verdict = judge_version(query, PRODUCT, RELEASES, policy, now=0)
    assert (verdict.support, verdict.supported, verdict.install) == (support, supported, install)
    assert verdict.reasons[0].clause == "7.2"


@pytest.mark.parametrize(("now", "support"), [(999, "current"), (1000, "unsupported"), (1001, "unsupported")])
def test_a_release_counts_from_its_date(policy: Policy, now: int, support: str) -> None:
    assert judge_version("7.8.4.0", PRODUCT, DATED, policy, now).support == support


def test_nothing_on_record_makes_every_version_unknown(policy: Policy) -> None:
    verdict = judge_version("7.8.4.0", PRODUCT, [], policy, now=0)
    assert (verdict.support, verdict.latest, verdict.latest_in_major) == ("unknown", None, None)


@pytest.mark.parametrize(("query", "support"), [("6.9.4.0", "current"), ("6.1", "outdated"), ("5.9", "unsupported")])
def test_a_policy_may_support_the_two_newest_majors(policy: Policy, query: str, support: str) -> None:
    assert judge_version(query, Product("x", "X", 2), RELEASES, policy, now=0).support == support


@pytest.mark.parametrize(
    "text", ["", "v", "7.", ".7", "7..6", "7.6.2.0.1", "7.6.2.c1", "seven", "7.６", "-7", "7 6", "1" * 5000]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_query(text)


@pytest.mark.parametrize("text", ["7.6.2", "v7.6.2.0", "7.6.2.b22", "7.6.2.0 ", "7.6.2.0\n"])
def test_a_release_takes_all_four_numbers_and_nothing_else(text: str) -> None:
    with pytest.raises(InputError):
        parse_release(text)


@given(st.tuples(*[st.integers(0, 999_999_999)] * 4))
def test_a_release_reads_back_as_it_was_written(parts: tuple[int, int, int, int]) -> None:
    version = Version(*parts)
    assert parse_release(str(version)) == version
    assert parse_query(f"v{version}") == (version, False)


@given(st.tuples(*[st.integers(0, 12)] * 4))
def test_every_version_gets_exactly_one_answer(policy: Policy, parts: tuple[int, int, int, int]) -> None:
    verdict = judge_version(str(Version(*parts)), PRODUCT, RELEASES, policy, now=0)
    assert (verdict.support == "unknown") == (Version(*parts) > Version(7, 8, 4, 0))
    assert (verdict.support == "unsupported") == (parts[0] < 7)
