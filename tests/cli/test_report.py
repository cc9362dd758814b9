"""`report`: how the promise was kept, for scripts, at a terminal, and as a page to mail."""

import csv
import io
import random
import re
from collections.abc import Iterator
from datetime import UTC
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Program, copy_desk, opened

from supportctl.cli.report import _bars
from supportctl.cli.run.session import Session
from supportctl.cli.views.report import percent
from supportctl.clock import iso, parse_time
from supportctl.desk import reports
from supportctl.policy.attainment import By, Outcome, figures
from supportctl.policy.hours import DAY

NOON, EVENING = "2026-03-06T18:00:00Z", "2026-03-06T22:30:00Z"
HOSTILE = "<script>alert('1')</script>\u202e&|"
KEYS = [
    "by",
    "group",
    "n",
    "met",
    "missed",
    "running",
    "late",
    "unanswered",
    "none",
    "merged",
    "spam",
    "measured",
    "attainment",
    "target_seconds",
    "mean_target_seconds",
    "mean_seconds",
    "median_seconds",
    "p90_seconds",
    "mean_kept",
]


@pytest.fixture(scope="module")
def day(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A desk after a Friday, and what it reported at noon.

    Of SITE: 1 answered in time, 2 too late, 3 still late, 6 merged into 1, 7 by e-mail, 9 begun by the desk and
    answered in time once the customer wrote. Of STARTER: 4 is still within its target, 5 was closed unanswered. 8 was spam.
    """
    desk = Program(tmp_path_factory.mktemp("day") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    desk.all(
        [
            ["log", "--from", "site@example.com", "--subject", "One", "--assignee", "kim"],
            ["log", "--from", "site@example.com", "--subject", "Two"],
            ["log", "--from", "site@example.com", "--subject", "Three"],
            ["log", "--from", "starter@example.com", "--subject", "Four"],
            ["log", "--from", "starter@example.com", "--subject", "Five"],
            ["log", "--from", "site@example.com", "--subject", "Six"],
            ["log", "--from", "site@example.com", "--subject", "Seven", "--channel", "email"],
            ["log", "--from", "free@example.com", "--subject", "Eight", "--channel", "forum"],
            ["log", "--from", "site@example.com", "--subject", "Nine", "--outbound"],
            ["reply", "9", "--body", "A new version is out"],
        ]
    )
    desk.all([["reply", "1", "--body", "x"]], now="2026-03-06T17:30:00Z")
    noon = {by: desk.json("report", "--by", by, now=NOON) for by in ("tier", "channel", "agent", "month")}
    desk.all([["reply", "2", "--body", "x"]], now="2026-03-06T19:30:00Z")
    desk.all([["reply", "9", "--from", "site@example.com", "--body", "It fails"]], now="2026-03-06T20:30:00Z")
    desk.all([["reply", "9", "--body", "Try this"]], now="2026-03-06T21:00:00Z")
    desk.all(
        [
            ["close", "5", "--reason", "Solved itself"],
            ["merge", "6", "1", "--yes"],
            ["spam", "8"],
            ["assign", "3", HOSTILE],
        ],
        now="2026-03-06T22:00:00Z",
    )
    return desk.desk, noon


@pytest.fixture
def kept(desk: Program, day: tuple[Path, dict[str, Any]]) -> Program:
    """The program on a copy of that desk, in the evening."""
    copy_desk(day[0], desk.desk)
    desk.now = EVENING
    return desk


def groups(desk: Program, *options: str, now: str | None = None) -> dict[str, Any]:
    return {group["group"]: group for group in desk.json("report", *options, now=now)}


def test_the_figures_of_a_day(kept: Program) -> None:
    """3's age of six hours counts in the mean; 6, 7 and 8 do not; 9 counts from when the customer wrote."""
    found = kept.json("report")
    assert [group["group"] for group in found] == ["SITE", "STARTER", "FREE"]
    assert all(list(group) == KEYS for group in found)
    assert list(found[0].values()) == [
        "tier", "SITE", 6, 2, 1, 0, 1, 1, 1, 1, 0, 4, 0.5, 7200, 7200, (3600 + 10800 + 21600 + 1800) // 4, 7200, 21600,
        False,
    ]  # fmt: skip
    assert list(found[1].values())[2:] == [2, 0, 0, 1, 0, 1, 0, 0, 0, 0, *[None] * 7]
    assert list(found[2].values())[2:] == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, *[None] * 7]


