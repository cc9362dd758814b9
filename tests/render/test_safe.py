"""Hostile text is shown, harmless text is left alone."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.render.safe import json_safe, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]52;c;aGk=\x07", r"\x1b[31mred\x1b]52;c;aGk=\x07"),
        ("\x9b31m\x85\x7f\x00\b", r"\x9b31m\x85\x7f\x00\x08"),
        ("a\tb\nc\rd", r"a\tb\nc\rd"),
        ("invoice\u202egnp.exe", r"invoice\u202egnp.exe"),
        ("\u2066a\u2069\u200e\u200f\u061c", r"\u2066a\u2069\u200e\u200f\u061c"),
        ("pass\u200bword\u2060\ufeff\u00ad", r"pass\u200bword\u2060\ufeff\xad"),
        ("a\u200db\u200c", r"a\u200db\u200c"),
        ("line\u2028para\u2029", r"line\u2028para\u2029"),
        ("\U000e0041\U000e007f", r"\U000e0041\U000e007f"),
        ("a\ufe0f\ufe01\U000e0100", r"a\ufe0f\ufe01\U000e0100"),
        ("\ud800\udc80", r"\ud800\udc80"),
        ("\ufffe\U0010ffff\ufdd0", r"\ufffe\U0010ffff\ufdd0"),
        ("\u3164\u115f\u034f", r"\u3164\u115f\u034f"),
        ("\U0001f600\u200dx", "\U0001f600\\u200dx"),
        ("5\ufe0f", r"5\ufe0f"),
        ("a\U00013430\U0001343fb\U00016fe4\U0001d159", r"a\U00013430\U0001343fb\U00016fe4\U0001d159"),
    ],
)
def test_what_acts_is_written_as_an_escape(text: str, shown: str) -> None:
    """Controls, bidirectional and invisible characters, tags, surrogates and noncharacters; strays of joiners too."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        r"C:\new\table",
        "Grüße, Ærø, Ωmega",
        "日本語 한국어",
        "مرحبا بالعالم שלום",
        "می\u200cخواهم",  # Persian
        "क्\u200dष ශ්\u200dරී ന്\u200d",
        "👩\u200d👩\u200d👧 👍🏽 👩🏽\u200d💻 🏳\ufe0f\u200d🌈 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 ©\ufe0f",
        "葛\U000e0100城市",
        "\U00013000\U00013430\U00013001\U00013437\U00013002\U00013438",  # hieroglyphs in groups
        "e\u0301 na\u0308ive",
        "10\u00a0000 \u202f€",
    ],
)
def test_words_and_emoji_of_any_script_stay(text: str) -> None:
    """Right-to-left letters, marks, and the joiners and selectors that spell words and emoji are text."""
    assert visible(text) == text


def test_line_ends_stay_only_where_many_lines_are_asked_for() -> None:
    """A body keeps its lines, whichever way they end; tabs become blanks, a lone CR is shown."""
    assert visible("a\r\nb\n\tc\rd", multiline=True) == "a\nb\n    c\\rd"
    assert visible("a\r\nb") == r"a\r\nb"


@given(ANY_TEXT)
def test_what_is_visible_stays_so(text: str) -> None:
    """Applied twice it changes nothing more, and leaves no control and no surrogate."""
    shown = visible(text)
    assert visible(shown) == shown
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    shown.encode()


@given(ANY_TEXT)
def test_many_lines_are_each_as_safe_as_one(text: str) -> None:
    """`multiline` lets nothing through but line ends."""
    assert all(visible(line) == line for line in visible(text, multiline=True).split("\n"))


@given(ANY_TEXT)
def test_json_is_exact_and_harmless(text: str) -> None:
    """Reading the JSON back gives the text, and nothing in it acts on a terminal."""
    written = json_safe(json.dumps(text, ensure_ascii=False))
    assert json.loads(written) == text
    assert visible(written) == written
