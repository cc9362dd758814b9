"""Moving in: files shaped as other help desks export them come in by the commands that the guide gives."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from conftest import Program
from helpdesks import FRESHDESK, OSTICKET, ZENDESK

from supportctl.cli.guides import read_guide

ANN = {
    "from": "ann@example.com", "subject": "Host does not start", "channel": "email", "assignee": "Kim Ray",
    "received_at": "2024-03-05T15:42:00Z", "closed_at": "2024-03-06T14:00:00Z", "product": "remote-utilities",
}  # fmt: skip
BOB = {
    "from": "bob@example.com", "subject": "Black screen, again", "channel": "ticket", "assignee": None,
    "received_at": "2024-03-07T13:00:00Z", "closed_at": None, "product": "remote-utilities",
}  # fmt: skip


def told(helpdesk: str) -> list[str]:
    """The guide's command for this help desk, its lines joined."""
    found = re.search(
        rf"^supportctl (import tickets {helpdesk}\.csv --ignore-extra(?:[^\n]*\\\n)*[^\n]*)$",
        read_guide("import"),
        re.MULTILINE,
    )
    assert found is not None
    return shlex.split(found[1].replace("\\\n", " "))


@pytest.mark.parametrize(
    ("helpdesk", "file", "more"),
    [
        ("zendesk", ZENDESK, {"ids": ["35", "36"], "first_response_at": None, "seconds": 0}),
        ("freshdesk", FRESHDESK, {"ids": ["7035", "7036"], "first_response_at": "2024-03-05T16:17:00Z", "seconds": 10}),
        ("osticket", OSTICKET, {"ids": ["100035", "100036"], "first_response_at": None, "seconds": 0}),
    ],
)
def test_what_another_help_desk_exported_comes_in_and_once(
    desk: Program, tmp_path: Path, helpdesk: str, file: str, more: dict[str, Any]
) -> None:
    path = tmp_path / f"{helpdesk}.csv"
    path.write_text(file, encoding="utf-8")
    command = [str(path) if word == path.name else word for word in told(helpdesk)]
    assert desk.json(*command)["added"] == 2
    tickets = desk.json("export", "tickets")
    assert [ticket["external_id"] for ticket in tickets] == more["ids"]
    ann = ANN | {
        "received_at": f"2024-03-05T15:42:{more['seconds']:02}Z",
        "first_response_at": more["first_response_at"],
    }
    assert [{name: ticket[name] for name in row} for ticket, row in zip(tickets, (ann, BOB), strict=True)] == [ann, BOB]
    again = desk.json(*command)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)


ROW = "from,subject,channel,received_at,assignee\na@example.com,Help,{},2026-03-01,\n"


@pytest.mark.parametrize(
    ("theirs", "values", "ours"),
    [
        ("Web form", ["channel:web form=forum"], "forum"),
        (" WEB ", ["channel:Web=forum"], "forum"),
        ("a=b:c", ["channel:a=b:c=chat"], "chat"),
        ("Twitter", ["channel:web=forum", "channel:*=social"], "social"),
        ("email", ["channel:web=forum"], "email"),
        ("", ["channel:*=social"], "ticket"),
        ("", ["channel:=social"], "social"),
        ("Twitter", ["channel:*="], "ticket"),
    ],
)
def test_a_value_means_what_is_said(desk: Program, theirs: str, values: list[str], ours: str) -> None:
    options = [word for value in values for word in ("--value", value)]
    ran = desk("import", "tickets", "-", *options, stdin=ROW.format(theirs))
    assert ran.code == 0, ran.err
    assert desk.json("show", 1)["channel"] == ours


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--value", "shoe:a=b"], "'shoe:a=b' is not FIELD:THEIRS=OURS for tickets"),
        (["--value", "channel=b"], "'channel=b' is not FIELD:THEIRS=OURS for tickets"),
        (["--value", "channel:b"], "'channel:b' is not FIELD:THEIRS=OURS for tickets"),
        (["--value", "channel:a=b", "--value", "channel:A =c"], "defines 'A' twice"),
        (["--value", "topic:a=b"], "has no column for topic"),
        (["--value", "channel:ticket=fax"], "line 2, column channel"),
        (["--times", "%d.%m.%Y"], "column received_at: '2026-03-01' is not a time written as %d.%m.%Y"),
        (["--times", "%Q"], "is not a time written as %Q"),
    ],
)
def test_what_cannot_be_translated_is_said_and_nothing_is_imported(
    desk: Program, options: list[str], says: str
) -> None:
    ran = desk("import", "tickets", "-", *options, stdin=ROW.format("ticket"))
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert desk.untouched
