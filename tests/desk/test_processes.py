"""Work in other processes: as if it were done here, but at the same time, and none outlives what it was for."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest
from conftest import PROGRAM, Program, place_of
from desks import ENGINE

from supportctl.desk.check import run
from supportctl.desk.check.processes import in_processes
from supportctl.errors import DeskUnusable
from supportctl.store.soundness import LARGE, Told
from supportctl.store.sqlite.connection import connect


def square(number: int, told: Told) -> int:
    told(0.5)
    return number**2


def refuse(told: Told) -> int:
    raise DeskUnusable(f"There is no desk at {told.__name__}.", "Name another one.")


def wait_for_ever(told: Told) -> int:
    while True:
        told(0.25)
        time.sleep(0.01)


class Demanding(Exception):
    """An error that is not made from its `args` alone."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other}")


def demand(_: Told) -> int:
    raise Demanding("this", "that")


class Fatal:
    """Whoever reads it dies: a process that ends before it has taken what it was sent."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)

    def __call__(self, _: Told) -> int:
        return 0


def die(_: Told) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def unheard(_: Sequence[float | None]) -> None:
    pass


def test_results_come_in_order_and_shares_are_told_meanwhile() -> None:
    shares = set[float | None]()
    assert in_processes([partial(square, n) for n in range(7)], shares.update) == [n**2 for n in range(7)]
    assert {0.5, 1.0} <= shares <= {None, 0.0, 0.5, 1.0}
    assert active_children() == []


def test_what_a_work_raises_is_raised_here_and_ends_the_others() -> None:
    with pytest.raises(DeskUnusable, match="There is no desk at send") as refused:
        in_processes([refuse, wait_for_ever], unheard)
    assert refused.value.hint == "Name another one."
    assert "in refuse" in refused.value.__notes__[0], "where it was raised"
    assert active_children() == []


def test_a_process_that_was_killed_is_an_error() -> None:
    with pytest.raises(DeskUnusable, match="was killed"):
        in_processes([die, wait_for_ever], unheard)
    assert active_children() == []


def test_one_that_died_before_it_began_is_an_error_too() -> None:
    with pytest.raises(DeskUnusable, match="was killed"):
        in_processes([Fatal()], unheard)


def test_an_error_that_cannot_be_sent_is_told_all_the_same() -> None:
    with pytest.raises(RuntimeError, match="Demanding: this and that"):
        in_processes([demand], unheard)


@pytest.mark.skipif(sys.platform == "win32", reason="nothing ignores signals there")
def test_they_end_also_where_the_signal_to_end_is_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as after `trap '' TERM` in a shell: it is inherited
    try:
        assert in_processes([partial(square, 3)], unheard) == [9]
    finally:
        signal.signal(signal.SIGTERM, before)
    assert active_children() == []


def test_an_interrupt_ends_all() -> None:
    def interrupt(shares: Sequence[float | None]) -> None:
        if 0.25 in shares:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_processes([wait_for_ever, wait_for_ever], interrupt)
    assert active_children() == []


def note_and_wait(file: Path, told: Told) -> int:
    file.with_suffix(".part").write_text(str(os.getpid()))
    file.with_suffix(".part").rename(file)
    return wait_for_ever(told)


@pytest.mark.skipif(sys.platform == "win32", reason="how a process is asked for is POSIX's way")
def test_none_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    """It could not end them; each notices by itself."""
    noted = tmp_path / "noted"
    code = f"""
from functools import partial
from pathlib import Path
from {__name__} import in_processes, note_and_wait, unheard
if __name__ == "__main__":
    in_processes([partial(note_and_wait, Path({str(noted)!r}))], unheard)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": ":".join(sys.path)})
    soon(noted.exists)
    parent.kill()
    parent.wait()
    soon(lambda: not is_there(os.kill, int(noted.read_text())))


def soon(true: Callable[[], bool]) -> None:
    """Wait until something is true, half a minute at most."""
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def is_there(ask: Callable[[int, int], object], number: int) -> bool:
    """Whether there is a process, or a group of processes, of this number."""
    try:
        ask(number, 0)
    except ProcessLookupError:
        return False
    return True


# A large desk


def test_a_large_desk_is_checked_as_a_small_one(staffed: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help", "--body", "x"]] * 2)
    ENGINE.unguard(staffed.desk)
    ENGINE.attack(
        staffed.desk,
        "update texts set body = 'y' where ticket = 2; update counters set value = 9 where name = 'ticket'",
    )
    place = place_of(staffed.desk)
    shares: list[float] = []
    small = run.run_checks(place, 0)
    monkeypatch.setattr(type(place.checks()), "is_large", lambda *_: True)
    large = run.run_checks(place, 0, lambda done=None: shares.append(done or 0.0))
    assert [each[:-1] for each in small] == [each[:-1] for each in large], "but for what repairs it"
    assert {
        "its texts were tampered with: another program changed, added or removed one",
        "ticket 3 to 9 is gone: that number was used before",
    } < {each.message for each in large}
    assert shares == sorted(shares) and round(shares[-1], 9) == 1


@pytest.fixture
def large(staffed: Program) -> Program:
    """A desk whose file is large."""
    with closing(connect(staffed.desk)) as db:
        db.execute("create table gone (bytes blob)")
        db.execute("insert into gone values (zeroblob(:size))", {"size": LARGE})
        db.execute("drop table gone")
    return staffed


@pytest.mark.about_the_file
def test_a_large_file_is_checked_by_other_processes(large: Program) -> None:
    found = {each["part"]: each["state"] for each in large.json("db", "check")}
    assert found["history"] == found["file"] == found["totals"] == "ok"


@pytest.mark.about_the_file
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel of Linux lists the children of a process")
def test_control_c_ends_the_check_and_its_processes_without_noise(large: Program) -> None:
    """It reaches all of them, and they may be starting still."""
    check = subprocess.Popen(
        [PROGRAM, "db", "check"], env=large.environment(), stdout=-1, stderr=-1, start_new_session=True
    )
    children = Path(f"/proc/{check.pid}/task/{check.pid}/children")
    soon(lambda: bool(children.read_text()))
    os.killpg(check.pid, signal.SIGINT)
    out, err = check.communicate(timeout=60)
    assert (check.returncode, out) == (130, b"")
    assert err.decode().splitlines()[0].startswith("supportctl: Interrupted"), err
    soon(lambda: not is_there(os.killpg, check.pid))
