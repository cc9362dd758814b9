"""Completers: what a shell offers for a value when its user presses Tab.

Never an error, never a wait, nothing written.
"""

from collections.abc import Callable, Iterable

from typer._click import Context

from supportctl.cli.run.session import Session


def _of_policy(kind: str) -> Callable[[Context, str], list[str]]:
    """A completer for `autocompletion=`: the names of `kind` in the policy in force, or else in the built-in one."""

    def complete(ctx: Context, incomplete: str) -> list[str]:
        from supportctl.desk.completion import names_of_policy  # late: only Tab asks

        session = Session.of(ctx)
        return [n for n in names_of_policy(session.place, kind, session.now) if n.startswith(incomplete)]

    return complete


complete_tier = _of_policy("tiers")
complete_channel = _of_policy("channels")
complete_product = _of_policy("products")
complete_topic = _of_policy("topics")
complete_clause = _of_policy("clauses")


def complete_ticket(ctx: Context, incomplete: str) -> list[tuple[str, str]]:
    """The open tickets whose number begins like this, with their subjects, newest first."""
    from supportctl.desk.completion import open_tickets  # late: only Tab asks

    return open_tickets(Session.of(ctx).place, incomplete)


def complete_agent(ctx: Context, incomplete: str) -> list[str]:
    """The agents whose name begins like this."""
    from supportctl.desk.completion import agents  # late: only Tab asks

    return agents(Session.of(ctx).place, incomplete)


def complete_address(ctx: Context, incomplete: str) -> list[tuple[str, str]]:
    """The addresses of accounts that begin like this, with the names behind them."""
    from supportctl.desk.completion import addresses  # late: only Tab asks

    return addresses(Session.of(ctx).place, incomplete)


def complete_from(words: Iterable[str]) -> Callable[[str], list[str]]:
    """A completer that offers these words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete
