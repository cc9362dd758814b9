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

BAR = 8  # cells
OVER = " (over)"
NOTE = (
    "Mean, median and 90th percentile are working time, late ones counted by their age so far: half of the first"
    " responses took no longer than the median, nine in ten no longer than the 90th percentile."
)
MIXED = " ~\u00a0marks the mean of different targets."
NOBODY = "(nobody)"
UNITS = {"day": "Day", "week": "Week from", "month": "Month", "quarter": "Quarter", "year": "Year"}


def _of(name: str, kind: Kind = NUMBER, title: str = "", field: str | None = None) -> Column:
    return Column(name, kind, title, lambda group: getattr(group.figures, field or name))


def _attainment(group: ReportGroup) -> float | None:
    """The share with four digits, rounded down like the percentage, so that only all of them are 1."""
    f = group.figures
    return f.met * 10_000 // f.measured / 10_000 if f.measured else None


def percent(f: Figures) -> str:
    """The share of met in whole percent, to the nearest: but 100 % only if all were met, and 0 % only if none was."""
    if not f.measured:
        return ""
    nearest = (200 * f.met + f.measured) // (2 * f.measured)
    return f"{min(max(nearest, min(f.met, 1)), 99 + (f.met == f.measured))} %"


def _mean(group: ReportGroup) -> str | None:
    f = group.figures
    if f.mean is None or f.mean_target is None:
        return None
    return against(f) + OVER * (f.mean_kept is False)


def against(f: Figures) -> str:
    """The mean, and the target that it is compared with; ~ if that is itself the mean of several."""
    return f"{span(f.mean or 0)}, target {'' if f.target is not None else '~'}{span(f.mean_target or 0)}"


def _urgency(group: ReportGroup) -> str:
    """Red if the mean is over its target, as the column of the mean says."""
    return "no" if group.figures.mean_kept is False else ""


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
    urgent="mean",
    nothing="",
)  # fmt: skip


def groups_view(report: Report, by: str, title: str, bars: str = "") -> View:
    """The groups for people, with bars of two characters, one for met and one for not met."""

    def in_time(group: ReportGroup) -> str:
        return f"{_bar(group.figures, bars)}{percent(group.figures).rjust(6 if bars else 0)}".rstrip()

    view = GROUPS._replace(
        title=title,
        note=note(report),
        nothing="No requests came in.",
        people=(
            Column("name", title=by.capitalize(), get=lambda group: NOBODY if group.name is None else group.name),
            Column("in_time", Kind.TEXT if bars else NUMBER, "Attainment", in_time),
            Column("mean", title="Mean response", get=_mean),
        ),
    )
    return _without_empty(view, report.groups)


def note(report: Report) -> str:
    """How to read the figures; nothing where nothing is measured."""
    if not report.whole.measured:
        return ""
    mixed = any(f.mean is not None and f.target is None for f in (report.whole, *(g.figures for g in report.groups)))
    return NOTE + MIXED * mixed


def _without_empty(view: View, records: Sequence[Any]) -> View:
    """The view for people without the columns in which nothing but zeros would be."""

    def kept(names: tuple[str, ...]) -> tuple[str, ...]:
        columns = zip(names, view.named(names), strict=True)
        return tuple([name for name, column in columns if any(map(column.value, records)) or name in ("name", "n")])

    return view._replace(table=kept(view.table or view.plain), wide=kept(view.wide))


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
    """The period of a report: from when to when requests were received (UTC epoch seconds), in a zone.

    `back` is a beginning that was given back from now, as its count and unit.
    """

    since: int | None
    until: int | None
    zone: tzinfo | None
    back: tuple[int, str] | None = None

    @property
    def title(self) -> str:
        """The report's title, with its period if one was asked for."""
        return "First responses" + (f", {said}" if (said := self._said()) else "")

    def _said(self) -> str:
        if self.since is None and self.until is None:
            return ""
        if self.until is None and self.back:
            count, unit = self.back
            return f"last {count} {BACK[unit]}s" if count != 1 else f"last {BACK[unit]}"
        first = None if self.since is None else _day(self.since, self.zone)
        # It ends before `until`: where that is a midnight, with the day before.
        last = None if self.until is None else _last_day(self.until, self.zone)
        if first is None or last is None:
            return f"since {first}" if first else f"until {last}"
        return first if first == last else f"{first} to {last}"