@pytest.mark.parametrize("by", ["tier", "channel", "agent", "month"])
def test_a_past_now_reports_what_was_reported_then(kept: Program, day: tuple[Path, dict[str, Any]], by: str) -> None:
    """At noon 9 was not asked for yet, 8 was no spam, 6 not merged, and two more had time."""
    assert kept.json("report", "--by", by, now=NOON) == day[1][by]
    assert kept.json("report", "--by", by) != day[1][by]


def test_a_retracted_answer_counts_no_more(kept: Program) -> None:
    kept.all([["retract", "1", "2", "--reason", "Wrong ticket"]])
    site = groups(kept)["SITE"]
    assert (site["met"], site["late"], site["mean_seconds"]) == (1, 2, (21600 + 10800 + 21600 + 1800) // 4)


def test_spam_taken_back_is_a_request_again(kept: Program) -> None:
    kept.all([["retract", "8", "2", "--reason", "A customer"]])
    free = groups(kept)["FREE"]
    assert (free["n"], free["running"], free["spam"]) == (1, 1, 0)


def test_an_agent_is_who_has_it_or_else_who_answered(kept: Program) -> None:
    """1 is kim's though tess answered it; nobody has 2, which tess answered; nobody has or answered the rest."""
    agents = groups(kept, "--by", "agent")
    assert list(agents) == [HOSTILE, "kim", "tess", None]
    assert [agents[name]["n"] for name in agents] == [1, 1, 2, 4]


def test_who_took_an_answer_back_did_not_answer(kept: Program) -> None:
    """Two answer in one second, and the first takes it back; the same looking back, when histories are replayed."""
    kept.all([["reply", "4", "--body", "x", "--agent", who] for who in ("lee", "ann")])
    kept.all([["retract", "4", "2", "--reason", "Wrong ticket"]])
    assert set(groups(kept, "--by", "agent")) == {HOSTILE, "kim", "tess", "ann", None}
    kept.all([["note", "4", "--body", "x"]], now="2026-03-06T23:00:00Z")
    assert set(groups(kept, "--by", "agent")) == {HOSTILE, "kim", "tess", "ann", None}


def test_by_channel_in_the_order_of_the_policy(kept: Program) -> None:
    channels = groups(kept, "--by", "channel")
    assert list(channels) == ["ticket", "forum", "email"]
    assert (channels["email"]["none"], channels["forum"]["spam"]) == (1, 1)


def test_months_are_those_of_the_zone(kept: Program) -> None:
    sent = "2026-04-01T00:30:00Z"
    kept.all([["log", "--from", "site@example.com", "--subject", "Ten"]], now=sent)
    assert list(groups(kept, "--by", "month", now=sent)) == ["2026-03", "2026-04"]
    assert list(groups(kept, "--by", "month", "--tz", "America/Los_Angeles", now=sent)) == ["2026-03"]


@pytest.mark.parametrize(
    ("period", "n"),
    [
        (["--since", "2026-03-06T16:30:00Z"], 8),
        (["--since", "2026-03-06T16:30:01Z"], 0),
        (["--until", "2026-03-06T16:30:00Z"], 0),
        (["--until", "2026-03-06T16:30:01Z"], 8),
        (["--since", "2026-03-06", "--until", "2026-03-07"], 8),
        (["--until", "2030-01-01"], 8),
    ],
)
def test_a_period_begins_with_since_and_ends_before_until(kept: Program, period: list[str], n: int) -> None:
    assert sum(group["n"] for group in kept.json("report", *period)) == n


def test_what_comes_in_later_is_not_there_yet(kept: Program) -> None:
    assert kept.json("report", now="2026-03-06T16:29:59Z") == []


@pytest.mark.parametrize("format", ["table", "plain", "json", "jsonl", "csv", "md", "html"])
def test_an_empty_period_is_an_honest_empty_answer(kept: Program, format: str) -> None:
    ran = kept("report", "--since", "2026-03-07", "--until", "2026-03-07", "-o", format)
    assert (ran.code, ran.err) == (0, "")
    said = {"json": "[]\n", "csv": f"{','.join(KEYS)}\n"}
    if format == "html":
        assert "No requests came in." in ran.out
        assert "<table>" not in ran.out
    elif format != "md":
        assert ran.out == said.get(format, "")


@pytest.mark.parametrize(
    "wrong",
    [["--by", "colour"], ["--since", "soon"], ["--since", "2026-03-07", "--until", "2026-03-06"], ["-o", "pdf"]],
)
def test_what_makes_no_sense_is_refused(kept: Program, wrong: list[str]) -> None:
    ran = kept("report", *wrong)
    assert (ran.code, ran.out) == (2, "")


def test_a_missing_desk_reports_nothing(nowhere: Program) -> None:
    assert nowhere("report").code == 6


def test_plain_and_csv_say_the_same_as_json(kept: Program) -> None:
    columns = [name for name in KEYS if name not in ("by", "mean_target_seconds")]
    plain = [dict(zip(columns, line.split("\t"), strict=True)) for line in kept("report").out.splitlines()]
    table = list(csv.DictReader(io.StringIO(kept("report", "-o", "csv").out)))
    assert list(table[0]) == KEYS
    for group, line, row in zip(kept.json("report"), plain, table, strict=True):
        said = {name: flat(value) for name, value in group.items()}
        assert row == said
        assert line == {name: said[name] for name in columns}


def flat(value: Any) -> str:
    """A JSON value as one field of text."""
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(("width", "more"), [("80", False), ("140", True)])
def test_a_table_fits_the_terminal_and_its_words_need_no_colour(kept: Program, width: str, more: bool) -> None:
    out = kept("report", "-o", "table", env={"COLUMNS": width}).out
    assert max(map(len, out.splitlines())) <= int(width)
    heading, _, site, starter, *_, whole = out.splitlines()
    assert site.startswith("SITE")
    assert "████░░░░  50 %  6  2 h 37 min, target 2 h (over) " in site
    assert re.fullmatch(r"STARTER +2 .*", starter), "nothing measured: no bar and no percentage"
    assert whole.startswith("All")
    assert ("Unanswered" in heading) is more


def test_bars_are_plain_characters_where_the_stream_holds_no_more() -> None:
    for encoding, bars in (("utf-8", "█░"), ("cp437", "█░"), ("ascii", "#."), ("cp1252", "#.")):
        assert _bars(Session(stdout=io.TextIOWrapper(io.BytesIO(), encoding=encoding))) == bars


class Page(HTMLParser):
    """What a browser makes of a page: its elements, closed in order, their attributes and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_stands_alone_and_is_safe(kept: Program) -> None:
    """No script, nothing loaded from elsewhere, and a stranger's words stay words."""
    text = kept("report", "--by", "agent", "-o", "html").out
    page = Page(text)
    assert not page.open
    assert not {"script", "link", "img", "iframe", "object", "image", "use", "a"} & set(page.tags)
    assert not {"src", "href", "onload", "srcset"} & set(page.attributes)
    assert re.findall(r"url\(([^)]*)\)|@import|https?://", text) == ["#over"]
    assert "<script>alert('1')</script>\\u202e&|" in page.words


def test_the_page_says_its_figures_in_words_and_draws_them_with_a_table_beside(kept: Program) -> None:
    text = kept("report", "-o", "html", "--since", "2026-03-01").out
    page = Page(text)
    assert "First responses, since 2026-03-01" in page.words
    assert "As of 2026-03-06 22:30 UTC" in page.words
    assert (
        "50 % of first responses met their target: 2 of 4; 1 missed it, 1 is late and still unanswered." in page.words
    )
    assert "The mean is over its target for SITE (2\u00a0h\u00a037\u00a0min, target 2\u00a0h)." in page.words
    assert (
        "8 requests came in: of them 1 is still within its target, 2 were closed or merged without an answer and 1 has no"
        " target. Set aside as spam and not counted: 1."
    ) in page.words
    assert {"svg", "title", "desc"} <= set(page.tags)
    assert 'aria-labelledby="chart-title chart-text"' in text
    assert page.tags.count("table") == 2, "the groups, and what the chart shows"
    assert '<rect class="over"' in text, "striped, not only red"
    assert "132 % (over)" in page.words
    assert "Mean first response, in % of its target" in page.words
    assert (
        "half of the first responses took no longer than the median, nine in ten no longer than the 90th" in page.words
    )


def test_what_is_over_its_target_is_marked_once_in_its_row(kept: Program) -> None:
    """In the words that say it; the row of a tier that met nothing is not marked at all."""
    text = kept("report", "-o", "html").out
    site, starter, free, whole, day = re.findall(r"<tr>(<td.*)</tr>", text)
    marked = [re.findall(r'class="(?:right )?no"[^>]*>([^<]*)<', row) for row in (site, starter, free, whole, day)]
    assert marked == [["2 h 37 min, target 2 h (over)"], [], [], ["2 h 37 min, target 2 h (over)"], ["132 % (over)"]]
    assert 'class="no"' not in text.replace(site, "").replace(whole, "")


@pytest.mark.parametrize("format", ["table", "md", "html"])
def test_people_see_no_column_of_nothing_but_zeros(kept: Program, format: str) -> None:
    """On the next day nobody was answered yet; scripts have every column all the same."""
    kept.env["COLUMNS"] = "160"
    for since, there, gone in (
        ("2026-03-01", {"Met", "Missed", "Late", "Running", "Unanswered", "No target", "Merged", "Spam"}, set()),
        ("2026-03-07", {"Running"}, {"Met", "Missed", "Late", "Unanswered", "No target", "Merged", "Spam", "Median"}),
    ):
        if since == "2026-03-07":
            kept.now = "2026-03-07T01:00:00Z"
            kept.all([["log", "--from", "site@example.com", "--subject", "Saturday"]])
        out = kept("report", "--since", since, "-o", format).out
        (heading,) = [line for line in out.splitlines() if re.match(r"(<thead>.*>|\| )?Tier", line)]
        assert all(name in heading for name in there)
        assert not any(name in heading for name in gone)
        assert list(kept.json("report", "--since", since)[0]) == KEYS


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ([], ""),
        (["--since", "90d"], ", last 90 days"),
        (["--since", "1d"], ", last day"),
        (["--since", "24h", "--until", "now"], ", last 24 hours"),
        (["--since", "90m"], ", last 90 minutes"),
        (["--since", "2026-01-01", "--until", "2026-04-01"], ", 2026-01-01 to 2026-03-31"),
        (["--since", "2026-03-01", "--until", "2026-03-02"], ", 2026-03-01"),
        (["--since", "2026-03-01"], ", since 2026-03-01"),
        (["--until", "2026-03-01"], ", until 2026-02-28"),
        (["--since", "7d", "--until", "2026-03-06"], ", 2026-02-27 22:30 UTC to 2026-03-05"),
        (["--until", "2026-03-06T12:00Z", "--tz", "Asia/Tokyo"], ", until 2026-03-06 21:00 JST"),
        (["--since", "2026-03-01", "--until", "2026-04-01", "--tz", "Europe/Berlin"], ", 2026-03-01 to 2026-03-31"),
    ],
)
def test_the_heading_says_the_period_in_days(kept: Program, period: list[str], said: str) -> None:
    """What ends with a midnight ends with the day before."""
    assert kept("report", "-o", "md", *period).out.splitlines()[0].replace("\\", "") == f"# First responses{said}"
    assert f"<h1>First responses{said}</h1>" in kept("report", "-o", "html", *period).out


