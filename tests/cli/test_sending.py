"""`reply --send` and `show --mail`: an answer reaches the customer, and only what did is on record as sent."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_string
from email.policy import default
from pathlib import Path

import pytest
from conftest import Program, Ran

ASKED = (
    "From: Ann Lee <ann@example.com>\nSubject: Re: Help [#99]\nDate: Fri, 6 Mar 2026 16:20:00 +0000\n"
    "Message-ID: <first@example.com>\n\nIt stops\n"
)
SENDER = """
import os, pathlib, sys, time
here = pathlib.Path(__file__).parent
data = sys.stdin.buffer.read()
{more}
(here / "sent.eml").write_bytes(data)
print("queued")
"""


@pytest.fixture
def mailed(staffed: Program) -> Program:
    """A desk with ticket 1, which came by mail, that can send."""
    assert staffed("log", "--mail", "-", stdin=ASKED).code == 0
    staffed.env["SUPPORTCTL_FROM"] = "support@desk.example"
    sending(staffed)
    return staffed


def sending(desk: Program, more: str = "") -> None:
    """Give it a sender that keeps the message, after doing `more`."""
    script = desk.desk.parent / "sender.py"
    script.write_text(SENDER.format(more=more))
    desk.env["SUPPORTCTL_SENDER"] = shlex.join([sys.executable, str(script)])


def sent(desk: Program) -> str:
    return (desk.desk.parent / "sent.eml").read_text("utf-8")


def kinds(desk: Program) -> list[str]:
    return [entry["kind"] for entry in desk.json("show", 1)["history"]]


def drafts(desk: Program) -> list[str]:
    """The kinds and endings of what is kept in the data folder."""
    folders = [path for path in desk.desk.parent.rglob("drafts") if path.is_dir()]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert all(os.name == "nt" or path.stat().st_mode & 0o777 == 0o600 for path in files)
    return sorted(f"{path.name.split('-')[1]}{path.suffix}" for path in files)


def test_an_answer_is_sent_and_then_on_record(mailed: Program) -> None:
    ran = mailed("reply", 1, "--body", "Try this", "--send", "--wait", "--json")
    assert ran.code == 0 and ran.err == "queued\n", "what the sender prints does not get between the data"
    message = message_from_string(sent(mailed), policy=default)
    assert {name: str(message[name]) for name in ("From", "To", "Subject", "Date", "In-Reply-To", "References")} == {
        "From": "Remote Utilities <support@desk.example>",
        "To": "ann@example.com",
        "Subject": "Re: Help #99 [#1]",
        "Date": "Fri, 06 Mar 2026 16:30:00 +0000",
        "In-Reply-To": "<first@example.com>",
        "References": "<first@example.com>",
    }
    assert message.get_content() == "Try this\n"
    entry = ran.json["history"][-1]
    assert (entry["kind"], entry["sent_to"], entry["at"]) == ("replied", "ann@example.com", "2026-03-06T16:30:00Z")
    assert (ran.json["status"], ran.json["history"][0]["sent_to"]) == ("waiting", None)
    assert "tess answered by mail to ann@example.com" in mailed("show", 1, "-o", "table").out
    assert drafts(mailed) == []


@pytest.mark.parametrize("named", ["In-Reply-To: {id}", "References: <x@y> {id}", "X-Nothing: {id}"])
def test_the_customers_answer_comes_back_to_the_ticket(mailed: Program, named: str) -> None:
    """By the fingerprint of the answer's Message-ID, or else by the number in the subject."""
    mailed("reply", 1, "--body", "Try this", "--send")
    message = message_from_string(sent(mailed), policy=default)
    subject = message["Subject"] if "Nothing" in named else "Something else"
    reply = (
        f"From: ann@example.com\nSubject: {subject}\nMessage-ID: <second@example.com>\n"
        f"Date: Fri, 6 Mar 2026 16:40:00 +0000\n{named.format(id=message['Message-ID'])}\n\nThanks\n"
    )
    later = "2026-03-06T16:45:00Z"
    assert mailed.json("log", "--mail", "-", stdin=reply, now=later)["id"] == 1
    mailed("reply", 1, "--body", "You are welcome", "--send", now=later)
    answer = message_from_string(sent(mailed), policy=default)
    assert answer["In-Reply-To"] == "<second@example.com>"
    assert str(answer["References"]).split() == [
        "<first@example.com>", message["Message-ID"], "<second@example.com>",
    ]  # fmt: skip
    ran = mailed("log", "--mail", "-", stdin=sent(mailed), now=later)
    assert "seen before" in ran.err, "a copy of our own answer is not news"


