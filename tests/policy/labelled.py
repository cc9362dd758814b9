"""Reads the labelled texts that credentials are measured by."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple


class Labelled(NamedTuple):
    """A text, its language, and where its secrets stand (none in a clean one)."""

    text: str
    language: str
    secrets: tuple[tuple[int, int], ...]


def read(half: str) -> tuple[list[Labelled], list[Labelled]]:
    """The texts of a half ("tuning" or "holdout") that carry credentials, and those that do not."""
    tables = tomllib.loads((Path(__file__).parent / f"credentials_{half}.toml").read_text(encoding="utf-8"))
    carries, clean = (
        [_labelled(line, language) for language, lines in tables[name].items() for line in lines.splitlines()]
        for name in ("carries", "clean")
    )
    return carries, clean


def _labelled(line: str, language: str) -> Labelled:
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), line)
    text = text.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
    pieces = re.split("[⟦⟧]", text)
    places, at = [], 0
    for number, piece in enumerate(pieces):
        if number % 2:
            places.append((at, at + len(piece)))
        at += len(piece)
    return Labelled("".join(pieces), language, tuple(places))
