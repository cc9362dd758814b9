"""Files that are not rows of text, recognised by their first bytes, each with the step that makes rows of them."""

import re

from supportctl.errors import InputError

LOOKED_AT = 8192  # bytes

_WRITE = "Write it as CSV or JSON with the program that made it, and import that."
_SAVE = "Open it in a spreadsheet program, save the sheet as CSV (UTF-8), and import that."
_UNPACK = "Unpack it, and import the file in it."


# How files of a format begin (a regular expression), what they are called, and what to do with one.
_FORMATS = (
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument", "an OpenDocument file (ods)", _SAVE),
    (rb"PK\x03\x04.*?(xl/|\[Content_Types\]\.xml|_rels/\.rels|docProps/)", "an Excel workbook (xlsx)", _SAVE),
    (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "a zip archive", _UNPACK),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (xls)", _SAVE),
    (rb"\x1f\x8b", "compressed with gzip", "Unpack it with `gzip -d`, and import the file that it leaves."),
    (rb"BZh[1-9]1AY&SY", "compressed with bzip2", "Unpack it with `bzip2 -d`, and import the file that it leaves."),
    (rb"\xfd7zXZ\x00", "compressed with xz", "Unpack it with `xz -d`, and import the file that it leaves."),
    (rb"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it with `zstd -d`, and import the file that it leaves."),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (rb"Rar!\x1a\x07", "a rar archive", _UNPACK),
    (rb"PAR1", "a Parquet file", _WRITE),
    (rb"ARROW1|FEA1", "an Arrow file", _WRITE),
    (rb"SQLite format 3\x00", "an SQLite database", "Write the table as CSV with sqlite3, and import that."),
    (rb"%PDF-", "a PDF", "Export the records as CSV or JSON, and import that."),
    (
        rb"\s*<(!doctype|html|\?xml|table)",
        "HTML or XML",
        "Export it as CSV or JSON; a spreadsheet program may be able to open it.",
    ),
)


def refuse_foreign(head: bytes, name: str) -> None:
    """Refuse a file whose first bytes belong to another format. Raises InputError with the step that helps."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    for begins, what, step in _FORMATS:
        if re.match(begins, text, re.DOTALL | re.IGNORECASE):
            raise InputError(f"{name} is {what}; rows come as CSV, TSV or JSON.", step)


def encoding_of(head: bytes, name: str) -> str:
    """The encoding of a file that names none: by its first bytes, else UTF-8. Raises InputError instead of guessing."""
    if head[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return "utf-32"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\x00" in head[:2] and len(head) > 1:
        guess = "utf-16-le" if head[0] else "utf-16-be"
        raise InputError(
            f"{name} looks like {guess.upper()}, but has no byte order mark.", f"Name it: --encoding {guess}."
        )
    return "utf-8"
