"""One slip of the hand away."""

from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.policy.slips import LONGEST, slips

NAMES = st.text(ascii_lowercase, min_size=1, max_size=12)
ADDRESSES = st.builds("{}@{}.example".format, NAMES, NAMES)


@given(ADDRESSES, st.data())
def test_an_address_is_found_from_each_slip_of_it(meant: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(meant) - 1))
    letter = data.draw(st.sampled_from(ascii_lowercase))
    a, b = meant[:at], meant[at:]
    for typed in (f"{a}{b[1:]}", f"{a}{letter}{b}", f"{a}{letter}{b[1:]}", f"{a}{b[1:2]}{b[:1]}{b[2:]}"):
        if typed != meant and typed.count("@") == 1:
            assert meant in set(slips(typed))


@pytest.mark.parametrize("domain", ["gmial.com", "gamil.con", "gmail.comm", "gmai.co", "gnail.cmo"])
def test_a_domain_where_people_have_their_mail_may_be_two_slips_away(domain: str) -> None:
    assert "ann@gmail.com" in set(slips(f"ann@{domain}"))


@pytest.mark.parametrize("domain", ["gmail.com", "example.com"])
def test_other_domains_may_not(domain: str) -> None:
    assert "ann@hotmail.com" not in set(slips(f"ann@{domain}"))


def test_the_work_is_bounded() -> None:
    assert len(list(slips(f"{'a' * (LONGEST - 10)}@b.example"))) < 6000
    assert list(slips(f"{'a' * LONGEST}@b.example")) == []
