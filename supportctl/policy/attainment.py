"""Attainment: how well many requests met their targets for a first response (2.1 and its note 1).

Each request is measured against its own target. The policy itself promises a mean, so the mean response is also
compared with the mean target. Spans are whole business seconds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import chain, repeat, starmap
from typing import NamedTuple

# Requests whose time is known: answered, or late and counted by their age so far. Those still running have no figure
# yet, and those closed without an answer never get one.
MEASURED = frozenset({"met", "missed", "late"})


class By(StrEnum):
    """The groups of a report."""

    TIER = "tier"
    CHANNEL = "channel"
    AGENT = "agent"
    MONTH = "month"


class Outcome(NamedTuple):
    """The outcome of a request. `seconds` is how long its first response took, or the age so far of a late one.

    Both are business seconds; None if the time is not known or there is no target.
    """

    sla: str
    seconds: int | None = None
    target: int | None = None
    merged: bool = False
    spam: bool = False


class Figures(NamedTuple):
    """The figures of a group of requests; None where there is nothing to measure.

    n = met + missed + running + late + unanswered + none. Merged requests are included, spam is not.
    """

    n: int
    met: int
    missed: int
    running: int
    late: int
    unanswered: int
    none: int
    merged: int
    spam: int
    mean: int | None
    median: int | None
    p90: int | None
    target: int | None  # the target, if all measured requests share it
    mean_target: int | None
    mean_kept: bool | None

    @property
    def measured(self) -> int:
        """How many requests the mean, the median and the percentile are based on."""
        return sum(getattr(self, sla) for sla in MEASURED)

    @property
    def attainment(self) -> float | None:
        """The share of met among the measured, late ones included; None if there are none."""
        return self.met / self.measured if self.measured else None


def figures(outcomes: Iterable[Outcome]) -> Figures:
    """The figures of these requests, or of so many of each outcome (a mapping).

    Means are rounded up to a whole second, so that they never look too good.
    """
    every = Counter(outcomes)
    counted = Counter({outcome: count for outcome, count in every.items() if not outcome.spam})
    sla = Counter[str]()
    for outcome, count in counted.items():
        sla[outcome.sla] += count
    measured = _measured(counted)
    spans = _expanded((seconds, count) for seconds, _, count in measured)
    targets = Counter[int]()
    for _, target, count in measured:
        targets[target] += count
    promised = sum([target * count for target, count in targets.items()])
    return Figures(
        n=counted.total(),
        met=sla["met"],
        missed=sla["missed"],
        running=sla["running"],
        late=sla["late"],
        unanswered=sla["unanswered"],
        none=sla["none"],
        merged=sum([count for outcome, count in counted.items() if outcome.merged]),
        spam=every.total() - counted.total(),
        mean=mean(spans),
        median=median(spans),
        p90=percentile(spans, 90),
        target=next(iter(targets)) if len(targets) == 1 else None,
        mean_target=_up(promised, len(spans)) if spans else None,
        mean_kept=sum(spans) <= promised if spans else None,
    )


def _measured(outcomes: Mapping[Outcome, int]) -> list[tuple[int, int, int]]:
    """The seconds and targets that are measured, and how often."""
    return [
        (seconds, target, count)
        for (sla, seconds, target, _, spam), count in outcomes.items()
        if sla in MEASURED and not spam and seconds is not None and target is not None
    ]


def _expanded(counts: Iterable[tuple[int, int]]) -> list[int]:
    """Values that occur so often, sorted."""
    return list(chain.from_iterable(starmap(repeat, sorted(counts))))


class Shares(NamedTuple):
    """First responses as percentages of each request's own target, so that tiers fit on one scale."""

    n: int
    mean: int
    p90: int


def shares(outcomes: Iterable[Outcome]) -> Shares | None:
    """The mean and the 90th percentile of these percentages; None if nothing is measured."""
    measured = _measured(Counter(outcomes))
    taken = _expanded((_up(100 * seconds, max(target, 1)), count) for seconds, target, count in measured)
    if not taken:
        return None
    return Shares(len(taken), _up(sum(taken), len(taken)), taken[_rank(len(taken), 90)])


def mean(values: Sequence[int]) -> int | None:
    """The mean, rounded up to a whole number; None of nothing."""
    return _up(sum(values), len(values)) if values else None


def median(ordered: Sequence[int]) -> int | None:
    """The median, rounded up to a whole number; None of nothing."""
    if not ordered:
        return None
    return _up(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2], 2)


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The nearest rank: the smallest of the sorted values that at least this many percent do not exceed."""
    return ordered[_rank(len(ordered), percent)] if ordered else None


def _rank(count: int, percent: int) -> int:
    return max(_up(count * percent, 100) - 1, 0)


def _up(total: int, count: int) -> int:
    return -(-total // count)
