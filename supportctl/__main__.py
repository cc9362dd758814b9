"""The door of the program: a run begins here, and every way it can end becomes an exit code."""

import gc

# A run is over before cycles could fill its memory, and looking for them is a tenth of a look-up.
gc.disable()

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from supportctl.errors import InputError, SupportctlError

if TYPE_CHECKING:
    from supportctl.cli.session import Session

STOPS = {"SIGHUP": "Hung up", "SIGINT": "Interrupted", "SIGTERM": "Terminated"}


class Stopped(BaseException):
    """A signal ends the run. Not an Exception: nothing but `finally` and rollbacks may come before the end."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        self.number = number

    def as_error(self) -> SupportctlError:
        """What to say about it; the exit code is the shell's: 128 and the signal."""
        name = signal.Signals(self.number).name
        error = SupportctlError(f"{STOPS[name]}.", "Nothing was left half-done.")
        error.code, error.exit_code = STOPS[name].lower().replace(" ", "-"), 128 + self.number
        return error


def main() -> NoReturn:
    """Run the command line of this process, and end the process with its exit code."""
    from supportctl.cli import late, streams

    _listen()
    late.put_off()
    streams.prepare()
    _hush()
    code = _run(sys.argv[1:])
    # Not sys.exit: everything is flushed and closed, and taking the interpreter down is a fifth of a look-up.
    os._exit(code)


def _listen() -> None:
    """Let signals end the run through the front door, but for those that whoever started us had ignored (nohup)."""
    for name in STOPS:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _hush() -> None:
    """What Python warns of is for whoever works on the program (`-W`): it quotes paths and values as they are."""
    if not sys.warnoptions:
        import warnings

        warnings.simplefilter("ignore")


def _stop(number: int, _: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _run(args: list[str]) -> int:
    from supportctl.cli.session import Session
    from supportctl.cli.streams import ReaderGone

    session = Session()
    try:
        code = _answer(args, session)
        session.flush()
        return code
    except ReaderGone:
        return 0
    except (Stopped, KeyboardInterrupt) as stop:
        return _fail((stop if isinstance(stop, Stopped) else Stopped()).as_error(), args, session)
    except Exception as error:
        return _fail(error, args, session)


def _answer(args: list[str], session: "Session") -> int:
    if os.environ.get("_SUPPORTCTL_COMPLETE"):
        from supportctl.cli.complete import complete_line

        return complete_line(session)
    for position, arg in enumerate(args, 1):
        if not arg.isascii() and any("\ud800" <= char <= "\udfff" for char in arg):
            raise InputError(f"Argument {position} is not valid UTF-8.", "Give it in UTF-8.")
    from supportctl.cli.app import run

    return run(args, session)


def _fail(error: BaseException, args: list[str], session: "Session") -> int:
    """Tell the error, after what was already answered, and give its exit code. Nobody listening is no failure."""
    from supportctl.cli import failure, streams

    known = failure.explained(error)
    as_json = session.given.get("output") in failure.JSON if session.checked else failure.json_asked(args)
    streams.quietly(session.stdout.flush)
    streams.quietly(lambda: failure.told(known, session.stderr, as_json=as_json))
    return known.exit_code


if __name__ == "__main__":
    main()
