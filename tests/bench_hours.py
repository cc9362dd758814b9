"""Measure business time; no test's verdict. Run it with any Python that has supportctl:

    .venv/bin/python tests/bench_hours.py

It prints microseconds per addition and per measurement, near and over a century, and milliseconds per year of a
calendar: the price of the first question about that year.
"""

import random
import statistics
import time
from collections.abc import Callable

from supportctl.policy.file import builtin
from supportctl.policy.hours import WEEKDAYS, Calendar

HOUR, YEAR = 3600, 31_556_952
NOW = 1_772_814_600  # 2026-03-06T16:30:00Z
ROUNDS, QUESTIONS = 7, 20_000
HOURS = {
    "default": builtin()[1]["hours"],
    "split days, Copenhagen": {
        "timezone": "Europe/Copenhagen",
        **{day: ["08:00-12:00", "12:30-17:00"] for day in WEEKDAYS},
    },
    "around the clock, UTC": {"timezone": "Etc/UTC", **{day: ["00:00-24:00"] for day in WEEKDAYS}},
}


def microseconds(ask: Callable[[int, int], object], questions: list[tuple[int, int]]) -> float:
    """The best round's mean time of a question."""
    return min(_seconds(ask, questions) for _ in range(ROUNDS)) / len(questions) * 1e6


def _seconds(ask: Callable[[int, int], object], questions: list[tuple[int, int]]) -> float:
    began = time.perf_counter()
    for a, b in questions:
        ask(a, b)
    return time.perf_counter() - began


def milliseconds_a_year(hours: dict[str, object]) -> float:
    """The median over several calendars that are grown by a hundred years."""
    times = []
    for _ in range(ROUNDS):
        calendar = Calendar.from_hours(hours)
        began = time.perf_counter()
        calendar.between(NOW - 50 * YEAR, NOW + 50 * YEAR)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000 / 101


def main() -> None:
    chance = random.Random(1)
    starts = [chance.randrange(NOW - YEAR, NOW + YEAR) for _ in range(QUESTIONS)]
    far = [chance.randrange(NOW - 50 * YEAR, NOW) for _ in range(QUESTIONS)]
    print(f"{'':24}{'add 8h':>9}{'add 20y':>9}{'week':>9}{'50 years':>9}{'a year':>11}")
    for name, hours in HOURS.items():
        calendar = Calendar.from_hours(hours)
        calendar.between(NOW - 51 * YEAR, NOW + 100 * YEAR)
        measured = [
            microseconds(calendar.add, [(start, 8 * HOUR) for start in starts]),
            microseconds(calendar.add, [(start, 20 * 2_000 * HOUR) for start in starts]),
            microseconds(calendar.between, [(start, start + 7 * 24 * HOUR) for start in starts]),
            microseconds(calendar.between, [(start, start + 50 * YEAR) for start in far]),
        ]
        print(f"{name:24}{''.join(f'{value:6.2f} µs' for value in measured)}{milliseconds_a_year(hours):8.2f} ms")


if __name__ == "__main__":
    main()
