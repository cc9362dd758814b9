"""Whatever the bytes, the reading of mail ends, and raises nothing but what it says."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from supportctl.errors import InputError
from supportctl.mail.message import SUBJECT_LIMIT, Mail, read_mail
from supportctl.mail.page import page_text
from supportctl.mail.source import Raw, split

NAMES = st.sampled_from(
    [b"From", b"Sender", b"Reply-To", b"Return-Path", b"Subject", b"Date", b"Received", b"Message-ID", b"In-Reply-To",
     b"References", b"Content-Type", b"Content-Transfer-Encoding", b"Content-Disposition", b"Auto-Submitted",
     b"Precedence", b"X-Autoreply", b"MIME-Version"]
)  # fmt: skip
VALUES = st.sampled_from(
    [b"", b"<>", b"<a@b.c>", b"a@b.c", b"A B <a@b.c>, c@d.e", b'"x" <', b"((((((((", b"undisclosed: ;", b"=?utf-8?q?=C3=28?=",
     b"=?x?b?!!!?= =?utf-8?B?/w?=", b"=?utf-8?B?4pi6?= =?utf-8?B?4pi?=", b"=?utf-8*en?q?a_b?=", b"=?idna?q?a?=", b"\xff\xfe\xe9",
     b"Fri, 6 Mar 2026 17:20:00 +0100", b"Fri, 99 Mar 99999 99:99:99 +9999", b"; 0", b"\x00", b"multipart/mixed; boundary=b",
     b'multipart/alternative; boundary=""', b"multipart/report; report-type=delivery-status; boundary=b", b"message/rfc822",
     b"message/delivery-status", b"text/rfc822-headers", b"text/plain; charset=utf-7", b"text/html; charset=\xff",
     b"text/plain; charset=unicode_escape", b"text/plain; charset=a\x00b", b"text/html; charset=*''", b"text", b"/", b";;;=;*=;*0*=x",
     b"application/x; name*0*=utf-8''%ff; name*1=b; name*x*=1", b"attachment; filename*=''%", b"attachment; filename=\"=?utf-8?q?x", b"base64",
     b"quoted-printable", b"x-uuencode", b"7bit\x00", b"auto-replied", b"bulk", b"no"]
)  # fmt: skip
HEADERS = st.builds(lambda name, value, end: name + b": " + value + end, NAMES, VALUES | st.binary(max_size=30),
                    st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\t", b"\n "]))  # fmt: skip
TEXTS = st.sampled_from(
    [b"\n", b"\r\n\r\n", b"--b\n", b"--b--\n", b"----\n", b"--\n", b"From a@b.c Fri Mar  6 08:30:00 2026\n", b">From x\n", b"begin 644 f\n!!!\nend\n",
     b"+2AA-", b"=C3=\n", b"\\ud800", b"<p>a<table><tr><td>x</a></p><!--", b"<a href='http://x'>y", b"aGVsbG8", b"\xef\xbb\xbf"]
)  # fmt: skip
MESSAGES = st.lists(HEADERS | TEXTS | st.binary(max_size=20), max_size=25).map(b"".join)


def read_all(data: bytes) -> list[Mail]:
    return [read_mail(raw) for raw in split(io.BytesIO(data), "mail")]


def check(mail: Mail) -> None:
    assert mail.subject
    assert len(mail.subject) <= SUBJECT_LIMIT
    for text in (mail.subject, mail.body, *(part for sender in mail.senders for part in sender)):
        assert "\0" not in text
        text.encode()
    assert "\n" not in mail.subject
    assert len(mail.mark) == 64


@settings(max_examples=500)
@given(MESSAGES | st.binary())
def test_any_bytes_are_a_message_or_say_that_they_are_none(data: bytes) -> None:
    try:
        mails = read_all(data)
    except InputError:
        assert not data.replace(b"\xef\xbb\xbf", b"").strip(), "only nothing is no message"
        return
    for mail in mails:
        check(mail)


@settings(max_examples=300)
@given(MESSAGES)
def test_the_same_bytes_are_the_same_message(data: bytes) -> None:
    """However the lines end, and however many blank ones follow."""
    first = read_mail(Raw(data, "mail"))
    assert read_mail(Raw(data + b"\n\n", "again")).mark == first.mark


@settings(max_examples=300)
@given(st.text() | st.lists(st.sampled_from(
    ["<p>", "</p>", "<b>", "<a href=http://x>", "</a>", "<table>", "<td>", "<pre>", "</pre>", "<br>", "<li>", "<blockquote>", "</blockquote>",
     "<svg>", "<math>", "<template>", "<script>", "<!--", "-->", "<![CDATA[", "&#0;", "&#xD800;", "&nbsp;", "<p class=MsoNormal>", "x", "\n", "<select>", "<plaintext>",
     "<img alt=' '>", "<frameset>", "</html>"]), max_size=40).map("".join))  # fmt: skip
def test_any_page_is_text(page: str) -> None:
    assert isinstance(page_text(page), str)
