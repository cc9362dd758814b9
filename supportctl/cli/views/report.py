"""How targets were met: a table with bars, figures for scripts, and a page to mail."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from supportctl.desk.reports import Report, ReportGroup
from supportctl.policy.attainment import Figures, Shares
from supportctl.policy.periods import Stretch
from supportctl.render.columns import FLAG, NUMBER, SPAN, Column, Kind, View
from supportctl.render.page import Bar, Chart, Page
from supportctl.render.phrases import moment, span

BAR = 10  # cells
NOBODY = "(nobody)"
UNITS = {"day": "Day", "week": "Week from", "month": "Month", "quarter": "Quarter", "year": "Year"}


def _of(name: str, kind: Kind = NUMBER, title: str = "", field: str | None = None) -> Column:
    return Column(name, kind, title, lambda group: getattr(group.figures, field or name))


def _attainment(group: ReportGroup) -> float | None:
    """The share with four digits, rounded down like the percentage, so that only all of them are 1."""
    f = group.figures
    return f.met * 10_000 // f.measured / 10_000 if f.measured else None


def percent(f: Figures) -> str:
    """The share of met in whole percent, rounded down, so that only all of them are 100 %."""
    return f"{100 * f.met // f.measured} %" if f.measured else ""


def _mean(group: ReportGroup) -> str | None:
    f = group.figures
    if f.mean is None or f.mean_target is None:
        return None
    return f"{span(f.mean)} {'of' if f.mean_kept else 'over'} {target(f)}"


def target(f: Figures) -> str:
    """The target that the mean is compared with; ~ if it is itself the mean of several."""
    return f"{'' if f.target is not None else '~'}{span(f.mean_target or 0)}"


def _urgency(group: ReportGroup) -> str:
    """Red if the mean is over its target, as the column of the mean says, yellow if some are late."""
    if group.figures.mean_kept is False:
        return "no"
    return "soon" if group.figures.late else ""


GROUPS = View(
    columns=(
        Column("by"),
        Column("group", get=lambda group: group.name),
        _of("n", title="n"),
        _of("met"),
        _of("missed"),
        _of("running"),
        _of("late"),
        _of("unanswered"),
        _of("none", title="No target"),
        _of("merged"),
        _of("spam"),
        _of("measured"),
        Column("attainment", NUMBER, get=_attainment),
        _of("target_seconds", SPAN, field="target"),
        _of("mean_target_seconds", SPAN, field="mean_target"),
        _of("mean_seconds", SPAN, field="mean"),
        _of("median_seconds", SPAN, "Median", "median"),
        _of("p90_seconds", SPAN, "90th percentile", "p90"),
        _of("mean_kept", FLAG),
    ),
    plain=(
        "group", "n", "met", "missed", "running", "late", "unanswered", "none", "merged", "spam", "measured",
        "attainment", "target_seconds", "mean_seconds", "median_seconds", "p90_seconds", "mean_kept",
    ),
    table=("name", "in_time", "n", "mean", "met", "missed", "late"),
    wide=("median_seconds", "p90_seconds", "running", "unanswered", "none", "merged", "spam"),
    style=_urgency,
    nothing="",
)  # fmt: skip


def groups_view(by: str, title: str, bars: str = "") -> View:
    """The groups for people, with bars of two characters, one for met and one for not met."""

    def in_time(group: ReportGroup) -> str:
        return f"{_bar(group.figures, bars)}{percent(group.figures).rjust(6 if bars else 0)}".rstrip()

    return GROUPS._replace(
        title=title,
        nothing="No requests came in.",
        people=(
            Column("name", title=by.capitalize(), get=lambda group: NOBODY if group.name is None else group.name),
            Column("in_time", Kind.TEXT if bars else NUMBER, "Attainment", in_time),
            Column("mean", title="Mean response", get=_mean),
        ),
    )


def _bar(f: Figures, bars: str) -> str:
    if not bars or not f.measured:
        return ""
    full = BAR * f.met // f.measured
    return bars[0] * full + bars[1] * (BAR - full)


def with_total(report: Report) -> Iterator["ReportGroup"]:
    """The groups for people; if there are several, with a line for the total."""
    yield from report.groups
    if len(report.groups) > 1:
        yield report.groups[0]._replace(name="All", figures=report.whole)


# The page


class Period(NamedTuple):
    """The period of a report: from when to when requests were received (UTC epoch seconds), in a zone."""

    since: int | None
    until: int | None
    zone: tzinfo | None

    @property
    def title(self) -> str:
        """The report's title, with its period if one was asked for."""
        ends = [("from", self.since), ("until", self.until)]
        said = [f"{word} {_day(at, self.zone)}" for word, at in ends if at is not None]
        return f"First responses{''.join([f' {text}' for text in said])}"


