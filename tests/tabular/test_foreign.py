"""Files that are no rows of text are told by their first bytes, and named with the step that helps."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from supportctl.errors import InputError
from supportctl.tabular.record import FileForm, Record
from supportctl.tabular.source import parse_encoding
from supportctl.tabular.table import read_table


def zipped(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        if mimetype:
            file.writestr("mimetype", mimetype)
        for name in names:
            file.writestr(name, "x" * 99, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read(data: bytes, encoding: str | None = None) -> list[Record]:
    return list(read_table(io.BufferedReader(io.BytesIO(data)), "f", FileForm(encoding)))


@pytest.mark.parametrize(
    ("data", "what", "step"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook", "CSV (UTF-8)"),
        (zipped("_rels/.rels", "xl/workbook.xml"), "Excel workbook", "CSV (UTF-8)"),
        (
            zipped("content.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet"),
            "OpenDocument",
            "CSV (UTF-8)",
        ),
        (zipped("tickets.csv"), "zip archive", "Unpack"),
        (zipped(), "zip archive", "Unpack"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "old Excel", "CSV (UTF-8)"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gzip", "gzip -d"),
        (bz2.compress(b"a,b\n1,2\n"), "bzip2", "bzip2 -d"),
        (lzma.compress(b"a,b\n1,2\n"), "xz", "xz -d"),
        (b"PAR1\x15\x04\x15\x10", "Parquet", "CSV or JSON"),
        (b"SQLite format 3\x00\x10\x00", "SQLite", "CSV"),
        (b"%PDF-1.7\n", "PDF", "CSV or JSON"),
        (b"\xef\xbb\xbf<!DOCTYPE html><table><tr><td>from", "HTML", "CSV or JSON"),
        (b'<?xml version="1.0"?><tickets/>', "XML", "CSV or JSON"),
    ],
)
def test_a_file_of_another_format_is_named_with_the_step_that_helps(data: bytes, what: str, step: str) -> None:
    for encoding in (None, "latin-1"):
        with pytest.raises(InputError) as caught:
            read(data, encoding)
        assert what in caught.value.message
        assert step in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["PK,b\n1,2\n", "PAR,b\n", "BZh,b\n", "from <x>,b\n", "%PDF,b\n"])
def test_text_that_begins_alike_is_text(text: str) -> None:
    assert read(text.encode()) is not None


@pytest.mark.parametrize(
    "encoding", ["cp1252", "latin-1", "iso-8859-15", "utf-16-le", "utf-16-be", "utf-32", "utf-8", "utf-16", "UTF8"]
)
def test_a_named_encoding_is_read_so(encoding: str) -> None:
    (record,) = read("name,x\r\nJosé Ñuñez,1\r\n".encode(encoding), parse_encoding(encoding))
    assert list(record.values) == ["José Ñuñez", "1"]


@pytest.mark.parametrize(("encoding", "text"), [("shift_jis", "山田"), ("gb18030", "张伟"), ("koi8-r", "Иван")])
def test_encodings_of_other_scripts_are_read(encoding: str, text: str) -> None:
    (record,) = read(f"name\n{text}\n".encode(encoding), parse_encoding(encoding))
    assert list(record.values) == [text]


def test_a_mark_at_the_beginning_is_no_part_of_the_first_name() -> None:
    for encoding in ("utf-8", "utf-16-le"):
        (record,) = read("\ufeffa\n1\n".encode(encoding), encoding)
        assert record.names == ("a",)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_named_with_the_option(encoding: str) -> None:
    with pytest.raises(InputError) as caught:
        read("a,b\n1,2\n".encode(encoding))
    assert caught.value.hint == f"Name it: --encoding {encoding}."


def test_what_does_not_fit_the_encoding_is_named_with_its_line() -> None:
    with pytest.raises(InputError, match="f, line 3 is not valid UTF-8"):
        read(b"a\nx\n\xe9\n")
    with pytest.raises(InputError, match="f, line 2 is not valid CP1252"):
        read(b"a\n\x81\n", "cp1252")


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "idna", "unicode_escape", "undefined", "", "a\0b", "é"])
def test_a_name_that_is_no_encoding_of_files_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="not a known encoding"):
        parse_encoding(name)