@pytest.mark.parametrize(
    ("met", "measured", "said"),
    [(2, 3, "67 %"), (1, 3, "33 %"), (1, 2, "50 %"), (1, 8, "13 %"), (3, 3, "100 %"), (0, 3, "0 %"), (999, 1000, "99 %"),
     (1, 1000, "1 %"), (0, 0, "")],
)  # fmt: skip
def test_percent_is_to_the_nearest_but_all_and_none_mean_it(met: int, measured: int, said: str) -> None:
    answered, missed = Outcome("met", 1, 2), Outcome("missed", 3, 2)
    assert percent(figures([answered] * met + [missed] * (measured - met))) == said


def test_the_page_suits_the_dark_a_phone_and_paper(kept: Program) -> None:
    text = kept("report", "-o", "html").out
    for wanted in ("prefers-color-scheme: dark", "max-width: 40rem", "@media print", 'name="viewport"'):
        assert wanted in text


def test_markdown_is_one_table_under_its_title(kept: Program) -> None:
    lines = kept("report", "-o", "md", "--by", "agent").out.splitlines()
    assert lines[0] == "# First responses"
    assert sum(line.startswith("|") for line in lines) == 2 + 4 + 1
    assert "█" not in "".join(lines)


# Counted together


MOMENTS = ("2026-03-03T12:00:00Z", "2026-03-06T20:45:00Z", "2026-03-07T12:00:00Z", "2026-07-01T00:00:00Z")
FEBRUARY = 1_769_904_000  # 2026-02-01T00:00:00Z


