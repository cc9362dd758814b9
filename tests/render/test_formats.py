"""One view in every format."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC
from html.parser import HTMLParser
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.policy.verdict import Reason
from supportctl.render import FORMATS, show
from supportctl.render.columns import DATA, FLAG, LIST, NUMBER, REASONS, SPAN, TIME, Column, View
from supportctl.render.safe import json_safe
from supportctl.render.table import cells_of, fold, unplaced

VIEW = View(
    columns=(
        Column("id", NUMBER, "#"),
        Column("subject"),
        Column("due_at", TIME),
        Column("late_seconds", SPAN, "Late"),
        Column("registered", FLAG),
        Column("tags", LIST),
        Column("channels", DATA),
        Column("reasons", REASONS, "Why"),
    ),
    plain=("id", "due_at", "late_seconds", "registered", "tags", "subject"),
    table=("id", "promise", "subject"),
    wide=("due_at", "tags"),
    people=(Column("promise", get=lambda _: "3 h late"),),
    style=lambda _: "late",
    title="Late <tickets>",
)
HOSTILE = '=1+1 <script>|\x1b[31m\u202e, "q" 日本\r\n\''


def record(**changed: Any) -> dict[str, Any]:
    """A record in which every value is there."""
    return {
        "id": 7,
        "subject": "Cannot connect",
        "due_at": 1772814600,
        "late_seconds": 11100,
        "registered": True,
        "tags": ("a", "b"),
        "channels": {"ticket": True, "forum": False},
        "reasons": (Reason("2.1", "tier-target", "SITE is answered within 2 h."),),
        **changed,
    }


ABSENT = dict.fromkeys(record())


def shown(records: Any, format: str, *, many: bool = True, width: int = 80, **options: Any) -> str:
    out = io.StringIO()
    show(VIEW, records, format=format, out=out, many=many, zone=UTC, now=1772814600, width=width, **options)
    return out.getvalue()


# For programs


numbers = st.none() | st.integers(-(10**11), 10**11)


@given(st.text(), numbers, st.none() | st.booleans(), st.lists(st.text()).map(tuple), st.recursive(numbers, st.lists))
def test_a_line_of_json_is_what_the_encoder_makes_of_the_record(
    text: str, number: int | None, flag: bool | None, tags: tuple[str, ...], data: Any
) -> None:
    """Byte for byte, but for characters that act on a terminal: values are written one by one, for speed."""
    of = record(subject=text, late_seconds=number, registered=flag, tags=tags, channels=data, id="x" if flag else flag)
    plain = {**of, "due_at": "2026-03-06T16:30:00Z", "reasons": [r._asdict() for r in of["reasons"]]}
    assert shown(of, "json", many=False) == json_safe(json.dumps(plain, ensure_ascii=False)) + "\n"


def test_json_holds_every_column_in_order() -> None:
    """Times in UTC, spans in seconds, reasons with clause, code and text."""
    assert list(json.loads(shown(record(), "json", many=False)).items()) == [
        ("id", 7),
        ("subject", "Cannot connect"),
        ("due_at", "2026-03-06T16:30:00Z"),
        ("late_seconds", 11100),
        ("registered", True),
        ("tags", ["a", "b"]),
        ("channels", {"ticket": True, "forum": False}),
        ("reasons", [{"clause": "2.1", "code": "tier-target", "text": "SITE is answered within 2 h."}]),
    ]


def test_absent_is_null_and_never_a_missing_key() -> None:
    """Every value may be absent, in every format."""
    assert json.loads(shown(ABSENT, "json", many=False)) == ABSENT
    assert shown([ABSENT], "plain") == "\t\t\t\t\t\n"
    for format in FORMATS:
        shown([ABSENT], format)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_list_is_an_array_whatever_its_length(count: int) -> None:
    """None gives [], one still an array; JSON Lines gives a line each."""
    records = [record(id=n) for n in range(count)]
    assert [r["id"] for r in json.loads(shown(iter(records), "json"))] == list(range(count))
    assert [json.loads(line)["id"] for line in shown(iter(records), "jsonl").splitlines()] == list(range(count))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back_exactly_from_json_and_raw_csv(text: str) -> None:
    """Nothing is escaped, cut or normalised on the way to a program."""
    assert json.loads(shown(record(subject=text), "json", many=False))["subject"] == text
    rows = csv.DictReader(io.StringIO(shown([record(subject=text)], "csv", raw=True), newline=""))
    assert [row["subject"] for row in rows] == [text]


@given(st.text())
def test_a_plain_record_is_one_line_of_as_many_fields(text: str) -> None:
    """Tabs and line ends within a value cannot make another."""
    written = shown([record(subject=text, tags=(text, text))], "plain")
    assert written.endswith("\n")
    assert len(written.splitlines()) == 1
    assert written.count("\t") == 5


def test_plain_lines_have_no_heading() -> None:
    """Times in UTC, spans in seconds, lists joined by commas."""
    assert shown([record()], "plain") == "7\t2026-03-06T16:30:00Z\t11100\tyes\ta,b\tCannot connect\n"


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "\xa0=1", "\u3000 +1"]
)
def test_csv_disarms_formulas_unless_raw(text: str) -> None:
    """A leading apostrophe keeps spreadsheets from running what a stranger wrote."""
    for raw, wanted in ((False, f"'{text}".replace("\r", r"\r")), (True, text)):
        rows = csv.DictReader(io.StringIO(shown([record(subject=text)], "csv", raw=raw), newline=""))
        assert next(rows)["subject"] == wanted


def test_csv_shows_what_acts_on_a_terminal_unless_raw() -> None:
    """Someone will `cat` the file. Line ends and tabs are part of a text."""
    text = "\x1b[2Jone\r\ntwo\tthree\x7f\u202e"
    for raw, wanted in ((False, "\\x1b[2Jone\r\ntwo\tthree\\x7f\\u202e"), (True, text)):
        rows = csv.DictReader(io.StringIO(shown([record(subject=text)], "csv", raw=raw), newline=""))
        assert next(rows)["subject"] == wanted


def test_csv_has_a_header_even_for_nothing_and_keeps_negative_numbers() -> None:
    """Numbers are no formulas; lines end in LF."""
    header = "id,subject,due_at,late_seconds,registered,tags,channels,reasons\n"
    assert shown([], "csv") == header
    assert shown([record(late_seconds=-5)], "csv").startswith(f"{header}7,Cannot connect,2026-03-06T16:30:00Z,-5,yes")


@pytest.mark.parametrize("format", FORMATS)
def test_records_are_written_as_they_come(format: str) -> None:
    """No format holds a long list: what came before a failure is out already."""

    def failing() -> Iterator[dict[str, Any]]:
        yield from (record(id=n) for n in range(2000))
        raise OSError

    out = io.StringIO()
    with pytest.raises(OSError):
        show(VIEW, failing(), format=format, out=out, many=True, zone=UTC)
    assert "1999" in out.getvalue()


# For people


def test_a_table_folds_rather_than_cuts() -> None:
    """Every word of a long subject is there; the wide columns are not, where there is no room."""
    subject = "The installer says that the service is missing after the update to 7.6.2.0 on each of our servers"
    lines = shown([record(subject=subject)], "table", width=60).splitlines()
    assert lines[0].split() == ["#", "Promise", "Subject"]
    assert max(map(cells_of, lines)) <= 60
    assert " ".join(" ".join(line.removeprefix("7  3 h late").strip() for line in lines[2:]).split()) == subject


def test_a_wide_screen_shows_more_columns() -> None:
    """They come in the order declared, as far as there is room."""
    assert shown([record(subject="x" * 90)], "table", width=140).split("\n")[0].split() == [
        "#",
        "Promise",
        "Subject",
        "Due",
        "Tags",
    ]


@pytest.mark.parametrize("width", [80, 140])
@given(text=st.text(st.characters(exclude_categories=("Cs", "Mn", "Me", "Mc")), max_size=200))
def test_a_table_fits_its_screen_whatever_is_in_it(width: int, text: str) -> None:
    """Wide characters, emoji and words longer than the screen."""
    for many in (True, False):
        lines = shown([record(subject=text)] if many else record(subject=text), "table", many=many, width=width)
        assert max(map(cells_of, lines.split("\n"))) <= width


def test_columns_stay_in_line_under_wide_characters() -> None:
    """日 takes two cells, a combining mark none."""
    lines = shown([record(subject="日本e\u0301"), record(subject="abcde")], "table", width=140).splitlines()
    assert {cells_of(line[: line.index("2026")]) for line in lines[2:]} == {cells_of(lines[0][: lines[0].index("Due")])}


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))), st.integers(2, 30))
def test_folding_loses_nothing_but_blanks(text: str, width: int) -> None:
    """Every character but the blanks at which lines break is there, in order."""
    assert "".join(fold(text, width)).replace(" ", "") == text.replace(" ", "")


LINES = VIEW._replace(one_line=True, urgent="promise")


def lines(records: Any, width: int = 60, **options: Any) -> list[str]:
    """The rows of a table of one line a record."""
    out = io.StringIO()
    show(LINES, records, format="table", out=out, many=True, zone=UTC, width=width, **options)
    return out.getvalue().splitlines()[2:]


@given(st.lists(st.text(), min_size=1, max_size=5), st.sampled_from([60, 80, 120, 200]))
def test_a_record_is_one_line_whatever_is_in_it(texts: list[str], width: int) -> None:
    """Whatever it is made of: the next column begins in its cell, and nothing acts on the terminal."""
    shown = lines([record(subject=text) for text in texts], width)
    assert len(shown) == len(texts)
    assert max(map(cells_of, shown)) <= width
    assert all(line.startswith("7  3 h late") for line in shown)
    assert not {"\x1b", "\u202e", "\r"} & set("".join(shown))


@pytest.mark.parametrize(
    "text", ["x" * 90, "\u65e5" * 50, "e\u0301" * 90, "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 40]
)
def test_what_is_cut_says_so_and_no_character_is_cut_in_two(text: str) -> None:
    (line,) = lines([record(subject=text)])
    kept = line.removeprefix("7  3 h late  ")
    assert kept.endswith("\u2026") and text.startswith(kept[:-1])
    assert 59 <= cells_of(line) <= 60


def test_a_column_without_a_value_gives_its_room_to_the_next() -> None:
    out = io.StringIO()
    show(LINES, [record(due_at=None)], format="table", out=out, many=True, zone=UTC, width=140)
    assert out.getvalue().splitlines()[0].split() == ["#", "Promise", "Subject", "Tags"]


def test_what_was_positioned_for_a_terminal_is_filled_with_blanks_for_a_pager() -> None:
    """As if it had never been."""
    for color in (True, False):
        placed, plain = (
            "\n".join(lines([record(subject="\u65e5\u672c"), record()], 140, color=color, placing=placing))
            for placing in (True, False)
        )
        assert "G" in placed and unplaced(placed) == plain


def test_chosen_columns_come_alone_and_in_order_in_every_format() -> None:
    """For people's own columns too."""
    chosen = VIEW.chosen(["promise", "id"])
    for format, wanted in (("plain", "3 h late\t7\n"), ("csv", "promise,id\n3 h late,7\n")):
        out = io.StringIO()
        show(chosen, [record()], format=format, out=out, many=True)
        assert out.getvalue() == wanted
    with pytest.raises(KeyError):
        VIEW.chosen(["nonsense"])


