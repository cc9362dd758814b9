"""A folder of tables, each a JSON Lines file, with a manifest that counts their rows and holds their fingerprints.

Written under another name and renamed, so that it is complete or absent; read as if a stranger had made it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from supportctl.errors import DeskUnusable, InputError
from supportctl.files import atomic_folder, create_file, to_disk, write_errors
from supportctl.tabular.source import is_text

MANIFEST = "manifest.json"
FORMAT = "supportctl-desk"
VERSION = 1
LINE_LIMIT = 130_000_000  # bytes: the longest text of a ticket, with every character escaped
MANIFEST_LIMIT = 1_000_000
CHUNK = 1 << 20
_INTEGERS = range(-(1 << 63), 1 << 63)
_ANEW = "Export the desk again; an export is not meant to be edited."
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Field(NamedTuple):
    """The values that a column takes: strings or integers, whether it may be absent, and which JSON is in its text."""

    name: str
    kind: type
    optional: bool
    json: type | None


class Part(NamedTuple):
    """One table of the folder: how many rows, and the SHA-256 of its file."""

    rows: int
    sha256: str


class Manifest(NamedTuple):
    """A folder's description of itself: the schema of its rows, and its parts by table."""

    schema: int
    parts: Mapping[str, Part]


# Writing


@contextmanager
def new_folder(path: Path, *, force: bool) -> Iterator[Path]:
    """A new folder, 0700, that gets the name `path` when it is complete. Raises InputError, OutputUnwritable.

    A folder with other contents stays; an earlier export is replaced with `force`.
    """
    _refuse(path, force)
    with write_errors(path), atomic_folder(path) as new:
        yield new


def _refuse(path: Path, force: bool) -> None:
    with write_errors(path):
        if path.is_symlink():
            raise InputError(f"{path} is a link or a pipe, not a file.", "Name a new folder.")
        if not path.exists():
            return
        if not path.is_dir():
            raise InputError(f"{path} is not a folder.", "Name a new folder.")
        found = {entry.name for entry in path.iterdir()}
    ours = MANIFEST in found and all(name == MANIFEST or name.endswith(".jsonl") for name in found)
    if found and not ours:
        raise InputError(f"{path} contains something else.", "Name a new folder.")
    if found and not force:
        raise InputError(f"{path} holds an export already.", "Name a new folder, or add --force to replace it.")


def write_part(
    folder: Path, table: str, fields: Sequence[Field], rows: Iterable[Sequence[Any]], tick: Callable[[], None]
) -> Part:
    """Write a table's file, 0600, one row per line. Raises OSError."""
    names, digest, count = [field.name for field in fields], hashlib.sha256(), 0
    with _created(folder / f"{table}.jsonl") as file:
        for row in rows:
            line = f"{_encode(dict(zip(names, row, strict=True)))}\n".encode()
            digest.update(line)
            file.write(line)
            count += 1
            tick()
    return Part(count, digest.hexdigest())


def write_manifest(folder: Path, schema: int, parts: Mapping[str, Part], **facts: str) -> None:
    """Write the manifest, as the last file: it makes the folder complete. Raises OSError."""
    said = {
        "format": FORMAT,
        "format_version": VERSION,
        "schema_version": schema,
        **facts,
        "tables": {table: part._asdict() for table, part in parts.items()},
    }
    with _created(folder / MANIFEST) as file:
        file.write(f"{json.dumps(said, indent=2)}\n".encode())


@contextmanager
def _created(path: Path) -> Iterator[Any]:
    with create_file(path) as file:
        yield file
    to_disk(path)


# Reading


def read_manifest(folder: Path, newest_schema: int) -> Manifest:
    """The folder's contents, after a look at every file. Raises InputError, DeskUnusable for a newer one."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", "Name a folder made by `supportctl export desk`.")
    with _opened(folder / MANIFEST) as file:
        said = _parsed(file.read(MANIFEST_LIMIT))
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise InputError(f"{folder} is not an exported desk.", "Name a folder made by `supportctl export desk`.")
    version, schema = said.get("format_version"), said.get("schema_version")
    if not (_counts(version) and _counts(schema)):
        raise InputError(f"{folder / MANIFEST} does not say what it describes.", _ANEW)
    if version > VERSION or schema > newest_schema:
        raise DeskUnusable(f"{folder} was exported by a newer program.", "Upgrade supportctl; nothing was changed.")
    manifest = Manifest(schema, _parts(folder, said.get("tables")))
    for table, part in manifest.parts.items():
        _verify(folder, table, part)
    return manifest


def _parts(folder: Path, said: Any) -> dict[str, Part]:
    try:
        parts = {table: Part(part["rows"], part["sha256"]) for table, part in said.items()}
    except (AttributeError, LookupError, TypeError):
        parts = {}
    named = all(table.isascii() and table.isidentifier() for table in parts)  # so that it cannot lead out of the folder
    if not parts or not named or not all(_counts(p.rows) and isinstance(p.sha256, str) for p in parts.values()):
        raise InputError(f"{folder / MANIFEST} does not say what the folder holds.", _ANEW)
    return parts


def _counts(value: Any) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 1 << 62


def _verify(folder: Path, table: str, part: Part) -> None:
    """Compare a file with its fingerprint, before a row of it is read."""
    path, digest, lines = folder / f"{table}.jsonl", hashlib.sha256(), 0
    with _opened(path) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")
    if (digest.hexdigest(), lines) != (part.sha256, part.rows):
        raise InputError(f"{path} has changed since it was exported.", "Copy it again from where it came from.")


def read_part(folder: Path, table: str, fields: Sequence[Field], tick: Callable[[], None]) -> Iterator[tuple[Any, ...]]:
    """The rows of a table, each value checked. Raises InputError, which names the line but never a value."""
    path = folder / f"{table}.jsonl"
    with _opened(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(LINE_LIMIT), b""), 1):
            try:
                yield _row(line, fields)
            except ValueError as wrong:
                raise InputError(f"{path}, line {number}: {wrong}.", _ANEW) from None
            tick()


def _row(line: bytes, fields: Sequence[Field]) -> tuple[Any, ...]:
    """The values of a line. Raises ValueError with what is wrong."""
    said = _parsed(line)
    if not isinstance(said, dict):
        raise ValueError("not a JSON object")
    if len(said) != len(fields) or not all(field.name in said for field in fields):
        raise ValueError("its columns are not those of the table")
    return tuple([_value(said[field.name], field) for field in fields])


def _value(value: Any, field: Field) -> Any:
    if value is None and field.optional:
        return None
    if type(value) is not field.kind:
        raise ValueError(f"{field.name} is not {'text' if field.kind is str else 'a whole number'}")
    if isinstance(value, int) and value not in _INTEGERS:
        raise ValueError(f"{field.name} is too large a number")
    if isinstance(value, str) and not is_text(value):
        raise ValueError(f"{field.name} contains half a character")
    if field.json is not None and not isinstance(_parsed(str(value)), field.json):
        raise ValueError(f"{field.name} is not the JSON expected there")
    return value


def _parsed(text: str | bytes) -> Any:
    """The JSON value; None for invalid JSON, endless nesting, or a number of thousands of digits."""
    try:
        return json.loads(text if isinstance(text, str) else text.decode())
    except (ValueError, RecursionError):
        return None


def _opened(path: Path) -> BufferedReader:
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise InputError(f"{path} is a link or a pipe, not a file.", _ANEW)
        return path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{path} is missing.", "Name a whole folder made by `supportctl export desk`.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check the permissions.") from None
