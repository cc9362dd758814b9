"""Files of rows: every dialect gives the same records, nothing is changed on the way, and what cannot be is named."""

import csv
import io
import json
import string
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.errors import InputError
from supportctl.tabular.record import FileForm, NotText, Record, Table
from supportctl.tabular.source import FIELD_LIMIT
from supportctl.tabular.table import read_table


def table(data: bytes | str) -> Table:
    raw = data.encode() if isinstance(data, str) else data
    return read_table(io.BufferedReader(io.BytesIO(raw)), "f.csv")


def rows(data: bytes | str) -> list[dict[str, Any]]:
    return [dict(zip(record.names, record.values, strict=True)) for record in table(data)]


def refused(data: bytes | str) -> str:
    with pytest.raises(InputError) as caught:
        list(table(data))
    return caught.value.message


@pytest.mark.parametrize(
    "data",
    [
        "a,b\n1,x y\n",
        "a;b\r\n1;x y\r\n",
        "a\tb\n1\tx y",
        "a,b\r1,x y\r",
        "\ufeffa,b\n1,x y\n",
        '"a","b"\n"1","x y"\n',
        "a|b\n1|x y\n",
        "sep=;\r\na;b\r\n1;x y\r\n",
        "\ufeffSEP=\t\na\tb\n1\tx y\n",
        '"sep=|"\na|b\n1|x y\n',
        "a,b\n1,x y,\n",
        "a,b\n1,x y,, ,\n",
        "a,b\n1,x y\n".encode("utf-16"),
        '[{"a": 1, "b": "x y"}]',
        '{"a": "1", "b": "x y"}\n',
        '\n {"a": 1,\n  "b": "x y"}',
    ],
)
def test_every_dialect_is_told_by_its_content(data: bytes | str) -> None:
    assert rows(data) == [{"a": "1", "b": "x y"}]


def test_a_header_with_another_separator_in_quotes_is_read_by_the_one_outside() -> None:
    assert rows('"a,b,c";d\n1;2\n') == [{"a,b,c": "1", "d": "2"}]


def test_no_value_changes_on_the_way() -> None:
    assert rows("a,b\n00123, x \n") == [{"a": "00123", "b": " x "}]
    assert rows('a,b\n"1\r\n2","say ""hi"""\n') == [{"a": "1\r\n2", "b": 'say "hi"'}]
    assert rows('[{"a": 12.50, "b": 1e5, "c": null, "d": ""}]') == [{"a": "12.50", "b": "1e5", "c": None, "d": ""}]


def test_places_are_the_lines_at_which_records_begin() -> None:
    assert [r.place for r in table('\na,b\n1,"x\n\ny"\n\n,\n3,4\n')] == ["line 3", "line 8"]
    assert [r.place for r in table('[{"a":1},\n\n{"a":\n2}]')] == ["line 1 (record 1)", "line 3 (record 2)"]


def test_rows_of_nothing_are_passed_over() -> None:
    assert rows("a,b\n\n,\n1,2\n,\n") == [{"a": "1", "b": "2"}]
    assert rows("a,b\n") == rows("[]") == rows(" [ ] \n") == []


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("true", "true"),
        ("[1]", "a list"),
        ('{"x": 1}', "an object"),
        ("NaN", "NaN"),
        (r'"cut \ud83d"', "half a character, such as a cut emoji"),
    ],
)
def test_what_is_no_text_says_what_it_is(value: str, what: str) -> None:
    assert rows(f'[{{"a": {value}}}]') == [{"a": NotText(what)}]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "f.csv is empty"),
        ("\n  \n", "f.csv is empty"),
        (b"a,b\n1,2\n3,\xff\n", "f.csv, line 3 is not valid UTF-8"),
        (b'[{"a": 1},\n{"a": "\xe9"}]', "f.csv, line 2 is not valid UTF-8"),
        ("a,b".encode("utf-16") + b"\x00", "f.csv, line 1 is not valid UTF-16"),
        ('a,b\n1,2\n3,"x\n', "f.csv, line 3: a quote is never closed"),
        ('a,b\n1,2\n"3"x,4\n', "f.csv, line 3: text follows a closing quote"),
        ('[{"a": 1} {"a": 2}]', "f.csv, line 1: expected , or ] after record 1"),
        ('[{"a": 1},]', "f.csv, line 1: not valid JSON"),
        ('[,{"a": 1}]', "f.csv, line 1: not valid JSON"),
        ('[{"a": 1},\n{"a": x}]', "f.csv, line 2: not valid JSON"),
        ('[{"a": 1}', "f.csv, line 1: expected , or ] after record 1"),
        ('[{"a": 1}] []', "f.csv, line 1: text follows the end of the array"),
        ('{"a": 1}\nnull\n', "f.csv, line 2: record 2 is not an object"),
        ('{"a": 1}\n{"a": ', "f.csv, line 2: not valid JSON"),
        ('[{"a": 00123}]', "f.csv, line 1: not valid JSON"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(data: bytes | str, says: str) -> None:
    assert refused(data).startswith(says)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (",".join(f"c{i}" for i in range(1001)), "over 1,000 columns"),
        ("{" + ",".join(f'"c{i}": 1' for i in range(1001)) + "}", "record 1 has over 1,000 columns"),
        ("a\n" + "x" * (FIELD_LIMIT + 1), "line 2: a field over 10 MB"),
        ("a\n" + "x" * (2 * FIELD_LIMIT + 1), "line 2: a row over 20 MB"),
        ('a\n"' + "x" * 999_999 + ("\n" + "x" * 999_999) * 30, "line 2: a field over 10 MB"),
        ('[{"a": "' + "x" * (2 * FIELD_LIMIT + 200_000), "or a record over 20 MB"),
        ("[" * 200_000, "nested too deeply"),
        ('[{"a": ' + '{"x": ' * 100_000, "nested too deeply"),
    ],
    ids=range(8),
)
def test_hostile_files_meet_limits_that_are_named(data: str, says: str) -> None:
    assert says in refused(data)


