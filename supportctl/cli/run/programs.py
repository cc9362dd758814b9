"""Programs of the person's own: the editor that a text is written in, and one that takes what was printed."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from supportctl.cli.run.session import STDIN_LIMIT, Session
from supportctl.cli.run.which import in_path
from supportctl.cli.run.which import split_command as split_command
from supportctl.errors import InputError, OutputUnwritable

# The same as git's, which many have seen; nobody begins a line of a letter like this.
CUT = "------------------------ >8 ------------------------"
BELOW = "Write above this line and leave it as it is; nothing below it is kept."


def edit_text(session: Session, text: str, below: str = "") -> str:
    """The text left by the editor, without what was put `below` it for reference.

    Raises InputError without a terminal or an editor, if the editor fails or leaves something that is not text, or if
    the line between both is gone; OutputUnwritable if there is no disk space.
    """
    if not session.interactive:
        raise InputError("--edit needs a terminal.", "Give the text with --body, or on standard input with --body -.")
    command = _command(session)
    whole = f"{text}\n\n{CUT}\n{BELOW}\n\n{below}\n" if below else text
    with _laid_out(whole.encode()) as path:
        _run([*command, str(path)])
        session.look_at_the_clock()
        left = _left(path, STDIN_LIMIT + len(whole.encode()))
    return _above(left) if below and left.strip() else left.removesuffix("\n")


def _command(session: Session) -> list[str]:
    """The user's editor with its arguments, as words: no shell ever sees them."""
    given = (session.environ.get("VISUAL") or session.environ.get("EDITOR") or "").strip() or _default()
    try:
        program, *args = shlex.split(given, posix=os.name != "nt")
    except ValueError:
        raise InputError("EDITOR has an unclosed quote.", "Set EDITOR to your editor.") from None
    return [_editor_in_path(program, session), *args]


def _editor_in_path(program: str, session: Session) -> str:
    if found := in_path(program, session.environ):
        return found
    raise InputError(f"The editor {program[:60]} is not in PATH.", "Set EDITOR to your editor.")


@contextmanager
def _laid_out(text: bytes) -> Iterator[Path]:
    """A file with the text, in a folder of its own, 0700 whatever the umask: others never see it."""
    with ExitStack() as stack:
        try:
            # An editor that holds on to its file must not cost the text.
            new = tempfile.TemporaryDirectory(prefix="supportctl-", ignore_cleanup_errors=True)
            path = Path(stack.enter_context(new), "text.txt")
            path.parent.chmod(0o700)
            path.touch(mode=0o600)
            path.chmod(0o600)
            path.write_bytes(text)
        except OSError as error:
            raise OutputUnwritable(
                f"No temporary file can be made for the text: {error.strerror}.",
                "Free some disk space, or set TMPDIR to another folder.",
            ) from None
        yield path


def _left(path: Path, limit: int) -> str:
    """The file that the editor left. Raises InputError if it is not text, or has more than this many bytes."""
    try:
        if not path.is_file():
            raise InputError(
                "The editor left no text; nothing was changed.", "Save the file that the editor was given."
            )
        if path.stat().st_size > limit:
            raise InputError("The text is over 10 MB.", "Write a shorter text.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            "The editor wrote text that is not valid UTF-8; nothing was changed.", "Set the editor to save UTF-8."
        ) from None
    except OSError as error:
        raise InputError(f"The edited text cannot be read: {error.strerror}.", "Try again.") from None


def _above(left: str) -> str:
    """The text above the line: without the line, the file may contain notes that a customer must not see."""
    written, cut, _ = f"\n{left}".partition(f"\n{CUT}\n")
    if not cut:
        raise InputError(
            "The line that marks the end of your text is gone; nothing was changed.", "Leave that line in place."
        )
    return written.strip("\n")


def _default() -> str:
    return "notepad" if sys.platform == "win32" else "vi"


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, check=False)  # noqa: S603  # the person's own editor, without a shell
    except OSError as error:
        raise InputError(f"The editor cannot be started: {error.strerror}.", "Set EDITOR to your editor.") from None
    if done.returncode:
        raise InputError(f"The editor exited with code {done.returncode}; nothing was changed.", "Try again.")


# Programs that take what was printed


def feed(words: list[str], text: str, option: str, otherwise: str) -> None:
    """Run a command with a text as its standard input, until it ends.

    Raises OutputUnwritable unless it exits with 0; `otherwise` says what happens in that case.
    """
    try:
        code = subprocess.run(words, input=text.encode(), check=False).returncode  # noqa: S603  # the user's own, no shell
    except OSError as error:
        said = f"The command of {option} cannot be started: {error.strerror}."
        raise OutputUnwritable(said, f"Name a program that exists; {otherwise}") from None
    if code:
        raise OutputUnwritable(f"The command of {option} exited with code {code}.", f"Find out why; {otherwise}")
