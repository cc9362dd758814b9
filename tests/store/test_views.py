"""The views for other programs: their columns, their instants, and the keys that they never show in full."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supportctl.clock import FIRST, LAST, iso
from supportctl.masking import mask_key
from supportctl.store import views_file
from supportctl.store.sqlite.connection import SqliteDesk, in_memory
from supportctl.store.sqlite.schema import migrate
from supportctl.store.views import COLUMNS

pytestmark = pytest.mark.about_the_file

HOUSE = Path(__file__).parents[2]
GUIDES = [HOUSE / "README.md", *(HOUSE / "supportctl").rglob("guides/*.md")]


@pytest.fixture(scope="module")
def empty() -> SqliteDesk:
    """A desk without a policy, for rows that no command would write."""
    db = in_memory()
    migrate(db)
    db.execute("pragma foreign_keys = off")
    return db


@pytest.mark.parametrize("view", COLUMNS)
def test_a_view_has_the_columns_that_other_programs_rely_on(empty: SqliteDesk, view: str) -> None:
    asked = empty.execute(f"select * from {view}")
    assert [column[0] for column in asked.description] == list(COLUMNS[view])


def test_every_column_is_explained_where_people_look() -> None:
    told = "\n".join(guide.read_text(encoding="utf-8") for guide in GUIDES)
    for view, columns in COLUMNS.items():
        (row,) = re.findall(rf"^- `{view}`: (.*(?:\n  .*)*)", told, re.MULTILINE)
        assert [*dict.fromkeys(re.findall(r"`(\w+)`", row))] == list(columns), view


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12))
@example("")
@example("ABCD")
@example("ABCDE")
@example("日本語キー")
@example("e\u0301e\u0301e\u0301")
def test_a_key_is_masked_as_everywhere_else(empty: SqliteDesk, key: str) -> None:
    assert masked(empty, key) == mask_key(key)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
@example("AB\0")
@example("\0ABCD")
@example("ABCDE\0")
def test_no_key_comes_out_in_full_whatever_its_shape(empty: SqliteDesk, key: str) -> None:
    """SQLite ends a text at a NUL, so that fewer characters may be left than elsewhere, but never more."""
    shown = masked(empty, key)
    assert shown.startswith("****")
    assert len(shown) <= 8
    assert not shown[4:] or (key != shown[4:] and shown[4:] in key)


def masked(db: SqliteDesk, key: str) -> str:
    db.execute("begin")
    db.execute("insert into licences (id, key, key_folded, entered_at) values (1, :key, 'folded', 0)", {"key": key})
    db.execute("insert into licence_terms values (1, 1, 0, 0, 0, 'kim', 'PRO', 0, null)")
    found = db.execute("select key from v_licences").fetchall()
    db.execute("rollback")
    shown: str = found[0][0]
    return shown


@given(st.none() | st.integers(FIRST, LAST))
@example(FIRST)
@example(LAST)
@example(-1)
def test_an_instant_is_written_as_scripts_know_it(empty: SqliteDesk, at: int | None) -> None:
    empty.execute("begin")
    empty.execute("insert into customers values (1, 'a@x', 'a@x', null, 'customer', :at, 0, 0, 'kim')", {"at": at})
    (found,) = empty.execute("select registered_at from v_customers").fetchone()
    empty.execute("rollback")
    assert found == (None if at is None else iso(at))


def test_a_database_of_its_own_has_the_same_columns_with_types(tmp_path: Path) -> None:
    """A view has no types, and so tools would take numbers for text."""
    file = tmp_path / "out.db"
    assert views_file.write(file, file, [(view, []) for view in COLUMNS]) == 0
    with closing(sqlite3.connect(file)) as db:
        made = {view: {row[1]: row[2] for row in db.execute(f"pragma table_info({view})")} for view in COLUMNS}
        assert db.execute("pragma journal_mode").fetchone() == ("delete",)
    assert {view: {name: kind.lower() for name, kind in columns.items()} for view, columns in made.items()} == COLUMNS
