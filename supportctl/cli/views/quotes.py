"""What a reply quotes, told apart from what it says: a thread has every message once already."""

import re

_QUOTED = re.compile(r"[ \t]*>")
# Where a mail program puts the whole message below: `-----Original Message-----`, or a line before its header.
_RULE = re.compile(r"\s*(?:-{2,}\s*[^\W\d_][^-]{2,40}-{2,}|_{8,})\s*")
# The field that such a header begins with, in the languages of the most common mail programs.
_SENDER = re.compile(r"\s*\*?(?:From|Von|De|Da|Van|Fra|Från|Od|От|发件人|差出人)\s*[:\uff1a]", re.IGNORECASE)
_FIELD = re.compile(r"\s*\*?[^\W\d_][\w -]{0,20}[:\uff1a]")
_FIELDS = 3  # lines of a header that make it one
_LEAST = 2  # quoted lines for which a mark is shorter


def without_quotes(lines: list[str]) -> list[str]:
    """The lines of a reply with each quotation folded to one: `[12 quoted lines]`.

    A quotation in the midst keeps its place, the line that introduces it stays, and blank lines within belong to it.
    """
    below = _whole_message(lines)
    told, at = list[str](), 0
    while at < below:
        end = _end_of_quotation(lines, at, below)
        told.append(lines[at] if end - at < _LEAST else _mark(end - at))
        at = end if end - at >= _LEAST else at + 1
    return told if below == len(lines) else [*told, _mark(len(lines) - below)]


def _mark(count: int) -> str:
    return f"[{count} quoted lines]"


def _end_of_quotation(lines: list[str], start: int, stop: int) -> int:
    """Where the quotation that begins at `start` ends; `start` itself if none does."""
    end = at = start
    while at < stop and (_QUOTED.match(lines[at]) or (end > start and not lines[at].strip())):
        at += 1
        if _QUOTED.match(lines[at - 1]):
            end = at
    return end


def _whole_message(lines: list[str]) -> int:
    """Where a message is quoted below the reply with its header and no other marks; the end if there is none."""
    return next((at for at in range(len(lines)) if _begins_message(lines, at)), len(lines))


def _begins_message(lines: list[str], at: int) -> bool:
    header = lines[at + 1 :] if _RULE.fullmatch(lines[at]) else lines[at:]
    fields = header[:_FIELDS]
    return len(fields) == _FIELDS and bool(_SENDER.match(fields[0])) and all(map(_FIELD.match, fields))
