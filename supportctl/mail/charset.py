"""Bytes as text, whatever their label says: a character may be wrong, but no message is lost."""

import codecs
import re

# Not charsets of mail, although Python has codecs of these names: some run code-like escapes, some take forever.
_NOT_TEXT = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
_SINGLE_BYTE = re.compile(r"ascii|iso8859|latin|cp\d|koi8|mac")
_WESTERN = frozenset({"ascii", "iso8859-1"})  # what Windows programs call their own charset


def as_text(data: bytes, charset: str | None) -> str:
    """The bytes as text: in UTF-8 if they clearly are, else in the declared charset, else by a guess."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    named = _known(charset)
    guesses = [named] if named else []
    if not named or _SINGLE_BYTE.match(named):
        # Text in a single-byte charset is hardly ever valid UTF-8, and UTF-8 is often labelled as something else.
        guesses = ["utf-8", "cp1252" if named in _WESTERN or not named else named]
    for guess in guesses:
        try:
            return storable(data.decode(guess))
        except (UnicodeError, ValueError):
            continue
    return storable(data.decode("cp1252", "replace"))


def storable(text: str) -> str:
    """The text without what cannot be stored: NUL, and half a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _known(charset: str | None) -> str | None:
    try:
        name = codecs.lookup((charset or "").strip().strip("'\"")).name
        b"a".decode(name, "replace")  # some of Python's codecs are not charsets
    except (LookupError, ValueError):
        return None
    return None if name.replace("-", "_") in _NOT_TEXT else name
