"""Long work shows itself to whoever looks, and to nobody else."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Program, opened, place_of

from supportctl.cli.log_mail import take_mail
from supportctl.cli.run import progress
from supportctl.cli.run.session import Session
from supportctl.desk.check import histories, run
from supportctl.desk.revisions import set_policy
from supportctl.desk.tickets.receive import Received
from supportctl.policy.file import builtin, parse
from supportctl.store.actor import Actor


class Terminal(io.StringIO):
    """A stream that someone looks at."""

    def isatty(self) -> bool:
        return True


def shown(stderr: io.StringIO, *options: str) -> str:
    session = Session(stdout=Terminal(), stderr=stderr)
    session.environ = {"TERM": "xterm"}
    session.given = dict.fromkeys(options, True)
    with progress.counting(session, 2000) as tick:
        for _ in range(1000):
            tick()
    return stderr.getvalue()


def test_a_bar_says_how_many_how_fast_and_how_long_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "REDRAW_SECONDS", 0)
    said = shown(Terminal())
    assert "1,000 rows" in said and " a second" in said and "0:00:0" in said


def test_nothing_is_shown_in_a_pipe_or_to_whoever_wants_it_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "REDRAW_SECONDS", 0)
    assert shown(io.StringIO()) == ""
    assert shown(Terminal(), "quiet") == ""


@pytest.mark.parametrize(
    ("done", "seconds", "said"),
    [
        ([None], [5], ""), ([0.0], [5], ""), ([0.25], [10], "about 0:30 left"), ([1.0], [90], "about 0:00 left"),
        ([0.1], [600], "about 90:00 left"), ([0.25, 0.25], [10, 25], "about 0:15 left"),
        ([0.25, 0.25], [10, 99], "about 0:00 left"), ([0.25, 0.5], [10, 30], "about 0:30 left"),
    ],
)  # fmt: skip
def test_the_time_left_is_counted_down_from_the_last_that_was_known(
    done: list[float | None], seconds: list[float], said: str
) -> None:
    left = progress._Left()
    assert [left.said(*step) for step in zip(done, seconds, strict=True)][-1] == said


@pytest.mark.about_the_file
def test_a_backup_says_how_much_is_done(staffed: Program, tmp_path: Path) -> None:
    shares: list[float | None] = []
    place_of(staffed.desk).back_up(tmp_path / "copy.db", force=False, tick=lambda done=None: shares.append(done))
    assert [share for share in shares if share is not None][-1] == 1


def test_a_check_says_how_much_is_done(staffed: Program) -> None:
    shares: list[float | None] = []
    place = place_of(staffed.desk)
    assert sum(part.share for part in run.every_part(place.checks().parts)) == 100
    run.run_checks(place, 0, lambda done=None: shares.append(done))
    assert all(share is not None and 0 <= share <= 1 for share in shares)


def test_a_check_of_histories_says_how_many_tickets_are_done() -> None:
    told: list[float] = []
    telling = histories._Telling(told.append, 4000)
    for some in (2500, 1500, 1000):  # seen, replayed; one that was seen and replayed counts twice
        assert list(telling.each(iter(range(some)))) == list(range(some))
    assert told == [0.25, 0.5, 0.75, 1, 1]


def test_setting_a_policy_counts_each_ticket_when_judged_and_when_stored(staffed: Program) -> None:
    for _ in range(3):
        staffed.all([["log", "--from", "site@example.com", "--subject", "x"]])
    text = builtin()[0].replace('target = "2h"', 'target = "1h"')
    steps: list[int] = []

    @contextmanager
    def counting(total: int) -> Iterator[Callable[[], None]]:
        steps.append(total)
        yield lambda: steps.append(0)

    actor = Actor("tess", "tess", 1772814600, 1772814600)
    with opened(staffed.desk) as db:
        done = set_policy(db, text, parse(text, source="x"), "x", actor.now, actor, counting)
    assert (steps, done.judged) == ([6, 0, 0, 0, 0, 0, 0], 3)


def test_an_mbox_counts_each_message_when_read_and_when_taken_in(
    desk: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mbox = tmp_path / "in.mbox"
    message = "From ann@example.com Mon Mar  2 10:00:00 2026\nFrom: ann@example.com\nSubject: {}\n\nHello\n\n"
    mbox.write_text("".join(message.format(n) for n in range(3)))
    steps: list[object] = []

    @contextmanager
    def bar(_: Session, total: int | None, __: object) -> Iterator[Callable[[], None]]:
        steps.append(total)
        yield lambda: steps.append("one")

    monkeypatch.setattr(progress, "_bar", bar)
    session = Session(stdout=io.StringIO(), stderr=Terminal())
    session.given = {"db": desk.address, "now": desk.now}
    with session.at_work():
        take_mail(session, mbox, Received("", "", "", 0, "email"), strict=False, redact=False)
    assert steps == [mbox.stat().st_size, *["one"] * 3, 3, *["one"] * 3]
