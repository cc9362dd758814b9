"""What an export made safe for spreadsheets is still the same when it comes back."""

import re
from collections.abc import Mapping
from typing import Any

from supportctl.policy.identity import parse_address
from supportctl.render.lines import spreadsheet_safe

# A character that would act, as a safe spelling writes it; half a character is on no record.
_ESCAPE = re.compile(r"\\(r|x[0-9a-f]{2}|u(?!d[89a-f])[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})")


class Spelling:
    """How a file spells its texts: in one for spreadsheets some may have been kept from acting, in JSON none was."""

    def __init__(self, *, guarded: bool) -> None:
        self._guarded = guarded

    def meant(self, text: str) -> str:
        """An address or an id as it was before it was kept from acting."""
        return unguarded(text) if self._guarded else text

    def address(self, text: str) -> str:
        """An e-mail address of the file. Raises InputError."""
        return parse_address(self.meant(text))

    def as_on_record(self, facts: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of a row; a text that only is the safe spelling of the one that is known is that one."""
        if not self._guarded:
            return dict(facts)
        return {name: known[name] if _spells(fact, known.get(name)) else fact for name, fact in facts.items()}


def _spells(fact: Any, known: Any) -> bool:
    if not isinstance(fact, str) or not isinstance(known, str) or fact == known:
        return False
    safe = spreadsheet_safe(known)
    return safe != known and fact in (safe, safe.strip())


def unguarded(text: str) -> str:
    """The text without the apostrophe that kept it from acting, and its escapes undone."""
    bare = text.removeprefix("'")
    meant = (bare, _unescaped(bare), _unescaped(text))
    return next((one for one in meant if one != text and spreadsheet_safe(one) == text), text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\r" if found[1] == "r" else chr(int(found[1][1:], 16)), text)
