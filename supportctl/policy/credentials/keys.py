"""Finds possible licence keys in a text; only the store knows which are on record."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import NamedTuple

from supportctl.masking import fold_key
from supportctl.policy.credentials.reading import Reading
from supportctl.policy.credentials.vocabulary import compiled

_SHORTEST_KEY = 6  # folded; shorter ones on record would make ordinary words look like keys
_LONGEST_KEY = 200
_GROUPS = 8
_GAP = 3  # characters between two groups of one key


def key_candidates(text: str, reading: Reading | None = None) -> Iterator[tuple[int, int, str]]:
    """Each possible licence key in the text: start, end (as given) and the key folded as `identity.fold_key` does.

    Every run of one to eight adjacent groups of letters and digits, six characters or more in total; across blanks only
    with a digit or in capitals, so that ordinary sentences yield few. At most nine per group. Characters are folded
    further than fold_key folds them, so that look-alikes and invisible ones cannot hide a key whose record is plain
    ASCII; for other keys whole words are given as fold_key folds them. Some come twice.
    """
    reading = reading or Reading(text)
    for start, end, key in _long_runs(reading.text):
        yield *reading.origin(start, end), key
    for start, end, key in _group_runs(reading):
        yield *reading.origin(start, end), key
    if not text.isascii():
        yield from _foreign_words(text)


def beginnings(reading: Reading) -> Iterator[set[str]]:
    """The first six characters of all that `key_candidates` gives, and of more, some thousand at a time.

    If no key on record begins with one of them, the text needs no look at its candidates.
    """
    for at in range(0, len(reading.text), _PART):
        words = reading.text[at : at + _PART + _OVER].translate(_PLAIN).split()
        run = "".join(words)
        found = {run[start : start + _SHORTEST_KEY] for start in accumulate(map(len, words), initial=0)}
        found.difference_update(("", *(run[-n:] for n in range(1, _SHORTEST_KEY))))
        yield found
    if not reading.source.isascii():
        # These may have other letters; long runs only between the groups.
        runs = () if reading.text.isascii() else _long_runs(reading.text)
        foreign = " ".join([word for word in reading.source.split() if not word.isascii()])
        yield {key[:_SHORTEST_KEY] for _, _, key in chain(_foreign_words(foreign), runs)}


class _Plain(dict[int, str]):
    """What is left of each character by its number: small letters and digits, and a blank for any other."""

    def __missing__(self, char: int) -> str:
        return " "


_PLAIN = _Plain({ord(char): char for char in "0123456789abcdefghijklmnopqrstuvwxyz"})
_PART = 20_000  # characters that are read at a time
_OVER = 6 * (_GAP + 1)  # characters of the next part in which a beginning may continue


class _Group(NamedTuple):
    """A run of letters and digits of the folded text."""

    start: int
    end: int
    text: str
    digits: bool
    capitals: bool


def _groups(reading: Reading) -> Iterator[_Group]:
    for match in compiled(r"[0-9a-z]+").finditer(reading.text):
        text = match[0]
        start, end = match.span()
        if end - start <= _LONGEST_KEY:
            digits = not text.isalpha()
            yield _Group(start, end, text, digits, digits or reading.is_upper(start, end))


def _group_runs(reading: Reading) -> Iterator[tuple[int, int, str]]:
    before: deque[_Group] = deque(maxlen=_GROUPS - 1)
    since_digit = _GROUPS  # groups read since the last one with a digit
    for group in _groups(reading):
        if before and group.start - before[-1].end > _GAP:
            before.clear()
            since_digit = _GROUPS
        since_digit = 0 if group.digits else since_digit + 1
        if len(group.text) >= _SHORTEST_KEY:
            yield group.start, group.end, group.text
        if before:
            yield from _ending_with(reading.text, group, before, since_digit)
        before.append(group)


def _ending_with(text: str, last: _Group, before: Sequence[_Group], since_digit: int) -> Iterator[tuple[int, int, str]]:
    """The runs of adjacent groups that end with this one; across blanks only those with a digit or all in capitals."""
    key, start, digits, capitals, spaced = last.text, last.start, last.digits, last.capitals, False
    for group in reversed(before):
        since_digit -= 1
        spaced = spaced or any(map(str.isspace, text[group.end : start]))
        digits, capitals = digits or group.digits, capitals and group.capitals
        if spaced and not (digits or capitals) and (since_digit < 0 or since_digit >= _GROUPS):
            return
        key, start = group.text + key, group.start
        if len(key) > _LONGEST_KEY:
            return
        if len(key) >= _SHORTEST_KEY and (digits or capitals or not spaced):
            yield start, last.end, key


_RUNS = (
    r"(?<![0-9a-z])[0-9a-z]++(?:[^0-9a-z\s]{1,3}[0-9a-z]++){8,99}",  # many groups without a blank
    r"(?<![0-9a-z])[0-9a-z](?:[^0-9a-z]{1,3}[0-9a-z](?![0-9a-z])){8,99}",  # letter by letter
)


def _long_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Keys of more groups than the windows hold."""
    for pattern in _RUNS:
        for match in compiled(pattern).finditer(text):
            key = "".join(filter(str.isalnum, match[0]))
            if len(key) <= _LONGEST_KEY:
                yield *match.span(), key


def _foreign_words(text: str) -> Iterator[tuple[int, int, str]]:
    for match in compiled(r"""[^\s:=,;()\[\]<>"'|/]{6,400}""").finditer(text):
        key = "" if match[0].isascii() else fold_key(match[0])
        if _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
            yield *match.span(), key
