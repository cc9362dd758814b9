"""`report`: how targets for first responses were met."""

from io import StringIO
from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.views import report as views
from supportctl.cli.views.report import Period
from supportctl.clock import time_back
from supportctl.desk import reports
from supportctl.desk.reports import Report
from supportctl.errors import InputError
from supportctl.policy.attainment import By
from supportctl.render import DOCUMENTS
from supportctl.render.page import write_page

app = Verbs()


@app.verb("report", views.GROUPS, formats=DOCUMENTS)
def report(
    session: Session,
    since: Annotated[str | None, Option("--since", metavar="TIME", help="requests received from this time on")] = None,
    until: Annotated[str | None, Option("--until", metavar="TIME", help="requests received before this time")] = None,
    by: Annotated[By, Option("--by", metavar="BY", help="tier, channel, agent or month")] = By.TIER,
) -> Result:
    """Report how the targets for first responses were met, by tier, channel, agent or month (2.1).

    Each request is measured against its own target; n = met + missed + running + late + unanswered + none. "unanswered"
    were closed or merged without an answer, "none" have no target; n counts merged tickets, but not spam. "measured"
    are met, missed and late, the late ones by their age so far; attainment is the share of met among them. The mean,
    the median and the 90th percentile (nearest rank) are business seconds, rounded up; mean_kept says whether the mean
    is within the mean target. A ticket counts for its assignee, else for who answered first; months are those of --tz.

    JSON: by, group, n, met, missed, running, late, unanswered, none, merged, spam, measured, attainment (0 to 1),
    target_seconds (null where targets differ), mean_target_seconds, mean_seconds, median_seconds, p90_seconds,
    mean_kept. Only groups with requests are listed; group is null for tickets of nobody.


    \b
    Examples:
      supportctl report
      supportctl report --since 2026-03-01 --until 2026-04-01 --by agent
      supportctl report --since 90d --by month -o html
    """
    start = session.time(since) if since is not None else None
    end = session.time(until) if until is not None else None
    if start is not None and end is not None and end < start:
        raise InputError("--until is before --since.", "Give the earlier time with --since.")
    over_time = session.format == "html"
    found = reports.report(session.desk, session.now, start, end, by, session.zone, over_time=over_time)
    until_now = until is not None and until.lower() == "now"
    return _result(session, found, by, Period(start, None if until_now else end, session.zone, time_back(since or "")))


def _result(session: Session, found: Report, by: By, period: Period) -> Result:
    match session.format:
        case "html":
            page = StringIO()
            write_page(views.page(found, by, period), page, session.zone, session.now)
            return Result(text=page.getvalue())
        case "table" | "md" as format:
            bars = _bars(session) if format == "table" else ""
            return Result(views.with_total(found), views.groups_view(found, by, period.title, bars), many=True)
        case _:
            return Result(found.groups, many=True)


def _bars(session: Session) -> str:
    """The characters that bars are drawn with: ASCII if the stream cannot encode more."""
    try:
        "\u2588\u2591".encode(session.stdout.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return "#."
    return "\u2588\u2591"
