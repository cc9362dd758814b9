"""Desks that compared addresses in another way are brought to today's: two accounts that become one are named."""

from pathlib import Path

import pytest
from conftest import Program, copy_desk
from older import as_it_was

UNICODE, ASCII = "ann@bücher.example", "ann@xn--bcher-kva.example"


@pytest.fixture
def older(desk: Program, tmp_path: Path) -> Program:
    """A desk of schema 8, with an account, a key and a ticket for each of two spellings of one address."""
    today = Program(tmp_path / "today.db")
    today.once(
        [
            ["customer", "add", "one@example.com", "--name", "Ann Lee"],
            ["customer", "add", "two@example.com", "--name", "A. Lee", "--reseller"],
            ["licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", "three@example.com"],
            ["licence", "add", "PLUS-0002-BBBB", "--tier", "PLUS"],
            ["customer", "edit", "one@example.com", "--apply", "PLUS-0002-BBBB"],
            ["customer", "edit", "two@example.com", "--apply", "SITE-0001-AAAA"],
            ["log", "--from", "one@example.com", "--subject", "One"],
            ["log", "--from", "two@example.com", "--subject", "Two"],
        ]
    )
    as_it_was(desk.desk, 8, today.desk)
    for was, now in (("one@example.com", ASCII), ("two@example.com", UNICODE), ("three@example.com", UNICODE)):
        desk.sql("update customers set email = ?, email_folded = ? where email = ?", (now, now, was))
        desk.sql("update tickets set sender = ?, sender_folded = ? where sender = ?", (now, now, was))
        desk.sql(
            "update licences set delivery_email = ?, delivery_folded = ? where delivery_email = ?", (now, now, was)
        )
    return desk


@pytest.mark.about_the_file
@pytest.mark.parametrize("command", [("queue",), ("db", "migrate")], ids=" ".join)
def test_two_accounts_that_become_one_are_named_and_none_is_lost(older: Program, command: tuple[str, ...]) -> None:
    """When the desk is upgraded, and by `db check` until somebody has decided."""
    ran = older(*command)
    assert ran.code == 0 and f"{ASCII} and {UNICODE} are the same address" in ran.err
    assert len(older.json("customer", "list")) == 2
    checked = older("db", "check")
    assert checked.code == 0 and UNICODE in checked.out and "customer keep" in checked.out
    for spelled in (ASCII, UNICODE):
        answer = older.json("lookup", spelled)
        assert (answer["tier"], answer["name"], answer["open_tickets"]) == ("SITE", "Ann Lee", 2)


@pytest.mark.about_the_file
@pytest.mark.parametrize(("kept", "name", "kind"), [(UNICODE, "A. Lee", "reseller"), (ASCII, "Ann Lee", "customer")])
def test_one_of_two_accounts_is_kept_with_the_keys_of_both(older: Program, kept: str, name: str, kind: str) -> None:
    """The agent's decision; it asks first."""
    older.all([["queue"]])
    assert older("customer", "keep", kept).code == 2
    assert older("customer", "keep", "ANN@Bücher.example".replace("ü", "u\u0308"), "--yes").code == 2
    assert older.json("customer", "keep", kept, "--yes")["email"] == kept
    assert [c["email"] for c in older.json("customer", "list")] == [kept]
    answer = older.json("lookup", UNICODE)
    assert (answer["name"], answer["kind"], answer["tier"]) == (name, kind, "SITE")
    assert {licence["tier"] for licence in answer["licences"]} == {"SITE", "PLUS"}
    assert "are the same address" not in older("db", "check").out
    older.all([["customer", "keep", kept, "--yes"]])


@pytest.mark.about_the_file
def test_who_is_erased_is_erased_in_both_accounts(older: Program) -> None:
    """Whichever spelling they ask with."""
    older.all([["queue"], ["customer", "erase", UNICODE, "--yes"]])
    assert "cher" not in older("customer", "list", "--json").out + older("queue", "--json").out


@pytest.mark.about_the_file
def test_keys_that_waited_on_an_older_desk_are_found(desk: Program, tmp_path: Path) -> None:
    """They were kept as they came."""
    today = Program(tmp_path / "today.db")
    today.all([["log", "--from", "new@example.com", "--subject", "Help", "--key", "SITE-9999-ZZZZ"]])
    as_it_was(desk.desk, 8, today.desk)
    desk.sql("update tickets set key_given = 'SITE-9999-zzzz'")
    desk.all([["customer", "add", "new@example.com"], ["licence", "add", "SITE9999ZZZZ", "--tier", "SITE"]])
    assert desk.json("show", "1")["tier"] == "SITE"


def test_both_spellings_are_one_on_a_new_desk(desk: Program, tmp_path: Path) -> None:
    """A registration, an order, a request and a filter; each is shown as it was spelled."""
    desk.all(
        [
            ["customer", "add", UNICODE],
            ["licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", ASCII],
            ["log", "--from", "Ann@BÜCHER.example", "--subject", "Help"],
        ]
    )
    assert desk("customer", "add", ASCII, "--name", "Ann").code == 2
    ticket = desk.json("show", "1")
    assert (ticket["from"], ticket["tier"]) == ("Ann@BÜCHER.example", "SITE")
    for part in (UNICODE, ASCII, "xn--bcher", "cher.example", "@bücher.example"):
        assert [found["id"] for found in desk.json("search", f"from:{part}")] == [1], part
    copy_desk(desk.desk, tmp_path / "copy.db")
    assert desk("db", "check").code == 0
