"""The policy's own words on the command line: the word meant, or an error that names the choices."""

from collections.abc import Collection

from supportctl.errors import InputError


def policy_spelling(what: str, value: str, names: Collection[str], *, place: str = " in the policy") -> str:
    """`value` as the policy spells it, ignoring case. Raises InputError that names the choices."""
    spelled = {name.casefold(): name for name in names}
    folded = value.strip().casefold()
    if folded not in spelled:
        from difflib import get_close_matches  # late: only a slip needs a suggestion

        from supportctl.masking import unkeyed  # late: only an error masks

        close = get_close_matches(folded, list(spelled), n=1)
        meant = f"Did you mean {spelled[close[0]]}? " if close else ""
        raise InputError(f"There is no {what} '{unkeyed(value)}'{place}.", f"{meant}Choose from: {', '.join(names)}.")
    return spelled[folded]


def known_product(value: str | None, names: Collection[str]) -> str:
    """A product as the policy spells it; by default the first that the policy names.

    Raises InputError that names the choices.
    """
    if value is None:
        return next(iter(names))
    return policy_spelling("product", value, names)


def known_tier(value: str, names: Collection[str]) -> str:
    """A tier's name as the policy spells it. Raises InputError that names the choices."""
    return policy_spelling("tier", value, names)
