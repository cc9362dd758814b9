"""What completion suggests from a desk: read at once or not at all, without making, upgrading or waiting."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from supportctl.store.completion import ADDRESSES, AGENTS, ENOUGH, NEWEST_OPEN, begun_with, policy_statement, spans


def policy_names(path: Path, kind: str, now: int) -> list[str]:
    """The tiers, channels, products or topics (`kind`) of the policy in force at `now`, UTC epoch seconds.

    Raises sqlite3.Error or LookupError if the desk cannot be read at once.
    """
    import json  # late: completing numbers needs no policy

    with closing(_glance(path)) as db:
        found = db.execute(*policy_statement(now)).fetchone()
        return list(json.loads(found[0])[kind])


def tickets(path: Path, begun: str) -> list[tuple[str, str]]:
    """Numbers and subjects of open tickets whose number begins with the digits `begun`, at most fifty, newest first.

    Raises sqlite3.Error or ValueError if the desk cannot be read at once.
    """
    found: list[tuple[str, str]] = []
    with closing(_glance(path)) as db:
        for first, last in spans(begun):
            values = {"first": first, "last": last, "enough": ENOUGH - len(found)}
            found += [(str(number), subject) for number, subject in db.execute(NEWEST_OPEN, values)]
    return found


def agents(path: Path, begun: str) -> list[str]:
    """Agents whose name begins like this in whatever case, at most fifty, by name.

    Raises sqlite3.Error if the desk cannot be read at once.
    """
    return [row[0] for row in _found(path, AGENTS, begun.casefold())]


def addresses(path: Path, begun: str) -> list[tuple[str, str]]:
    """Addresses of accounts that begin like this in whatever case, at most fifty, each with the account's name.

    Raises sqlite3.Error if the desk cannot be read at once.
    """
    return [(row[0], row[1]) for row in _found(path, ADDRESSES, begun.lower())]


def _found(path: Path, query: str, begun: str) -> list[Any]:
    with closing(_glance(path)) as db:
        return list(db.execute(query, begun_with(begun)))


def _glance(path: Path) -> Any:
    """A read-only connection that gives up rather than wait for a lock."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.1)
