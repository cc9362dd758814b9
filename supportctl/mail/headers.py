"""The headers of a message as people meant them: broken words, raw bytes and odd dates never stop the reading."""

from __future__ import annotations  # a Message takes its parameters from a type checker alone

import base64
import binascii
import re
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, NamedTuple

from supportctl.mail.charset import as_text, storable

HEADER_LIMIT = 10_000  # characters of a header that are looked at
PARAMETERS = 64  # of one header that are; the library takes the square of their number
_FIRST, _LAST = 315_532_800, 253_402_300_799  # 1980, before which there was no mail, and the year 9999
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(.*?)\?=")
_ID = re.compile(r"<([^<>]{1,2000})>")
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@]+@[^\s<>,;:\"()\[\]\\@]+")


class Sender(NamedTuple):
    """Who is named in a header: the name they go by, or "", and what stands for their address."""

    name: str
    address: str


class AsItCame(Compat32):
    """Headers as they came, bytes beyond ASCII and all: what they mean is read here. Overlong ones are cut."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower().startswith("content-") and value.count(";") > PARAMETERS:
            value = ";".join(value.split(";", PARAMETERS)[:PARAMETERS])
        return name, value[:HEADER_LIMIT]

    def header_fetch_parse(self, name: str, value: str) -> Any:  # noqa: ARG002  # the policy's own signature
        return value


def header(message: Message[str, str], name: str) -> str:
    """A header on one line, with its words not yet decoded; of several the first that says anything, else ""."""
    said = (str(value) for value in message.get_all(name, []))
    return one_line(_bytes_read(next((value for value in said if value.strip()), "")))


def readable(value: str) -> str:
    """A header's value as people read it: its encoded words (RFC 2047) decoded; one that is broken stays as it is."""
    pieces: list[str] = []
    end, words, charset = 0, b"", ""
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        if words and (between.strip() or found[1].lower() != charset):
            pieces.append(as_text(words, charset))
            words = b""
        if between.strip() or not end:  # blanks between two encoded words are none
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
    kept = kept[:-1] if len(kept) % 4 == 1 else kept  # a letter that carries no whole byte
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return text


def senders(value: str) -> list[Sender]:
    """Who is named in a header of addresses, as it stands before its words are decoded."""
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
    """A date as UTC epoch seconds; None where it is none, or of no time that mail was written at."""
    try:
        at = int(parsedate_to_datetime(value[:200]).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError, OSError, AttributeError):
        return None
    return at if _FIRST <= at <= _LAST else None


def one_line(text: str) -> str:
    """The text on one line, its runs of blanks as one."""
    return " ".join(text.split())


def _bytes_read(value: str) -> str:
    """A value whose bytes beyond ASCII were let through as half characters."""
    return storable(value) if value.isascii() else as_text(value.encode("utf-8", "surrogateescape"), None)
