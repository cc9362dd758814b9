"""Error output: one sentence on what happened, one on what to do next, and the exit code."""

import json
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, TextIO

from typer._click.exceptions import BadOptionUsage, BadParameter, ClickException, MissingParameter, NoSuchOption

from supportctl.cli.run.options import SENSITIVE, parameter_label, sensitive, shorten
from supportctl.errors import InputError, SupportctlError
from supportctl.masking import unkeyed
from supportctl.render import OBJECTS as OBJECTS
from supportctl.render.safe import visible

if TYPE_CHECKING:
    from supportctl.cli.run.lines import Line
    from supportctl.cli.run.session import Session
    from supportctl.render.columns import Unanswered

OUTPUT_GIVEN = re.compile(r"(?:--output=?|-[ehqy]*o=?)(.*)", re.DOTALL)
WORD = re.compile(r"(\S{200})\S+")  # longer values, such as paths, do not help
ADDRESS = re.compile(r"(\w://[^\s:/@']*:)[^\s']*(?=@)")  # of a server, with a password
QUOTED = re.compile(r"'([^']+)'")  # a value repeated in a message


def as_supportctl_error(error: BaseException) -> SupportctlError:
    """The error as a SupportctlError. An unforeseen one is a bug: its class is named, but not its values."""
    if isinstance(error, SupportctlError):
        return error
    if isinstance(error, ClickException):
        return InputError(*_usage(error))
    return SupportctlError(
        f"This is a bug in supportctl ({type(error).__name__}).",
        "Report it with the command that you ran; `supportctl db check` shows whether the desk is sound.",
    )


def _usage(error: ClickException) -> tuple[str, str]:
    """The fault of a command line, and what to do about it: never the value of a key, a body or a secret."""
    context = getattr(error, "ctx", None)
    see = f"See {context.command_path if context else 'supportctl'} --help."
    match error:
        case NoSuchOption():
            near = " or ".join(_alike(error))
            return f"There is no option {_shown(error.option_name)}.", f"Did you mean {near}?" if near else see
        case BadOptionUsage():
            return _sentence(error.message), see
        case MissingParameter():
            return f"{_name(error)} is missing.", see
        case BadParameter():
            unsaid = error.param is not None and sensitive(error.param)
            return f"{_name(error)}: {'this value is not valid.' if unsaid else _sentence(error.message)}", see
    return _sentence(error.message), see


def _alike(error: NoSuchOption) -> list[str]:
    """The options that may have been meant; the dashes, which all of them have, do not count."""

    bare = {option.lstrip("-"): option for option in error.possibilities or ()}
    return [bare[name] for name in get_close_matches(error.option_name.lstrip("-"), bare, n=2)]


def _shown(option: str) -> str:
    """An option as mistyped, without a secret attached to it."""
    return next((f"{flag}…" for flag in SENSITIVE if option.startswith(flag)), _repeated(option))


def _repeated(typed: str) -> str:
    """As much of a word as a message may repeat, and never a key."""
    return shorten(typed) if unkeyed(typed) == typed[:60] else unkeyed(typed)


def _name(error: BadParameter) -> str:
    return parameter_label(error.param) if error.param else "An option"


def _sentence(text: str) -> str:
    text = QUOTED.sub(lambda found: f"'{_repeated(found[1])}'", text)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def write_error(error: SupportctlError, out: TextIO, *, as_json: bool) -> None:
    """Write the error for people, or with `as_json` for programs."""
    out.write((_object(error) if as_json else _safe(f"supportctl: {error_line(error)}")) + "\n")
    out.flush()


def error_line(error: SupportctlError) -> str:
    """The message and the hint, for people."""
    return f"{_message(error)} {error.hint}".rstrip()


def _message(error: SupportctlError) -> str:
    said = error.message if len(error.message) <= 400 else WORD.sub(r"\1…", error.message)
    return ADDRESS.sub(r"\1…", said) if "://" in said else said


def _safe(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line

    return visible(line)


def error_fields(error: SupportctlError) -> dict[str, str | None]:
    """The error as JSON, for programs."""
    return {"code": error.code, "message": _message(error), "hint": error.hint, "clause": error.clause}


def _object(error: SupportctlError) -> str:
    # ASCII only: an error may quote anything, and may well be read on a terminal.
    return json.dumps({"error": error_fields(error)})


def json_asked(args: Sequence[str]) -> bool:
    """Whether a command line, even one that cannot be parsed, asks for JSON; the last word on it counts."""
    asked = False
    for index, arg in enumerate(args):
        if arg == "--":
            break
        if arg == "--json":
            asked = True
        elif given := OUTPUT_GIVEN.fullmatch(arg):
            asked = (given[1] or "".join(args[index + 1 : index + 2])) in OBJECTS
    return asked


def unanswered(session: "Session", line: "Line", query: str | None, error: SupportctlError) -> "Iterator[Unanswered]":
    """An error in place of the answer to a line, if the format allows it; else beside the answers."""
    from supportctl.render.columns import Unanswered  # late: hardly any run needs it

    if session.format in OBJECTS:
        yield Unanswered({"query": query, "line": line.number, "error": error_fields(error)})
    else:
        session.flush()
        session.tell(f"Line {line.number}: {error_line(error)}\n")