def test_the_same_message_is_printed(mailed: Program) -> None:
    mailed("reply", 1, "--body", "Try this", "--send")
    shown = mailed("show", 1, "--mail", now="2026-03-07T00:00:00Z")
    assert (shown.code, shown.out) == (0, sent(mailed))
    mailed("note", 1, "--body", "A note")
    mailed("reply", 1, "--body", "One more, by hand", now="2026-03-06T17:00:00Z")
    by_hand = [mailed("show", 1, "--mail", now="2026-03-07T00:00:00Z").out for _ in range(2)]
    assert by_hand[0] == by_hand[1] != sent(mailed)
    assert "One more, by hand" in by_hand[0] and "A note" not in by_hand[0]


def test_an_imported_answer_without_its_text_is_not_said_to_be_missing(mailed: Program) -> None:
    rows = "from,subject,received_at,first_response_at\nann@example.com,Old,2026-03-02T17:00:00Z,2026-03-02T18:00:00Z\n"
    assert mailed("import", "tickets", "-", stdin=rows).code == 0
    ran = mailed("show", 2, "--mail")
    assert (ran.code, "was answered, but no text of an answer is on record" in ran.err) == (5, True), ran.err


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["show", "1", "--mail"], 5, "has no answer yet"),
        (["show", "9", "--mail"], 5, "no ticket 9"),
        (["show", "1", "--mail", "--json"], 2, "cannot be combined"),
        (["show", "1", "1-2", "--mail"], 2, "takes one ticket"),
        (["reply", "1", "2", "--send", "--body", "x"], 2, "takes one ticket"),
        (["reply", "1", "--send", "--body", "x", "--at", "1h"], 2, "cannot be combined"),
        (["reply", "1", "--send", "--body", "x", "--from", "ann@example.com"], 2, "cannot be combined"),
        (["reply", "1", "--send", "--body", "My password: sesame77"], 4, "8.6"),
        (["reply", "1", "--draft", "sent"], 5, "was handed to a mail program"),
        (["reply", "1", "--draft", "use"], 5, "no draft"),
        (["reply", "1", "--draft", "nonsense"], 2, "Choose from"),
        (["reply", "1", "--draft", "use", "--body", "x"], 2, "cannot be combined"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is(mailed: Program, args: list[str], code: int, says: str) -> None:
    ran = mailed(*args)
    assert (ran.code, says in ran.err) == (code, True), ran.err
    assert not (mailed.desk.parent / "sent.eml").exists()
    assert kinds(mailed) == ["received"]


def test_a_secret_does_not_go_out_by_mail_even_where_the_ticket_may_hold_it(mailed: Program) -> None:
    mailed.all([["edit", "1", "--channel", "ticket"], ["reply", "1", "--body", "The password: sesame77"]])
    ran = mailed("show", 1, "--mail")
    assert (ran.code, "sesame77" in ran.out + ran.err) == (4, False)


def test_what_is_not_set_is_named(mailed: Program) -> None:
    ran = mailed("reply", 1, "--body", "x", "--send", env={"SUPPORTCTL_SENDER": ""})
    assert (ran.code, "Set SUPPORTCTL_SENDER to" in ran.err) == (2, True)
    bad = mailed("reply", 1, "--body", "x", "--send", env={"SUPPORTCTL_FROM": "a@b.example, c@d.example"})
    assert (bad.code, "not one e-mail address" in bad.err) == (2, True)


def test_without_an_address_of_the_desk_it_is_from_whoever_runs_it(mailed: Program) -> None:
    ran = mailed("reply", 1, "--body", "x", "--send", env={"SUPPORTCTL_FROM": ""})
    assert (ran.code, "Set SUPPORTCTL_FROM to" in ran.err) == (0, True)
    shown = mailed("show", 1, "--mail", "-q", env={"SUPPORTCTL_FROM": ""})
    assert (shown.code, shown.err) == (0, "")
    assert re.search(r"^From: .*<[A-Za-z0-9.-]+@[A-Za-z0-9.-]+>$", shown.out, re.MULTILINE)


def test_a_sender_that_fails_leaves_a_draft_and_no_answer(mailed: Program) -> None:
    sending(mailed, "sys.exit(3)")
    ran = mailed("reply", 1, "--body", "Try this", "--send")
    assert (ran.code, "exited with code 3" in ran.err, "kept as a draft" in ran.err) == (7, True, True)
    assert (kinds(mailed), drafts(mailed)) == (["received"], ["answer.txt"])
    asked = mailed("reply", 1)
    assert (asked.code, "you have a draft for ticket 1" in asked.err) == (2, True)
    assert mailed("reply", 1, "--draft", "use", "--send", env={"SUPPORTCTL_SENDER": "no-such-program"}).code == 7
    sending(mailed)
    assert mailed("reply", 1, "--draft", "use", "--send").code == 0
    assert "Try this" in sent(mailed)
    assert (kinds(mailed), drafts(mailed)) == (["received", "replied"], [])


def test_a_draft_is_dropped_when_told(mailed: Program) -> None:
    mailed("reply", 1, "--body", "Try this", "--send", env={"SUPPORTCTL_SENDER": "no-such-program"})
    assert mailed("reply", 1, "--draft", "drop").code == 0
    assert (drafts(mailed), mailed("reply", 1, "--draft", "drop").code) == ([], 5)


def test_nothing_is_locked_while_the_sender_runs(mailed: Program) -> None:
    note = [sys.executable, "-m", "supportctl", "note", "1", "--body", "Meanwhile"]
    sending(mailed, f"import subprocess; subprocess.run({note!r}, check=True, stdout=2)")
    assert mailed("reply", 1, "--body", "Try this", "--send").code == 0
    assert kinds(mailed) == ["received", "noted", "replied"]


def test_what_was_sent_and_could_not_be_recorded_is_said_and_never_sent_twice(mailed: Program) -> None:
    spam = [sys.executable, "-m", "supportctl", "spam", "1"]
    sending(mailed, f"import subprocess; subprocess.run({spam!r}, check=True, stdout=2)")
    ran = mailed("reply", 1, "--body", "Try this", "--send")
    assert ran.code == 2
    assert "was sent to ann@example.com, but is not on record" in ran.err and "--draft sent" in ran.err
    assert "answer.eml" in drafts(mailed)
    mailed.all([["retract", "1", "2", "--reason", "no spam"]])
    (mailed.desk.parent / "sent.eml").unlink()
    again = mailed("reply", 1, "--body", "Try this", "--send")
    assert (again.code, "may have got it" in again.err) == (2, True)
    done = mailed.json("reply", 1, "--draft", "sent", now="2026-03-06T18:00:00Z")
    entry = done["history"][-1]
    assert (entry["body"], entry["sent_to"], entry["at"]) == ("Try this", "ann@example.com", "2026-03-06T16:30:00Z")
    assert not (mailed.desk.parent / "sent.eml").exists() and drafts(mailed) == []


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_ends_while_the_sender_runs_leaves_the_question_open(mailed: Program, number: int) -> None:
    begun = mailed.desk.parent / "begun"
    sending(mailed, f"pathlib.Path({str(begun)!r}).touch(); time.sleep(4); sys.exit(1)")
    run = mailed.start("reply", "1", "--body", "Try this", "--send")
    until(begun.exists)
    os.kill(run.pid, number)
    run.wait(30)
    assert run.returncode == (143 if number == signal.SIGTERM else -9)
    assert kinds(mailed) == ["received"]
    assert mailed("reply", 1, "--body", "Other").code == 2
    sending(mailed)
    assert mailed("reply", 1, "--draft", "use", "--send").code == 0
    assert "Try this" in sent(mailed) and drafts(mailed) == []


def until(there: Callable[[], object]) -> None:
    for _ in range(600):
        if there():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_what_went_out_is_not_taken_back(mailed: Program) -> None:
    mailed("reply", 1, "--body", "Try this", "--send")
    for command in (["retract", "1", "2", "--reason", "wrong"], ["undo", "--yes"]):
        ran = mailed(*command)
        assert (ran.code, "went out by mail" in ran.err) == (2, True)
    assert kinds(mailed) == ["received", "replied"]


def test_who_is_erased_is_gone_from_what_was_sent_and_from_drafts(mailed: Program) -> None:
    mailed("reply", 1, "--body", "Try this", "--send")
    mailed("note", 1, "--body", "My password: sesame77")
    assert drafts(mailed) == ["note.txt"]
    ran = mailed("customer", "erase", "ann@example.com", "--yes")
    assert (ran.code, "in your data folder were removed too: 1." in ran.err) == (0, True)
    assert drafts(mailed) == []
    assert [entry["sent_to"] for entry in mailed.json("show", 1)["history"][:2]] == [None, "erased-1@erased.invalid"]
    assert mailed.sql("select count(*) from messages where message_id like '%first@example.com%'") == [(0,)]
    assert mailed("db", "check").code == 0
    gone = mailed("reply", 1, "--body", "x", "--send")
    assert (gone.code, "was erased" in gone.err) == (2, True)


# With a true mail server, where there is one

EXIM = """
primary_hostname = desk.example
local_interfaces = 127.0.0.1
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
exim_user = {user}
exim_group = {user}
trusted_users = root
keep_environment =
begin routers
desk:
  driver = accept
  domains = desk.example
  transport = desk
customer:
  driver = accept
  domains = example.com
  transport = customer
begin transports
desk:
  driver = appendfile
  maildir_format
  directory = {folder}/desk
  user = {user}
customer:
  driver = appendfile
  maildir_format
  directory = {folder}/customer
  user = {user}
"""


@pytest.fixture
def server() -> Iterator[tuple[list[str], Path]]:
    """A command that takes mail, as sendmail does, and the folder with the Maildirs of the desk and the customer."""
    if not shutil.which("exim4") or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("there is no mail server that could be tried")
    folder = Path("/var/tmp", f"supportctl-mail-{os.getpid()}")
    for each in (folder, folder / "spool"):
        each.mkdir()
        shutil.chown(each, "Debian-exim", "Debian-exim")
    config = folder / "exim.conf"
    config.write_text(EXIM.format(folder=folder, user="Debian-exim"))
    yield ["exim4", "-C", str(config), "-odf", "-t", "-oi"], folder
    shutil.rmtree(folder)


def test_through_a_mail_server_and_back(staffed: Program, server: tuple[list[str], Path]) -> None:
    command, folder = server
    env = {"SUPPORTCTL_SENDER": shlex.join(command), "SUPPORTCTL_FROM": "Support <support@desk.example>"}

    def taken() -> Ran:
        return staffed("log", "--mail", folder / "desk", "--redact", now="2027-01-01T00:00:00Z")

    def write(text: str) -> None:
        subprocess.run(command, input=text.encode(), check=True, capture_output=True)

    to = "From: site@example.com\nTo: support@desk.example\n"
    write(f"{to}Message-ID: <1@example.com>\nSubject: {'x' * 900} [#99]\n\nPlease\n")
    assert taken().code == 0
    body = "Hello\n.\nFrom here\n" + "ü " * 500
    assert staffed("reply", 1, "--send", "--body", body, env=env, now="2027-01-01T00:00:00Z").code == 0
    (answer,) = (folder / "customer" / "new").iterdir()
    message = message_from_string(answer.read_text("utf-8"), policy=default)
    assert message.get_content().strip() == body.strip()
    write(f"{to}Subject: {message['Subject']}\nIn-Reply-To: {message['Message-ID']}\n\nThanks\n")
    assert (taken().code, taken().err) == (0, "")
    history = staffed.json("show", 1, now="2027-01-01T00:00:00Z")["history"]
    assert [entry["kind"] for entry in history] == ["received", "replied", "customer-replied"]
    assert len(list((folder / "desk" / "new").iterdir())) == 2, "nothing was moved"
