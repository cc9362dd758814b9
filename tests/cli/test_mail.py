"""`log --mail`: what becomes of a message, as a mail server's pipe hands it over."""

import json
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import PROGRAM, Program
from older import as_it_was

from supportctl.mail.message import read_mail
from supportctl.mail.source import Raw

DATE = "Fri, 6 Mar 2026 16:20:00 +0000"
AT = "2026-03-06T16:20:00Z"


def message(sender: str = "site@example.com", subject: str = "Help", body: str = "Please", **headers: str) -> str:
    lines = {"From": sender, "Subject": subject, "Date": DATE, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return "".join(f"{name}: {value}\n" for name, value in lines.items() if value) + f"\n{body}\n"


def take(desk: Program, text: str, *options: str, now: str | None = None) -> Any:
    """The ticket of one message, or of many a list."""
    ran = desk("log", "--mail", "-", "--json", *options, stdin=text, now=now)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def kinds(desk: Program, number: int) -> list[str]:
    return [entry["kind"] for entry in desk.json("show", number)["history"]]


@pytest.fixture
def asked(staffed: Program) -> Program:
    """A desk with ticket 1, which came by mail from a SITE customer."""
    assert take(staffed, message(Message_ID="<first@example.com>"))["id"] == 1
    return staffed


def test_a_message_becomes_a_ticket_that_is_best_effort(asked: Program) -> None:
    ticket = asked.json("show", 1)
    assert (ticket["from"], ticket["subject"], ticket["body"], ticket["received_at"]) == (
        "site@example.com", "Help", "Please", AT,
    )  # fmt: skip
    assert (ticket["channel"], ticket["standing"], ticket["due_at"]) == ("email", "best-effort", None)


def test_the_channel_and_what_else_is_known_can_be_said(staffed: Program) -> None:
    options = ["--channel", "ticket", "--topic", "usage", "--version", "7.6.2.0", "--tag", "mail", "--assignee", "kim"]
    ticket = take(staffed, message(), *options)
    assert (ticket["channel"], ticket["due_at"]) == ("ticket", "2026-03-06T18:20:00Z")
    assert (ticket["topic"], ticket["version"], ticket["tags"], ticket["assignee"]) == (
        "usage", "7.6.2.0", ["mail"], "kim",
    )  # fmt: skip


def test_a_name_that_is_nowhere_else_stands_below_the_text(staffed: Program) -> None:
    take(staffed, message('"Ann Lee" <ann@example.com>', Message_ID="<1@x>"))
    take(staffed, message("Ann Lee <ann@example.com>", body="Yours, Ann Lee", Message_ID="<2@x>"))
    take(staffed, message("Sita Rao <site@example.com>", Message_ID="<3@x>"))
    assert [staffed.json("show", n)["body"] for n in (1, 2, 3)] == [
        "Please\n\n[Name: Ann Lee]", "Yours, Ann Lee", "Please",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "received_at", "says"),
    [
        ({}, AT, ""),
        ({"Date": "", "Received": f"from a by b; {DATE}"}, AT, ""),
        ({"Date": "nonsense", "Received": f"from a by b; {DATE}"}, AT, ""),
        ({"Date": "Fri, 6 Mar 2026 16:30:00 +0000"}, "2026-03-06T16:30:00Z", ""),
        ({"Date": "Fri, 6 Mar 2026 16:30:01 +0000"}, "2026-03-06T16:30:00Z", "is in the future"),
        ({"Date": "nonsense"}, "2026-03-06T16:30:00Z", "no readable date"),
        ({"Date": ""}, "2026-03-06T16:30:00Z", "no readable date"),
    ],
)
def test_when_it_was_received(staffed: Program, headers: dict[str, str], received_at: str, says: str) -> None:
    ran = staffed("log", "--mail", "-", "--json", stdin=message(**headers))
    assert json.loads(ran.out)["received_at"] == received_at
    assert says in ran.err
    assert bool(says) == bool(ran.err)


