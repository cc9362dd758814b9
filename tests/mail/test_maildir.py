"""The files of a Maildir: which are messages, in what order, and where one is by now."""

from pathlib import Path

from supportctl.mail.source import is_maildir, maildir, read_delivered


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(f"Subject: {name}\n\n")


def test_messages_come_in_the_order_of_delivery_whichever_folder_they_are_in(tmp_path: Path) -> None:
    put(tmp_path / "new", "1000.a.host", "2.b.host", "no-time")
    put(tmp_path / "cur", "999.c.host:2,S", "3.d.host;2,", "4.e.host:2,T", "5.f.host!2,DS", ".x")
    assert is_maildir(tmp_path) and not is_maildir(tmp_path / "new")
    names = [path.name for path in maildir(tmp_path)]
    assert names == ["2.b.host", "3.d.host;2,", "999.c.host:2,S", "1000.a.host", "no-time"]


def test_a_message_that_was_moved_since_is_found_and_one_that_is_gone_is_none(tmp_path: Path) -> None:
    put(tmp_path / "new", "1.a.host")
    (tmp_path / "cur").mkdir()
    (path,) = maildir(tmp_path)
    path.rename(tmp_path / "cur" / "1.a.host:2,S")
    found = read_delivered(path)
    assert found is not None and found.data == b"Subject: 1.a.host\n\n"
    (tmp_path / "cur" / "1.a.host:2,S").unlink()
    assert read_delivered(path) is None