def test_no_rows_write_nothing_to_people() -> None:
    """An empty table is silence."""
    assert shown([], "table") == ""


def test_colour_repeats_what_the_words_say() -> None:
    """Without colour there is no escape sequence at all; with it, the words are the same."""
    plain, coloured = shown([record()], "table"), shown([record()], "table", color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31m7  3 h late" in coloured


def test_a_card_leaves_out_what_is_absent_and_ends_with_the_reasons() -> None:
    """One labelled value a line; a reason bears its clause."""
    assert shown(record(due_at=None, tags=()), "table", many=False).splitlines() == [
        "#           7",
        "Promise     3 h late",
        "Subject     Cannot connect",
        "Late        3 h 05 min",
        "Registered  yes",
        "Channels    ticket: yes, forum: no",
        "Why         (2.1) SITE is answered within 2 h.",
    ]


def test_a_long_text_stands_below_the_card_over_the_whole_width_and_is_not_coloured() -> None:
    """What is indented stays so where it is folded, and what is urgent is coloured alone."""
    said = "1. Ann asked\n   It does not start, and  the window stays black.\n\n2. Kim answered"
    view = VIEW._replace(people=(*VIEW.people, Column("said", get=lambda _: said)), card=("id", "promise"))
    out = io.StringIO()
    view = view._replace(urgent="promise", below="said")
    show(view, record(), format="table", out=out, many=False, zone=UTC, width=30, color=True)
    assert out.getvalue().splitlines() == [
        "\x1b[2m#      \x1b[0m  7",
        "\x1b[2mPromise\x1b[0m  \x1b[1;31m3 h late\x1b[0m",
        "",
        "\x1b[1m1. Ann asked\x1b[0m",
        "   It does not start, and  the",
        "   window stays black.",
        "",
        "\x1b[1m2. Kim answered\x1b[0m",
    ]


def test_old_consoles_get_ascii_rules() -> None:
    """A stream that is not UTF gets no box-drawing characters."""
    buffer = io.BytesIO()
    out = io.TextIOWrapper(buffer, encoding="cp1252")
    show(VIEW, [record()], format="table", out=out, many=True, zone=UTC)
    out.flush()
    assert b"-  --------" in buffer.getvalue()


@pytest.mark.parametrize("format", ["table", "plain", "md", "html"])
@pytest.mark.parametrize("many", [True, False])
def test_hostile_text_is_harmless_wherever_people_read_it(format: str, many: bool) -> None:
    """Texts, tags, data and reasons alike."""
    bad = record(subject=HOSTILE, tags=(HOSTILE,), channels={HOSTILE: HOSTILE}, reasons=(Reason("2.1", "x", HOSTILE),))
    written = shown([bad] if many else bad, format, many=many)
    assert not {"\x1b", "\u202e", "\r"} & set(written)


def test_markdown_is_text_in_a_table() -> None:
    """Pipes, tags and links of a stranger stay text; a row is a line."""
    lines = shown([record(subject="a|b <b>*x* [y](z) `c`\n#1 &amp;")], "md").splitlines()
    assert lines[0] == "# Late &lt;tickets&gt;"
    assert lines[2] == "As of 2026-03-06 16:30 UTC"
    assert lines[6].split(" | ")[2] == r"a\|b &lt;b&gt;\*x\* \[y\](z) \`c\`\\n\#1 &amp;amp;"


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the parser's own signature
        self.tags.append(tag)


def test_html_is_one_page_without_scripts() -> None:
    """A stranger's tags are text, and nothing is loaded from elsewhere."""
    page = shown(islice(iter([record(subject="<script>alert(1)</script>\" onload='x'")] * 2), 2), "html")
    assert "script" not in Tags(page).tags
    assert "http://" not in page
    assert "https://" not in page
    assert "<title>Late &lt;tickets&gt;</title>" in page
    assert len(re.findall(r'class="[^"]*\blate"', page)) == 2, "once in each row"


def test_a_page_breaks_no_word_that_is_not_longer_than_any_of_ours() -> None:
    """A tier or an address in pieces cannot be read; a stranger's endless word must not widen the page."""
    endless = "x" * 5000
    page = shown([record(), record(subject=f"Help {endless}")], "html")
    assert '<td dir="auto">Cannot connect</td>' in page
    assert f'<td dir="auto" class="long">Help {endless}</td>' in page
    assert page.count('<td dir="auto" class="time">2026-03-06 16:30 UTC</td>') == 2


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("ping @octocat now", "ping `@octocat` now"),
        ("see https://evil.example/a_b?c=1&d=2.", "see `https://evil.example/a_b?c=1&d=2.`"),
        ("(WWW.evil.example)", "`(WWW.evil.example)`"),
        ("mailto:ann@example.com,@org/team", "`mailto:ann@example.com,@org/team`"),
        ("`@all` <ftp://x>|irc://y", r"\``@all`\` &lt;`ftp://x`&gt;\|`irc://y`"),
        ("a_b 7.6.2.0", r"a\_b 7.6.2.0"),
    ],
)
def test_no_text_in_markdown_mentions_anyone_or_links_anywhere(text: str, cell: str) -> None:
    assert cell in shown([record(subject=text)], "md")