# Threads


@pytest.mark.parametrize(
    "headers",
    [
        {"In_Reply_To": "<first@example.com>"},
        {"References": "<other@x> <FIRST@EXAMPLE.COM>"},
        {"subject": "Re: [#1] Help"},
        {"subject": "Ticket 1", "sender": "Sita <SITE@example.com>"},
    ],
)
def test_an_answer_joins_its_ticket_as_the_customers_message(asked: Program, headers: dict[str, str]) -> None:
    asked("reply", 1, "--body", "Try this", "--close", now="2026-03-06T17:00:00Z")
    later = {"Date": "Fri, 6 Mar 2026 17:10:00 +0000", "body": "Still broken"} | headers
    ticket = take(asked, message(**later), now="2026-03-06T18:00:00Z")
    assert (ticket["id"], ticket["status"]) == (1, "open")
    entry = asked.json("show", 1, now="2026-03-06T18:00:00Z")["history"][-1]
    assert (entry["kind"], entry["body"], entry["at"]) == ("customer-replied", "Still broken", "2026-03-06T17:10:00Z")
    assert entry["from"].lower() in headers.get("sender", "site@example.com").lower()


def test_an_answer_to_an_answer_joins_too(asked: Program) -> None:
    take(asked, message(Message_ID="<second@example.com>", In_Reply_To="<first@example.com>"))
    assert take(asked, message(In_Reply_To="<second@example.com>", body="Me too"))["id"] == 1


@pytest.mark.parametrize(
    "headers", [{"In_Reply_To": "<first@example.com>"}, {"References": "<a@b> <first@example.com>"}]
)
def test_a_strangers_answer_is_a_ticket_of_her_own_until_she_has_a_part(
    asked: Program, headers: dict[str, str]
) -> None:
    """Anyone can come by a Message-ID; an agent can say that she belongs there."""
    ran = asked(
        "log", "--mail", "-", "--json", stdin=message("eve@example.com", "Re: Help", body="Close it", **headers)
    )
    assert json.loads(ran.out)["id"] == 2
    assert "It answers ticket 1, but its sender has not written there: it got a ticket of its own." in ran.err
    assert kinds(asked, 1) == ["received"]
    asked.all([["reply", "1", "--from", "Eve@example.com", "--body", "I am her colleague"]])
    assert take(asked, message("eve@example.com", body="More", **headers))["id"] == 1
    away = message("mallory@example.com", body="Away", Auto_Submitted="auto-replied", **headers)
    assert take(asked, away) == [], "no stranger's automatic message either"


def test_who_asked_what_was_merged_has_a_part_in_the_whole(asked: Program) -> None:
    bo = message("bo@example.com", "Same", Message_ID="<bo@example.com>")
    assert take(asked, bo)["id"] == 2
    asked.all([["--yes", "merge", "2", "1"]])
    assert take(asked, message("bo@example.com", body="And?", In_Reply_To="<first@example.com>"))["id"] == 1
    assert take(asked, message("site@example.com", body="Well?", In_Reply_To="<bo@example.com>"))["id"] == 1


@pytest.mark.parametrize("subject", ["Re: [#1] Help", "Re: [#99] Help"])
def test_a_number_alone_opens_no_strangers_ticket(asked: Program, subject: str) -> None:
    ran = asked("log", "--mail", "-", "--json", stdin=message("bo@example.com", subject))
    assert json.loads(ran.out)["id"] == 2
    assert "not one of this sender's" in ran.err
    assert kinds(asked, 1) == ["received"]


def test_an_answer_to_a_merged_ticket_goes_where_that_went(asked: Program) -> None:
    asked.all([["log", "--from", "site@example.com", "--subject", "Same"], ["merge", "1", "2", "--yes"]])
    assert take(asked, message(In_Reply_To="<first@example.com>"))["id"] == 2


