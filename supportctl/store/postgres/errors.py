"""What the errors of psycopg2 and of the server mean to a person.

A server says what went wrong by a code, and libpq hands it on, except while a connection is made: then there are only
words, those of libpq in English, those of the server in its own language. What nobody has words for is repeated.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
from psycopg2 import errors

from supportctl.errors import DeskUnusable, SupportctlError
from supportctl.store.postgres.address import unreadable
from supportctl.store.postgres.connection import GUARDED, OTHER_NAME, Silent, changes, connect

NOTHING_CHANGED = "nothing was changed"
ON_RECORD = "Your change is on record all the same: do not repeat it. Check the server."
NOT_MADE = "Your change was not made: try again."
UNCERTAIN = "Your change may or may not be on record: look before you repeat it."
_AGAIN = f"Try again; {NOTHING_CHANGED}."
_WHEN_IT_RUNS = f"Try again once the server runs; {NOTHING_CHANGED}."
_LOCKED = "is locked by another program", "Another change takes long: let it finish, and try again."
# By the SQLSTATE of the server, or the first two characters of it.
_BY_STATE = {
    "08": ("lost its connection", _AGAIN),
    "22021": ("cannot hold this text", "Take out what is not text, such as NUL characters."),
    "25006": ("takes no changes here: this server is a read-only copy", "Name the server that takes changes."),
    "25P03": ("waited too long for this program", _AGAIN),
    "28": ("does not let this user in", "Check the user in the address, or ask who runs the server (pg_hba.conf)."),
    "28P01": ("refuses this user's password", "Put the right one into PGPASSFILE, a service file or PGPASSWORD."),
    "3D000": ("has no database of this name", "Check the address, or ask who runs the server to create it."),
    "40001": _LOCKED,
    "40P01": _LOCKED,
    "42501": ("does not allow this login to do that", "See who may: `supportctl db roles` lists leads and owners."),
    "42P06": ("is not a desk: other tables are in its schema, supportctl", "Name another database."),
    "53": ("has no resources to spare on its server", _AGAIN),
    "53100": ("cannot grow: the server's disk is full", f"Free some space there and try again; {NOTHING_CHANGED}."),
    "53300": ("has no connection to spare", "Try again, or put PgBouncer before the server: `supportctl help team`."),
    "54000": ("cannot find by names, tags or ids this long", f"Shorten it to 2,000 letters; {NOTHING_CHANGED}."),
    "55P03": _LOCKED,
    "57014": ("took too long to answer", _AGAIN),
    "57P": ("was shut down", _WHEN_IT_RUNS),
    "57P03": ("is starting or shutting down", "Try again in a moment."),
    "58": ("cannot be read or written by its server", f"Look into the server's log; {NOTHING_CHANGED}."),
    "XX001": ("is damaged", "Look into the server's log, and restore a backup."),
    "XX002": ("has a damaged index", "Look into the server's log, and build the index again with REINDEX."),
}  # fmt: skip
_NO_PASSWORD = (
    "needs a password for this user",
    "Put it into PGPASSFILE (usually ~/.pgpass), a service file or PGPASSWORD.",
)
# What is said while a connection is made: by libpq, by a server that speaks English, or by PgBouncer.
_BY_WORDS = (
    ("password authentication failed", "28P01"),
    ("SASL authentication failed", "28P01"),
    ("pg_hba.conf", "28"),
    ("not permitted to log in", "28"),
    ("does not exist", "3D000"),
    ("no such database", "3D000"),
    ("too many connections", "53300"),
    ("too many clients", "53300"),
    ("more connections allowed", "53300"),
    ("remaining connection slots", "53300"),
    ("starting up", "57P03"),
    ("shutting down", "57P03"),
    ("in recovery mode", "57P03"),
    ("not accepting connections", "57P03"),
    ("not yet accepting connections", "57P03"),
)
_UNTRUSTED = (
    (
        "does not match host name",
        "is for another host",
        "Name the host as its certificate does, or ask who runs the server.",
    ),
    (
        "certificate verify failed",
        "cannot be verified: it has expired, or nobody you trust has signed it",
        "Ask who runs the server; if they sign it themselves, name their root certificate: ?sslrootcert=FILE.",
    ),
    (
        "root certificate file",
        "cannot be verified: there is no file with the root certificate",
        "Check ?sslrootcert=FILE in the address, or PGSSLROOTCERT.",
    ),
)
_ENDED = ("closed", "terminat", "EOF detected", "Broken pipe", "reset by peer", "no message from")
_SERVERS_WORDS = re.compile(r"\w[\w ]*:  (.+)", re.DOTALL)  # the severity, in any language, and two spaces
_PREFIX = re.compile(r"connection to server .*? failed: ", re.DOTALL)
_ABSENT = (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedFunction)


@contextmanager
def translate_errors(address: str) -> Iterator[None]:
    """Turn what psycopg2 and the server raise into DeskUnusable, in words; what is our own fault stays as it is.

    Raises InputError for an address that libpq cannot read.
    """
    before = changes.made
    try:
        yield
    except psycopg2.Error as error:
        said = in_words(address, error)
        if said is None or (isinstance(error, _ABSENT) and _is_there(address)):
            raise
        if changes.made > before and isinstance(said, DeskUnusable):
            raise DeskUnusable(said.message, ON_RECORD) from error
        raise said from error


def in_words(address: str, error: psycopg2.Error) -> SupportctlError | None:
    """What an error means, or None where it is our own fault."""
    if isinstance(error, Silent):
        return DeskUnusable(
            f"The desk at {address} does not answer.",
            f"Check the network and the server, and try again; {NOTHING_CHANGED}.",
        )
    if isinstance(error, _ABSENT):
        return DeskUnusable(
            f"There is no desk at {address} that this login may use.",
            "Make one with `supportctl db create`, check the address, or ask its owner for a role (`db roles`).",
        )
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
    if error.pgcode is not None:
        return _by_state(address, error.pgcode)
    if str(error).startswith("invalid "):  # a part of the address; what libpq says repeats it
        return unreadable()
    return _without_a_code(address, error)


def lost(address: str) -> str:
    """What is said where a connection ends in mid-command."""
    return f"The connection to the desk at {address} was lost."


def is_lost(error: psycopg2.Error) -> bool:
    """Whether an error leaves open what became of the statement: the connection, or the server, ended."""
    return error.pgcode is None or error.pgcode[:2] in ("08", "57", "58") or error.pgcode == "25P03"


def _by_state(address: str, state: str) -> DeskUnusable | None:
    known = next((_BY_STATE[part] for part in (state, state[:3], state[:2]) if part in _BY_STATE), None)
    return DeskUnusable(f"The desk at {address} {known[0]}.", known[1]) if known else None


def _without_a_code(address: str, error: psycopg2.Error) -> DeskUnusable | None:
    said = _PREFIX.sub("", str(error).strip())
    if not isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) and "libpq" not in said:
        return None
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("\t")]
    from_server = [line for line in lines if _SERVERS_WORDS.fullmatch(line)]
    reason = (from_server or lines or ["no reason was given"])[0].rstrip(".")
    if "no password supplied" in said:
        return DeskUnusable(f"The desk at {address} {_NO_PASSWORD[0]}.", _NO_PASSWORD[1])
    if found := next((each for each in _UNTRUSTED if each[0] in said), None):
        return DeskUnusable(f"The certificate of the server of the desk at {address} {found[1]}.", found[2])
    if "server does not support SSL" in said:
        return DeskUnusable(
            f"The server of the desk at {address} does not encrypt what it sends.",
            "Ask who runs it to turn on TLS; within a network that you trust, ?sslmode=disable does without.",
        )
    if state := next((state for words, state in _BY_WORDS if words in reason), ""):
        return _by_state(address, "28" if state == "3D000" and "role " in reason else state)
    if any(words in said for words in _ENDED):
        return DeskUnusable(lost(address), _AGAIN)
    if from_server:
        return DeskUnusable(
            f"The server of the desk at {address} refuses the connection: {reason.partition(':  ')[2]}.",
            "Check the user, the password and the database, or ask who runs the server.",
        )
    return DeskUnusable(
        f"The desk at {address} cannot be reached: {reason}.", "Check the address, the network and the server."
    )


def _is_there(address: str) -> bool:
    """Whether there is a desk, in which then something is missing."""
    try:
        with closing(connect(address)) as connection, connection.cursor() as cursor:
            cursor.execute("select to_regclass('supportctl.desk') is not null")
            return bool(cursor.fetchone()[0])
    except psycopg2.Error:
        return False
