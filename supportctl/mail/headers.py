"""The bytes and headers of a message as people meant them: broken words and odd dates never stop the reading."""

import base64
import binascii
import codecs
import re
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, NamedTuple

HEADER_LIMIT = 10_000  # characters of a header that are looked at
PARAMETERS = 64  # of one header; the library takes quadratic time
_FIRST, _LAST = 315_532_800, 253_402_300_799  # 1980, before which there was no mail, and the year 9999
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(.*?)\?=")
_ID = re.compile(r"<([^<>]{1,2000})>")
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@]+@[^\s<>,;:\"()\[\]\\@]+")
# Not charsets of mail, though Python has codecs of these names: some run code-like escapes, some take forever.
_NOT_TEXT = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
_SINGLE_BYTE = re.compile(r"ascii|iso8859|latin|cp\d|koi8|mac")
_WESTERN = frozenset({"ascii", "iso8859-1"})  # what Windows programs call their own charset


def as_text(data: bytes, charset: str | None) -> str:
    """The bytes as text: by UTF-8 where they are that beyond doubt, by the charset that was named, or by a guess."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    named = _known(charset)
    guesses = [named] if named else []
    if not named or _SINGLE_BYTE.match(named):
        # Text of a single-byte charset is hardly ever valid UTF-8, and text in UTF-8 is often called something else.
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
        b"a".decode(name, "replace")  # some codecs of Python's are no charsets
    except (LookupError, ValueError):
        return None
    return None if name.replace("-", "_") in _NOT_TEXT else name


class Sender(NamedTuple):
    """A person in a header: their name, or "", and what is given as their address."""

    name: str
    address: str


class AsItCame(Compat32):
    """Headers as they came, bytes beyond ASCII and all: their meaning is read here. Overlong ones are cut."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower().startswith("content-") and value.count(";") > PARAMETERS:
            value = ";".join(value.split(";", PARAMETERS)[:PARAMETERS])
        return name, value[:HEADER_LIMIT]

    def header_fetch_parse(self, name: str, value: str) -> Any:  # noqa: ARG002  # the policy's own signature
        return value


def header(message: "Message[str, str]", name: str) -> str:
    """A header on one line, its words not yet decoded; of several the first with any text, else ""."""
    said = (str(value) for value in message.get_all(name, []))
    value = next((value for value in said if value.strip()), "")
    # Bytes beyond ASCII were let through as half characters.
    whole = storable(value) if value.isascii() else as_text(value.encode("utf-8", "surrogateescape"), None)
    return one_line(whole)


def readable(value: str) -> str:
    """A header's value as people read it: encoded words (RFC 2047) decoded; broken ones stay as they are."""
    pieces: list[str] = []
    end, words, charset = 0, b"", ""
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        if words and (between.strip() or found[1].lower() != charset):
            pieces.append(as_text(words, charset))
            words = b""
        if between.strip() or not end:  # blanks between two encoded words do not count
            pieces.append(between)
        words += _word(found)
        charset, end = found[1].lower(), found.end()
        charset = charset.partition("*")[0]
    pieces += [as_text(words, charset)] if words else []
    return one_line(storable("".join(pieces) + value[end:]))


def _word(found: re.Match[str]) -> bytes:
    text = found[3].encode("utf-8", "replace")
    if found[2] in "qQ":
        return re.sub(rb"=([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), text.replace(b"_", b" "))
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
    kept = kept[:-1] if len(kept) % 4 == 1 else kept  # a letter without a whole byte
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return text


def senders(value: str) -> list[Sender]:
    """The people in a header of addresses, as it was before its words are decoded."""
    try:
        pairs = getaddresses([value])
    except (RecursionError, ValueError, IndexError, TypeError):
        pairs = []
    found = [Sender(readable(name)[:200], address) for name, address in pairs if "@" in address]
    return found or [Sender("", address) for address in _ADDRESS.findall(value)]


def ids(value: str) -> list[str]:
    """The Message-IDs in a header, without their brackets and blanks; without brackets, its one word."""
    found = ["".join(each.split()) for each in _ID.findall(value)]
    bare = value.strip(" <>")
    return [each for each in found if each] or ([bare] if bare and " " not in bare else [])


def moment(value: str) -> int | None:
    """A date as UTC epoch seconds; None if it is not a date, or mail cannot be that old or new."""
    try:
        at = int(parsedate_to_datetime(value[:200]).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError, OSError, AttributeError):
        return None
    return at if _FIRST <= at <= _LAST else None


def one_line(text: str) -> str:
    """The text on one line, each run of blanks as one."""
    return " ".join(text.split())