def test_an_answer_to_spam_is_a_ticket_of_its_own(asked: Program) -> None:
    asked.all([["spam", "1"]])
    assert take(asked, message(In_Reply_To="<first@example.com>"))["id"] == 2


def test_an_answer_that_seems_older_than_its_ticket_still_joins(asked: Program) -> None:
    """Clocks differ."""
    headers = {"Date": "Thu, 5 Mar 2026 16:20:00 +0000", "In_Reply_To": "<first@example.com>"}
    take(asked, message(**headers))
    assert asked.json("show", 1)["history"][-1]["at"] == AT


def test_an_answer_starts_the_clock_of_what_the_desk_began(staffed: Program) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "News", "--outbound", "--received", "1h"]])
    ticket = take(staffed, message(subject="Re: News [#1]"))
    assert (ticket["id"], ticket["due_at"]) == (1, "2026-03-06T18:20:00Z")


# Seen before


@pytest.mark.parametrize("headers", [{"Message_ID": "<first@example.com>"}, {"Message_ID": ""}])
def test_a_message_seen_before_changes_nothing(staffed: Program, headers: dict[str, str]) -> None:
    text = message(**headers)
    take(staffed, text)
    before = staffed.json("show", 1)
    assert take(staffed, "From site@example.com Fri Mar  6 16:20:01 2026\n" + text)["id"] == 1
    assert staffed.json("show", 1) == before
    assert staffed("show", 2).code == 5


@pytest.mark.parametrize(
    "other", [{"sender": "bo@example.com"}, {"body": "Something else"}, {"subject": "Another matter"}], ids=str
)
def test_another_message_with_a_known_id_is_another_message(asked: Program, other: dict[str, str]) -> None:
    """Scanners, forms and scripts give all they send one id; none of it may be lost."""
    text = message(**({"Message_ID": "<first@example.com>"} | other))
    ran = asked("log", "--mail", "-", "--json", stdin=text)
    assert json.loads(ran.out)["id"] == 2
    assert "Its Message-ID is that of a message on ticket 1, but its sender or its text is not." in ran.err
    assert take(asked, text)["id"] == 2, "and is known again"
    assert take(asked, message(Message_ID="<first@example.com>"))["id"] == 1, "as the first is"
    assert asked("show", 3).code == 5


@pytest.mark.parametrize(
    "copy",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "Received: by elsewhere; Fri, 6 Mar 2026 16:21:00 +0000\nX-Seen: yes\n" + text,
        lambda text: text.replace("\n\n", "\nContent-Transfer-Encoding: base64\n\n").replace("Please", "UGxlYXNl"),
        lambda text: text.replace("site@example.com", "Sita <Site@Example.com>", 1) + "\n\n",
    ],
)
def test_a_copy_that_came_another_way_is_the_same_message(asked: Program, copy: Callable[[str], str]) -> None:
    assert take(asked, copy(message(Message_ID="<first@example.com>")))["id"] == 1
    assert kinds(asked, 1) == ["received"]


def test_a_message_that_an_older_program_took_in_is_known_by_its_id(asked: Program) -> None:
    """It kept no more of it."""
    mark = read_mail(Raw(message(Message_ID="<first@example.com>").encode(), "")).mark
    asked.sql("delete from messages where mark <> ?", [mark])
    assert take(asked, message(Message_ID="<first@example.com>"))["id"] == 1


def test_of_many_deliveries_at_once_one_counts(staffed: Program) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: take(staffed, message(Message_ID="<x@y>"))["id"], range(8)))
    assert runs == [1] * 8
    assert kinds(staffed, 1) == ["received"]


# What no person wrote


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}])
def test_an_automatic_message_opens_no_ticket(staffed: Program, headers: dict[str, str]) -> None:
    ran = staffed("log", "--mail", "-", stdin=message(**headers))
    assert (ran.code, ran.out) == (0, "")
    assert "skipped" in ran.err
    assert take(staffed, message(**headers)) == []
    assert staffed("show", 1).code == 5


