"""Runs of the program that skip the start of Python: forked from an interpreter that has loaded the program.

Each is a process of its own, from `main` to its exit code, with the environment, folder, umask and streams it is given.
It saves three quarters of a run. What a warm start could hide (start-up, signals, an import that only another command
makes) is tried by the tests that start the program themselves: those of start-up, signals, terminals and races, every
example of the help and the README, and each family of commands. `cli/test_warm.py` holds that both ways are alike.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from atexit import register
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Timer, current_thread, main_thread
from typing import NoReturn

PATIENCE = 120.0  # seconds


def serves(env: Mapping[str, str]) -> bool:
    """Whether a run with this environment is the same from a warm start: its variables are for the program, not for
    Python or the zones; and it is the only one, since runs that race are to start as they do on a shell.

    With SUPPORTCTL_COLD=1 none is.
    """
    if not hasattr(os, "fork") or os.environ.get("SUPPORTCTL_COLD") or current_thread() is not main_thread():
        return False
    ours = {"HOME", "PATH", "TEMP", "TMP", "COLUMNS", "XDG_CONFIG_HOME"}
    return all(name in ours or name.startswith("SUPPORTCTL_") for name in env)


def run(words: Sequence[str], env: Mapping[str, str], given: bytes) -> tuple[int, bytes, bytes]:
    """Exit code and both streams of a run with these arguments, the program's own name first."""
    nursery, (stdin, feed), out, err = _nursery(), os.pipe(), os.pipe(), os.pipe()
    asked = json.dumps([[*words], {**env}, str(Path.cwd()), _umask()]).encode()
    socket.send_fds(nursery, [len(asked).to_bytes(4)], [stdin, out[1], err[1]])
    nursery.sendall(asked)
    for end in (stdin, out[1], err[1]):
        os.close(end)
    limit = Timer(PATIENCE, os.kill, (_number(nursery), signal.SIGKILL))
    limit.start()
    with ThreadPoolExecutor(2) as readers:
        streams = readers.map(_all_of, (out[0], err[0]))
        with suppress(BrokenPipeError), os.fdopen(feed, "wb") as pipe:
            pipe.write(given)
        said, told = streams
    code = _number(nursery)
    limit.cancel()
    return code, said, told


def _all_of(end: int) -> bytes:
    with os.fdopen(end, "rb") as pipe:
        return pipe.read()


def _umask() -> int:
    """This process's own, which can only be had by setting it."""
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _number(nursery: socket.socket) -> int:
    received = nursery.recv(4, socket.MSG_WAITALL)
    assert len(received) == 4, "the warm interpreter is gone"
    return int.from_bytes(received, signed=True)


@cache
def _nursery() -> socket.socket:
    """The way to the warm interpreter of this process, which ends when the way is closed."""
    ours, theirs = socket.socketpair()
    # Its streams are pipes, as those of every run will be: Python asks once what they are.
    begun = subprocess.Popen(
        [sys.executable, "-P", __file__, str(theirs.fileno())],
        env={k: v for k, v in os.environ.items() if k in ("PATH", "HOME")},
        pass_fds=[theirs.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    theirs.close()
    ready = ours.recv(1)
    assert ready, begun.communicate()[1].decode()
    register(begun.communicate)
    register(ours.close)  # this first: it is what ends the other
    return ours


# In the warm interpreter


def _serve(nursery: socket.socket) -> None:
    """Fork a run for each that is asked for, one after the other, and say its process id and its exit code."""
    _load()
    nursery.sendall(b"!")
    while True:
        size, streams, *_ = socket.recv_fds(nursery, 4, 3)
        if not size:
            return
        asked = json.loads(nursery.recv(int.from_bytes(size), socket.MSG_WAITALL))
        child = os.fork()
        if not child:
            nursery.close()
            _become(streams, *asked)
        for stream in streams:
            os.close(stream)
        nursery.sendall(child.to_bytes(4))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        nursery.sendall(code.to_bytes(4, signed=True))


def _load() -> None:
    """All of the program, Typer first and as every run loads it."""
    import gc
    from importlib import import_module
    from pkgutil import walk_packages

    import supportctl
    from supportctl.cli.run import startup

    gc.disable()  # as the program does
    with startup.DeferredImports():
        import_module("typer")
    for each in walk_packages(supportctl.__path__, "supportctl."):
        if not each.name.startswith(
            "supportctl.cli.watch."
        ):  # it loads Textual, and to copy that takes longer than a run
            import_module(each.name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "zoneinfo"]:
        del sys.modules[name]  # sqlite-utils loads it, and a run is to find the zones by itself
    gc.freeze()


def _become(streams: list[int], words: list[str], env: dict[str, str], folder: str, umask: int) -> NoReturn:
    """Be the run that was asked for."""
    from supportctl.__main__ import main

    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    os.umask(umask)
    sys.argv = words
    main()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt), socket.socket(fileno=int(sys.argv[1])) as way:
        _serve(way)