BACK = {"d": "day", "h": "hour", "m": "minute", "s": "second"}


def _day(at: int, zone: tzinfo | None) -> str:
    """A moment; only the day, if it is midnight."""
    text = moment(at, zone)
    return text[:10] if _is_midnight(text) else text


def _last_day(until: int, zone: tzinfo | None) -> str:
    """The last day before a midnight, else the moment."""
    text = moment(until, zone)
    return moment(until - 1, zone)[:10] if _is_midnight(text) else text


def _is_midnight(text: str) -> bool:
    return text[10:16] == " 00:00" and text[16:17] != ":"


class TrendPoint(NamedTuple):
    """A stretch of time, with the figures of its requests."""

    stretch: Stretch
    figures: Figures
    shares: Shares | None


def trend_view(unit: str, course: Sequence[TrendPoint]) -> View:
    """First responses over time."""
    view = View(
        columns=(
            Column("name", title=UNITS[unit], get=lambda course: course.stretch.name),
            Column("in_time", NUMBER, "Attainment", lambda course: percent(course.figures)),
            _of("n", title="n"),
            _of("met"),
            _of("missed"),
            _of("late"),
            Column("share", NUMBER, "Mean, of target", _mean_share),
            Column("p90", NUMBER, "90th percentile, of target", _p90_share),
        ),
        plain=("name", "in_time", "n", "met", "missed", "late", "share", "p90"),
        style=lambda course: "no" if course.shares and course.shares.mean > 100 else "",
        urgent="share",
    )
    return _without_empty(view, course)


def _mean_share(course: TrendPoint) -> str | None:
    if course.shares is None:
        return None
    return f"{course.shares.mean} %{OVER * (course.shares.mean > 100)}"


def _p90_share(course: TrendPoint) -> str | None:
    return None if course.shares is None else f"{course.shares.p90} %"


def page(report: Report, by: str, period: Period) -> Page:
    """The report as one page to mail."""

    return Page(
        title=period.title,
        words=list(sentences(report)),
        heading=f"By {by}",
        table=groups_view(report, by, ""),
        records=list(with_total(report)),
        chart=_chart(report),
    )


def _chart(report: Report) -> Chart | None:
    """The course over time, if anything is measured yet."""

    if not report.whole.measured:
        return None
    unit = report.course[0][0].unit
    course = [TrendPoint(*each) for each in report.course]
    return Chart(
        title=f"First responses over time, by {unit}",
        text="Each first response in percent of its own target, in working time, by when the request came in. A bar is"
        " their mean: solid if it is within the target, striped if it is over. Late ones count with their age so far;"
        " where there is no bar, nothing was measured. The table below has the same figures.",
        unit="Mean first response, in % of its target",
        line="100 % = target",
        mark="90th percentile",
        bars=[Bar(_label(s), shares and shares.mean, shares and shares.p90) for s, _, shares in report.course],
        table=trend_view(unit, course),
        records=course,
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
        each = (f"{group.name or 'nobody'} ({_unbroken(group.figures)})" for group in over)
        yield f"The mean is over its target for {_list(each)}."
    if kept:
        each = (group.name or "nobody" for group in kept)
        yield f"The mean is within its target for {_list(each)}."


def _unbroken(f: Figures) -> str:
    """The mean and its target, without line breaks inside either."""
    return against(f).replace(" ", "\u00a0").replace(",\u00a0target\u00a0", ", target ")


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
