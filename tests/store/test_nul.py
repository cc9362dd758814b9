"""NUL in the texts of a shared desk: kept, found, and read as it was."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from supportctl.store import totals
from supportctl.store.postgres import nul

TEXTS = st.text(st.sampled_from("a\0\ufdd0\ufdd1\ufdd2\x1f\\u0"), max_size=12) | st.text()


@given(TEXTS)
@example("\0\ufdd0\ufdd1\ufdd0\0")
def test_every_text_comes_back_as_it_was(text: str) -> None:
    """In a column, in JSON, and in the bytes that are sealed."""
    kept = nul.stored(text)
    assert "\0" not in kept
    assert nul.read(kept) == text
    assert json.loads(nul.read_json(json.dumps([kept, "b"], ensure_ascii=False))) == [text, "b"]
    assert nul.read_bytes("\x1f".join([kept, "b"]).encode()) == totals.in_bytes([text, "b"])


@given(TEXTS, TEXTS)
def test_two_texts_are_kept_as_two(one: str, other: str) -> None:
    assert (nul.stored(one) == nul.stored(other)) == (one == other)


def test_what_has_neither_is_kept_as_it_is() -> None:
    """Other programs read the desk too."""
    assert nul.stored("größer \ufdd1 \ufffd") == "größer \ufdd1 \ufffd"
