"""A connection to the server of a shared desk: how it is made, waited for, and what its errors mean to a person."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import errors, extensions

from supportctl.errors import DeskUnusable, SupportctlError
from supportctl.store.postgres.address import CONNECT_SECONDS, SILENT_SECONDS, connection_settings

EngineError = psycopg2.Error
OTHER_NAME = "SCT02"  # the SQLSTATE of writing as somebody else; its detail is who it has to be (see `guards`)
GUARDED = "SCT03"  # the SQLSTATE of all else that a guard refuses, and says why
STATEMENT_SECONDS = 60  # for what a command asks at once; long work has no limit
LOOK_SECONDS = 0.25  # how often a wait looks for a signal, and at the clock
_patience = {"until": 0.0}  # when the wait under way gives up; 0 for never


def connect(address: str) -> Any:
    """A connection in which every message is a transaction, unless it begins one. Raises psycopg2.Error."""
    extensions.set_wait_callback(_wait)  # otherwise nothing, not even Control-C, ends a wait
    with giving_up_after(CONNECT_SECONDS):
        made: Any = psycopg2.connect(address, **connection_settings(address))
    made.autocommit = True
    for kind in (_FLAGS, _NUMBERS):
        extensions.register_type(kind, made)
    return made


extensions.register_adapter(bool, lambda flag: extensions.AsIs("1" if flag else "0"))  # flags are integers in a desk
_FLAGS = extensions.new_type((16,), "FLAG", lambda value, _: None if value is None else int(value == "t"))
_NUMBERS = extensions.new_type((1700,), "NUMBER", lambda value, _: None if value is None else _number(value))


def _number(said: Any) -> int | float:
    return float(said) if "." in said else int(said)


@contextmanager
def giving_up_after(seconds: float) -> Iterator[None]:
    """Give up what is waited for in the block after so many seconds; 0 for never."""
    before = _patience["until"]
    _patience["until"] = time.monotonic() + seconds if seconds else 0.0
    try:
        yield
    finally:
        _patience["until"] = before


@contextmanager
def waiting_in_c() -> Iterator[None]:
    """Let libpq wait by itself: COPY does not work otherwise."""
    extensions.set_wait_callback(None)
    try:
        yield
    finally:
        extensions.set_wait_callback(_wait)


def _wait(connection: Any) -> None:
    """Wait for the server in small steps, so that a signal ends it at once. Raises Silent."""
    while (state := connection.poll()) != extensions.POLL_OK:
        sides = ([connection], []) if state == extensions.POLL_READ else ([], [connection])
        while not any(select.select(*sides, [], LOOK_SECONDS)):
            if _patience["until"] and time.monotonic() > _patience["until"]:
                connection.close()
                raise Silent


class Silent(psycopg2.OperationalError):
    """The server, or the network on the way to it, says nothing."""


@contextmanager
def translate_errors(address: str) -> Iterator[None]:
    """Turn what psycopg2 and the server raise into DeskUnusable, in words; what is our own fault stays as it is."""
    try:
        yield
    except psycopg2.Error as error:
        said = in_words(address, error)
        if said is None:
            raise
        raise said from error


NOTHING_CHANGED = "nothing was changed"
_HELD = "Another run, or a database browser, may hold it: let it finish, and try again."
_BY_STATE = {
    "28P01": ("refuses this user's password", "Put the right one into PGPASSFILE or PGPASSWORD."),
    "28000": ("refuses this user", "Ask who runs the server to let this user in (pg_hba.conf)."),
    "3D000": ("has no database of this name", "Check the address, or ask who runs the server to create it."),
    "42501": ("does not allow this login to do that", "See who may: `supportctl db roles` lists leads and owners."),
    "25006": ("is a read-only copy", "Name the server that takes changes; reading works here."),
    "53100": ("cannot grow: the server's disk is full", f"Free some space there and try again; {NOTHING_CHANGED}."),
    "53300": ("has no connection to spare", "Try again, or put PgBouncer before the server: `supportctl help team`."),
    "55P03": ("is locked by another program", _HELD),
    "40P01": ("is locked by another program", _HELD),
    "57014": ("took too long to answer", f"Try again; {NOTHING_CHANGED}."),
    "57P01": ("was shut down", f"Try again once the server runs; {NOTHING_CHANGED}."),
    "57P03": ("is starting or shutting down", "Try again in a moment."),
    "54000": ("cannot hold that much in one text", "Shorten it, or send it as a file."),
}  # fmt: skip
_UNMADE = (
    "There is no desk at {} that this login may use.",
    "Make one with `supportctl db create`, check the address, or let the owner give you a role: see `db roles`.",
)
# What libpq says where the server gave no code: in English, whatever the language of the server.
_BY_WORDS = (
    ("password authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("pg_hba.conf", "28000"),
    ("does not exist", "3D000"),
    ("too many connections", "53300"),
    ("remaining connection slots", "53300"),
    ("starting up", "57P03"),
    ("shutting down", "57P03"),
)
_CERTIFICATE = ("certificate", "SSL", "ssl")


def in_words(address: str, error: psycopg2.Error) -> SupportctlError | None:
    """What an error means, or None where it is our own fault."""
    if isinstance(error, Silent):
        return DeskUnusable(
            f"The desk at {address} does not answer.",
            f"Check the network and the server, and try again; {NOTHING_CHANGED}.",
        )
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName | errors.UndefinedFunction):
        return DeskUnusable(_UNMADE[0].format(address), _UNMADE[1])
    if error.pgcode == OTHER_NAME:
        return DeskUnusable(
            f"The desk at {address} takes entries from {error.diag.message_detail} under that name alone.",
            "Leave out --agent and SUPPORTCTL_AGENT, or ask a lead to do it: see `supportctl db roles`.",
        )
    if error.pgcode == GUARDED:
        return DeskUnusable(
            f"The desk at {address} refuses this: {error.diag.message_primary}.",
            "Nothing was changed; see who may do what with `supportctl db roles`.",
        )
    state = error.pgcode or _state_of(str(error))
    if state in _BY_STATE:
        what, hint = _BY_STATE[state]
        return DeskUnusable(f"The desk at {address} {what}.", hint)
    if error.pgcode is None and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return _unreachable(address, str(error))
    return None


def _state_of(said: str) -> str:
    return next((state for words, state in _BY_WORDS if words in said), "")


def _unreachable(address: str, said: str) -> DeskUnusable:
    if any(word in said for word in _CERTIFICATE):
        return DeskUnusable(
            f"The server of the desk at {address} cannot be trusted: {_last_line(said)}.",
            "Give its certificate with ?sslrootcert=FILE in the address; see `supportctl help team`.",
        )
    return DeskUnusable(
        f"The desk at {address} cannot be reached: {_last_line(said)}.",
        "Check the address, the network and the server.",
    )


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    return (lines[0] if lines else "no reason was given").rstrip(".")


SILENCE = STATEMENT_SECONDS + SILENT_SECONDS
