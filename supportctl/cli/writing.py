"""Writing a file of the user's: private, whole or not at all, and never over another one unasked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from supportctl.errors import InputError, OutputUnwritable


@contextmanager
def written(path: Path, *, force: bool) -> Iterator[TextIO]:
    """A new file, 0600, that gets the name `path` once it is whole and on the disk; until then the old one stands.

    Raises InputError for one that exists (unless `force`), for a link and for what is no file; OutputUnwritable.
    """
    import tempfile

    _refuse(path, force)
    try:
        handle, name = tempfile.mkstemp(prefix=".supportctl-", suffix=".new", dir=path.parent)  # 0600 by itself
    except OSError as error:
        raise unwritable(path, error) from None
    new = Path(name)
    try:
        new.chmod(0o600)  # a umask may have taken more
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _place(new, path, force)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        new.unlink(missing_ok=True)


def _refuse(path: Path, force: bool) -> None:
    try:
        if path.is_symlink():
            raise InputError(f"{path} is a link.", "Name the file itself.")
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is no file.", "Name a new file, or leave it out to write to standard output.")
        if path.exists() and not force:
            raise _exists(path)
    except OSError as error:
        raise unwritable(path, error) from None


def _place(new: Path, path: Path, force: bool) -> None:
    if force:
        new.replace(path)
        return
    try:
        os.link(new, path)  # unlike a rename, it refuses a file that someone made meanwhile
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # a file system without hard links
        if path.exists():
            raise _exists(path) from None
        new.rename(path)


def _exists(path: Path) -> InputError:
    return InputError(f"{path} exists already.", "Name another, or add --force to replace it.")


def unwritable(path: Path, error: OSError) -> OutputUnwritable:
    """What keeps a file from being written."""
    return OutputUnwritable(f"{path} cannot be written: {error.strerror}.", "Make room, or name another place.")
