"""Passwords on command lines: `mysql -p…`, `net use … /user:…`, `sshpass -p …`."""

from collections.abc import Iterator
from functools import cache

from supportctl.policy.credentials.patterns import BEHIND, COMMANDS
from supportctl.policy.credentials.reading import PASSWORD, Reading, Secret
from supportctl.policy.credentials.values import NOTHING, kind_of
from supportctl.policy.credentials.vocabulary import exactly

_LONGEST = 300  # characters of a command that are read
_VALUE = (
    r"(?:\"(?P<double>[^\"\n]{3,128})\"|'(?P<single>[^'\n]{3,128})'"
    r"|(?P<bare>(?![\"'/*<|&]|-[a-zA-Z-])[^\s\"'|;<>]{3,128}))"
)


def on_command_lines(reading: Reading) -> Iterator[Secret]:
    """The values where a command takes a password."""
    text = reading.text
    if not any(mark in text for mark in (" -", " /", "\t-", "\t/", " \\\\", "echo ", "rasdial ", "sqlplus ", "net")):
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
        at = _end_of_command(reading.text, match.end())
        if found := option.search(reading.cased[match.end() : at]):
            start, end = (match.end() + place for place in found.span(found.lastgroup or 0))
            if kind_of(reading, start, end) != NOTHING:
                yield reading.exact(start, end, PASSWORD)


def _end_of_command(text: str, start: int) -> int:
    end = text.find("\n", start, start + _LONGEST)
    return end if end >= 0 else min(len(text), start + _LONGEST)
