"""Secrets recognised by their own shape: private keys, tokens, and those in headers, cookies and settings."""

import re
from binascii import Error, a2b_base64
from collections.abc import Callable, Iterator

from supportctl.policy.credentials.patterns import CARRIERS, PLACEHOLDER, PRIVATE_KEYS, TOKENS, TOKENS_AROUND
from supportctl.policy.credentials.reading import PRIVATE_KEY, TOKEN, Reading, Secret
from supportctl.policy.credentials.values import looks_random
from supportctl.policy.credentials.vocabulary import compiled, exactly


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
        done = end.end() if end else _cut_off(text, begin.end())
        if exactly(r"[A-Za-z0-9+/]{16}").search(text, begin.end(), done):
            yield reading.exact(begin.start(), done, PRIVATE_KEY)


def _cut_off(text: str, at: int) -> int:
    """Where a block without an end stops: at an empty line, or at the end of the text."""
    gap = exactly(r"\n[ \t]{0,20}\n").search(text, at)
    return gap.start() if gap else len(text.rstrip())


def _tokens(reading: Reading) -> Iterator[Secret]:
    if not reading.mixed_long_words:
        return
    for _, prefixes, shape in TOKENS:
        for prefix in prefixes.split():
            if prefix in reading.mixed_long_words:
                whole = rf"(?<![A-Za-z0-9])(?P<secret>{re.escape(prefix)}(?:{shape}))(?![A-Za-z0-9])"
                yield from _drawn(reading, exactly(whole))
    for _, mark, whole in TOKENS_AROUND:
        if mark in reading.mixed_long_words and exactly(whole).search(reading.mixed_long_words):
            yield from _drawn(reading, exactly(whole))


def _drawn(reading: Reading, whole: re.Pattern[str]) -> Iterator[Secret]:
    for match in whole.finditer(reading.cased):
        if looks_random(match["secret"]):
            yield reading.exact(*match.span("secret"), TOKEN)


def _carried(reading: Reading) -> Iterator[Secret]:
    for mark, what, whole in CARRIERS:
        if reading.has(mark):
            for match in exactly(whole).finditer(reading.cased):
                name = next(name for name, value in match.groupdict().items() if value is not None)
                if _CHECKS[name](match[name]):
                    yield reading.exact(*match.span(name), what)


def _is_pair(text: str) -> bool:
    """Whether it is a user and a password in Base64, as in a Basic header."""
    try:
        return b":" in a2b_base64(text + "=" * (-len(text) % 4))
    except Error:
        return False


def _is_secret(text: str) -> bool:
    return compiled(PLACEHOLDER).fullmatch(text.lower()) is None


_CHECKS: dict[str, Callable[[str], bool]] = {"base64": _is_pair, "random": looks_random, "secret": _is_secret}
