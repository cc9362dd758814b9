"""Reads the files that a command line names."""

from pathlib import Path

from supportctl.errors import InputError

LIMIT = 1_000_000  # bytes: far more than any policy or template


def no_stream(path: Path, what: str) -> None:
    """Refuse `-` where pipes do not work: it would become a file with that name. Raises InputError."""
    if str(path) == "-":
        raise InputError(f"{what} cannot go through a pipe (-).", "Give it a name.")


def read_file(path: Path, option: str) -> str:
    """The text of a small file. Raises InputError if it is missing, unreadable, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
        if len(data) > LIMIT:
            raise InputError(f"{path} is over 1 MB.", f"Name the right file with {option}.")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not valid UTF-8.", "Convert it to UTF-8.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", f"Check the file named by {option}.") from None
