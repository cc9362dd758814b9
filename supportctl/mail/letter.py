"""Writes an answer as a message (RFC 5322): foreign text stays inside its header, and no mail server changes the text.

Lines end in a bare line feed, as programs such as sendmail expect them on standard input.
"""

import re
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, quote
from typing import NamedTuple

from supportctl.mail.headers import Sender, one_line
from supportctl.mail.message import REPLY

SUBJECT_LIMIT = 150  # characters: whoever answers must still see the ticket's number behind them
NAME_LIMIT = 80
REFERENCES = 20  # Message-IDs: the first, and the last of the rest

_MARK = re.compile(r"\[#([0-9]+)\]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tabs and line feeds
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would turn round what follows, such as the ticket's number
_ID = re.compile(r"[!-;=?-~]{1,500}")  # a Message-ID that can stand in a header as it is
_RISKY = re.compile(r"^(?:\.|From )", re.MULTILINE)  # a server may end there, or put > before it
_POLICY = EmailPolicy(cte_type="7bit", linesep="\n", max_line_length=76)


class Letter(NamedTuple):
    """An answer to be written as a message; `at` is UTC epoch seconds.

    Message-IDs have no brackets. `thread` are those of the messages before it, the oldest first, and `answers` that of
    the one it answers, or "".
    """

    sender: Sender
    to: Sender
    subject: str
    body: str
    at: int
    message_id: str
    answers: str = ""
    thread: tuple[str, ...] = ()


def write_letter(letter: Letter) -> str:
    """The whole message, in ASCII unless an address is not."""
    first, *others = [each for each in letter.thread if is_plain_id(each)] or [""]
    head = {
        "From": _person(letter.sender),
        "To": _person(letter.to),
        "Subject": _words(letter.subject, "Subject"),
        "Date": format_datetime(datetime.fromtimestamp(letter.at, UTC)),
        "Message-ID": f"<{letter.message_id}>",
        "In-Reply-To": f"<{letter.answers}>" if is_plain_id(letter.answers) else "",
        "References": "\n ".join(f"<{each}>" for each in (first, *others[-REFERENCES + 1 :]) if each),
    }
    return "".join(f"{name}: {value}\n" for name, value in head.items() if value) + _content(letter.body)


def is_plain_id(message_id: str) -> bool:
    """Whether a Message-ID can be repeated in a header as it is: some that come in are hardly ids at all."""
    return _ID.fullmatch(message_id) is not None


def answer_subject(subject: str, number: int) -> str:
    """The subject of an answer: one "Re:", and the ticket's number as the only one in brackets, at the end."""
    bare = _clean(_MARK.sub(lambda found: "" if int(found[1]) == number else f"#{found[1]}", subject))
    while found := REPLY.match(bare):
        bare = bare[found.end() :].lstrip()
    return " ".join(["Re:", *([_cut(bare, SUBJECT_LIMIT)] if bare else []), f"[#{number}]"])


def _clean(text: str) -> str:
    """The text on one line, without control characters: nothing can begin another header."""
    return one_line(_TURNS.sub("", _CONTROL.sub(" ", text)))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _words(text: str, name: str) -> str:
    """A text as a header has it: beyond ASCII, or where it looks encoded already, in encoded words (RFC 2047)."""
    clean = _clean(text)
    if clean.isascii() and "=?" not in clean:
        return Header(clean, "us-ascii", header_name=name).encode(linesep="\n")
    return Header(clean, "utf-8", header_name=name).encode(linesep="\n")


def _person(person: Sender) -> str:
    name = _cut(_clean(person.name), NAME_LIMIT)
    if not name or name == person.address:
        return person.address
    plain = name.isascii() and "=?" not in name
    phrase = f'"{quote(name)}"' if plain else _words(name, "From")
    return f"{phrase} <{person.address}>"


def _content(body: str) -> str:
    """The headers and the lines of the text; none begins with what some mail server takes for its own."""
    text = _CONTROL.sub("", body.replace("\r\n", "\n").replace("\r", "\n")).rstrip("\n") + "\n"
    part = EmailMessage(_POLICY)
    part.set_content(text, cte="quoted-printable" if _RISKY.search(text) else None)
    if part["Content-Transfer-Encoding"] == "quoted-printable":
        lines = str(part.get_payload())
        part.set_payload(_RISKY.sub(lambda found: f"={ord(found[0][0]):02X}{found[0][1:]}", lines))
    return part.as_string()
