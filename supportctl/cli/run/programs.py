"""Programs of the person's own: the editor that a text is written in, and one that takes what was printed."""

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from supportctl.cli.run.drafts import ANSWER, Draft, above
from supportctl.cli.run.session import STDIN_LIMIT, Session
from supportctl.cli.run.which import in_path
from supportctl.cli.run.which import split_command as split_command
from supportctl.desk.tickets.answering import others_answering
from supportctl.errors import InputError, OutputUnwritable, SupportctlError
from supportctl.render.safe import visible

PATIENCE = 3.0  # seconds that a program has to save what it holds when this run is ended


def edit_text(session: Session, draft: Draft, text: str, below: str = "") -> str:
    """The text left by the editor, without what was put `below` it for reference.

    The editor is given the file of the draft, so whatever it saved is still there if it crashes, this run is ended or
    the machine stops. Raises InputError without a terminal or an editor, if the editor fails or leaves something that
    is not text, or if the line between both is gone; OutputUnwritable if there is no disk space.
    """
    if not session.interactive:
        raise InputError("--edit needs a terminal.", "Give the text with --body, or on standard input with --body -.")
    command = _command(session)
    if other := _who_else(session, draft):
        below = f"{other} is answering ticket {draft.ticket} just now.\n\n{below}".rstrip()
    path = draft.lay_out(text, below)
    limit = STDIN_LIMIT + path.stat().st_size
    try:
        with session.place().answering(_answered(draft), session.agent):
            _run([*command, str(path)])
        session.look_at_the_clock()
        left = _left(path, limit)
        written = above(left) if below and left.strip() else left.removesuffix("\n")
    except BaseException as end:
        _tidy(draft, end)
        raise
    draft.put(written)
    draft.editing.unlink(missing_ok=True)
    return written


def _answered(draft: Draft) -> list[int]:
    """The ticket that others are shown as being answered: none for a note, or for a customer's message."""
    return [draft.ticket] if draft.kind == ANSWER and draft.ticket is not None else []


def _who_else(session: Session, draft: Draft) -> str | None:
    """Who is answering the same ticket just now, made harmless."""
    for ticket in _answered(draft):
        if other := others_answering(session.place(), session.agent).get(ticket):
            return visible(other)
    return None


def _tidy(draft: Draft, end: BaseException) -> None:
    """Make a draft of what the editor saved; where it cannot be told what that is, say where the file is."""
    with suppress(SupportctlError, OSError):
        aside = draft.recover()
        if aside and isinstance(end, SupportctlError):
            end.hint = f"{end.hint} What the editor saved is in {aside}."


def has_editor(session: Session) -> bool:
    """Whether there is an editor: one that was named, or the one that the system should have."""
    if (session.environ.get("VISUAL") or session.environ.get("EDITOR") or "").strip():
        return True
    with suppress(InputError):
        return bool(_command(session))
    return False


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


def _default() -> str:
    return "notepad" if sys.platform == "win32" else "vi"


def _run(command: list[str]) -> None:
    """Run the editor to its end: Control-C is a key of the editor meanwhile. Raises InputError if it fails."""
    try:
        with _control_c_is_the_programs(), _terminal_as_it_was():
            code = _to_its_end(command, stdout=None if os.isatty(1) else 2)  # where its screen is
    except OSError as error:
        raise InputError(f"The editor cannot be started: {error.strerror}.", "Set EDITOR to your editor.") from None
    if code in (-signal.SIGINT, 128 + signal.SIGINT):
        signal.raise_signal(signal.SIGINT)  # no key of that editor: it ended the editor, and ends the run
    if code:
        raise InputError(f"The editor exited with code {code}; nothing was changed.", "Try again.")


@contextmanager
def _control_c_is_the_programs() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which the program would inherit
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _terminal_as_it_was() -> Iterator[None]:
    """An editor that was killed leaves the terminal without line ends and echo."""
    if sys.platform == "win32" or not os.isatty(0):
        yield
        return
    import termios  # late: Windows has none

    before = termios.tcgetattr(0)
    try:
        yield
    finally:
        with suppress(termios.error):  # it was hung up
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def _to_its_end(command: list[str], text: str | None = None, stdout: int | None = None) -> int:
    """The exit code of a program that is given a text, if any. If this run is ended, it is asked to end too.

    Raises OSError if it cannot be started.
    """
    source = None if text is None else subprocess.PIPE
    with subprocess.Popen(command, stdin=source, stdout=stdout) as program:  # noqa: S603  # the person's own, no shell
        try:
            program.communicate(None if text is None else text.encode())
        except BaseException:
            program.terminate()  # an editor saves what it holds and puts the terminal in order
            try:
                program.wait(PATIENCE)
            except BaseException:
                program.kill()
                raise
            raise
    return program.returncode


# Programs that take what was printed


def feed(words: list[str], text: str, option: str, otherwise: str) -> None:
    """Run a command with a text as its standard input, until it ends; what it prints goes to standard error.

    Raises OutputUnwritable unless it exits with 0; `otherwise` says what happens in that case.
    """
    try:
        code = _to_its_end(words, text, stdout=2)
    except OSError as error:
        said = f"The command of {option} cannot be started: {error.strerror}."
        raise OutputUnwritable(said, f"Name a program that exists; {otherwise}") from None
    if code:
        raise OutputUnwritable(f"The command of {option} exited with code {code}.", f"Find out why; {otherwise}")
