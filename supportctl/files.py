"""Files that the program writes: in a temporary file first, for their owner only, and moved into place in one step.

If a run ends early, the old file is still there. A new file is on disk once it has the name.
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
def atomic_file(target: Path, *, over: bool) -> Iterator[Path]:
    """A new empty file beside `target`, 0600; at the end it becomes `target`, safe on disk.

    If interrupted, nothing changes. A link at `target` is never followed: it is refused like any file, or with `over`
    replaced itself. Raises InputError if something there must not be overwritten, OutputUnwritable.
    """
    with write_errors(target):
        _refuse(target, over)
        with scratch(target) as new:
            yield new
            try:
                give_name(new, target, over=over)
            except FileExistsError:
                _refuse(target, over)
                raise


@contextmanager
def atomic_text(target: Path, *, over: bool) -> Iterator[TextIO]:
    """The same for a text, in UTF-8 and with its line ends unchanged; a link is refused. Raises the same."""
    if target.is_symlink():
        raise InputError(f"{target} is a link.", "Name the file itself.")
    if not target.parent.is_dir():
        raise OutputUnwritable(f"There is no folder {target.parent}.", "Create it first, or name another file.")
    with atomic_file(target, over=over) as new, new.open("w", encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()


@contextmanager
def write_errors(target: Path) -> Iterator[None]:
    """Turn file system errors into OutputUnwritable."""
    try:
        yield
    except OSError as error:
        raise unwritable(target, error) from error


def unwritable(target: Path, error: OSError) -> OutputUnwritable:
    """The reason why a file cannot be written."""
    return OutputUnwritable(
        f"{target} cannot be written: {error.strerror or type(error).__name__}.",
        "Check the folder and the free disk space, or name another file.",
    )


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """An empty temporary file, 0600, in the folder of another; nothing of it is left afterwards."""
    # Named before it is made: a signal between the two leaves no unknown file behind.
    new = _unnamed(beside)
    try:
        create_file(new).close()
        yield new
    finally:
        for suffix in ("", *SIDECARS):
            new.with_name(new.name + suffix).unlink(missing_ok=True)


def _unnamed(beside: Path) -> Path:
    return beside.with_name(f".{beside.name}.{os.urandom(8).hex()}.new")


def create_file(path: Path) -> BinaryIO:
    """A new file, 0600, open for writing. Raises OSError, also if the name is taken."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags, 0o600), "wb")
    path.chmod(0o600)  # a umask may have removed more
    return file


def private_folder(folder: Path) -> None:
    """Make a folder, and any missing ones above it, each for its owner only. Raises OSError."""
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
            each.chmod(0o700)  # a umask may have removed more
            to_disk(each.parent)
    folder.mkdir(exist_ok=True)  # a file in its place is an error


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """A new empty folder beside `target`, 0700; at the end it replaces `target`.

    Raises OSError; the old one is restored then.
    """
    new = _unnamed(target.absolute())
    aside = new.with_suffix(".old")  # where the old folder waits while the new one takes its name
    try:
        new.mkdir(mode=0o700)
        new.chmod(0o700)  # a umask may have removed more
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
    """`wanted`, or if that name is taken, `wanted.2` and so on."""
    names = (wanted if n == 1 else wanted.with_name(f"{wanted.name}.{n}") for n in count(1))
    return next(name for name in names if not os.path.lexists(name))


def refuse_desk(desk: Path, other: Path) -> None:
    """Refuse the desk and SQLite's files beside it, by whatever name, whether they exist or not.

    Raises InputError.
    """
    if not desk.name:
        return  # opening it will report that a folder is not a desk
    files = {file for suffix in ("", *SIDECARS) for file in (desk.with_name(desk.name + suffix), sidecar(desk, suffix))}
    if any(same_file(f, other) or (f.name == other.name and same_file(f.parent, other.parent)) for f in files):
        raise InputError(f"{other} is the desk itself.", "Name another file.")


def sidecar(file: Path, suffix: str) -> Path:
    """SQLite's file with that suffix beside a file; beside the true file, if this is a link to it."""
    with suppress(OSError, RuntimeError):  # a link that leads in a circle
        file = file.resolve()
    return file.with_name(file.name + suffix)


def same_file(one: Path, other: Path) -> bool:
    """Whether both exist and are the same; opening will report what cannot be examined."""
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
        raise InputError(f"There is no folder {target.parent}.", "Create it first, or name another file.")


def give_name(new: Path, target: Path, *, over: bool) -> None:
    """Write a whole file to disk and rename it to `target`. Raises FileExistsError if that exists, unless `over`.

    If the disk does not keep the new name, it is removed again, and an OSError says so.
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
        os.link(new, target)  # unlike a rename, refuses a file that appeared meanwhile
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        new.rename(target)


LOST = (errno.EIO, errno.ENOSPC, errno.EDQUOT)  # for a folder, every other error means only that it cannot be synced


def to_disk(path: Path) -> None:
    """Make sure that what was written survives a power cut: a file, or the names in a folder. Raises OSError."""
    folder = path.is_dir()
    if folder and os.name != "posix":
        return  # Windows syncs only what is open for writing, and a folder can only be opened for reading
    try:
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if not folder or error.errno in LOST:
            raise


# Files that are named on a command line

SMALL = 1_000_000  # bytes: far above any policy or template


def no_stream(path: Path, what: str) -> None:
    """Refuse `-` where nothing goes through a pipe: it would become a file of that name. Raises InputError."""
    if str(path) == "-":
        raise InputError(f"{what} cannot go through a pipe (-).", "Give it a name.")


def read_file(path: Path, option: str) -> str:
    """The text of a small file. Raises InputError if it is missing, unreadable, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(SMALL + 1)
        if len(data) > SMALL:
            raise InputError(f"{path} is over 1 MB.", f"Name the right file with {option}.")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not valid UTF-8.", "Convert it to UTF-8.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", f"Check the file named by {option}.") from None
