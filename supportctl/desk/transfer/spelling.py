"""Recognises what an export made safe for spreadsheets when it comes back."""

import re
from collections.abc import Mapping
from typing import Any

from supportctl.policy.identity import parse_address
from supportctl.render.lines import spreadsheet_safe

# A control character, as a safe spelling writes it; half a character is never on record.
_ESCAPE = re.compile(r"\\(r|x[0-9a-f]{2}|u(?!d[89a-f])[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})")


class Spelling:
    """How a file spells its texts: one for spreadsheets may have made some of them safe, JSON never did."""

    def __init__(self, *, guarded: bool) -> None:
        self._guarded = guarded

    def meant(self, text: str) -> str:
        """An address or an id as it was before it was made safe."""
        return unguarded(text) if self._guarded else text

    def address(self, text: str) -> str:
        """An e-mail address of the file. Raises InputError."""
        return parse_address(self.meant(text))

    def as_on_record(self, facts: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of a row; a text that is just the safe spelling of the known one counts as that."""
        if not self._guarded:
            return dict(facts)
        return {name: known[name] if _spells(fact, known.get(name)) else fact for name, fact in facts.items()}


def _spells(fact: Any, known: Any) -> bool:
    if not isinstance(fact, str) or not isinstance(known, str) or fact == known:
        return False
    safe = spreadsheet_safe(known)
    return safe != known and fact in (safe, safe.strip())


def unguarded(text: str) -> str:
    """The text without the apostrophe that made it safe, and with its escapes undone."""
    bare = text.removeprefix("'")
    meant = (bare, _unescaped(bare), _unescaped(text))
    return next((one for one in meant if one != text and spreadsheet_safe(one) == text), text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\r" if found[1] == "r" else chr(int(found[1][1:], 16)), text)