def _day(at: int, zone: tzinfo | None) -> str:
    """A moment; only the day, if it is midnight."""
    text = moment(at, zone)
    return text[:10] if text[10:16] == " 00:00" and text[16:17] != ":" else text


class TrendPoint(NamedTuple):
    """A stretch of time, with the figures of its requests."""

    stretch: Stretch
    figures: Figures
    shares: Shares | None


def trend_view(unit: str) -> View:
    """First responses over time."""
    return View(
        columns=(
            Column("name", title=UNITS[unit], get=lambda course: course.stretch.name),
            Column("in_time", NUMBER, "Attainment", lambda course: percent(course.figures)),
            _of("n", title="n"),
            _of("met"),
            _of("missed"),
            _of("late"),
            Column("share", NUMBER, "Mean of targets", lambda course: _share(course.shares and course.shares.mean)),
            Column("p90", NUMBER, "90th percentile", lambda course: _share(course.shares and course.shares.p90)),
        ),
        plain=("name", "in_time", "n", "met", "missed", "late", "share", "p90"),
        style=lambda course: "no" if course.shares and course.shares.mean > 100 else "",
    )


def _share(share: int | None) -> str | None:
    if share is None:
        return None
    return f"{share} %" if share <= 100 else f"over: {share} %"


def page(report: Report, by: str, period: Period) -> Page:
    """The report as one page to mail."""

    return Page(
        title=period.title,
        words=list(sentences(report)),
        heading=f"By {by}",
        table=groups_view(by, ""),
        records=list(with_total(report)),
        chart=_chart(report),
    )


def _chart(report: Report) -> Chart | None:
    """The course over time, if anything is measured yet."""

    if not report.whole.measured:
        return None
    unit = report.course[0][0].unit
    return Chart(
        title=f"First responses against their targets, by {unit}",
        text="Each first response as a percentage of its own target, in working hours, by when the request came in. A"
        " bar is their mean: solid if it is within the target, striped if it is over. The line across it is the 90th"
        " percentile: nine in ten took no longer. Late ones count with their age so far; where there is no bar,"
        " nothing was measured. The table below has the same figures.",
        line="100 % = target",
        bars=[Bar(_label(s), shares and shares.mean, shares and shares.p90) for s, _, shares in report.course],
        table=trend_view(unit),
        records=[TrendPoint(*each) for each in report.course],
    )


def _label(stretch: Stretch) -> str:
    """The label below a bar: days and weeks without the year."""
    return stretch.name[5:] if stretch.unit in ("day", "week") else stretch.name


def sentences(report: Report) -> Iterator[str]:
    """The headline figures in words."""
    f = report.whole
    if not f.n:
        yield "No requests came in." if not f.spam else f"Only spam came in: {f.spam}."
        return
    if f.measured:
        yield (
            f"{percent(f)} of first responses met their target: {f.met} of {f.measured}; "
            f"{f.missed} missed it, {_count(f.late, 'is', 'are')} late and still unanswered."
        )
    else:
        yield "No first response was given, and none is overdue."
    yield from _means(report.groups)
    yield _rest(f)


def _means(groups: Sequence[ReportGroup]) -> Iterator[str]:
    """Whose mean is within its target, which is what the policy promises (2.1 note 1), and whose is not."""
    over = [group for group in groups if group.figures.mean_kept is False]
    kept = [group for group in groups if group.figures.mean_kept]
    if over:
        each = (f"{group.name or 'nobody'} ({_against(group.figures)})" for group in over)
        yield f"The mean is over its target for {_list(each)}."
    if kept:
        each = (group.name or "nobody" for group in kept)
        yield f"The mean is within its target for {_list(each)}."


def _against(f: Figures) -> str:
    """The mean and its target, without line breaks inside either."""
    mean, promised = (text.replace(" ", "\u00a0") for text in (span(f.mean or 0), target(f)))
    return f"{mean}, target {promised}"


def _rest(f: Figures) -> str:
    others = [
        (f.running, "is still within its target", "are still within their targets"),
        (f.unanswered, "was closed or merged without an answer", "were closed or merged without an answer"),
        (f.none, "has no target", "have no target"),
    ]
    told = [_count(*other) for other in others if other[0]]
    aside = f" Set aside as spam and not counted: {f.spam}." if f.spam else ""
    whole = f"{_count(f.n, 'request', 'requests')} came in{': of them ' if told else ''}{_list(told)}."
    return whole + aside


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _list(texts: Any) -> str:
    """One, two and three."""
    *first, last = [*texts] or [""]
    return f"{', '.join(first)} and {last}" if first else last
