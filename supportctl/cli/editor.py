"""Writing a text in the person's own editor."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from supportctl.cli.session import Session
from supportctl.errors import InputError, SupportctlError

T = TypeVar("T")

# As git has it, which many have seen; nobody begins a line of a letter so.
CUT = "------------------------ >8 ------------------------"
BELOW = "Write above this line and leave it as it is; nothing below it is kept."


def read_body(session: Session, body: str | None, edit: bool, prompt: str, below: str = "") -> str:
    """A text for a ticket: as given, from standard input, from the editor (see `edit_text`), or asked for.

    Raises InputError.
    """
    given = session.read_text(body, "--body") if body is not None else None
    if edit:
        return not_empty(edit_text(session, given or "", below))
    if given is None:
        given = session.ask(prompt, option="--body")
        session.look_at_the_clock()
    return not_empty(given)


def not_empty(text: str) -> str:
    """The text, unless nothing is in it: an editor that was left without a word sends nothing. Raises InputError."""
    if not text.strip():
        raise InputError("The text is empty.", "Write something with --body, or --body - from standard input.")
    return text


def put_or_edit(session: Session, text: str, below: str, put: Callable[[str], T]) -> T:
    """What `put` makes of an edited text. One that it refuses goes back to the editor until it is left as it was.

    Raises what `put` raises, and InputError.
    """
    while True:
        try:
            return put(text)
        except SupportctlError as refused:
            changed = not_empty(edit_text(session, text, f"{refused.message} {refused.hint}\n\n{below}"))
            if changed == text:
                raise
            text = changed


def edit_text(session: Session, text: str, below: str = "") -> str:
    """What is left when the editor closes, without what was put `below` the text for its writer to look at.

    Raises InputError without a terminal, without an editor, if it fails, or if the line between both is gone.
    """
    if not session.interactive:
        raise InputError("--edit needs a terminal.", "Give the text with --body, or --body - from standard input.")
    import shlex
    import tempfile

    command = session.environ.get("VISUAL") or session.environ.get("EDITOR") or _default()
    with tempfile.TemporaryDirectory(prefix="supportctl-") as folder:  # 0700: others never see the text
        path = Path(folder, "text.txt")
        whole = f"{text}\n\n{CUT}\n{BELOW}\n\n{below}\n" if below else text
        path.write_text(whole, encoding="utf-8", newline="\n")
        _run([*shlex.split(command, posix=os.name != "nt"), str(path)])
        session.look_at_the_clock()
        left = path.read_text(encoding="utf-8-sig")
    return _above(left) if below and left.strip() else left.removesuffix("\n")


def _above(left: str) -> str:
    """What was written: a file without the line may hold notes that a customer must not see."""
    written, cut, _ = f"\n{left}".partition(f"\n{CUT}\n")
    if not cut:
        raise InputError("The line that ends your text is gone from the file; nothing was changed.", "Leave it there.")
    return written.strip("\n")


def _default() -> str:
    return "notepad" if sys.platform == "win32" else "vi"


def _run(command: list[str]) -> None:
    import subprocess

    try:
        done = subprocess.run(command, check=False)  # noqa: S603  # the person's own editor, without a shell
    except OSError as error:
        raise InputError(f"The editor cannot be started: {error.strerror}.", "Set EDITOR to your editor.") from None
    if done.returncode:
        raise InputError(f"The editor ended with code {done.returncode}; nothing was changed.", "Try again.")