def test_the_limits_themselves_are_within() -> None:
    assert len(rows(",".join(f"c{i}" for i in range(1000)) + "\n" + "1," * 999 + "1")[0]) == 1000
    assert rows("a\n" + "x" * FIELD_LIMIT) == rows(json.dumps([{"a": "x" * FIELD_LIMIT}])) == [{"a": "x" * FIELD_LIMIT}]
    assert rows(json.dumps([{"a": "x" * (FIELD_LIMIT + 1)}])) == [{"a": NotText("text over 10 MB")}]


def test_a_number_of_thousands_of_digits_is_a_text() -> None:
    """Python refuses to convert it; no one asked it to."""
    assert rows('[{"a": ' + "9" * 5000 + "}]") == [{"a": "9" * 5000}]


class Endless(io.RawIOBase):
    """Pieces of a file that is larger than memory should ever get."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._left = self._left or next(self._pieces, b"")
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def csv_pieces(count: int) -> Iterator[bytes]:
    yield b"a,b\n"
    yield from (b"%d,%s\n" % (i, b"x" * 100) for i in range(count))


def json_pieces(count: int) -> Iterator[bytes]:
    yield b"["
    yield from (b'{"a": %d, "b": "%s"},' % (i, b"x" * 100) for i in range(count))
    yield b'{"a": 0}]'


@pytest.mark.parametrize("pieces", [csv_pieces, json_pieces])
def test_memory_does_not_grow_with_the_file(pieces: Any) -> None:
    """An array on a single line of three megabytes, too."""
    tracemalloc.start()
    read = sum(1 for _ in read_table(io.BufferedReader(Endless(pieces(25_000))), "f"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read >= 25_000
    assert peak < 1_500_000


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS).filter(any)))
def test_csv_comes_back_as_it_was_written(cells: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("a", "b"), *cells])
    assert [tuple(row.values()) for row in rows(text.getvalue())] == cells


@given(st.lists(st.dictionaries(st.text(string.ascii_letters, min_size=1), CELLS | st.none())), st.booleans())
def test_json_comes_back_as_it_was_written(objects: list[dict[str, str | None]], ascii_only: bool) -> None:
    assert rows(json.dumps(objects, ensure_ascii=ascii_only, indent=1)) == objects
    lines = "\n".join(json.dumps(item, ensure_ascii=ascii_only) for item in objects)
    assert not objects or rows(lines) == objects


@given(st.lists(st.tuples(CELLS, CELLS).filter(any), min_size=1), st.sampled_from(",;\t"))
def test_rejected_csv_rows_read_back_with_their_error_last(cells: list[tuple[str, str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([("a", "b"), *cells])
    source = table(text.getvalue())
    again = source.rejects_head() + "".join(source.rejected(record, "why") for record in source)
    assert rows(again) == [{"a": a, "b": b, "error": "why"} for a, b in cells]


@given(st.lists(st.dictionaries(st.text(string.ascii_letters, min_size=2), CELLS | st.none() | st.lists(CELLS))))
def test_rejected_json_keeps_everything_that_was_there(objects: list[dict[str, Any]]) -> None:
    source = table(json.dumps(objects))
    again = [json.loads(source.rejected(record, "why")) for record in source]
    assert again == [{**item, "error": "why"} for item in objects]


def test_a_rejected_row_of_another_length_loses_nothing() -> None:
    source = table("a,b\n1\n1,2,3\n")
    short, long = [source.rejected(record, "why") for record in source]
    assert (short, long) == ("1,,why\r\n", '1,"2,3",why\r\n')


def test_a_ragged_row_is_left_to_whoever_reads_it() -> None:
    assert [len(record.values) for record in table("a,b\n1\n1,2,3\n")] == [1, 3]
    assert isinstance(next(iter(table("a\n1"))), Record)


def test_a_separator_that_is_said_counts_though_the_header_has_more_of_another() -> None:
    assert rows("sep=;\na,b,c;d\n1;2\n") == [{"a,b,c": "1", "d": "2"}]
    assert "f.csv is empty" in refused("sep=;\n")


def test_a_value_beyond_the_header_is_still_there() -> None:
    (record,) = table("a,b\n1,2,3,\n")
    assert list(record.values) == ["1", "2", "3"]


# JSON within JSON


def records(data: str, *columns: str) -> list[dict[str, Any]]:
    form = FileForm(columns=frozenset(columns or ("from", "subject")))
    found = read_table(io.BufferedReader(io.BytesIO(data.encode())), "f.json", form)
    return [dict(zip(record.names, record.values, strict=True)) for record in found]


@pytest.mark.parametrize(
    "data",
    [
        '{"tickets": [{"from": "a"}, {"from": "b"}]}',
        '{"count": 2, "next": null, "tickets": [{"from": "a"}, {"from": "b"}], "end": true}',
        '{"data": {"page": 1, "items": [{"from": "a"}, {"from": "b"}]}, "errors": []}',
        '{"users": [{"login": 1}], "tickets": [{"from": "a"}, {"from": "b"}]}',
        '{"tickets": [{"from": "a"}]}\n{"tickets": [{"from": "b"}]}\n',
        '{"meta": {"tickets": 0}, "x": [1, {"from": "z"}],\n "tickets" : [ {"from": "a"}\n, {"from": "b"} ] }\n',
    ],
)
def test_an_object_that_wraps_the_records_is_opened(data: str) -> None:
    assert records(data) == [{"from": "a"}, {"from": "b"}]


def test_a_record_with_a_list_of_objects_in_it_is_a_record() -> None:
    (record,) = records('{"notes": [{"from": "z"}], "from": "a"}')
    assert record["from"] == "a"
    assert records('{"tickets": []}') == []


def test_records_that_may_be_in_two_lists_are_refused() -> None:
    with pytest.raises(InputError, match="the records may be in new, old"):
        records('{"new": [{"from": "a"}], "old": [{"from": "b"}]}')


def test_a_wrapped_record_is_placed_by_its_line() -> None:
    form = FileForm(columns=frozenset({"from"}))
    data = b'{"n": 1,\n"tickets": [\n{"from": "a"},\n{"from": "b"}\n]}\n{"from": "c"}'
    found = read_table(io.BufferedReader(io.BytesIO(data)), "f.json", form)
    assert [(record.place, record.written) for record in found] == [
        ("line 3 (record 1)", '{"from": "a"}'),
        ("line 4 (record 2)", '{"from": "b"}'),
        ("line 6 (record 3)", '{"from": "c"}'),
    ]


@pytest.mark.parametrize("size", [1, 70_000])
def test_a_wrapping_object_may_be_longer_than_what_is_read_at_a_time(size: int) -> None:
    many = [{"from": str(n), "subject": "x" * size} for n in range(3)]
    assert records(json.dumps({"a": 1, "tickets": many})) == many


def test_a_path_leads_into_objects() -> None:
    (record,) = records('{"Requester": {"Email": "a", "name": "A"}, "id": 7}', "requester.email", "id")
    assert record == {"id": "7", "requester.email": "a"}
    (record,) = records('{"requester.email": "flat", "requester": {"email": "a"}}', "requester.email")
    assert record["requester.email"] == "flat"
    assert records('{"requester": null, "id": 7}', "requester.email", "id") == [{"requester": None, "id": "7"}]
    (record,) = records('{"via": {"source": {"from": {"address": "a"}}}}', "via.source.from.address")
    assert record == {"via.source.from.address": "a"}


def test_flat_records_have_every_member_as_a_column() -> None:
    data = b'{"a": {"b": {"c": 1}, "d": [1]}, "e": 2}'
    (record,) = read_table(io.BufferedReader(io.BytesIO(data)), "f.json", FileForm(flat=True))
    assert record.names == ("a.b.c", "a.d", "e")
