"""Keeping credentials and licence keys out of every channel but the ticket (8.5, 8.6)."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from supportctl.errors import Refused
from supportctl.policy.model import Policy
from supportctl.store import licences

if TYPE_CHECKING:
    from supportctl.policy.credentials.reading import Secret

ASKED = 500  # keys that are looked for at a time: a long text may hold a million that could be one
SAFE = "ticket"  # the one channel that access details may take (8.5)


def refuse_secrets(db: sqlite3.Connection, policy: Policy, channel: str, texts: Iterable[str | None]) -> None:
    """Stop before a text with a secret in it is stored on a channel that is not the ticket.

    Raises Refused, which names the clause and what kind of secret it is, and repeats none of it.
    """
    if channel == SAFE:
        return
    found = {secret.what for text in texts if text for secret in secrets_in(db, text)}
    if found:
        clause = policy.clause("secrets")
        what = " and ".join(sorted(_NAMES.get(kind, kind) for kind in found))
        raise Refused(
            f"This text carries {what}, which must not stand on {channel} (clause {clause}).",
            "Add --redact to store it masked, or make it a ticket: --channel ticket.",
            clause=clause,
        )


_NAMES = {
    "password": "a password",
    "internet-id": "an Internet-ID with its password",
    "address-password": "an address with its password",
    "licence-key": "a licence key on record",
}


def without_secrets(db: sqlite3.Connection, text: str) -> str:
    """The text with every secret masked for good: what --redact stores."""
    from supportctl.policy.credentials.finding import redact

    return redact(text, list(secrets_in(db, text)))


def secrets_in(db: sqlite3.Connection, text: str) -> Iterator["Secret"]:
    """The credentials in a text, and the licence keys that are on record."""
    from supportctl.policy.credentials.finding import find_secrets
    from supportctl.policy.credentials.keys import key_candidates
    from supportctl.policy.credentials.reading import Secret

    yield from find_secrets(text)
    candidates = key_candidates(text)
    while some := list(islice(candidates, ASKED)):
        known = licences.known_keys(db, list({folded for _, _, folded in some}))
        yield from (Secret(start, end, "licence-key") for start, end, folded in some if folded in known)
