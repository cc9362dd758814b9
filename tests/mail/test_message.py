"""Messages in the shapes that mail programs give them, and in those that only broken or hostile ones do."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from supportctl.mail import message as room
from supportctl.mail.headers import AsItCame
from supportctl.mail.message import NO_SUBJECT, Mail, mark_of, read_mail
from supportctl.mail.source import Raw

SHAPES = Path(__file__).with_name("shapes")


def read(*lines: str | bytes, body: str | bytes = "") -> Mail:
    """A message of these header lines and this body."""
    head = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return read_mail(Raw(head + b"\n\n" + (body.encode() if isinstance(body, str) else body), "mail"))


def shape(name: str) -> Mail:
    return read_mail(Raw((SHAPES / f"{name}.eml").read_bytes(), name))


def address(mail: Mail) -> str:
    return mail.senders[0].address


# As mail programs write


@pytest.mark.parametrize(
    ("name", "sender", "subject", "body", "automatic"),
    [
        (
            "gmail", ("Ann Lee", "ann@example.com"), "Re: [#12] Host does not start ✅",
            "It works now — thank you!\n\nOn Fri, Mar 6, 2026 at 9:01 AM Support <desk@example.com> wrote:\n\n"
            "> Which version do you run?\n\n[Attachment, not kept: screen shot.png (image/png)]",
            "",
        ),
        (
            "outlook", ("Müller, Jörg", "j.mueller@example.de"), "Fehlermeldung beim Verbinden",
            "Guten Tag,\n\nder Host meldet „Zugriff verweigert“. Siehe Anleitung <https://example.com/kb?id=7>.\n\n"
            "Version  7.6.2.0\n\nMit freundlichen Grüßen\nJörg Müller\n\n"
            "[Attachment, not kept: image001.png (image/png)]\n"
            "[Attachment, not kept: Protokoll für Prüfung.txt (text/plain)]",
            "",
        ),
        (
            "apple", ("Bo", "bo@example.com"), "Two logs",
            "First the log:\n\nand some words after it.\n\n[Attachment, not kept: host.log (text/plain)]",
            "",
        ),
        (
            "exchange-bounce", ("", "postmaster@example.com"), "Undeliverable: [#3] Host does not start",
            "Delivery has failed to these recipients or groups:\n\nann@example.net (ann@example.net)\n"
            "The email address you entered couldn't be found.\n\n[Attachment, not kept: message/delivery-status]\n"
            "[Attachment, not kept: message/rfc822]",
            "Auto-Submitted: auto-replied",
        ),
        (
            "out-of-office-de", ("Jörg Müller", "j.mueller@example.de"), "Automatische Antwort: [#12] Host",
            "Ich bin bis zum 16. März nicht im Büro.",
            "Auto-Submitted: auto-generated",
        ),
        (
            "japanese", ("山田 太郎", "yamada@example.jp"), "接続できません", "ホストが起動しません。",
            "",
        ),
    ],
)  # fmt: skip
def test_messages_as_mail_programs_write_them(
    name: str, sender: tuple[str, str], subject: str, body: str, automatic: str
) -> None:
    mail = shape(name)
    assert (mail.senders[0], mail.subject, mail.body, mail.automatic) == (sender, subject, body, automatic)


def test_a_bounce_answers_what_the_returned_message_answered() -> None:
    mail = shape("exchange-bounce")
    assert mail.bounced
    assert set(mail.answers) >= {mark_of("desk-17@example.com"), mark_of("ann-1@example.net")}
    assert mail.numbers == (3,)


# Headers


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("Subject: Plain", "Plain"),
        ("Subject: =?utf-8?Q?Ann_L=C3=A9e?=", "Ann Lée"),
        ("Subject: =?utf-8?B?4oKs?= and =?iso-8859-1?q?=E9?=", "€ and é"),
        ("Subject: =?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),  # a character cut in two, as many programs do
        ("Subject: =?utf-8?Q?a?=\n =?utf-8?Q?b?=", "ab"),
        ("Subject: =?utf-8*en?Q?a?=", "a"),
        ("Subject: =?utf-8?Q?not closed", "=?utf-8?Q?not closed"),
        ("Subject: =?utf-8?Q?with blanks in it?=", "with blanks in it"),
        ("Subject: =?nonsense?Q?caf=E9?=", "café"),
        ("Subject: =?utf-8?B?4oKs!?=", "€"),
        ("Subject: =?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("Subject:", NO_SUBJECT),
        ("Subject: =?utf-8?Q??=", NO_SUBJECT),
        ("X-Other: no subject at all", NO_SUBJECT),
        ("Subject: two\n\tlines", "two lines"),
        ("Subject: Prüfung", "Prüfung"),
        ("Subject: Prüfung".encode("cp1252"), "Prüfung"),
        (b"Subject: a\x00b", "ab"),
        ("Subject: " + "x" * 9999, "x" * 500),
    ],
)
def test_a_subject_is_read_as_it_was_meant(line: str | bytes, subject: str) -> None:
    assert read("From: a@example.com", line).subject == subject


@pytest.mark.parametrize(
    ("lines", "sender"),
    [
        (["From: ann@example.com"], ("", "ann@example.com")),
        (["From: Ann Lee <ann@example.com>"], ("Ann Lee", "ann@example.com")),
        (['From: "Lee, Ann (Sales)" <ann@example.com>'], ("Lee, Ann (Sales)", "ann@example.com")),
        (["From: =?utf-8?Q?Lee=2C_Ann?= <ann@example.com>"], ("Lee, Ann", "ann@example.com")),
        (["From: ann@example.com (Ann)"], ("Ann", "ann@example.com")),
        (["From: <ann@example.com>"], ("", "ann@example.com")),
        (["From: " + "(" * 3000 + "<ann@example.com>"], ("", "ann@example.com")),
        (["From: a@example.com, b@example.com"], ("", "a@example.com")),
        (["From: a@example.com, B <b@example.com>", "Sender: b@example.com"], ("B", "b@example.com")),
        (["From: Ann", "Reply-To: ann@example.com"], ("", "ann@example.com")),
        (["Return-Path: <ann@example.com>"], ("", "ann@example.com")),
        (["From: jörg@exämple.de"], ("", "jörg@exämple.de")),
        (["FROM:", "From: ann@example.com"], ("", "ann@example.com")),
    ],
)
def test_the_sender_is_who_the_message_says(lines: list[str], sender: tuple[str, str]) -> None:
    assert read(*lines).senders[0] == sender


@pytest.mark.parametrize("lines", [["Subject: x"], ["From: Ann"], ["From: undisclosed-recipients:;"], ["From:"]])
def test_a_message_that_nobody_sent_has_no_sender(lines: list[str]) -> None:
    assert read(*lines).senders == ()


@pytest.mark.parametrize(
    ("lines", "written", "passed"),
    [
        (["Date: Fri, 6 Mar 2026 17:20:00 +0100"], 1772814000, None),
        (["Date: Fri, 6 Mar 2026 17:20:00 -0000"], 1772817600, None),
        (["Date: 6 Mar 26 16:20 GMT (Friday)"], 1772814000, None),
        (
            ["Received: from a by b; Fri, 6 Mar 2026 16:20:00 +0000", "Received: from c by a; long ago"],
            None,
            1772814000,
        ),
        (["Date: yesterday"], None, None),
        (["Date: Fri, 32 Mar 2026 17:20:00 +0100"], None, None),
        (["Date: Fri, 6 Mar 99999 17:20:00 +9999"], None, None),
        (["Date: Thu, 1 Jan 1970 00:00:00 +0000"], None, None),
        ([], None, None),
    ],
)
def test_when_it_was_written_and_passed_on(lines: list[str], written: int | None, passed: int | None) -> None:
    mail = read("From: a@example.com", *lines)
    assert (mail.written_at, mail.passed_at) == (written, passed)


@pytest.mark.parametrize(
    ("line", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: Auto-Generated; owner-email=x", True),
        ("Auto-Submitted: no", False),
        ("Auto-Submitted: No (a person)", True),
        ("Precedence: bulk", True),
        ("Precedence: LIST", True),
        ("Precedence: junk", True),
        ("Precedence: first-class", False),
        ("Return-Path: <>", True),
        ("Return-Path: <ann@example.com>", False),
        ("X-Autoreply: yes", True),
        ("X-Autoreply: no", False),
        ("X-Autorespond: Out", True),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", True),
        ("X-Auto-Response-Suppress: All", False),  # asks others not to answer by themselves; people's mail has it too
    ],
)
def test_what_no_person_wrote_is_told_apart(line: str, automatic: bool) -> None:
    assert bool(read("From: a@example.com", line).automatic) == automatic


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Re: [#12] Host", (12,)),
        ("AW: WG: #7: Host", (7,)),
        ("Re: Ticket 12 (and ticket #13, Ticket no. 14)", (12, 13, 14)),
        ("Host does not start [#12]", (12,)),
        ("Re[2]: Printer #3", (3,)),
        ("Printer #3", ()),  # whatever is number 3 there
        ("回复：#3", (3,)),
        ("Version 7.6.2.0 on 12 machines", ()),
        ("Re: Bug #7.6 and #12b, a#12, &#8364; and 12#", ()),
        ("[#0]", (0,)),
        ("Re: #" + "9" * 30, ()),
        ("ticketing 12", ()),
    ],
)
def test_the_numbers_that_a_subject_may_mean_by_a_ticket(subject: str, numbers: tuple[int, ...]) -> None:
    assert read("From: a@example.com", f"Subject: {subject}").numbers == numbers


def test_a_bare_number_counts_in_what_answers_another_message() -> None:
    assert read("From: a@example.com", "Subject: Host #12", "In-Reply-To: <1@x>").numbers == (12,)


# Message-IDs


def test_only_the_mark_of_a_message_id_is_kept() -> None:
    """It may have an address in it; folded, so that what changed its case on the way is known all the same."""
    mail = read("From: a@example.com", "Message-ID: <Ann.Lee@Example.com>", "In-Reply-To: <Bo@example.com>")
    assert mail.mark == hashlib.sha256(b"id:ann.lee@example.com").hexdigest()
    assert "ann" not in repr((mail.mark, mail.answers)).lower()


def test_a_message_answers_its_nearest_forebear_first() -> None:
    mail = read("From: a@example.com", "References: <1@x> <2@x>\n <3@x>", "In-Reply-To: <3@x> (of Friday)")
    assert mail.answers == tuple(map(mark_of, ["3@x", "2@x", "1@x"]))


@pytest.mark.parametrize("line", ["X: y", "Message-ID:", "Message-ID: <>", "Message-ID: < >"])
def test_a_message_without_an_id_is_known_by_all_that_it_says(line: str) -> None:
    one, same, other = (read("From: a@example.com", line, body=text) for text in ("Hello", "Hello\n\n", "Hallo"))
    assert one.mark == same.mark != other.mark


def test_the_way_a_message_took_makes_it_no_other() -> None:
    """Fetched twice, it comes with other headers of servers; without a date, only these tell two alike apart."""
    dated = ["From: a@example.com", "Date: Fri, 6 Mar 2026 17:20:00 +0100"]
    assert read("Received: x; 1", *dated, body="Hi").mark == read("Received: y; 2", *dated, body="Hi").mark
    assert read(*dated, body="Hi").mark != read(*dated, body="Ho").mark
    assert read("Received: x; 1", *dated[:1], body="Hi").mark != read("Received: y; 2", *dated[:1], body="Hi").mark


# Text


def part(content_type: str, body: str | bytes, *headers: str) -> bytes:
    lines = [f"Content-Type: {content_type}", *headers]
    return "\n".join(lines).encode() + b"\n\n" + (body.encode() if isinstance(body, str) else body)


def multipart(kind: str, *parts: bytes, boundary: str = "b") -> bytes:
    joined = b"".join(b"--" + boundary.encode() + b"\n" + each + b"\n" for each in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n".encode() + joined + f"--{boundary}--\n".encode()


def text_of(message: bytes) -> str:
    return read_mail(Raw(b"From: a@example.com\n" + message, "mail")).body


PLAIN, PAGE = part("text/plain", "plain"), part("text/html", "<p>page")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (PLAIN, "plain"),
        (PAGE, "page"),
        (multipart("alternative", PLAIN, PAGE), "plain"),
        (multipart("alternative", PAGE, PLAIN), "plain"),
        (multipart("alternative", part("text/plain", " \n"), PAGE), "page"),
        (multipart("mixed", PLAIN, part("text/plain", "more")), "plain\n\nmore"),
        (
            multipart("mixed", multipart("related", multipart("alternative", PLAIN, PAGE, boundary="d"), boundary="c")),
            "plain",
        ),
        (multipart("signed", PLAIN, part("application/pgp-signature", "x", "Content-Disposition: attachment; filename=s.asc")),
         "plain\n\n[Attachment, not kept: s.asc (application/pgp-signature)]"),
        (multipart("mixed", part("application/pdf", "x")), "[Attachment, not kept: application/pdf]"),
        (multipart("mixed", PLAIN, part("message/rfc822", "Subject: inner\n\ninner")), "plain\n\n[Attachment, not kept: message/rfc822]"),
        (part("message/rfc822", "Subject: inner\n\ninner"), "inner"),
        (part("text/plain; name=note.txt", "x"), "x"),
        (part("text/calendar", "BEGIN"), "BEGIN"),
        (part("nonsense", "x"), "x"),
        (part("application/pdf; name=a.pdf", "x"), "[Attachment, not kept: a.pdf (application/pdf)]"),
        (b"Content-Type: multipart/mixed\n\n--b\n\nno boundary", "--b\n\nno boundary"),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nnever closed", "never closed"),
        (b"Content-Type: multipart/mixed; boundary=b\n\nnever opened", "never opened"),
        (b"Content-Type: \x00x\x80/\n\ty\n\nz", "[Attachment, not kept: x?/ y]"),
        (b"\n\n", ""),
    ],
)  # fmt: skip
def test_the_text_is_what_a_person_would_read(message: bytes, text: str) -> None:
    assert text_of(message) == text


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-8", "Zürich €".encode(), "Zürich €"),
        ("iso-8859-1", "Zürich".encode("latin-1"), "Zürich"),
        ("iso-8859-1", "„Zürich“ €".encode("cp1252"), "„Zürich“ €"),  # what Windows programs call it
        ("iso-8859-1", "Zürich".encode(), "Zürich"),  # not what it is called
        ("us-ascii", "Zürich".encode(), "Zürich"),
        ("utf-8", "Zürich".encode("latin-1"), "Zürich"),
        ("windows-1251", "Привет".encode("cp1251"), "Привет"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("iso-2022-jp", "接続".encode("iso-2022-jp"), "接続"),
        ("gb2312", "联通".encode("gbk"), "联通"),  # valid as UTF-8 too, as something else
        ("utf-16", "Zürich".encode("utf-16"), "Zürich"),
        ("x-no-such", "Zürich".encode("cp1252"), "Zürich"),
        ("base64", b"plain", "plain"),
        ("unicode_escape", rb"\ud800", r"\ud800"),
        ("utf-7", b"+2AA-", "?"),  # half a character
        ("utf-8", b"\xef\xbb\xbfmark", "mark"),
        ("utf-8", b"a\x00b", "ab"),
        ("'utf-8'", "ü".encode(), "ü"),
    ],
)
def test_a_charset_is_believed_as_far_as_it_can_be(charset: str, data: bytes, text: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n".encode()
    assert text_of(head + base64.b64encode(data)) == text


@pytest.mark.parametrize(
    ("encoding", "data", "text"),
    [
        ("quoted-printable", "caf=C3=A9 =3D =\njoined =zz", "café = joined =zz"),
        ("base64", "aGVs bG8\n*=", "hello"),
        ("base64", "not base64 at all!", None),
        ("x-uuencode", "begin 644 x\n%:&5L;&\\\n`\nend\n", "hello"),
        ("x-uuencode", "no begin", "no begin"),
        ("nonsense", "as it is", "as it is"),
    ],
)
def test_a_broken_encoding_loses_no_message(encoding: str, data: str, text: str | None) -> None:
    found = text_of(f"Content-Transfer-Encoding: {encoding}\n\n{data}".encode())
    assert found == text or text is None


@pytest.mark.parametrize("depth", [10, 30, 41, 2000])
def test_parts_within_parts_lose_no_text_however_deep(depth: int) -> None:
    message = part("text/plain", "at the bottom")
    for level in range(depth):
        message = multipart("mixed", message, boundary=f"b{level}")
    text = text_of(message)
    assert "at the bottom" in text
    assert ("--b0" in text) == (depth > 40), "so deep it is not taken apart: that would take forever"
    messages = b"Content-Type: message/rfc822\n\n" * depth + b"Subject: x\n\nat the bottom"
    assert "at the bottom" in text_of(messages)


def test_attachments_are_named_so_far() -> None:
    files = [part("image/png", "x", f'Content-Disposition: attachment; filename="{n}\n .png"') for n in range(60)]
    lines = text_of(multipart("mixed", PLAIN, *files)).splitlines()
    assert lines[2] == "[Attachment, not kept: 0 .png (image/png)]"
    assert (len(lines), lines[-1]) == (53, "[And 10 more attachments]")


def test_a_text_or_a_page_of_no_end_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "TEXT_LIMIT", 5)
    assert text_of(part("text/plain", "123456")).startswith("12345\n\n[The rest")
    monkeypatch.undo()
    assert "[The rest of the HTML, over 500 kB or 20,000 tags, is not kept.]" in text_of(
        part("text/html", "x" * 500_001)
    )


def test_a_page_that_the_library_cannot_take_is_read_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> str:
        raise AssertionError

    monkeypatch.setattr("supportctl.mail.page.page_text", fails)
    assert text_of(part("text/html", "<p>still<br>there")) == "still there"


def test_headers_without_end_are_read_so_far() -> None:
    many: list[Any] = [f"References: {'<x@y> ' * 20_000}", *(f"X-{n}: y" for n in range(5000))]
    assert len(read("From: a@example.com", *many).answers) == 1


def test_parts_in_parts_stay_in_one_piece_however_their_boundaries_are_spelled() -> None:
    """Not deeper than the parser's stack: `boundary*0*=` names one too."""
    for spelled in (b"boundary=%d", b"Boundary\t = %d", b"boundary*=%d", b"boundary*0*=%d", b"boundary\x1f=%d"):
        levels = (b"Content-Type: multipart/mixed; " + spelled % n + b"\n\n--%d\n" % n for n in range(3_000))
        assert read_mail(Raw(b"From: a@b.c\n" + b"".join(levels) + b"\ndeep", "mail")).body.endswith("deep")


def test_of_a_header_no_more_is_kept_than_is_looked_at() -> None:
    """The library takes the square of what it holds: 400,000 parameters of a Content-Type were a minute."""
    fetched = AsItCame().header_source_parse(["Content-Type: text/plain" + "; a=b" * 9_000 + "\n"])
    assert fetched[0] == "Content-Type" and fetched[1].count(";") < 64
    assert len(AsItCame().header_source_parse(["References: " + "<a@b> " * 9_000])[1]) == 10_000
