"""Addresses and keys: any text is read or refused, spelling is kept, and comparing folds what does not count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.errors import InputError
from supportctl.masking import fold_key, mask_key
from supportctl.policy.identity import fold_address, looks_like_address, parse_address, parse_key, parse_name

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
KEYS = st.from_regex(r"[A-Za-z0-9]{3,6}([-_. ][A-Za-z0-9]{3,6}){1,4}", fullmatch=True)


@given(ANY_TEXT)
def test_any_text_is_an_address_kept_as_written_or_refused(text: str) -> None:
    """What is taken has one @, no blank and nothing that acts on a terminal."""
    try:
        address = parse_address(text)
    except InputError:
        return
    assert address in text and address.count("@") == 1
    assert address.isprintable() and not any(map(str.isspace, address)) and len(address) <= 254


@given(ANY_TEXT)
def test_any_text_is_a_key_kept_as_written_or_refused_without_being_repeated(text: str) -> None:
    """A refused key may still be someone's key."""
    try:
        assert fold_key(parse_key(text)) == fold_key(text)
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
        "a\u200bb@c.d",
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


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("ann@bücher.example", "Ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@bu\u0308cher.EXAMPLE"),
        ("ann@faß.de", "ann@xn--fa-hia.de"),
        ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"),
        ("ann@例え。テスト", "ann@例え.テスト"),
        ("ann@ｅｘａｍｐｌｅ.com", "ann@example.com"),
        ("ann@βόλος.gr", "ann@xn--nxasmm1c.gr"),
        ("ann@i❤.ws", "ann@xn--i-7iq.ws"),
        ("JÖRG@x.example", "jörg@x.example"),
        ("\ufeffann@x.example\u200b", "ann@x.example"),
    ],
)
def test_spellings_of_one_address_are_one(one: str, same: str) -> None:
    """As mail systems look a domain up: IDNA 2008 by UTS 46, non-transitional; the local part by its case."""
    assert fold_address(parse_address(one)) == fold_address(parse_address(same))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@faß.de", "ann@fass.de"),
        ("ann@βόλος.gr", "ann@βόλοσ.gr"),
        ("straße@x.example", "strasse@x.example"),
        ("ａnn@x.example", "ann@x.example"),
        ("ann+tag@x.example", "ann@x.example"),
        ("a.nn@x.example", "ann@x.example"),
        ("ann@bücher.example", "ann@bucher.example"),
    ],
)
def test_addresses_of_two_people_are_two(one: str, other: str) -> None:
    """IDNA 2003 made the first two one; of local parts only the mail system itself knows more than their case."""
    assert fold_address(one) != fold_address(other)


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200d", "\ufeff", "\u00ad", "\u200e", "\u202e", "\u2066", "\u3000", "\u2060"]
)
def test_a_key_is_found_with_what_is_pasted_along_unseen(unseen: str) -> None:
    """Out of a mail or a PDF, in front of it, within it and after it."""
    pasted = f"{unseen}AB12{unseen}-CD34{unseen}"
    assert fold_key(parse_key(pasted)) == fold_key("AB12-CD34")
    assert mask_key(parse_key(pasted)) == "****CD34"


@pytest.mark.parametrize("word", ["X", "ann", "ann@x", "ann@example.com", "AB-12", "-- --", "ab\u200bcd\u200be"])
def test_what_is_no_key(word: str) -> None:
    """Six letters and digits at least, and never an address."""
    with pytest.raises(InputError) as caught:
        parse_key(word)
    assert word not in caught.value.message


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


@pytest.mark.parametrize(
    "name", ["", " ", "\u00a0", "\u200b", "\u00ad", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\u034f\ufe0f"]
)
def test_a_name_of_which_nothing_is_seen_is_blank(name: str) -> None:
    with pytest.raises(InputError, match="blank"):
        parse_name(name, "The name")


@pytest.mark.parametrize("name", ["Kim", "Zo\u0308e", "\u91d1", "\U0001f600", "O'Neil-4", "\u0645\u06cc\u200c\u062e"])
def test_a_name_in_any_script_is_one(name: str) -> None:
    assert parse_name(f" {name} ", "The name") == name


@given(st.text(st.characters(max_codepoint=127)))
def test_a_key_of_ascii_is_folded_as_any_other(key: str) -> None:
    assert fold_key(key) == "".join(filter(str.isalnum, key.casefold()))
