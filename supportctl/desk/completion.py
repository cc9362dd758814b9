"""Reads a desk for shell completion: at once or not at all, with nothing made, upgraded or waited for."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from supportctl.store.sqlite import completion


def names_of_policy(desk: Callable[[], Path], kind: str, now: int) -> list[str]:
    """The tiers, channels, products, topics or clauses of the policy in force at `now` (UTC epoch seconds).

    Those of the built-in policy where the desk cannot be found, or read at once.
    """
    with suppress(Exception):
        return completion.policy_names(desk(), kind, now)
    from supportctl.policy.file import builtin  # late: only a shell without a desk asks

    return list(builtin()[1][kind])


def open_tickets(desk: Callable[[], Path], begun: str) -> list[tuple[str, str]]:
    """Numbers and subjects of open tickets whose number begins with the digits `begun`, newest first.

    Nothing where the desk cannot be found, or read at once.
    """
    with suppress(Exception):
        return completion.tickets(desk(), begun)
    return []


def agents(desk: Callable[[], Path], begun: str) -> list[str]:
    """Agents whose name begins like this; nothing where the desk cannot be found, or read at once."""
    with suppress(Exception):
        return completion.agents(desk(), begun)
    return []


def addresses(desk: Callable[[], Path], begun: str) -> list[tuple[str, str]]:
    """Addresses of accounts that begin like this, with names; nothing where the desk cannot be found, or read at once.

    No more than fifty, however many there are.
    """
    with suppress(Exception):
        return completion.addresses(desk(), begun)
    return []
