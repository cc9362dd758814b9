"""Rows that are written by one call: few or many, whatever is in them, they are there as they were given."""

from typing import Any

import pytest
from desks import ENGINE
from hypothesis import example, given
from hypothesis import strategies as st

from supportctl.store.desk import Desk

TEXTS = st.text(st.sampled_from("a\0\ufdd0\\\"'{},\n\t%?: "), max_size=8) | st.text() | st.just("NULL")
VALUES = st.tuples(st.none() | TEXTS, st.none() | st.integers(-(1 << 63), (1 << 63) - 1) | st.booleans())
HOSTILE = [("", None), (None, True), ('{"a": "\\"}', 0), ("NULL", -1), ("\\N ? :n %s", 1 << 62), ("it's\0\n", False)]


@pytest.fixture(scope="module")
def desk() -> Any:
    with ENGINE.fresh() as db:
        yield db


@given(st.lists(VALUES, max_size=6))
@example(HOSTILE)
@example([(None, None)] * 5)
def test_rows_are_there_as_they_were_given(desk: Desk, given_rows: list[tuple[str | None, int | None]]) -> None:
    rows = [(n, *row, len(given_rows)) for n, row in enumerate(given_rows)]
    with desk.transaction():
        desk.tables.temporary("odd", "n bigint primary key, words text, number bigint, given bigint not null")
        written = desk.executemany("insert into odd (n, words, number, given) values (?, ?, ?, ?)", rows)
        assert written.rowcount == len(rows) or not rows
        assert desk.execute("select * from odd order by n").fetchall() == rows


def test_rows_replace_those_of_their_key(desk: Desk) -> None:
    with desk.transaction():
        desk.tables.temporary("odd", "n bigint primary key, words text")
        for words in ("once", "again"):
            replacing = "on conflict (n) do update set words = excluded.words"
            desk.executemany(f"insert into odd values (?, ?) {replacing}", [(n, words) for n in range(9)])
        assert desk.execute("select * from odd order by n").fetchall() == [(n, "again") for n in range(9)]
