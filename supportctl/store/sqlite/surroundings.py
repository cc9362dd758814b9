"""What a desk depends on: who may read its files, the disk, SQLite and time zone data, and their known faults."""

import os
import re
import sqlite3
import stat
import zoneinfo
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from supportctl.files import SIDECARS

# File systems shared by machines: their locks are unreliable, and WAL needs memory that all users share.
NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "smb2"}
    | {"smb3", "smbfs", "vboxsf", "virtiofs", "fuse.ceph", "fuse.davfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs"}
    | {"fuse.smbnetfs", "fuse.sshfs"}
)
# SQLite's WAL-reset bug: if several processes write and checkpoint at once, pages can be lost.
_FAULTY_FROM, _MENDED = (3, 7, 0), (3, 51, 3)
_MENDED_BEFORE = ((3, 44, 6), (3, 50, 7))  # branches with the same fix
_ESCAPED = re.compile(r"\\([0-7]{3})")  # how the kernel writes a blank, a tab, a line end or a backslash in a path
# How `files` names unfinished files, and how earlier releases named exports and rejected rows.
_UNFINISHED = re.compile(r"\.(?:.+\.[0-9a-f]{16}\.(?:new|old)|supportctl-\w+\.(?:new|old))", re.DOTALL)
STALE_YEARS = 2  # zone rules change several times a year


class Loose(NamedTuple):
    """A file or folder that others can read: its mode, and what it should be."""

    path: Path
    mode: int
    wanted: int


def loose_files(desk: Path) -> list[Loose]:
    """The desk's files that others than their owner can access. Windows has no such modes."""
    files = (desk.with_name(desk.name + suffix) for suffix in ("", *SIDECARS))
    return [found for path in files if (found := _loose(path, 0o600))]


def loose_folder(desk: Path) -> Loose | None:
    """The desk's folder, if others than its owner can access it."""
    return _loose(desk.absolute().parent, 0o700)


def _loose(path: Path, wanted: int) -> Loose | None:
    if os.name != "posix":
        return None
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(path.stat().st_mode)
        return Loose(path, mode, wanted) if mode & 0o077 else None
    return None


def tighten(found: Loose) -> None:
    """Restrict it to its owner."""
    found.path.chmod(found.wanted)


def leftovers(desk: Path) -> list[Path]:
    """What a killed run has left in the desk's folder, or a running one is making: desks, backups, exports."""
    return sorted(path for path in desk.absolute().parent.iterdir() if _UNFINISHED.fullmatch(path.name))


SQLITE_VERSION = sqlite3.sqlite_version


def sqlite_at_fault(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite can, rarely, damage a file in WAL mode when several processes write."""
    mended = any(version[:2] == branch[:2] and version >= branch for branch in _MENDED_BEFORE)
    return _FAULTY_FROM <= version < _MENDED and not mended


def network_disk(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """The file system's type, if we can tell that machines share it."""
    where = str(path.absolute())
    if where.startswith("\\\\"):
        return "a Windows share"
    with suppress(OSError):
        where = str(path.resolve())
        found = [(point, kind) for point, kind in _mounts(mounts) if _below(where, point)]
        # Of several at one mount point the last hides the others.
        _, kind = max(reversed(found), key=lambda mount: len(mount[0]), default=("", ""))
        return kind if kind in NETWORK else None
    return None


def _mounts(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        parts = line.split(" ")
        if len(parts) > 2:
            yield _ESCAPED.sub(lambda found: chr(int(found[1], 8)), parts[1]), parts[2]


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def zone_data() -> tuple[str, str]:
    """The version of the time zone data in use, such as 2025b ("" if unknown), and where it comes from."""
    for folder in map(Path, zoneinfo.TZPATH):
        if folder.is_dir():
            return _zone_version(folder), str(folder)
    with suppress(ImportError, AttributeError):
        import tzdata  # late: it may be missing or broken

        return str(tzdata.IANA_VERSION), "the tzdata package"
    return "", "nowhere"


def _zone_version(folder: Path) -> str:
    for name, before in (("tzdata.zi", "# version "), ("+VERSION", "")):
        with suppress(OSError), (folder / name).open(encoding="ascii", errors="replace") as file:
            return file.readline(80).removeprefix(before).strip()
    return ""


def stale(zone_version: str, year: int) -> bool:
    """Whether zone data of this version is too old to trust this year."""
    return zone_version[:4].isdecimal() and year - int(zone_version[:4]) >= STALE_YEARS
