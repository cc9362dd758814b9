"""The true time: this machine's, corrected by that of the server which keeps a shared desk.

Laptops are wrong by minutes. The first answer of a server says its own time too; where that differs, the clock of the
run is corrected, and what began by the wrong one begins again if nothing is lost by that.
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
TOLERANCE = 2.0  # seconds
_clock = {"behind": 0.0, "known": False, "repeatable": False}  # of this process


class ClockDiffers(Exception):
    """The clock was wrong and is corrected: what runs inside `repeated` is to begin again."""


def true_time() -> float:
    """UTC epoch seconds."""
    return time.time() + _clock["behind"]


def learn(server: float, asked: float, answered: float) -> None:
    """Take the time of a server (UTC epoch seconds) that it said between two moments of `true_time`.

    Raises ClockDiffers at the first difference that is found inside `repeated`.
    """
    first, _clock["known"] = not _clock["known"], True
    if asked - TOLERANCE <= server <= answered + TOLERANCE:
        return
    _clock["behind"] += server - (asked + answered) / 2
    if first and _clock["repeatable"]:
        raise ClockDiffers


def repeated(act: Callable[[], T], beforehand: Callable[[], object]) -> T:
    """The result of `act`, which is run once more, after `beforehand`, if meanwhile the clock turns out to be wrong."""
    before = _clock["repeatable"]
    _clock["repeatable"] = True
    try:
        return act()
    except ClockDiffers:
        beforehand()
        return act()
    finally:
        _clock["repeatable"] = before


def no_repetition() -> None:
    """From now on something would be lost: standard input was read, or an answer given."""
    _clock["repeatable"] = False