@pytest.mark.parametrize("headers", [{"subject": "Automatic reply: [#1] Help"}, {"In_Reply_To": "<first@example.com>"}])
def test_an_automatic_message_stops_no_clock_and_opens_nothing_again(staffed: Program, headers: dict[str, str]) -> None:
    take(staffed, message(Message_ID="<first@example.com>"), "--channel", "ticket")
    staffed.all([["close", "1", "--reason", "Sent twice"]])
    ticket = take(staffed, message(body="I am out", Auto_Submitted="auto-replied", **headers))
    assert (ticket["id"], ticket["status"], ticket["first_response_at"]) == (1, "closed", None)
    assert kinds(staffed, 1) == ["received", "closed", "auto-replied"]


def test_a_bounce_is_put_on_the_ticket_whose_answer_did_not_arrive(asked: Program) -> None:
    shape = (Path(__file__).parents[1] / "mail" / "shapes" / "exchange-bounce.eml").read_text()
    ticket = take(asked, shape.replace("ann-1@example.net", "first@example.com"))
    assert (ticket["id"], kinds(asked, 1)) == (1, ["received", "auto-replied"])
    assert take(asked, message("mailer-daemon@x", "Undelivered: [#1] Help", Return_Path="<>", body="b"))["id"] == 1
    assert take(asked, message("bo@example.com", "Out: [#1] Help", Auto_Submitted="auto-replied")) == []


# Secrets


@pytest.mark.parametrize("joins", [False, True])
def test_a_secret_in_mail_is_refused_or_masked(staffed: Program, joins: bool) -> None:
    """Also in an answer to a ticket of the ticket channel: mail is another way in (8.5)."""
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help", "--received", "1h"]])
    text = message(subject="Re: [#1] Help" if joins else "Help", body="The password: swordfish-9")
    ran = staffed("log", "--mail", "-", "--json", stdin=text)
    assert (ran.code, ran.out) == (4, "")
    assert '"8.6"' in ran.err
    assert "swordfish" not in ran.err
    ticket = take(staffed, text, "--redact")
    assert ticket["id"] == (1 if joins else 2)
    assert "swordfish" not in staffed("show", ticket["id"], "--json").out
    other = text.replace("Please", "Pretty please").replace("16:20:00", "16:21:00")
    assert "swordfish" in staffed("show", take(staffed, other, "--channel", "ticket")["id"], "--json").out


def test_strict_refuses_what_is_best_effort(staffed: Program) -> None:
    assert staffed("log", "--mail", "-", "--strict", stdin=message()).code == 4
    assert staffed("show", 1).code == 5


# The command line


@pytest.mark.parametrize(
    "option",
    [["--from", "a@b.c"], ["--subject", "x"], ["--body", "x"], ["--key", "x"], ["--received", "1h"], ["--edit"],
     ["--external-id", "x"], ["--outbound"]],
)  # fmt: skip
def test_what_the_message_says_is_not_said_besides(staffed: Program, option: list[str]) -> None:
    ran = staffed("log", "--mail", "-", *option, stdin=message())
    assert ran.code == 2
    assert f"--mail and {option[0]} cannot be combined" in ran.err


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "contains no message"), ("Subject: x\n\nHello", "has no From address"), ("From: me\n\n", "has no From address"),
     (b"\x89PNG\r\n\x1a\n\x00\x00\xff" * 999, "has no From address")],
)  # fmt: skip
def test_what_is_no_message_is_said_and_changes_nothing(staffed: Program, text: str | bytes, says: str) -> None:
    ran = staffed("log", "--mail", "-", stdin=text)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert staffed("show", 1).code == 5


def test_a_file_that_is_not_there_is_named(staffed: Program, tmp_path: Path) -> None:
    ran = staffed("log", "--mail", tmp_path / "none.mbox")
    assert (ran.code, "none.mbox" in ran.err) == (2, True)
    assert staffed("log", "--mail", tmp_path).code == 2


