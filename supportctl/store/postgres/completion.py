"""What completion suggests from a shared desk: at once or not at all."""

import json
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from supportctl.store.completion import ADDRESSES, AGENTS, ENOUGH, NEWEST_OPEN, begun_with, policy_statement, spans
from supportctl.store.postgres.connection import giving_up_after
from supportctl.store.postgres.desk import PostgresDesk

SECONDS = 1.0  # for all of it: nobody waits longer for a suggestion


def policy_names(address: str, kind: str, now: int) -> list[str]:
    """The tiers, channels, products or topics of the policy in force. Raises psycopg2.Error, LookupError."""
    ((found,),) = _glance(address, [policy_statement(now)])
    return list(json.loads(found)[kind])


def tickets(address: str, begun: str) -> list[tuple[str, str]]:
    """Numbers and subjects of open tickets, newest first. Raises psycopg2.Error, ValueError."""
    asked = [(NEWEST_OPEN, {"first": first, "last": last, "enough": ENOUGH}) for first, last in spans(begun)]
    return [(str(number), subject) for number, subject in _glance(address, asked)][:ENOUGH]


def agents(address: str, begun: str) -> list[str]:
    """Agents whose name begins like this, by name. Raises psycopg2.Error."""
    return [name for (name,) in _glance(address, [(AGENTS, begun_with(begun.casefold()))])]


def addresses(address: str, begun: str) -> list[tuple[str, str]]:
    """Addresses of accounts that begin like this, each with the account's name. Raises psycopg2.Error."""
    return [(email, name) for email, name in _glance(address, [(ADDRESSES, begun_with(begun.lower()))])]


def _glance(address: str, asked: Iterable[tuple[str, Any]]) -> list[Any]:
    """The rows of several statements, one after the other, in one trip."""
    with giving_up_after(SECONDS), closing(PostgresDesk(address)) as db:
        return [row for rows in db.ahead(asked) for row in rows.fetchall()]
