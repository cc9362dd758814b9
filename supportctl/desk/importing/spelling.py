"""What an export made safe for spreadsheets is still the same when it comes back."""

from collections.abc import Mapping
from typing import Any

from supportctl.render.lines import spreadsheet_safe


def as_on_record(facts: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a row; a text that only is the safe spelling of the one that is known is that one."""
    return {name: known[name] if _spells(fact, known.get(name)) else fact for name, fact in facts.items()}


def _spells(fact: Any, known: Any) -> bool:
    if not isinstance(fact, str) or not isinstance(known, str) or fact == known:
        return False
    safe = spreadsheet_safe(known)
    return safe != known and fact in (safe, safe.strip())


def unguarded(text: str) -> str:
    """An address or an id without the apostrophe that kept a spreadsheet from running it."""
    bare = text.removeprefix("'")
    return bare if bare != text and spreadsheet_safe(bare) == text else text