# Many at once


def mbox(*texts: str) -> str:
    return "\n".join("From someone Fri Mar  6 16:20:00 2026\n" + text for text in texts)


def test_an_mbox_is_taken_in_with_its_threads_and_running_it_again_changes_nothing(
    staffed: Program, tmp_path: Path
) -> None:
    first, second = message(Message_ID="<1@x>"), message("bo@example.com", "Other", Message_ID="<2@x>")
    answer, away = message(In_Reply_To="<1@x>", body="More"), message(Auto_Submitted="auto-replied", body="Away")
    file = tmp_path / "mail.mbox"
    file.write_text(mbox(first, second, answer, away))
    ran = staffed("log", "--mail", file, "--json")
    assert [ticket["id"] for ticket in json.loads(ran.out)] == [1, 2, 1]
    assert f"{file}, message 4 (line 25): an automatic message" in ran.err
    assert kinds(staffed, 1) == ["received", "customer-replied"]
    before = staffed("show", 1, "--json").out
    assert [ticket["id"] for ticket in staffed.json("log", "--mail", file)] == [1, 2, 1]
    assert staffed("show", 1, "--json").out == before


def test_of_an_mbox_all_is_taken_in_or_nothing(staffed: Program) -> None:
    """So that what empties it afterwards loses none; it names the one in the way."""
    texts = mbox(message(), "Subject: from nobody\n\n", message(subject="Third"))
    ran = staffed("log", "--mail", "-", stdin=texts)
    assert (ran.code, ran.out) == (2, "")
    assert "standard input, message 2 (line 8): the message has no From address" in ran.err
    assert staffed("show", 1).code == 5
    assert len(take(staffed, texts.replace("From someone", "From someone@example.com"))) == 3, "the server knows who"


def test_an_mbox_that_would_fill_the_memory_is_refused(staffed: Program, tmp_path: Path) -> None:
    """Its limit is 100 MB of text, and no message's text is over two."""
    file = tmp_path / "mail.mbox"
    texts = (mbox(message(subject=f"Help {n}", body=("x" * 99 + "\n") * 19_000)) + "\n" for n in range(54))
    file.write_text("".join(texts))
    ran = staffed("log", "--mail", file)
    assert (ran.code, ran.out) == (2, "")
    assert f"{file} has over 100 MB of text" in ran.err
    assert staffed("show", 1).code == 5


# Where it stays


def test_an_erased_person_leaves_nothing_of_their_message(staffed: Program) -> None:
    take(staffed, message("Zoe Quill <zoe.quill@example.com>", Message_ID="<zoe.quill@mail.example.com>"))
    staffed.all([["customer", "erase", "zoe.quill@example.com", "--yes"]])
    assert b"quill" not in staffed.kept_bytes.lower()
    take(staffed, message("Zoe Quill <zoe.quill@example.com>", Message_ID="<zoe.quill@mail.example.com>"))
    assert "quill" not in staffed("show", 1, "--json").out, "what was seen before does not bring them back"


@pytest.mark.about_the_file
def test_a_desk_from_before_there_was_mail_takes_it_in(staffed: Program, staffed_file: Path) -> None:
    staffed.desk.unlink()
    as_it_was(staffed.desk, 4, staffed_file)
    assert take(staffed, message())["id"] == 1
    assert staffed.desk.with_name("desk.db.v4.bak").exists()


