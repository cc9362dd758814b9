"""`export sqlite`: a database for others, with what the desk's views show and no secret in it."""

import json
import os
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import PROGRAM, Program, copy_desk, opened
from full_desk import HOSTILE
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from supportctl.desk.tickets.secrets import CleanTexts, secrets_named, without_secrets, without_secrets_each
from supportctl.desk.transfer.serving import export_views
from supportctl.store.desk import Desk
from supportctl.store.views import COLUMNS

NOW = "2026-04-07T12:00:00Z"


@pytest.fixture
def full(desk: Program, rich_file: Path) -> Program:
    """The program on a desk on which everything has happened, a month later."""
    copy_desk(rich_file, desk.desk)
    desk.now = NOW
    return desk


def rows(file: Path, table: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f"select * from {table} order by 1, 2")]


def shown(desk: Program, view: str) -> list[Any]:
    """What a view of the desk itself shows."""
    return desk.sql(f"select * from {view} order by 1, 2")


def test_the_answer_names_the_file_and_what_is_in_it(full: Program, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    answer = full.json("export", "sqlite", out)
    assert answer == {
        "what": "sqlite", "file": str(out), "tables": 4,
        "rows": sum(len(rows(out, table)) for table in COLUMNS),
    }  # fmt: skip
    with closing(sqlite3.connect(out)) as db:
        assert [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")] == list(COLUMNS)
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600 or os.name == "nt"
    assert full("queue", "--db", out).code == 6


@pytest.mark.parametrize("now", ["2026-03-03T09:00:00Z", "2026-03-06T17:00:00Z", "2026-03-06T17:30:00Z", NOW])
def test_tickets_are_those_of_every_other_export_at_any_moment(full: Program, tmp_path: Path, now: str) -> None:
    out = tmp_path / "out.db"
    assert full("export", "sqlite", out, now=now).code == 0
    found, expected = rows(out, "v_tickets"), full.json("export", "tickets", "--full", now=now)
    for row, ticket in zip(found, expected, strict=True):
        row |= {"tags": json.loads(row["tags"]), "registered": bool(row["registered"]), "body": row["body"] or ""}
        said = {name if name != "from" else "sender": value for name, value in ticket.items()}
        assert {k: v for k, v in row.items() if k in said} == {k: v for k, v in said.items() if k in row}
    assert set(expected[0]) - set(found[0]) == {"from", "response_seconds", "late_seconds", "reasons"}
    assert [row["id"] for row in found if row["spam"]] == ([8] if now >= "2026-03-06T17:30:00Z" else [])


def test_customers_licences_and_history_are_those_of_the_other_exports(full: Program, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    assert full("export", "sqlite", out).code == 0
    people = {row["email"]: row for row in rows(out, "v_customers")}
    assert people == {each["email"]: {**people[each["email"]], **each} for each in full.json("export", "customers")}
    keys = {(row["key"], row["tier"], row["status"], row["issued_at"]) for row in rows(out, "v_licences")}
    said = full.json("licence", "list")
    assert {(each["key"], each["tier"], each["status"], each["issued_at"]) for each in said} <= keys
    happened = [(row["ticket"], row["n"], row["at"], row["kind"], row["agent"]) for row in rows(out, "v_history")]
    history = full.json("export", "history")
    assert happened == [(each["ticket"], each["n"], each["at"], each["kind"], each["agent"]) for each in history]
    taken_back = {(each["ticket"], each["data"]["entry"]) for each in history if each["kind"] == "retracted"}
    assert {(row["ticket"], row["n"]) for row in rows(out, "v_history") if row["retracted"]} == taken_back != set()


def test_the_views_of_the_desk_show_the_same(full: Program, tmp_path: Path) -> None:
    """But for what is late by the clock of the machine."""
    out = tmp_path / "out.db"
    assert full("export", "sqlite", out, env={"SUPPORTCTL_NOW": ""}).code == 0
    for view in COLUMNS:
        assert shown(full, view) == [tuple(row.values()) for row in rows(out, view)], view


def test_no_secret_and_nothing_that_was_removed_is_in_it(staffed: Program, tmp_path: Path) -> None:
    log = ["log", "--from", "site@example.com", "--subject"]
    staffed.all(
        [
            [*log, "My key is SITE-0001-AAAA", "--body", "password: Sw0rdfish1", "--tag", "site 0001 aaaa"],
            [*log, "Erase me", "--body", "Quite unmistakable", "--external-id", "SITE0001AAAA"],
            [*log, "Redact me", "--body", "Removed for good"],
            ["redact", "3", "1", "--yes"],
            ["note", "1", "--body", "Kept among ourselves"],
            ["log", "--from", "gone@example.com", "--subject", "Gone", "--body", "Gone too", "--key", "UNKNOWN-KEY-1"],
            ["customer", "erase", "gone@example.com", "--yes"],
        ]
    )
    assert staffed("remote", "start", "1", "--secret", "-", stdin="Open sesame 77\n").code == 0
    out = tmp_path / "out.db"
    assert staffed("export", "sqlite", out).code == 0
    written, desk = out.read_bytes().lower(), str([shown(staffed, view) for view in COLUMNS]).lower()
    for gone in ("removed for good", "kept among", "gone@", "gone too", "sesame", "unknown-key"):
        assert gone.encode() not in written, gone
        assert gone not in desk, gone
    for masked in ("site-0001", "site0001", "site 0001", "sw0rdfish"):
        assert masked.encode() not in written, masked
    first, second, *_ = rows(out, "v_tickets")
    assert first["subject"] == "My key is [removed: licence key (8.6)]"
    assert first["body"] == "password: [removed: password (8.6)]"
    assert json.loads(first["tags"]) == ["[removed: licence key (8.6)]"]
    assert (second["body"], second["external_id"]) == ("Quite unmistakable", "[removed: licence key (8.6)]")


@pytest.mark.about_the_file
def test_the_desk_itself_is_not_replaced(full: Program) -> None:
    before = full.dump()
    for name in (full.desk, Path(f"{full.desk}-wal")):
        ran = full("export", "sqlite", name, "--force")
        assert (ran.code, ran.out, "is the desk itself" in ran.err) == (2, "", True), ran
    assert full.dump() == before


def test_a_file_of_someone_elses_is_not_replaced(full: Program, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    out.write_text("mine")
    before = full.dump()
    for args, says in (
        ([out], "exists already"),
        ([tmp_path, "--force"], "is a folder"),
        ([tmp_path / "none" / "out.db"], "There is no folder"),
        ([], "export sqlite needs a file."),
        (["-"], "export sqlite needs a file."),
        ([tmp_path / "new.db", "--reveal"], "never shows keys in full"),
        ([tmp_path / "new.db", "--full"], "--full is for tickets only."),
    ):
        ran = full("export", "sqlite", *args)
        assert (ran.code, ran.out) == (2, ""), ran
        assert says in ran.err
    assert (out.read_text(), full.dump()) == ("mine", before)
    assert full("export", "sqlite", out, "--force").code == 0
    assert len(rows(out, "v_customers")) > 3
    assert {path.name for path in tmp_path.glob("*out*")} == {"out.db"}


def test_it_is_of_one_moment_whoever_writes_meanwhile(full: Program, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    told: list[int] = []

    @contextmanager
    def counting(total: int) -> Iterator[Any]:
        def tick() -> None:
            if not told:
                assert full("log", "--from", "late@example.com", "--subject", "Meanwhile").code == 0
            told.append(total)

        yield tick

    with opened(full.desk) as db:
        before = {view: db.execute(f"select count(*) from {view}").fetchone()[0] for view in COLUMNS}
        done = export_views(db, out, 1 << 40, force=False, counting=counting)
    assert done.rows == sum(before.values()) == len(told)
    assert {view: len(rows(out, view)) for view in COLUMNS} == before


@pytest.mark.skipif(os.name == "nt", reason="no limit on the size of files there")
def test_a_full_disk_leaves_no_half_of_it(full: Program, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    ran = subprocess.run(
        ["bash", "-c", f"ulimit -f 40; trap '' XFSZ; exec {PROGRAM} export sqlite {out}"],
        env=full.environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (7, ""), ran
    assert not out.exists()
    assert list(tmp_path.glob(".out*")) == []


@pytest.fixture
def keyed(full: Program) -> Iterator[Desk]:
    with opened(full.desk) as db:
        yield db


PIECES = (
    *HOSTILE,
    "",
    "Hello",
    "password: Sw0rdfish1",
    "SITE-0001-AAAA",
    "site",
    "0001 AAAA",
    "the password is",
    "x9$kLmq2",
    "<b",
    "> ",
    "123-456-789",
    "admin / ",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA1234567890abcdef",
    "-----END RSA PRIVATE KEY-----",
    "Zürich",
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=8))
@example([PIECES[-3], "Hello", f"{PIECES[-3]}\n{PIECES[-2]}"])
def test_many_texts_are_cleaned_as_each_would_be(keyed: Desk, texts: list[str]) -> None:
    assert without_secrets_each(keyed, texts) == [without_secrets(keyed, text) for text in texts]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=8), st.sets(st.integers(0, 7)))
def test_a_text_that_is_found_clean_among_others_is_clean(keyed: Desk, texts: list[str], passed_over: set[int]) -> None:
    clean = CleanTexts(keyed)
    clean.expect(texts)
    for n, text in enumerate(texts):
        if n not in passed_over and text in clean:
            assert not secrets_named(keyed, [text])
    clean.expect(["Hello", "Zürich"])
    assert "Hello" in clean and "Zürich" in clean and "Grüezi" not in clean, "what was not expected is not known"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=3).map(" ".join), max_size=4))
def test_of_many_texts_as_much_is_named_as_of_each(keyed: Desk, texts: list[str]) -> None:
    each = {name for text in texts if (name := secrets_named(keyed, [text]))}
    assert set(filter(None, secrets_named(keyed, texts).split(" and "))) == {
        one for name in each for one in name.split(" and ")
    }
