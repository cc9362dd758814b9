"""An answer as a message: what a mail program reads of it is what was written, whatever was in it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.mail.headers import Sender
from supportctl.mail.letter import Letter, answer_subject, write_letter
from supportctl.mail.message import Mail, read_mail
from supportctl.mail.source import Raw

DESK, ANN = Sender("Remote Utilities", "support@desk.example"), Sender("Ann Lee", "ann@example.com")
AT = 1772814600  # 2026-03-06T16:30:00Z
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def letter(**changes: Any) -> Letter:
    return Letter(DESK, ANN, "Re: Help [#12]", "Hello", AT, "12.abc@desk.example")._replace(**changes)


def read(message: str) -> Mail:
    return read_mail(Raw(message.encode(), "it"))


def headers(message: str) -> list[str]:
    """The names of its headers, continued lines joined."""
    head = message.partition("\n\n")[0]
    return [line.partition(":")[0] for line in head.split("\n") if not line.startswith(" ")]


def test_a_whole_message() -> None:
    said = write_letter(letter(body="Hello Ann,\n\nyes.", answers="b@x", thread=("a@x", "b@x")))
    assert said == (
        'From: "Remote Utilities" <support@desk.example>\n'
        'To: "Ann Lee" <ann@example.com>\n'
        "Subject: Re: Help [#12]\n"
        "Date: Fri, 06 Mar 2026 16:30:00 +0000\n"
        "Message-ID: <12.abc@desk.example>\n"
        "In-Reply-To: <b@x>\n"
        "References: <a@x>\n <b@x>\n"
        'Content-Type: text/plain; charset="utf-8"\n'
        "Content-Transfer-Encoding: 7bit\n"
        "MIME-Version: 1.0\n"
        "\n"
        "Hello Ann,\n\nyes.\n"
    )


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Help", "Re: Help [#12]"),
        ("Re: Help", "Re: Help [#12]"),
        ("RE: AW: Re[2]: Help [#12]", "Re: Help [#12]"),
        ("Fwd: Help", "Re: Fwd: Help [#12]"),
        ("Regarding: Help", "Re: Regarding: Help [#12]"),
        ("[#99] Help", "Re: #99 Help [#12]"),
        ("a\r\nBcc: eve@example.com", "Re: a Bcc: eve@example.com [#12]"),
        ("a\u2028b\x00c\x1b[2Jd", "Re: a b c [2Jd [#12]"),
        ("\u202eabc", "Re: abc [#12]"),
        ("", "Re: [#12]"),
        ("x" * 10_000, f"Re: {'x' * 149}… [#12]"),
    ],
)
def test_the_subject_of_an_answer(subject: str, answer: str) -> None:
    assert answer_subject(subject, 12) == answer
    assert read(write_letter(letter(subject=answer))).numbers[0] == 12


@given(subject=texts, name=texts, body=texts)
def test_no_foreign_text_breaks_out_of_its_place(subject: str, name: str, body: str) -> None:
    """The headers are ours alone, every line is short ASCII, and a mail program reads back what was meant."""
    subject = answer_subject(subject, 12)
    said = write_letter(letter(to=Sender(name, "ann@example.com"), subject=subject, body=body))
    assert headers(said) == [
        "From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    ]  # fmt: skip
    assert said.isascii() and max(map(len, said.split("\n"))) <= 200
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", said)
    mail = read(said)
    assert mail.subject == subject
    assert [each.address for each in mail.senders] == ["support@desk.example"]
    kept = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", body.replace("\r\n", "\n").replace("\r", "\n"))
    assert mail.body == kept.strip("\n")


@pytest.mark.parametrize("body", [".", "a\n.\nb", "..a", "From here", "a\nFrom b", "x" * 5000 + "\n.", "ü.\n." * 99])
def test_no_line_begins_with_what_a_mail_server_takes_for_its_own(body: str) -> None:
    said = write_letter(letter(body=body))
    assert not re.search(r"^(\.|From )", said.partition("\n\n")[2], re.MULTILINE)
    assert max(map(len, said.split("\n"))) < 120
    assert read(said).body == body


def test_an_id_that_is_hardly_one_is_not_repeated() -> None:
    said = write_letter(letter(answers="a b\r\nBcc: eve", thread=("ü@x", "a>b", "good@x")))
    assert "In-Reply-To" not in said and "References: <good@x>\n" in said


def test_of_a_long_thread_the_first_and_the_last_are_named() -> None:
    said = write_letter(letter(thread=tuple(f"{n}@x" for n in range(100))))
    assert re.findall(r"<(\d+)@x>", said) == ["0", *(str(n) for n in range(81, 100))]
