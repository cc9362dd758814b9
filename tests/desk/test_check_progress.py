"""How much of a check is done: what its parts say, and for those that cannot say, the pace of the others."""

from collections.abc import Iterator

import pytest

from supportctl.desk.check.progress import Progress
from supportctl.store.soundness import CheckPart, Finding


def look(*_: object) -> Iterator[Finding]:
    yield from ()


TELLING, SILENT, LATER = (CheckPart((name,), share, look) for name, share in [("a", 50), ("b", 30), ("c", 20)])


def test_a_silent_part_is_as_fast_as_one_that_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    progress, now = Progress((TELLING, SILENT, LATER)), 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    for seconds, shares, done in (
        (0, [0.0, 0.0, None], 0.0),
        (10, [0.2, 0.0, None], 0.1 + 0.1),
        (10, [0.5, 0.0, None], 0.25 + 0.25),
        (10, [0.6, 0.0, None], 0.3 + 0.3 * 0.95),  # it should be done by now
        (5, [0.7, 1.0, 0.0], 0.35 + 0.3),
        (5, [1.0, 1.0, 0.0], 0.5 + 0.3 + 0.05),
        (5, [1.0, 1.0, 1.0], 1.0),
    ):
        now += seconds
        assert progress.done(shares) == pytest.approx(done)


def test_nothing_is_guessed_before_a_part_has_told_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    progress, now = Progress((SILENT, LATER)), 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    assert progress.done([0.0, None]) == 0
    now += 60
    assert (progress.done([0.0, None]), progress.done([1.0, 0.0])) == (0, 0.3)
