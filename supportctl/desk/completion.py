"""Reads a desk for shell completion: at once or not at all, with nothing made, upgraded or waited for."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supportctl.store.place import Place


def names_of_policy(desk: "Callable[[], Place]", kind: str, now: int) -> list[str]:
    """The tiers, channels, products, topics or clauses of the policy in force at `now` (UTC epoch seconds).

    Those of the built-in policy where the desk cannot be found, or read at once.
    """
    with suppress(Exception):
        return desk().policy_names(kind, now)
    from supportctl.policy.file import builtin  # late: only a shell without a desk asks

    return list(builtin()[1][kind])


def open_tickets(desk: "Callable[[], Place]", begun: str) -> list[tuple[str, str]]:
    """Numbers and subjects of open tickets whose number begins with the digits `begun`, newest first.

    Nothing where the desk cannot be found, or read at once.
    """
    with suppress(Exception):
        return desk().open_tickets(begun)
    return []


def agents(desk: "Callable[[], Place]", begun: str) -> list[str]:
    """Agents whose name begins like this; nothing where the desk cannot be found, or read at once."""
    with suppress(Exception):
        return desk().agents(begun)
    return []


def addresses(desk: "Callable[[], Place]", begun: str) -> list[tuple[str, str]]:
    """Addresses of accounts that begin like this, with names; nothing where the desk cannot be found, or read at once.

    No more than fifty, however many there are.
    """
    with suppress(Exception):
        return desk().addresses(begun)
    return []
