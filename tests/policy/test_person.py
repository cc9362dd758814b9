"""Taking a person out of other people's texts: nothing of theirs stays, nothing of anybody else goes."""

import pytest

from supportctl.policy.erasure import GONE, without_addressee, without_mention, without_person

ANN, ALIAS = "ann.lee@example.com", "erased-1@erased.invalid"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ann.lee@example.com", ALIAS),
        ("Write to Ann.Lee@Example.COM.", f"Write to {ALIAS}."),
        ("<mailto:ann.lee@example.com>", f"<mailto:{ALIAS}>"),
        ("(ann.lee@example.com),ann.lee@example.com", f"({ALIAS}),{ALIAS}"),
        ("ann.lee%40example.com", ALIAS),
        ("?a=%3CAnn.Lee%2540example%2Ecom%3E&b", f"?a=%3C{ALIAS}%3E&b"),
        ("x=%253Cann%2Elee%2540example.com", f"x=%253C{ALIAS}"),
        ("to ann.lee+shop@example.com or ann.lee%2Bshop%40example.com", f"to {ALIAS} or {ALIAS}"),
        ("ann.lee&#64;example&period;com, &#x61;nn.lee&#x40;example.com", f"{ALIAS}, {ALIAS}"),
        ("a=3Dann.lee=40example=2Ecom", f"a=3D{ALIAS}"),
        ("ann.lee&#43;shop&commat;example.com", ALIAS),
        ("ann.lee&#640;example.com", "ann.lee&#640;example.com"),
        ("x%2Bann.lee%40example.com", "x%2Bann.lee%40example.com"),
        ("jo%61nn.lee@example.com", "jo%61nn.lee@example.com"),
        ("ann.lee, +shop@example.com", "ann.lee, +shop@example.com"),
        ("joann.lee@example.com", "joann.lee@example.com"),
        ("x+ann.lee@example.com", "x+ann.lee@example.com"),
        ("ann.lee@example.com.au", "ann.lee@example.com.au"),
        ("ann.lee@example.community", "ann.lee@example.community"),
        ("annxlee@example.com", "annxlee@example.com"),
        ("", ""),
    ],
)
def test_an_address_goes_and_those_that_hold_it_stay(before: str, after: str) -> None:
    assert without_person(ANN, None, ALIAS)(before) == after


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("Ann Lee", "Ask Ann Lee", f"Ask {GONE}"),
        ("Ann Lee", "ask ANN  lee's boss", f"ask {GONE}'s boss"),
        ("Ann Lee", "Ask Ann, or Lee, or Joann Lee", "Ask Ann, or Lee, or Joann Lee"),
        ("Ann", "Ask Ann", "Ask Ann"),
        ("(* Lee", "a (* lee)", f"a {GONE})"),
    ],
)
def test_a_whole_name_goes_everywhere_and_one_word_of_it_may_be_anybodys(name: str, before: str, after: str) -> None:
    assert without_person(ANN, name, ALIAS)(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Dear Ann Lee, hello", f"Dear {GONE}, hello"),
        ("dear ANN LEE", f"dear {GONE}"),
        ("Hi Ann! Ann's case", f"Hi {GONE}! {GONE} case"),
        ("The annual plan of Leeds", "The annual plan of Leeds"),
        ("You wrote:\n> my cat\n  >> Ann\nNo.", f"You wrote:\n> {GONE}\n> {GONE}\nNo."),
        ("a > b", "a > b"),
    ],
)
def test_on_their_own_ticket_each_name_and_the_quotes_go_too(before: str, after: str) -> None:
    assert without_addressee(ANN, "Ann Lee", ALIAS)(before).replace(f"{GONE}'s", GONE) == after


@pytest.mark.parametrize("name", [None, "", "  ", "A"])
def test_a_name_of_nothing_takes_nothing_away(name: str | None) -> None:
    assert without_addressee(ANN, name, ALIAS)("A plan by A.") == "A plan by A."


def test_an_identifier_loses_the_address_whatever_it_is_glued_to() -> None:
    assert without_mention(ANN, ALIAS)("mail-Ann.Lee@example.com-7") == f"mail-{ALIAS}-7"
