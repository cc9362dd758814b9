"""Secrets recognised by their own shape: private keys, tokens, and those in headers, settings and commands."""

import re
from binascii import Error, a2b_base64
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache

from supportctl.policy.credentials.patterns import (
    BEHIND,
    CARRIERS,
    COMMANDS,
    PLACEHOLDER,
    PRIVATE_KEYS,
    TOKENS,
    TOKENS_AROUND,
)
from supportctl.policy.credentials.reading import PASSWORD, PRIVATE_KEY, TOKEN, Reading, Secret
from supportctl.policy.credentials.values import NOTHING, kind_of, looks_random
from supportctl.policy.credentials.vocabulary import compiled, exactly, rows


def shaped(reading: Reading) -> Iterator[Secret]:
    """The secrets that need no label."""
    if reading.long_words:
        yield from _private_keys(reading)
        yield from _tokens(reading)
    yield from _carried(reading)


def _private_keys(reading: Reading) -> Iterator[Secret]:
    text = reading.cased
    for mark, begins, ends in PRIVATE_KEYS:
        if mark in text:
            yield from _blocks(reading, text, exactly(begins), exactly(ends))


def _blocks(reading: Reading, text: str, begins: re.Pattern[str], ends: re.Pattern[str]) -> Iterator[Secret]:
    done, closed = 0, True
    for begin in begins.finditer(text):
        if begin.start() < done:
            continue
        end = ends.search(text, begin.end()) if closed else None
        closed = end is not None
        gap = exactly(r"\n[ \t]{0,20}\n").search(text, begin.end())  # a block without an end stops at an empty line
        done = end.end() if end else gap.start() if gap else len(text.rstrip())
        if exactly(r"[A-Za-z0-9+/]{16}").search(text, begin.end(), done):
            yield reading.exact(begin.start(), done, PRIVATE_KEY)


def _tokens(reading: Reading) -> Iterator[Secret]:
    if not reading.mixed_long_words:
        return
    for _, prefixes, shape in TOKENS:
        for prefix in prefixes.split():
            if prefix in reading.mixed_long_words:
                whole = rf"(?<![A-Za-z0-9])(?P<secret>{re.escape(prefix)}(?:{shape}))(?![A-Za-z0-9])"
                yield from _drawn(reading, exactly(whole))
    for _, mark, whole in rows(TOKENS_AROUND):
        if mark in reading.mixed_long_words and exactly(whole).search(reading.mixed_long_words):
            yield from _drawn(reading, exactly(whole))


def _drawn(reading: Reading, whole: re.Pattern[str]) -> Iterator[Secret]:
    for match in whole.finditer(reading.cased):
        if looks_random(match["secret"]):
            yield reading.exact(*match.span("secret"), TOKEN)


def _carried(reading: Reading) -> Iterator[Secret]:
    by_mark = _carriers()
    for mark in by_mark.keys() & reading.telling.needles:
        for what, whole in by_mark[mark]:
            for match in exactly(whole).finditer(reading.cased):
                name = next(name for name, value in match.groupdict().items() if value is not None)
                if _CHECKS[name](match[name]):
                    yield reading.exact(*match.span(name), what)


@cache
def _carriers() -> dict[str, list[tuple[str, str]]]:
    """What is carried and how, by the mark that a text with it has."""
    by_mark = defaultdict[str, list[tuple[str, str]]](list)
    for mark, what, whole in rows(CARRIERS):
        by_mark[mark].append((what, whole))
    return by_mark


def _is_pair(text: str) -> bool:
    """Whether it is a user and a password in Base64, as in a Basic header."""
    try:
        return b":" in a2b_base64(text + "=" * (-len(text) % 4))
    except Error:
        return False


_CHECKS: dict[str, Callable[[str], bool]] = {
    "base64": _is_pair,
    "random": looks_random,
    "secret": lambda text: compiled(PLACEHOLDER).fullmatch(text.lower()) is None,
}


# Passwords on command lines: `mysql -p…`, `net use … /user:…`, `sshpass -p …`

_LONGEST = 300  # characters of a command that are read
_VALUE = (
    r"(?:\"(?P<double>[^\"\n]{3,128})\"|'(?P<single>[^'\n]{3,128})'"
    r"|(?P<bare>(?![\"'/*<|&]|-[a-zA-Z-])[^\s\"'|;<>]{3,128}))"
)


def on_command_lines(reading: Reading) -> Iterator[Secret]:
    """The values where a command takes a password."""
    words = f" {reading.telling.words}"  # there are fewer than in the text, and each begins behind a blank
    has_option = any(mark in words for mark in (" -", " /", "\t-", "\t/", " \\\\"))
    if not has_option and not any(mark in reading.text for mark in ("echo ", "rasdial ", "sqlplus ", "net")):
        return
    programs = _programs()
    for program in programs.keys() & reading.telling.needles:
        yield from _given(reading, program, programs[program])


@cache
def _programs() -> dict[str, str]:
    return {program: leads for programs, leads in COMMANDS for program in programs.split()}


def _given(reading: Reading, program: str, leads: str) -> Iterator[Secret]:
    before = BEHIND.get(program, "")
    name = exactly(rf"(?<![\w-])(?:{before}){program}(?:\.exe)?[\"']?(?=[ \t])")
    place = leads if leads.startswith("^") else rf"(?<=\s)(?:{leads})"
    option = exactly(place if "<bare>" in leads else place + _VALUE)
    at = 0
    while match := name.search(reading.text, at):
        line = reading.text.find("\n", match.end(), match.end() + _LONGEST)
        at = line if line >= 0 else min(len(reading.text), match.end() + _LONGEST)
        if found := option.search(reading.cased[match.end() : at]):
            start, end = (match.end() + place for place in found.span(found.lastgroup or 0))
            if kind_of(reading, start, end) != NOTHING:
                yield reading.exact(start, end, PASSWORD)
