"""The policy's own words on the command line: what is meant, or an error that names what exists."""

from collections.abc import Callable, Collection

from supportctl.errors import InputError


def known(what: str, value: str, names: Collection[str], fold: Callable[[str], str] = str.lower) -> str:
    """`value` as the policy spells it. Raises InputError that names what exists."""
    folded = fold(value.strip())
    if folded not in names:
        from difflib import get_close_matches

        close = get_close_matches(folded, list(names), n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise InputError(f"There is no {what} '{value[:60]}' in the policy.", f"{meant}There are: {', '.join(names)}.")
    return folded


def known_tier(value: str, names: Collection[str]) -> str:
    """A tier's name as the policy spells it, whatever its case. Raises InputError that names what exists."""
    exact = {name.casefold(): name for name in names}
    return exact.get(value.strip().casefold()) or known("tier", value, names, fold=str.strip)
