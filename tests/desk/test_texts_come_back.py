"""Texts that came in by a file: kept to the last blank, and known again in our own CSV, whatever they are made of."""

import json

import pytest
from conftest import Program

BLANKS = (" lead", "trail ", "\t=1", "\u3000=1", "a\nb\n")
ACTING = ("a\x01b", "\x1b[2J", "x\ry", "x\u202ey", "\U000e0041", "\u200b=1", "=1", r"c\x01d", r"\ud800", "\\")


@pytest.mark.parametrize("text", BLANKS)
def test_a_text_keeps_its_blanks(desk: Program, text: str) -> None:
    """A name, a number of an order, an agent: what looks alike may be two things where it came from."""
    ticket = {
        "from": "a@x.example",
        "subject": text,
        "received_at": "2026-03-06",
        "assignee": text,
        "external_id": text,
    }
    licence = {"key": "AB12-CD34", "tier": "PRO", "order": text}
    desk("import", "tickets", "-", stdin=json.dumps(ticket))
    desk("import", "licences", "-", stdin=json.dumps(licence))

    shown = desk.json("show", 1)
    assert (shown["subject"], shown["assignee"], shown["external_id"]) == (text, text, text)
    assert desk.json("licence", "list")[0]["order"] == text
    assert desk.json("hours", "holiday", "add", "2026-12-24", "--name", text)["name"] == text


def test_our_own_csv_changes_nothing_when_it_comes_back(desk: Program) -> None:
    """Though what would act stands in it as it is shown: an id spelled so is that id, and no other ticket's."""
    rows = [
        {
            "from": "a@x.example",
            "subject": text,
            "received_at": "2026-03-06",
            "assignee": text,
            "external_id": f"{text}9",
        }
        for text in (*BLANKS, *ACTING)
    ]
    assert desk("import", "tickets", "-", stdin=json.dumps(rows)).code == 0
    before = desk("export", "tickets", "-o", "json").out

    again = desk("import", "tickets", "-", "--json", stdin=desk("export", "tickets", "-o", "csv").out)
    assert again.code == 0, again.err
    assert json.loads(again.out)["unchanged"] == len(rows)
    assert desk("export", "tickets", "-o", "json").out == before


def test_json_says_what_it_means(desk: Program) -> None:
    """In CSV `'=1` is the safe spelling of `=1`; in JSON, where nothing is kept from acting, they are two."""

    def row(text: str) -> dict[str, str]:
        return {"from": "a@x.example", "subject": text, "received_at": "2026-03-06", "external_id": text}

    for text in ("=1", "'=1", "\x1b", r"\x1b", r"'\x1b"):
        ran = desk("import", "tickets", "-", "--json", stdin=json.dumps(row(text)))
        assert ran.json["added"] == 1, text
    assert [ticket["subject"] for ticket in desk.json("queue")] == ["=1", "'=1", "\x1b", r"\x1b", r"'\x1b"]
    changed = desk("import", "tickets", "-", "--json", stdin=json.dumps(row("=1") | {"subject": "'=1"}))
    assert changed.json["changed"] == 1
