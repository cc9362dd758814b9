"""One message or many, told by the first line; where each begins, and how much of it is kept."""

import io

import pytest

from supportctl.errors import InputError
from supportctl.mail import source
from supportctl.mail.source import Raw, split

POSTMARK = b"From ann@example.com Fri Mar  6 08:30:00 2026\n"


def messages(data: bytes) -> list[Raw]:
    return list(split(io.BytesIO(data), "mail"))


def test_what_does_not_begin_with_a_postmark_is_one_message() -> None:
    data = b"Subject: x\n\nHello\n\n" + POSTMARK + b"Subject: y\n\n"
    assert messages(data) == [Raw(data, "mail")]


def test_a_mail_servers_pipe_may_put_a_postmark_before_its_one_message() -> None:
    assert messages(POSTMARK + b"Subject: x\n\nHello\n") == [Raw(b"Subject: x\n\nHello\n", "mail", "ann@example.com")]
    assert messages(b">From ann@example.com\nSubject: x\n") == [Raw(b"Subject: x\n", "mail")]


def test_an_mbox_has_a_message_after_each_postmark_that_follows_a_blank_line() -> None:
    first = b"Subject: x\n\nFrom here on it failed.\n>From there too.\n>>From all.\nFrom b@c Fri Mar 6 08:30\n\n"
    found = messages(POSTMARK + first + POSTMARK.replace(b"ann", b"bo").replace(b"\n", b"\r\n") + b"Subject: y\n\n")
    assert [raw.data for raw in found] == [first.replace(b">From", b"From"), b"Subject: y\n\n"]
    assert [raw.postmark for raw in found] == ["ann@example.com", "bo@example.com"]
    assert [raw.place for raw in found] == ["mail, message 1 (line 1)", "mail, message 2 (line 9)"]


def test_blank_lines_and_a_byte_order_mark_before_a_message_are_passed_over() -> None:
    assert messages(b"\r\n\n\xef\xbb\xbfSubject: x\n")[0].data == b"Subject: x\n"


@pytest.mark.parametrize("data", [b"", b"\n\n \n", b"\xef\xbb\xbf"])
def test_nothing_is_no_message(data: bytes) -> None:
    with pytest.raises(InputError, match="mail contains no message"):
        messages(data)


@pytest.mark.parametrize("before", [b"", POSTMARK])
@pytest.mark.parametrize(("size", "cut"), [(99, False), (100, False), (101, True), (70_000, True)])
def test_a_message_is_kept_up_to_the_limit_and_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, before: bytes, size: int, cut: bool
) -> None:
    """A mail server must not find the pipe closed."""
    monkeypatch.setattr(source, "MESSAGE_LIMIT", 100)
    stream = io.BytesIO(before + b"S: x\n" + b"y" * (size - 5))
    (raw,) = split(stream, "mail")
    assert (len(raw.data), raw.cut) == (min(size, 100), cut)
    assert stream.read() == b""


@pytest.mark.parametrize(("lines", "cut"), [(9, False), (10, False), (11, True)])
def test_a_message_of_too_many_lines_is_cut(monkeypatch: pytest.MonkeyPatch, lines: int, cut: bool) -> None:
    monkeypatch.setattr(source, "LINE_LIMIT", 10)
    (raw,) = messages(b"S: x\n" + b"y\n" * (lines - 1))
    assert (len(raw.data.splitlines()), raw.cut) == (min(lines, 10), cut)


def test_a_message_of_an_mbox_that_is_cut_leaves_the_next_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MESSAGE_LIMIT", 100)
    found = messages(POSTMARK + b"y\n" * 200 + b"\n" + POSTMARK + b"Subject: z\n")
    assert [(len(raw.data), raw.cut) for raw in found] == [(100, True), (11, False)]
