"""The words of a text: what a query means, and when two texts are about the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.policy.words import LONGEST, TERMS, is_similar, query_pieces, significant, term, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("black screen", [("", "black"), ("", "screen")]),
        ('"black screen" host', [("", "black screen"), ("", "host")]),
        ("tier:SITE host", [("tier", "SITE"), ("", "host")]),
        ('tag:"two words"', [("tag", "two words")]),
        ("http://example.com", [("http", "//example.com")]),
        ("C:\\path", [("C", "\\path")]),
        ("tier:", [("", "tier:")]),
        (":", [("", ":")]),
        ('say "it', [("", "say"), ("", '"it')]),
        ("", []),
        (" \t\n", []),
    ],
)
def test_a_query_falls_into_pieces(text: str, expected: list[tuple[str, str]]) -> None:
    assert query_pieces(text) == expected


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("host", '"host"'),
        ("7.6.2.0", '"7 6 2 0"'),
        ("ann@example.com", '"ann example com"'),
        ("don't", '"don t"'),
        ('a"b', '"a b"'),
        ("NOT", '"NOT"'),
        ("(*)", None),
        ('"', None),
        ("", None),
        ("\0", None),
        ("a\0b", '"a b"'),
        ("\u0301", None),
        ("cafe\u0301", '"caf\u00e9"'),
    ],
)
def test_a_term_is_quoted_words_and_nothing_else(piece: str, expected: str | None) -> None:
    assert term(piece) == expected


@given(st.text())
def test_any_text_makes_terms_of_quoted_words(text: str) -> None:
    found = terms(text)
    assert len(found) <= TERMS
    for quoted in found:
        inside = quoted[1:-1]
        assert quoted == f'"{inside}"'
        assert 0 < len(inside) <= LONGEST
        assert '"' not in inside
        assert any(c.isalnum() for c in inside)


def test_telling_words_leave_out_what_every_request_says() -> None:
    assert significant("Please help: the Host does not start, a Host problem! \u00dcber 11") == [
        "host", "start", "\u00fcber", "11",
    ]  # fmt: skip
    assert significant("") == []
    assert len(significant(" ".join(f"w{n}" for n in range(100)), 8)) == 8


@pytest.mark.parametrize(
    ("shared", "of", "expected"),
    [
        (0, 0, False),
        (0, 1, False),
        (1, 1, True),
        (1, 2, False),
        (2, 2, True),
        (2, 4, True),
        (2, 5, False),
        (3, 5, True),
        (3, 6, True),
        (3, 7, False),
    ],
)
def test_alike_is_half_of_the_words_and_two_at_least(shared: int, of: int, expected: bool) -> None:
    assert is_similar(shared, of) is expected


def test_what_stands_for_removed_words_says_nothing() -> None:
    """Two tickets whose subjects were removed are not about the same."""
    assert significant("[erased]") == significant("[REDACTED]\n> [erased]") == []
    assert significant("erased-3@erased.invalid cannot log in") == ["log"]
    assert significant("The disk was erased") == ["disk", "erased"]
