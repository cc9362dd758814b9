"""What a desk's file depends on: who may read its files, the disk and SQLite, and their known faults."""

import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from supportctl.files import SIDECARS
from supportctl.store import environment
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.environment import warned
from supportctl.store.soundness import OK, WARNING, Finding, damage
from supportctl.store.sqlite.connection import connect, schema_of

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


def versions(desk: Path, now: int) -> Iterator[Finding]:
    """What the desk is read with; `now` (UTC epoch seconds) tells whether the zone data is old."""
    with closing(connect(desk)) as db:
        schema = schema_of(db)
    said = "when several processes write at once, it can in rare cases damage a desk (the WAL-reset bug)"
    hint = "Use a Python with SQLite 3.51.3 or later (or 3.50.7, 3.44.6), and keep backups."
    engine = warned("sqlite", sqlite3.sqlite_version, sqlite_at_fault(), said, hint)
    yield from environment.versions(str(desk.absolute()), schema, SCHEMA_VERSION, engine, now)


def files(desk: Path) -> Iterator[Finding]:
    """Who else can use the desk's files, whether its disk can be relied on, and what was left beside it."""
    yield from list(_modes(desk)) or [Finding("file modes", OK, "all right")]
    if kind := network_disk(desk):
        said = f"the desk is on {kind}, a shared file system: SQLite cannot lock it safely"
        yield Finding("disk", WARNING, said, "Move it to a disk of this machine.")
    hint = "Remove it, unless supportctl is running right now, or it is an .old export that you still need."
    for path in leftovers(desk):
        yield Finding("leftovers", WARNING, f"{path.name} was left by a run that was killed", hint)


def _modes(desk: Path) -> Iterator[Finding]:
    """What others than its owner can access. Windows has no such modes."""
    for file in (desk.with_name(desk.name + suffix) for suffix in ("", *SIDECARS)):
        if mode := _open_to_others(file):
            said = f"others can access {file.name}: its mode is {mode:04o}"
            yield damage("file modes", said, mend=partial(_close_to_others, file=file))
    folder = desk.absolute().parent
    if mode := _open_to_others(folder):
        said = f"others can look into its folder: its mode is {mode:04o}"
        yield Finding("file modes", WARNING, said, f"Unless others need something there: `chmod 700 {folder}`.")


def _open_to_others(path: Path) -> int | None:
    """The mode of a file or folder, if others than its owner can access it."""
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(path.stat().st_mode)
        return mode if os.name == "posix" and mode & 0o077 else None
    return None


def _close_to_others(_: Desk, file: Path) -> None:
    file.chmod(0o600)


def leftovers(desk: Path) -> list[Path]:
    """What a killed run has left in the desk's folder, or a running one is making: desks, backups, exports."""
    return sorted(path for path in desk.absolute().parent.iterdir() if _UNFINISHED.fullmatch(path.name))


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
        found = [(at, kind) for at, kind in _mounts(mounts) if where == at or where.startswith(at.rstrip("/") + "/")]
        # Of several at one mount point the last hides the others.
        _, kind = max(reversed(found), key=lambda mount: len(mount[0]), default=("", ""))
        return kind if kind in NETWORK else None
    return None


def _mounts(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        parts = line.split(" ")
        if len(parts) > 2:
            yield _ESCAPED.sub(lambda found: chr(int(found[1], 8)), parts[1]), parts[2]
