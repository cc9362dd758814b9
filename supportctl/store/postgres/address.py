"""The address of a shared desk: what may be in it, and what is added to it.

An address never contains a password, which would be seen in the list of processes and in a shell's history: libpq
takes one from PGPASSFILE, a service file or PGPASSWORD.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from supportctl.errors import InputError

SCHEMES = ("postgresql", "postgres")
CONNECT_SECONDS = 10
SILENT_SECONDS = 20  # how long a network may say nothing before a run gives up
_LEAVE_OUT = "Leave it out of the address: put it into PGPASSFILE (usually ~/.pgpass), a service file, or PGPASSWORD."


def is_address(named: str) -> bool:
    """Whether this names a shared desk, not a file."""
    scheme, mark, _ = named.strip().partition("://")
    return bool(mark) and scheme.lower() in SCHEMES


def checked(named: str) -> str:
    """The address of a shared desk as messages may repeat it. Raises InputError, which repeats nothing of it."""
    try:
        parts = urlsplit(named.strip())
        _ = parts.port, parse_qsl(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise InputError(
            "The address of the desk cannot be read.", "Write it as postgresql://USER@HOST/DATABASE."
        ) from None
    if parts.password is not None or "password" in dict(parse_qsl(parts.query)):
        raise InputError("The address of the desk contains a password.", _LEAVE_OUT)
    return urlunsplit((SCHEMES[0], *parts[1:]))


def host_of(address: str) -> str:
    """The host of an address as a person wrote it; empty where it is left to the environment."""
    parts = urlsplit(address)
    return unquote(dict(parse_qsl(parts.query)).get("host", parts.hostname or ""))


def user_of(address: str, environ: Mapping[str, str] = os.environ) -> str:
    """The login of an address, or who libpq would take for it; empty where that stands in a service file."""
    parts = urlsplit(address)
    return unquote(dict(parse_qsl(parts.query)).get("user", parts.username or "")) or environ.get("PGUSER", "")


def connection_settings(address: str, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """What libpq is told beside the address: time limits, and encryption for all that leaves the machine."""
    settings: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENT_SECONDS * 1000,
        "application_name": "supportctl",
        "client_encoding": "UTF8",
    }
    given = dict(parse_qsl(urlsplit(address).query))
    left_to_libpq = {"sslmode", "service"} & given.keys() or environ.get("PGSSLMODE") or environ.get("PGSERVICE")
    if not left_to_libpq:
        near = _is_local(host_of(address) or environ.get("PGHOST", ""))
        settings["sslmode"] = "prefer" if near else "verify-full"
        if not near and "sslrootcert" not in given and not _has_root_certificate(environ):
            settings["sslrootcert"] = "system"
    return settings


def _is_local(host: str) -> bool:
    """Whether a host is this machine: a socket, or loopback."""
    return not host or host.startswith(("/", "@", "127.")) or host in ("localhost", "::1")


def _has_root_certificate(environ: Mapping[str, str]) -> bool:
    if environ.get("PGSSLROOTCERT"):
        return True
    folder = environ.get("APPDATA", "") if os.name == "nt" else environ.get("HOME", "")
    return bool(folder) and Path(folder, "postgresql" if os.name == "nt" else ".postgresql", "root.crt").exists()


def with_database(address: str, database: str) -> str:
    """The address of another database of the same server."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", urlencode(parse_qsl(parts.query)), ""))