@pytest.mark.skipif(os.name != "posix", reason="a mail server's pipe")
def test_a_mail_servers_pipe_with_an_empty_environment(staffed: Program) -> None:
    """No HOME, no locale, no terminal; the words for people go where the server looks for them."""
    command = [str(PROGRAM), "--db", staffed.address, "--quiet", "log", "--mail", "-", "--redact"]
    text = "From site@example.com  Fri Mar  6 16:20:01 2026\n" + message(body="Grüße")
    done = subprocess.run(command, input=text.encode(), env={}, capture_output=True, cwd="/")
    assert (done.returncode, done.stderr) == (0, b"")
    assert staffed.json("show", 1, now="2100-01-01T00:00:00Z")["body"] == "Grüße"


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_attachments_whose_names_are_not_ascii_are_named(staffed: Program, line: str) -> None:
    """RFC 2231, as mail programs write them; the library that reads them loads what start-up left out."""
    shape = (Path(__file__).parents[1] / "mail" / "shapes" / "rfc2231.eml").read_text()
    ran = staffed("log", "--mail", "-", stdin=shape.replace("\n", line))
    assert (ran.code, ran.err) == (0, "")
    body = staffed.json("show", 1)["body"]
    assert body.startswith("Drei Anhänge.\n\n[Attachment, not kept: prüf bericht.txt (text/plain)]\n")
    assert "[Attachment, not kept: Grün.png (image/png)]" in body


# A Maildir


def delivered(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """With a request that was read, its answer that was not, and what is nobody's request."""
    box = tmp_path / "Maildir"
    delivered(box / "cur", "1772814000.1.host:2,S", message(Message_ID="<a@x>"))
    delivered(box / "new", "1772814100.2.host", message(body="More", Message_ID="<b@x>", In_Reply_To="<a@x>"))
    delivered(box / "cur", "1772814050.3.host:2,ST", message(subject="In the bin"))
    delivered(box / "cur", "1772814060.4.host:2,D", message(subject="Not sent yet"))
    delivered(box / "new", ".hidden", message(subject="Hidden"))
    delivered(box / "tmp", "1772814070.5.host", message(subject="Not yet delivered"))
    delivered(box / ".Other" / "new", "1772814080.6.host", message(subject="In another folder"))
    return box


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_maildir_is_taken_in_and_left_as_it_was(staffed: Program, maildir: Path) -> None:
    before = files(maildir)
    ran = staffed("log", "--mail", maildir, "--json")
    assert (ran.code, ran.err, [ticket["id"] for ticket in json.loads(ran.out)]) == (0, "", [1, 1])
    assert kinds(staffed, 1) == ["received", "customer-replied"]
    assert files(maildir) == before


def test_a_maildir_is_taken_in_once_however_often_it_is_looked_through(staffed: Program, maildir: Path) -> None:
    """Also where a mail program has moved and marked a message meanwhile; what is new is taken."""
    staffed("log", "--mail", maildir)
    (maildir / "new" / "1772814100.2.host").rename(maildir / "cur" / "1772814100.2.host:2,RS")
    delivered(maildir / "new", "1772814200.7.host", message(subject="Another", Message_ID="<c@x>"))
    before = staffed.json("show", 1)
    ran = staffed("log", "--mail", maildir)
    assert (ran.code, ran.err) == (0, ""), "no news each time of what is on record"
    assert staffed.json("show", 1) == before
    assert [ticket["id"] for ticket in staffed.json("queue", "--waiting")] == [1, 2]


def test_of_a_maildir_all_is_taken_in_or_nothing(staffed: Program, maildir: Path) -> None:
    bad = delivered(maildir / "new", "1772814300.8.host", "Subject: from nobody\n\n")
    ran = staffed("log", "--mail", maildir)
    assert (ran.code, str(bad) in ran.err, staffed.json("queue")) == (2, True, [])


def test_an_empty_maildir_is_no_news_and_any_other_folder_no_maildir(staffed: Program, tmp_path: Path) -> None:
    (tmp_path / "box" / "new").mkdir(parents=True)
    ran = staffed("log", "--mail", tmp_path / "box", "--json")
    assert (ran.code, ran.out.strip(), ran.err) == (0, "[]", "")
    ran = staffed("log", "--mail", tmp_path)
    assert (ran.code, "not a Maildir" in ran.err) == (2, True)