@pytest.fixture(scope="module")
def busy(day: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk of that day with many tickets besides: answered at all hours, or not at all."""
    desk = Program(tmp_path_factory.mktemp("busy") / "desk.db")
    copy_desk(day[0], desk.desk)
    dice = random.Random(7)
    first = parse_time("2026-01-05T00:00:00Z", now=0, zone=UTC)

    def lines() -> Iterator[str]:
        yield "from,subject,channel,received_at,first_response_at,closed_at,assignee\n"
        for n in range(300):
            received = first + dice.randrange(58 * DAY)
            answered = received + int(60 ** (dice.random() * 3.2)) if dice.random() < 0.8 else None
            closed = received + dice.randrange(DAY, 3 * DAY) if dice.random() < 0.4 else None
            sender, channel = (
                dice.choice(("site", "starter", "free", "reseller")),
                dice.choice(("ticket", "forum", "chat")),
            )
            times = ",".join("" if at is None else iso(at) for at in (received, answered, closed))
            yield f"{sender}@example.com,S {n},{channel},{times},{dice.choice(('', 'kim', 'Kim', 'ann'))}\n"

    assert desk("import", "tickets", "-", stdin="".join(lines()), now="2026-03-07T12:00:00Z").code == 0
    return desk.desk


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("by", By)
def test_requests_counted_together_are_those_counted_one_by_one(
    busy: Path, monkeypatch: pytest.MonkeyPatch, by: By, moment: str
) -> None:
    at = parse_time(moment, now=0, zone=UTC)
    with opened(busy) as db:
        for since, until in ((None, None), (FEBRUARY, at - DAY)):
            together = reports.report(db, at, since, until, by, UTC, over_time=True)
            with monkeypatch.context() as patched:
                patched.setattr(reports, "BACK", -DAY)  # no hours that the desk could measure by
                one_by_one = reports.report(db, at, since, until, by, UTC, over_time=True)
            assert together == one_by_one
            assert together.whole.measured > 50


def test_few_requests_of_an_ordinary_desk_are_looked_at_by_themselves(
    busy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those with several judgements: else the test above compares something with itself."""
    apart: list[int] = []

    def noted(*given: Any, **_: Any) -> Iterator[Any]:
        apart.extend(given[2])
        return iter(())

    monkeypatch.setattr(reports, "_apart", noted)
    with opened(busy) as db:
        at = parse_time(MOMENTS[2], now=0, zone=UTC)
        together = reports.report(db, at, None, None, By.TIER, UTC)
        assert set(apart) == {row[0] for row in db.execute("select id from tickets where target_n > 1")}
        assert together.whole.measured > 50
