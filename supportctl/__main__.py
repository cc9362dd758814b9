"""The entry point: a run begins here, and every way it can end becomes an exit code."""

import gc

# A run ends before cycles could fill its memory, and looking for them takes a tenth of a look-up.
gc.disable()

import os
import sys
from time import monotonic

from supportctl.errors import InputError, SupportctlError

TYPE_CHECKING = False  # typing's own takes longer to load than all that is done here, and Ctrl-C may come meanwhile
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

    from supportctl.cli.run.session import Session

STOPS = {"SIGHUP": "Hung up", "SIGINT": "Interrupted", "SIGTERM": "Terminated"}


class SignalExit(BaseException):
    """A signal ends the run. Not an Exception, so that nothing but `finally` and rollbacks runs before the end."""

    def __init__(self, number: int = 2) -> None:
        self.number = number

    def as_error(self) -> SupportctlError:
        """The error to report; the exit code is the shell's: 128 plus the signal."""
        import signal  # late: each step of the start loads only what it needs

        name = signal.Signals(self.number).name
        error = SupportctlError(f"{STOPS[name]}.", "Nothing was left half-done.")
        error.code, error.exit_code = STOPS[name].lower().replace(" ", "-"), 128 + self.number
        return error


PATIENCE = 1.0  # seconds that a run has to clean up before a further signal counts
_received: list[int] = []  # the signals so far; the first decides the exit code
_heard: list[float] = []  # when those came that were not ignored


def main() -> "NoReturn":
    """Run the command line of this process, and end the process with its exit code."""
    try:
        code = _from_the_start(sys.argv[1:])
    except (SignalExit, KeyboardInterrupt):  # before there was anything to end, or after everything had ended
        code = _stopped_outside(sys.argv[1:])
    # Not sys.exit: everything is flushed and closed, and taking the interpreter down is a fifth of a look-up.
    os._exit(code)


def _from_the_start(args: list[str]) -> int:
    _listen()
    from supportctl.cli.run import startup, streams  # late: each step of the start loads only what it needs

    streams.prepare()
    _hush()
    with startup.DeferredImports():
        import typer  # noqa: F401  # late: every command needs it; a quarter of a look-up's start-up is saved here
    return _run(args)


def _stopped_outside(args: list[str]) -> int:
    from supportctl.cli.run.session import Session  # late: each step of the start loads only what it needs

    return _fail(SignalExit(*_received[:1]).as_error(), args, Session())


def _listen() -> None:
    """Let signals end the run in order, except those that our parent process had ignored (nohup)."""
    # Not `signal`, which makes enums of all its constants: that takes a sixtieth of a look-up.
    import _signal  # type: ignore[import-not-found]  # late: each step of the start loads only what it needs

    for name in STOPS:
        number = getattr(_signal, name, None)  # Windows has no SIGHUP
        if number is not None and _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _stop)


def _hush() -> None:
    """Python's warnings are for developers (`-W`): they quote paths and values."""
    if not sys.warnoptions:
        import warnings  # late: each step of the start loads only what it needs

        warnings.simplefilter("ignore")


def _stop(number: int, _: "FrameType | None") -> None:
    """Let a signal end the run.

    Signals right after it are the same wish (`timeout` sends two, an impatient hand five) and must not interrupt the
    clean-up. Later ones are heard again, and the third ends the run at once.
    """
    _received.append(number)
    now = monotonic()
    if _heard and now - _heard[-1] < PATIENCE:
        return
    _heard.append(now)
    if len(_heard) > 2:
        os._exit(128 + _received[0])  # as if killed: the desk is sound, a temporary file may stay
    raise SignalExit(number)


def _run(args: list[str]) -> int:
    from supportctl.cli.run.session import Session  # late: each step of the start loads only what it needs
    from supportctl.cli.run.streams import ReaderGone  # late: each step of the start loads only what it needs

    session = Session()
    try:
        code = _answer(args, session)
        session.flush()
        return code
    except ReaderGone:
        return 0
    except (SignalExit, KeyboardInterrupt) as stop:
        return _stopped(stop, args, session)
    except Exception as error:
        # A signal may surface as another error of what it hit: a class in the making, a callback of SQLite.
        return _stopped(error, args, session) if _received else _fail(error, args, session)


def _stopped(cause: BaseException, args: list[str], session: "Session") -> int:
    """Close what a signal hit before any `with` took charge of it, such as a desk just opened, and end."""
    _let_go(cause)
    return _fail(SignalExit(*_received[:1]).as_error(), args, session)


def _let_go(error: "BaseException | None") -> None:
    """Close what the calls that an error came through, and those before it, still hold open."""
    while error is not None:
        at = error.__traceback__
        while at is not None:
            if at.tb_frame.f_code not in (_run.__code__, _fail.__code__):
                at.tb_frame.clear()
            at = at.tb_next
        error = error.__context__
    gc.collect()  # a connection and its statements refer to each other


def _answer(args: list[str], session: "Session") -> int:
    if os.environ.get("_SUPPORTCTL_COMPLETE"):
        from supportctl.cli.run.complete import complete_line  # late: each step of the start loads only what it needs

        return complete_line(session)
    for position, arg in enumerate(args, 1):
        if not arg.isascii() and any("\ud800" <= char <= "\udfff" for char in arg):
            raise InputError(f"Argument {position} is not valid UTF-8.", "Give it in UTF-8.")
    from supportctl.cli.run.commands import run  # late: each step of the start loads only what it needs

    return run(args, session)


def _fail(error: BaseException, args: list[str], session: "Session") -> int:
    """Report the error, after what was already answered, and return its exit code. A closed pipe is not a failure."""
    try:
        from supportctl.cli.run import failure, streams  # late: next to no run fails
    except OSError:  # no more files may be opened
        _let_go(error)
        from supportctl.cli.run import failure, streams  # late: next to no run fails

    known = failure.as_supportctl_error(error)
    as_json = session.given.get("output") in failure.OBJECTS if session.checked else failure.json_asked(args)
    streams.quietly(session.stdout.flush)
    streams.quietly(lambda: failure.write_error(known, session.stderr, as_json=as_json))
    return known.exit_code


if __name__ == "__main__":
    main()
