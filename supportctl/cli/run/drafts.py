"""Drafts: texts that are not on record yet, kept in the data folder of their writer's own account, never in a desk."""

import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from supportctl.errors import DeskUnusable, InputError
from supportctl.files import atomic_file, private_folder, write_errors

try:  # hashlib gives the same one, but loads OpenSSL first, for the name of one file
    from _sha256 import sha256  # type: ignore[import-not-found]  # the interpreter's own: without stubs
except ImportError:
    from hashlib import sha256

if TYPE_CHECKING:
    from supportctl.cli.run.session import Session

# The same as git's, which many have seen; nobody begins a line of a letter like this.
CUT = "------------------------ >8 ------------------------"
BELOW = "Write above this line and leave it as it is; nothing below it is kept."
# The verb that writes each kind of text, and whether one of another kind could go to the wrong reader.
ANSWER, NOTE, MESSAGE, REQUEST = "answer", "note", "message", "request"
VERBS = {ANSWER: "reply", NOTE: "note", MESSAGE: "reply", REQUEST: "log"}


class Draft(NamedTuple):
    """The one text of an agent for a ticket of a desk, or for its next request: a file, 0600 in a folder 0700.

    Beside it, with the ending .eml, is the message that it was made into, from when that was handed to a sender until
    the answer is on record.
    """

    path: Path
    kind: str
    ticket: int | None

    @property
    def message(self) -> Path:
        """Where the message is, once it may have gone out."""
        return self.path.with_suffix(".eml")

    @property
    def editing(self) -> Path:
        """The file in the editor: with the thread below the text, which must not get into the text itself."""
        return self.path.with_suffix(".editing.txt")

    def read(self) -> str:
        """The text, or "" if there is none. Raises InputError if the file cannot be read as text."""
        self.recover()
        try:
            return self.path.read_text("utf-8-sig")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError):
            raise InputError(f"The draft {self.path} cannot be read.", "Look at it, and move it away.") from None

    def keep(self, text: str) -> None:
        """Replace the draft; an older one with another text is set aside under another name.

        Raises OutputUnwritable.
        """
        if self.path.is_file() and self.path.read_bytes().decode("utf-8", "replace").strip() not in text:
            self._set_aside(self.path)
        self.put(text)

    def put(self, text: str) -> None:
        """Replace the draft, or with a blank text remove it. Raises OutputUnwritable."""
        if text.strip():
            _write(self.path, text)
        else:
            self.path.unlink(missing_ok=True)

    def lay_out(self, text: str, below: str) -> Path:
        """The file for the editor, with what is shown below the text. Raises OutputUnwritable."""
        path = self.editing if below else self.path
        _write(path, f"{text}\n\n{CUT}\n{BELOW}\n\n{below}\n" if below else text)
        return path

    def recover(self) -> Path | None:
        """Make the draft of what an editor saved before it, or the run, was cut off; nothing if there is none.

        If it cannot be told where the text ends, the file is set aside, and this returns where.

        Raises OutputUnwritable.
        """
        if not self.editing.is_file():
            return None
        try:
            written = above(self.editing.read_text("utf-8-sig"))
        except (UnicodeDecodeError, InputError):
            return self._set_aside(self.editing)
        self.put(written)
        self.editing.unlink(missing_ok=True)
        return None

    def hand_over(self, message: str) -> None:
        """Keep the message that is about to be handed to a sender. Raises OutputUnwritable."""
        _write(self.message, message)

    def not_sent(self) -> None:
        """The sender did not take the message."""
        self.message.unlink(missing_ok=True)

    def drop(self) -> bool:
        """Remove the draft and its message; returns whether there was one."""
        files = [self.message, self.editing, self.path]
        there = any(path.exists() for path in files)
        for path in files:
            with suppress(OSError):  # most are not there
                path.unlink()
        return there

    def done(self, text: str) -> None:
        """A text is on record: its draft is no longer needed; another one stays."""
        with suppress(InputError):
            if self.read().strip() == text.strip():
                self.drop()

    def _set_aside(self, path: Path) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.stem}.older-{number}.txt")).exists():
            number += 1
        return path.replace(aside)


def draft_of(session: "Session", kind: str, ticket: int | None = None) -> Draft:
    """The draft of this run's agent, whether there is one or not."""
    who = session.agent.casefold()
    name = f"{ticket or 'new'}-{kind}-{_plain(who)}"
    return Draft(_folder(session) / f"{name}.txt", kind, ticket)


def drafts_on(session: "Session") -> Iterator[Draft]:
    """All drafts for this run's desk that this account of the machine has, of any agent, older ones too."""
    folder = _folder(session)
    for path in sorted([*folder.glob("*.txt"), *folder.glob("*.eml")]) if folder.is_dir() else ():
        number, _, rest = path.name.partition("-")
        yield Draft(path, rest.partition("-")[0], int(number) if number.isdigit() else None)


def drop_about(session: "Session", tickets: Collection[int], names: Callable[[str], bool]) -> int:
    """Remove the drafts for some tickets, and those with a text that `names` somebody; returns how many files."""
    found = [each.path for each in drafts_on(session) if each.ticket in tickets or names(_as_it_is(each.path))]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _as_it_is(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def above(left: str) -> str:
    """The text above the line: without the line, the file may contain notes that a customer must not see.

    Raises InputError if the line is gone.
    """
    written, cut, _ = f"\n{left}".partition(f"\n{CUT}\n")
    if not cut:
        raise InputError(
            "The line that marks the end of your text is gone; nothing was changed.", "Leave that line in place."
        )
    return written.strip("\n")


def _folder(session: "Session") -> Path:
    named = session.desk_named()
    desk = named if isinstance(named, str) else os.path.normcase(named.resolve())
    name = Path(named.partition("?")[0] if isinstance(named, str) else desk).name
    try:
        own = session.data_folder()
    except DeskUnusable:  # no home: the text outlives this run, but the next one does not find it
        import tempfile  # late: next to nobody has no home

        own = Path(tempfile.gettempdir(), f"supportctl-{os.urandom(8).hex()}")
    return own / "drafts" / _plain(name, desk)


def _plain(name: str, whole: str = "") -> str:
    """A name that any file system takes: readable, and different for different ones."""
    digest = sha256((whole or name).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{re.sub('[^a-z0-9]+', '-', name.casefold()).strip('-')[:24]}-{digest}"


def _write(path: Path, text: str) -> None:
    with write_errors(path):
        private_folder(path.parent)
    with atomic_file(path, over=True) as new:
        new.write_bytes(text.encode())
