"""A watched desk: a change is noticed, another file in its place too, and nobody is kept waiting."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from supportctl.errors import DeskUnusable
from supportctl.store import counters
from supportctl.store.sqlite.opening import open_desk
from supportctl.store.sqlite.watch import WatchedFile

pytestmark = pytest.mark.about_the_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "desk.db"
    open_desk(made, create=True).close()
    return made


@pytest.fixture
def watched(path: Path) -> Iterator[WatchedFile]:
    with WatchedFile(path) as desk:
        assert desk.changed(), "the first look is always news"
        yield desk


def change(path: Path) -> None:
    with closing(open_desk(path)) as db, db.transaction():
        counters.take(db, "ticket")


def test_nothing_is_no_change(watched: WatchedFile) -> None:
    assert [watched.changed() for _ in range(3)] == [False] * 3


def test_a_change_by_another_is_told_once(watched: WatchedFile, path: Path) -> None:
    change(path)
    assert [watched.changed(), watched.changed()] == [True, False]


def test_a_desk_put_in_its_place_is_opened(watched: WatchedFile, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    open_desk(other, create=True).close()
    with closing(sqlite3.connect(other)) as db:
        db.execute("update policies set name = 'Another'")
        db.commit()
    other.replace(path)
    assert [watched.changed(), watched.changed()] == [True, False]
    assert watched.db.execute("select name from policies").fetchone() == ("Another",)


def test_a_desk_that_is_gone_says_so_until_it_is_back(watched: WatchedFile, path: Path, tmp_path: Path) -> None:
    path.rename(tmp_path / "aside.db")
    for _ in range(2):
        with pytest.raises(DeskUnusable, match="There is no desk"):
            watched.changed()
    (tmp_path / "aside.db").rename(path)
    assert [watched.changed(), watched.changed()] == [True, False]


def test_between_looks_no_lock_is_held(watched: WatchedFile, path: Path) -> None:
    """Neither against those who write, nor against SQLite's own tidying, which any reader would stop."""
    watched.changed()
    change(path)
    with closing(sqlite3.connect(path, timeout=0)) as db:
        assert db.execute("pragma wal_checkpoint(truncate)").fetchone()[0] == 0
