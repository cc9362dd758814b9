"""Files that the program writes: beside their place, for their owner alone, and named in one step when they are whole.

Whatever ends a run early, the name has what it had before. Once it has the new file, that is on the disk.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO, TextIO

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
            try:
                give_name(new, target, over=over)
            except FileExistsError:
                _refuse(target, over)
                raise


@contextmanager
def written(target: Path, *, over: bool) -> Iterator[TextIO]:
    """The same for a text, in UTF-8 and with the line ends as they come; a link is refused. Raises the same."""
    if target.is_symlink():
        raise InputError(f"{target} is a link.", "Name the file itself.")
    if not target.parent.is_dir():
        raise OutputUnwritable(f"There is no folder {target.parent}.", "Make it first, or name another file.")
    with placing(target, over=over) as new, new.open("w", encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn what the file system says meanwhile into OutputUnwritable."""
    try:
        yield
    except OSError as error:
        raise unwritable(target, error) from error


def unwritable(target: Path, error: OSError) -> OutputUnwritable:
    """What keeps a file from being written."""
    return OutputUnwritable(
        f"{target} cannot be written: {error.strerror or type(error).__name__}.",
        "Check the folder and the room on the disk, or name another place.",
    )


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """An empty file for the while, 0600, in the folder of another; and nothing left of it afterwards."""
    # Named before it is made: a signal between the two leaves nothing that nobody knows of.
    new = _unnamed(beside)
    try:
        created(new).close()
        yield new
    finally:
        for suffix in ("", *SIDECARS):
            new.with_name(new.name + suffix).unlink(missing_ok=True)


def _unnamed(beside: Path) -> Path:
    return beside.with_name(f".{beside.name}.{os.urandom(8).hex()}.new")


def created(path: Path) -> BinaryIO:
    """A new file, 0600, open for writing. Raises OSError, also where something has that name."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags, 0o600), "wb")
    path.chmod(0o600)  # a umask may have taken more
    return file


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, each for its owner alone. Raises OSError."""
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
            each.chmod(0o700)  # a umask may have taken more
            to_disk(each.parent)
    folder.mkdir(exist_ok=True)  # a file in its place is an error


@contextmanager
def placing_folder(target: Path) -> Iterator[Path]:
    """A new empty folder beside `target`, 0700; at the end it is `target`, in the place of what had that name.

    Raises OSError; the old one is put back then.
    """
    new = _unnamed(target.absolute())
    aside = new.with_suffix(".old")  # where the old folder waits while the new one takes its name
    try:
        new.mkdir(mode=0o700)
        new.chmod(0o700)  # a umask may have taken more
        yield new
        to_disk(new)
        if target.exists():
            target.rename(aside)
        new.rename(target)
        to_disk(new.parent)
    finally:
        if aside.exists() and not target.exists():
            aside.rename(target)
        for folder in (new, aside):  # each with its files, but nothing that has folders in it
            if folder.exists():
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()


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
    if any(same_file(f, other) or (f.name == other.name and same_file(f.parent, other.parent)) for f in files):
        raise InputError(f"{other} is the desk itself.", "Name another file.")


def sidecar(file: Path, suffix: str) -> Path:
    """What SQLite keeps beside a file under that suffix; beside the file itself, where a link leads to it."""
    with suppress(OSError, RuntimeError):  # a link that leads in a circle
        file = file.resolve()
    return file.with_name(file.name + suffix)


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
    """Bring a whole file to the disk, and let it be `target`. Raises FileExistsError unless `over` or that is free.

    A new name that the disk does not take for good is taken back, and an OSError says so.
    """
    to_disk(new)
    if over:
        new.replace(target)
        to_disk(target.parent)
        return
    _name(new, target)
    try:
        to_disk(target.parent)
    except OSError:
        target.unlink()
        raise


def _name(new: Path, target: Path) -> None:
    try:
        os.link(new, target)  # unlike a rename, refuses a file that came meanwhile
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        new.rename(target)


LOST = (errno.EIO, errno.ENOSPC, errno.EDQUOT)  # of a folder, all else says only that it cannot be asked


def to_disk(path: Path) -> None:
    """Make sure that what was written outlives a power cut: a file, or the names in a folder. Raises OSError."""
    folder = path.is_dir()
    if folder and os.name != "posix":
        return  # Windows syncs only what is open for writing, and a folder is open for reading alone
    try:
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if not folder or error.errno in LOST:
            raise
