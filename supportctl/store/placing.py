"""Putting a whole file in its place: written beside it, for its owner alone, and given its name in one step."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from supportctl.errors import InputError, OutputUnwritable

SIDECARS = ("-wal", "-shm", "-journal")  # what SQLite may keep beside a file


@contextmanager
def placing(target: Path, *, over: bool) -> Iterator[Path]:
    """A new empty file beside `target`, 0600; at the end it is `target`, safe on the disk. Cut short, nothing changed.

    A link at `target` is never followed: it is refused like any file, or with `over` replaced itself. Raises InputError
    where something is there that must not be written over, OutputUnwritable.
    """
    with writing(target):
        _refuse(target, over)
        with scratch(target) as new:
            yield new
            give_name(new, target, over=over)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn what the file system says meanwhile into OutputUnwritable."""
    try:
        yield
    except OSError as error:
        raise OutputUnwritable(
            f"{target} cannot be written: {error.strerror or type(error).__name__}.",
            "Check the folder and the room on the disk; nothing was changed.",
        ) from error


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """An empty file for the while, 0600, in the folder of another; and nothing left of it afterwards."""
    # Named before it is made: a signal between the two leaves nothing that nobody knows of.
    new = beside.with_name(f".{beside.name}.{secrets.token_hex(8)}.new")
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        new.chmod(0o600)  # a umask may have taken more
        yield new
    finally:
        for suffix in ("", *SIDECARS):
            new.with_name(new.name + suffix).unlink(missing_ok=True)


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, each for its owner alone. Raises OSError."""
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
            each.chmod(0o700)  # a umask may have taken more
    folder.mkdir(exist_ok=True)  # a file in its place is an error


def free_name(wanted: Path) -> Path:
    """`wanted`, or where something has that name, `wanted.2` and so on."""
    names = (wanted if n == 1 else wanted.with_name(f"{wanted.name}.{n}") for n in count(1))
    return next(name for name in names if not os.path.lexists(name))


def refuse_desk(desk: Path, other: Path) -> None:
    """Refuse the desk and what SQLite keeps beside it, by whatever name, and whether it is there now or not.

    Raises InputError.
    """
    if not desk.name:
        return  # a folder is no desk, as whoever opens it says
    files = {file for suffix in ("", *SIDECARS) for file in (desk.with_name(desk.name + suffix), sidecar(desk, suffix))}
    if any(same_file(file, other) or _same_place(file, other) for file in files):
        raise InputError(f"{other} is the desk itself.", "Name another file.")


def sidecar(file: Path, suffix: str) -> Path:
    """What SQLite keeps beside a file under that suffix; beside the file itself, where a link leads to it."""
    with suppress(OSError, RuntimeError):  # a link that leads in a circle
        file = file.resolve()
    return file.with_name(file.name + suffix)


def _same_place(one: Path, other: Path) -> bool:
    return one.name == other.name and same_file(one.parent, other.parent)


def same_file(one: Path, other: Path) -> bool:
    """Whether both are there and the same; what cannot be looked at is for whoever opens it to tell of."""
    with suppress(OSError):
        return one.samefile(other)
    return False


def _refuse(target: Path, over: bool) -> None:
    there = os.path.lexists(target)
    if target.is_dir() and not target.is_symlink():
        raise InputError(f"{target} is a folder.", "Name a file in it.")
    if there and not target.is_symlink() and not target.is_file():  # replaced by a file, it would be gone for everyone
        raise InputError(f"{target} is a device or a pipe.", "Name a file.")
    if there and not over:
        raise InputError(f"{target} exists already; it was left as it is.", "Name another file, or add --force.")
    if not target.parent.is_dir():
        raise InputError(f"There is no folder {target.parent}.", "Make it first, or name another file.")


def give_name(new: Path, target: Path, *, over: bool) -> None:
    """Bring a whole file to the disk, and let it be `target`. Raises InputError unless `over` or that is free."""
    to_disk(new)
    if over:
        new.replace(target)
    else:
        try:
            os.link(new, target)  # unlike a rename, refuses a file that came meanwhile
        except FileExistsError:
            _refuse(target, over)
        except OSError:  # a file system without hard links
            _refuse(target, over)
            new.replace(target)
    if os.name == "posix":
        to_disk(target.parent)


def to_disk(path: Path) -> None:
    """Make sure that what was written outlives a power cut."""
    # Windows syncs only what is open for writing, and a folder is open for reading alone.
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
