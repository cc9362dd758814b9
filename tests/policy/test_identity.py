"""Addresses and keys: any text is read or refused, spelling is kept, and comparing folds what does not count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.errors import InputError
from supportctl.policy.identity import fold_address, fold_key, looks_like_address, mask_key, parse_address, parse_key

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
KEYS = st.from_regex(r"[A-Za-z0-9]{2,6}([-_. ][A-Za-z0-9]{2,6}){1,4}", fullmatch=True)


@given(ANY_TEXT)
def test_any_text_is_an_address_kept_as_written_or_refused(text: str) -> None:
    """What is taken has one @, no blank and nothing that acts on a terminal."""
    try:
        address = parse_address(text)
    except InputError:
        return
    assert address == text.strip() and address.count("@") == 1
    assert address.isprintable() and not any(map(str.isspace, address)) and len(address) <= 254


@given(ANY_TEXT)
def test_any_text_is_a_key_kept_as_written_or_refused_without_being_repeated(text: str) -> None:
    """A refused key may still be someone's key."""
    try:
        assert parse_key(text) == text.strip()
    except InputError as error:
        assert len(text.strip()) < 4 or text.strip() not in f"{error.message} {error.hint}"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a@",
        "@b",
        "a b@c.d",
        "a@b@c",
        "a@b..c",
        "a@.b",
        "<a@b.c>",
        "a@b.c,d@e.f",
        "a\n@b.c",
        "a" * 251 + "@b.c",
    ],
)
def test_what_is_no_address(address: str) -> None:
    """Mail systems refuse these as well."""
    with pytest.raises(InputError):
        parse_address(address)


@pytest.mark.parametrize(
    "address", ["a@b", "O'Neil+tag@Example.COM", "jörg@müller.example", "用户@例子.中国", "a.b-c_d@e-f.g"]
)
def test_what_is_an_address(address: str) -> None:
    """Names of hosts without a dot, tags and letters of any script are."""
    assert parse_address(f"  {address} ") == address


@given(ANY_TEXT)
def test_folding_an_address_twice_changes_nothing_more(text: str) -> None:
    """And neither case nor composition counts."""
    assert fold_address(fold_address(text)) == fold_address(text)
    assert fold_address("J\u00d6RG@Example.com") == fold_address("jo\u0308rg@EXAMPLE.COM")


@given(KEYS)
def test_keys_compare_without_case_separators_and_width(key: str) -> None:
    """As customers type them off an invoice."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in key)
    assert (
        fold_key(key)
        == fold_key(key.lower())
        == fold_key(key.replace("-", ""))
        == fold_key(f" {key}.")
        == fold_key(wide)
    )


@given(ANY_TEXT.filter(bool))
def test_a_masked_key_shows_four_characters_at_most_and_never_all(key: str) -> None:
    """A short key would be shown whole by its last four."""
    masked = mask_key(key)
    assert masked == "****" + (key[-4:] if len(key) > 4 else "")


def test_only_addresses_have_an_at() -> None:
    """What a look-up goes by."""
    assert looks_like_address("a@b.c") and not looks_like_address("SITE-0001-AAAA")
