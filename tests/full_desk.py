"""A desk on which everything has happened that can: what an export must carry."""

import json
from pathlib import Path

from conftest import Program, copy_desk

# Each acts on something: a spreadsheet, a terminal, a browser, a parser of lines.
HOSTILE = (
    "=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", " =HYPERLINK(\"x\")", "'=quoted", "\uff1dfull", "\tTAB", "a\r\nb\rc\n",
    "\x1b]0;owned\x07", "\u202egnp.exe", "<script>alert(1)</script>", "NUL \x00 here", '"', ",;\t", "日本 😀 \u200d", " ",
    "\ufeffbom", "{{7*7}}", "[1](javascript:x)",
)  # fmt: skip


def fill(desk: Program, staffed: Path, folder: Path) -> None:
    """Fill a desk: `staffed` is one with customers and licences, `folder` a place for files."""
    copy_desk(staffed, desk.desk)
    log = ["log", "--subject", "Help", "--from"]
    desk.all(
        [
            [*log, "site@example.com", "--body", "One", "--topic", "bug", "--version", "7.7.3.0", "--tag", "a,b"],
            [*log, "starter@example.com", "--body", "Two", "--channel", "forum"],
            [*log, "nobody@example.com", "--channel", "email", "--external-id", "mail-3"],
            [*log, "site@example.com", "--body", "Four", "--assignee", "kim", "--lang", "de"],
            [*log, "reseller@example.com", "--outbound"],
            [*log, "free@example.com", "--key", "UNKNOWN-KEY-1234"],
            [*log, "free@example.com", "--body", "Write to me", "--received", "3d"],
            [*log, "spam@example.com"],
            ["customer", "edit", "reseller@example.com", "--apply", "STAR-0001-BBBB"],
            ["licence", "add", "LATER-1", "--tier", "PRO", "--email", "free@example.com", "--issued", "2026-09-01"],
            ["licence", "add", "OLD-001", "--tier", "PLUS", "--email", "free@example.com", "--issued", "2024-01-01", "--expires", "2025-01-01"],
        ]
    )  # fmt: skip
    desk.all(
        [
            ["reply", "1", "--body", "Which version?", "--wait"],
            ["reply", "1", "--from", "site@example.com", "--body", "The newest"],
            ["reply", "4", "--body", "Done", "--close"],
            ["reopen", "4"],
            ["note", "4", "--body", "They called"],
            ["redact", "4", "5", "--yes"],
            ["reply", "6", "--body", "Sent by mistake"],
            ["retract", "6", "2", "--reason", "wrong ticket"],
            ["merge", "2", "1", "--yes"],
            ["customer", "erase", "nobody@example.com", "--yes"],
            ["customer", "edit", "starter@example.com", "--reseller"],
            ["spam", "8"],
            ["close", "5", "--reason", "no need"],
            ["licence", "upgrade", "STAR-0001-BBBB", "PRO"],
            ["bug", "add", "--title", "Host stops", "--product", "remote-utilities"],
            ["bug", "workaround", "1", "Restart it"],
            ["bug", "link", "1", "1"],
            ["remote", "start", "1", "--tool", "Viewer"],
            ["remote", "end", "1", "--outcome", "Repaired"],
            ["hours", "holiday", "add", "2026-12-25", "--name", "Christmas"],
            ["hours", "holiday", "add", "2026-12-24", "--hours", "08:00-12:00"],
            ["hours", "holiday", "remove", "2026-12-24", "--yes"],
        ],
        now="2026-03-06T17:30:00Z",
    )
    assert desk("remote", "start", "1", "--secret", "-", stdin="password Sw0rdfish\n").code == 0
    policy = folder / "policy.toml"
    policy.write_text(desk("policy", "show", "-o", "toml").out)
    desk.all([["policy", "set", str(policy), "--effective", "2026-06-01"]])
    hostile = folder / "hostile.jsonl"
    rows = [
        {"from": f"h{n}@example.com", "subject": text, "body": text, "assignee": "=kim", "received_at": "2026-03-02",
         "external_id": f"={n}" if n % 2 else None, "closed_at": "2026-03-03" if n % 3 else None}
        for n, text in enumerate(HOSTILE)
    ]  # fmt: skip
    hostile.write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = folder / "names.json"
    names.write_text(json.dumps([{"email": f"h{n}@example.com", "name": text} for n, text in enumerate(HOSTILE)]))
    desk.all([["import", "tickets", str(hostile)], ["import", "customers", str(names)]])
    desk.all([["log", "--from", "=site@example.com", "--subject", "+1"], ["customer", "add", "+ann@example.com"]])
    desk.all([["licence", "add", "KEY-007", "--tier", "PRO", "--email", "+bob@example.com", "--order", "=7"]])
    mail = "From: site@example.com\nMessage-ID: <1@example.com>\nSubject: Re: [#1] Help\n\nBy mail\n"
    assert desk("log", "--mail", "-", stdin=mail).code == 0
    desk.all([["breaches", "--new"]], now="2026-04-01T17:00:00Z")
