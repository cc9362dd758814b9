"""The address of a shared desk: what may be in it, and what is added to it.

An address never contains a password, which would be seen in the list of processes and in a shell's history: libpq
takes one from PGPASSFILE, a service file or PGPASSWORD. Messages repeat an address only once it was `checked`.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from supportctl.errors import InputError

SCHEMES = ("postgresql", "postgres")
CONNECT_SECONDS = 10
SILENT_SECONDS = 20  # how long a network may say nothing before a run gives up
_LEAVE_OUT = "Leave it out of the address: put it into PGPASSFILE (usually ~/.pgpass), a service file, or PGPASSWORD."
_WRITE_AS = "Write it as postgresql://USER@HOST/DATABASE, and signs such as @ and / within a name as %40 and %2F."
_SECRET = re.compile(r"passw(or)?d\s*=", re.IGNORECASE)
_HOST = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(:[0-9]{0,5})?")


def is_address(named: str) -> bool:
    """Whether this names a shared desk, not a file; also one that is misspelt behind the scheme."""
    scheme, mark, _ = named.strip().partition(":")
    return bool(mark) and scheme.lower() in SCHEMES


def checked(named: str) -> str:
    """The address of a shared desk as messages may repeat it. Raises InputError, which repeats nothing of it."""
    text = named.strip()
    try:
        parts = urlsplit(text)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise unreadable() from None
    user, _, hosts = parts.netloc.rpartition("@")
    if ":" in unquote(user) or _SECRET.search(unquote(text)) or any(_SECRET.match(f"{name}=") for name, _ in query):
        raise InputError("The address of the desk contains a password.", _LEAVE_OUT)
    # A password with signs of its own ends the user or the host early: what follows is in the path, or behind a #.
    misplaced = "@" in user + parts.path or ("@" in parts.query and not parts.path)
    if misplaced or "://" not in text or "#" in text or not all(map(_HOST.fullmatch, hosts.split(","))):
        raise unreadable()
    return f"{SCHEMES[0]}://{parts.netloc}{parts.path}{'?' if parts.query else ''}{parts.query}"


def unreadable() -> InputError:
    return InputError("The address of the desk cannot be read.", _WRITE_AS)


def hosts_of(address: str, given: Mapping[str, str]) -> list[str]:
    """The hosts of an address as a person wrote them, or as `given` beside it; none if they are left to libpq."""
    named = urlsplit(address).netloc.rpartition("@")[2]
    if "host" in given or "hostaddr" in given:
        return (given.get("host") or given["hostaddr"]).split(",")
    found = (_HOST.fullmatch(each) for each in named.split(","))
    return [unquote(host[1].strip("[]")) for host in found if host and host[1]]


def user_of(address: str, environ: Mapping[str, str] = os.environ) -> str:
    """The login of an address, or who libpq would take for it; empty where that stands in a service file."""
    parts = urlsplit(address)
    return unquote(dict(parse_qsl(parts.query)).get("user", parts.username or "")) or environ.get("PGUSER", "")


def connection_settings(address: str, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """What libpq is told beside the address: time limits, and encryption for all that leaves the machine."""
    settings: dict[str, Any] = {
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENT_SECONDS * 1000,
        "application_name": "supportctl",
        "client_encoding": "UTF8",
    }
    given = _given(urlsplit(address), environ)
    hosts = hosts_of(address, given) or environ.get("PGHOST", "").split(",")
    mode = given.get("sslmode") or environ.get("PGSSLMODE")
    if not mode:
        mode = settings["sslmode"] = "prefer" if all(map(is_local, hosts)) else "verify-full"
    if mode == "verify-full" and not given.get("sslrootcert") and not _has_root_certificate(environ):
        settings["sslrootcert"] = "system"
    return settings


def _given(parts: SplitResult, environ: Mapping[str, str]) -> dict[str, str]:
    """What an address says behind the question mark, and what the service says that it or the environment names."""
    given = dict(parse_qsl(parts.query))
    name = given.get("service") or environ.get("PGSERVICE", "")
    return {**_service(name, environ), **given} if name else given


def _service(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The lines about a service, as libpq looks for them; none if it is not to be found."""
    files = [environ.get("PGSERVICEFILE") or Path(_home(environ), ".pg_service.conf")]
    files += [Path(environ["PGSYSCONFDIR"], "pg_service.conf")] if environ.get("PGSYSCONFDIR") else []
    for file in files:
        with suppress(OSError, UnicodeDecodeError):
            _, found, rest = f"\n{Path(file).read_text('utf-8')}".partition(f"\n[{name}]")
            if found:
                lines = (line.partition("=") for line in rest.partition("\n[")[0].splitlines())
                return {key.strip(): value.strip() for key, sign, value in lines if sign}
    return {}


def is_local(host: str) -> bool:
    """Whether a host is this machine: a socket, or loopback."""
    return not host or host.startswith(("/", "@", "127.")) or host in ("localhost", "::1")


def _has_root_certificate(environ: Mapping[str, str]) -> bool:
    if environ.get("PGSSLROOTCERT"):
        return True
    folder = environ.get("APPDATA", "") if os.name == "nt" else _home(environ)
    return bool(folder) and Path(folder, "postgresql" if os.name == "nt" else ".postgresql", "root.crt").exists()


def _home(environ: Mapping[str, str]) -> str:
    return environ.get("HOME", "")