@pytest.mark.parametrize(
    ("format", "said"), [("md", "Nothing is late.\n"), ("html", "<p>Nothing is late.</p>\n</body>\n")]
)
def test_a_document_of_nothing_says_so(format: str, said: str) -> None:
    """Headings alone look as if something was lost on the way."""
    out = io.StringIO()
    show(VIEW._replace(nothing="Nothing is late."), iter(()), format=format, out=out, many=True, zone=UTC, now=0)
    assert said in out.getvalue()
    assert "<t" not in out.getvalue().partition("<body>")[2] and "|" not in out.getvalue()


def test_what_follows_a_text_that_terminals_count_each_in_their_own_way_is_put_in_its_place() -> None:
    """Columns stand under their headings though `👍🏽` be two cells or four; a file and a pager get blanks, as ever."""
    records = [record(subject="👍🏽"), record(subject="plain")]
    for color in (True, False):
        out = io.StringIO()
        show(VIEW, records, format="table", out=out, many=True, zone=UTC, width=140, color=color, placing=True)
        heading, _, thumb, plain = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()
        after = heading.index(heading.split("Subject")[1].split()[0])
        assert f"👍🏽     \x1b[{after + 1}G" in thumb
        assert "\x1b" not in plain
    assert "\x1b" not in "".join(shown(records, "table", width=140))
