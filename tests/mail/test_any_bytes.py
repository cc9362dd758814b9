"""Whatever the bytes, the reading of mail ends, and raises nothing but what it says."""

import base64
import io
import quopri

from hypothesis import given, settings
from hypothesis import strategies as st

from supportctl.errors import InputError
from supportctl.mail.message import ATTACHMENTS, SUBJECT_LIMIT, TEXT_LIMIT, Mail, read_mail
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


# Messages built as mail programs build them, and then wrong

BOUNDARIES = st.sampled_from(
    [b"b", b"b ", b"bb", b"", b"-", b"--", b"b-", b"=_(x)+?", b"\xe9", b"x" * 300, b"Content-Type: a"]
)
SPELLED = st.sampled_from(
    [b'boundary="%s"', b"boundary=%s", b"BOUNDARY = %s", b"boundary*=utf-8''%s", b"boundary*0=%s", b'boundary*0*=%s; boundary*1="%s"',
     b"charset=x; boundary=%s", b"boundary=other", b"boundary", b"\n boundary\n =%s"]
)  # fmt: skip
KINDS = st.sampled_from(
    [b"mixed", b"alternative", b"related", b"report", b"signed", b"digest", b"parallel", b"", b"x/y"]
)
CHARSETS = st.sampled_from(
    [b"utf-8", b"us-ascii", b"windows-1252", b"utf-16", b"utf-7", b"iso-2022-jp", b"hz", b"cp037", b"rot13", b"zlib", b"idna", b"undefined", b"",
     b"\xff", b"a" * 5000, b'"utf-8', b"utf-8''x", b"../etc"]
)  # fmt: skip
WORDS = st.sampled_from(
    [b"Hello", b"Gr\xc3\xbc\xc3\x9fe", b"Gr\xfc\xdfe", b"\x1b[2J\x07", b"\xe2\x80\xaetxt", b"a\0b", b"=C3=BC =", b"+AGE-", b"\xed\xa0\x80", b"\xff\xfe\0", b"=1+1",
     b"From a@b.c Fri Mar  6 08:30:00 2026", b"--b", b"--b--", b"<p>a<table><td>x</a>&#xD800;<!--", b"<b><p></b><a href=http://x>y<a>", b"x" * 1200]
)  # fmt: skip
NAMED = st.sampled_from(
    [b"", b'Content-Disposition: attachment; filename="a.txt"\n', b"Content-Disposition: attachment; filename*0*=utf-8''%e2; filename*1*=%82%ac\n",
     b"Content-Disposition: inline; filename*=utf-8'x'%00%1b%ff\n", b"Content-Disposition: \n", b"Content-Disposition: attachment; filename==?utf-8?b?/w==?=\n",
     b"Content-ID: <x>\n", b"X: " + b"y" * 3000 + b"\n", b"broken header\n", b": \n"]
)  # fmt: skip
ENCODED = st.sampled_from(
    [(b"7bit", lambda text: text), (b"base64", base64.encodebytes), (b"quoted-printable", quopri.encodestring), (b"base64", lambda text: text[1:]),
     (b"BASE64 (x)", base64.b64encode), (b"x-uuencode", lambda text: b"begin 6 f\n" + text), (b"binary\0", lambda text: text)]
)  # fmt: skip
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    """A part that is a text, a page, a report, or a file."""
    kind = draw(st.sampled_from([b"text/plain", b"text/html", b"TEXT/HTML", b"text/calendar", b"image/png", b"message/delivery-status",
                                 b"text/rfc822-headers", b"application/octet-stream", b"message/external-body", b"text", b""]))  # fmt: skip
    name, encode = draw(ENCODED)
    text = encode(b"\n".join(draw(st.lists(WORDS, max_size=4))))
    charset = draw(CHARSETS)
    return b"Content-Type: %s; charset=%s\nContent-Transfer-Encoding: %s\n%s\n%s" % (
        kind,
        charset,
        name,
        draw(NAMED),
        text,
    )


@st.composite
def multiparts(draw: st.DrawFn, inner: st.SearchStrategy[bytes]) -> bytes:
    """Parts between boundaries, of which the last, or any, may be another one or missing."""
    boundary, other = draw(BOUNDARIES), draw(BOUNDARIES)
    spelled = draw(SPELLED)
    head = b"Content-Type: multipart/%s; %s\n" % (draw(KINDS), spelled.replace(b"%s", boundary))
    lines = [head + draw(NAMED), draw(WORDS | st.just(b""))]
    for part in draw(st.lists(inner, max_size=4)):
        lines += [b"--" + draw(st.sampled_from([boundary, boundary, boundary, other])), part]
    return b"\n".join([*lines, draw(st.sampled_from([b"--%s--" % boundary, b"--%s--" % other, b"--" + boundary, b""]))])


def messages(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A message within a message: with an empty line before it, or without."""
    within = st.sampled_from(
        [
            b"Content-Type: message/rfc822\n\n",
            b"Content-Type: message/rfc822\n",
            b"Content-Type: message/partial; id=x\n\n",
        ]
    )
    return st.builds(lambda head, subject, part: head + b"Subject: " + subject + b"\n" + part, within, WORDS, inner)


TREES = st.recursive(leaves(), lambda inner: multiparts(inner) | messages(inner), max_leaves=12)
PEOPLE = st.sampled_from(
    [b"Ann <a@b.c>", b"=?utf-8?q?=1B[2J?= <a@b.c>", b'"a, b" <a@b.c>, c@d.e', b"a@b.c (((", b"<a@b.c", b"\xff@b.c", b"a@" + b"b" * 3000, b"group: a@b.c, c@d.e;",
     b"=?utf-8?b?" + b"4pi6" * 900 + b"?= <a@b.c>", b""]
)  # fmt: skip


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """A message, its lines ending in one way or another."""
    head = b"From: %s\nSubject: %s\nMIME-Version: 1.0\n" % (draw(PEOPLE), draw(WORDS))
    data = head + draw(TREES) + b"\n" * draw(st.integers(0, 3))
    return data.replace(b"\n", draw(ENDS)) if draw(st.booleans()) else data


@settings(max_examples=250)
@given(mails())
def test_any_tree_of_parts_is_read_the_same_twice(data: bytes) -> None:
    """Nothing is raised, nothing that cannot be stored comes out, and another reading makes the same of it."""
    found = read_all(data)
    for mail in found:
        check(mail)
        assert len(mail.body) <= TEXT_LIMIT + 300 * ATTACHMENTS
    assert read_all(data) == found
