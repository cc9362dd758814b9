"""`search`: tickets and bugs by their words, with the sentence that holds them."""

import pytest
from conftest import Program


@pytest.fixture
def told(staffed: Program) -> Program:
    """Tickets 1 (SITE, waiting), 2 (STARTER, forum, assigned) and 3 (FREE, closed), and bug 1."""
    staffed.once(
        [
            [
                "log", "--from", "site@example.com", "--subject", "Viewer: black screen", "--tag", "vip", "--body",
                "Dear team. I updated Windows, and connecting shows a black screen! It was fine at the caf\u00e9.",
            ],
            ["reply", "1", "--body", "Please open the firewall for port 5650.", "--wait"],
            [
                "log", "--from", "starter@example.com", "--subject", "Firewall rule", "--channel", "forum",
                "--assignee", "kim", "--topic", "configuration",
            ],
            ["log", "--from", "free@example.com", "--subject", "Unrelated", "--body", "Where is the manual?"],
            ["close", "3", "--reason", "Answered on the forum"],
            ["bug", "add", "--title", "Black screen after a Windows update", "--workaround", "Use the zebra driver"],
        ]
    )  # fmt: skip
    return staffed


def found(desk: Program, *args: str) -> list[tuple[str, int]]:
    return [(hit["kind"], hit["id"]) for hit in desk.json("search", *args)]


def test_the_match_is_shown_in_its_sentence(told: Program) -> None:
    hit = told.json("search", "connect")[0]
    assert hit["kind"] == "ticket"
    assert (hit["id"], hit["subject"], hit["status"]) == (1, "Viewer: black screen", "waiting")
    assert hit["snippet"] == "I updated Windows, and connecting shows a black screen!"
    assert hit["matches"] == ["connecting"]
    assert "[connecting]" in told("search", "connect", "-o", "table").out


FINDS: list[tuple[str, list[tuple[str, int]]]] = [
    ("firewall", [("ticket", 2), ("ticket", 1)]),
    ("firewall viewer", [("ticket", 1)]),
    ("zebra", [("bug", 1)]),
    ("CAFE", [("ticket", 1)]),
    ('"black screen" windows', [("bug", 1), ("ticket", 1)]),
    ('"screen black"', []),
    ("manual", [("ticket", 3)]),
    ("nowhere", []),
    ("black kind:ticket", [("ticket", 1)]),
    ("black kind:bug", [("bug", 1)]),
    ("firewall status:waiting", [("ticket", 1)]),
    ("firewall tier:site", [("ticket", 1)]),
    ("firewall tier:SITE tier:STARTER", [("ticket", 2), ("ticket", 1)]),
    ("firewall channel:forum", [("ticket", 2)]),
    ("firewall assignee:kim", [("ticket", 2)]),
    ("firewall topic:configuration", [("ticket", 2)]),
    ("firewall tag:vip", [("ticket", 1)]),
    ("firewall tag:vi", []),
    ("firewall from:STARTER@example.com", [("ticket", 2)]),
    ("firewall from:starter", [("ticket", 2)]),
    ("firewall sla:met", [("ticket", 1)]),
    ("firewall sla:running", [("ticket", 2)]),
    ("status:closed", [("ticket", 3)]),
    ("status:reported", [("bug", 1)]),
    ("product:remote-utilities black", [("bug", 1), ("ticket", 1)]),
    ("http://firewall", []),
    ("", []),
    ('"', []),
    ("(*) NEAR", []),
]


def test_what_is_found(told: Program) -> None:
    """One desk for all, since every row would build the same."""
    assert {query: found(told, query) for query, _ in FINDS} == dict(FINDS)


def test_words_need_no_quotes_and_limit_bounds(told: Program) -> None:
    assert found(told, "black", "screen") == [("bug", 1), ("ticket", 1)]
    assert found(told, "firewall", "--limit", "1") == [("ticket", 2)]
    assert told("search", "firewall", "--limit", "0").code == 2


def test_nothing_found_is_silence(told: Program) -> None:
    ran = told("search", "nowhere")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert told.json("search", "nowhere") == []


def test_a_filter_for_what_does_not_exist_names_what_does(told: Program) -> None:
    for query in ("status:lost", "tier:GOLD", "channel:fax", "sla:soon", "kind:person", "topic:weather"):
        ran = told("search", query)
        assert (ran.code, ran.out) == (2, ""), query
        assert "Choose from: " in ran.err, query
        assert found(told, f'"{query}"') == [], "in quotes it is words"


@pytest.mark.parametrize("query", ["foo:bar", 'foo:"bar baz"', "Teir:SITE", "black form:ann"])
def test_an_unknown_field_names_those_that_exist(told: Program, query: str) -> None:
    ran = told("search", query)
    assert (ran.code, ran.out) == (2, "")
    assert "There is no field" in ran.err and "Choose from: kind, status, tier" in ran.err


@pytest.mark.parametrize(
    "query", ['"foo:bar"', "https://x.example/a", "10:30", "C:\\temp", "std::string", "a:b", "tier:", "7.6:x", ":x"]
)
def test_what_is_no_field_is_a_word(told: Program, query: str) -> None:
    assert told("search", query).code == 0


def test_notes_and_customers_messages_are_found(told: Program) -> None:
    told.all(
        [
            ["note", "1", "--body", "A giraffe note"],
            ["reply", "1", "--from", "site@example.com", "--body", "An elephant message"],
            ["edit", "1", "--subject", "Viewer: dark screen"],
        ]
    )
    assert found(told, "giraffe elephant dark firewall") == [("ticket", 1)]


def test_hits_stand_as_they_stood_at_now(told: Program) -> None:
    told.all([["close", "1"]], now="2026-03-07T18:00:00Z")
    assert told.json("search", "connect", now="2026-03-07T17:00:00Z")[0]["status"] == "waiting"
    assert told.json("search", "connect", now="2026-03-07T18:00:00Z")[0]["status"] == "closed"
    assert told.json("search", "connect", now="2026-03-05T00:00:00Z") == []


def test_the_plain_line(told: Program) -> None:
    line = told("search", "port").out
    assert line == (
        "1\tticket\t1\twaiting\tsite@example.com\tViewer: black screen\tPlease open the firewall for port 5650.\n"
    )


def test_hostile_text_is_harmless_on_a_terminal(told: Program) -> None:
    told.all(
        [["log", "--from", "free@example.com", "--subject", "Evil", "--body", "A \x1b]52;c;x\x07 gnu\u202e [bold]"]]
    )
    out = told("search", "gnu", "-o", "table").out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_no_desk_is_not_nothing_found(nowhere: Program) -> None:
    assert nowhere("search", "x").code == 6


def test_only_the_words_of_the_policy_are_said_to_be_in_it(desk: Program) -> None:
    desk.all([["release", "add", "remote-utilities", "7.6.2.0"]])
    assert "There is no status 'opne'. Did you mean open?" in desk("search", "status:opne").err
    assert "There is no tier 'PROO' in the policy. Did you mean PRO?" in desk("search", "tier:PROO").err


def test_a_long_text_full_of_the_word_is_found_with_its_sentence(desk: Program) -> None:
    """FTS5 takes the square of the matches to mark them: by it this would take hours."""
    log = ["log", "--from", "a@x.example", "--body", "-", "--subject"]
    assert desk(*log, "One", stdin="password: a\n" * 400_000).code == 0
    assert desk(*log, "Two", stdin="Nothing. " * 20_000 + "The host stopped twice. " + "So. " * 9000).code == 0
    assert desk(*log, "Three", stdin="up and down " * 300_000).code == 0

    assert desk.json("search", "password")[0]["snippet"] == "password: a"
    (hit,) = desk.json("search", "twice stop")
    assert (hit["snippet"], hit["matches"]) == ("The host stopped twice.", ["stopped", "twice"])
    (hit,) = desk.json("search", '"up and down up and down"')
    assert len(hit["snippet"]) < 20_000


def test_a_text_without_spaces_is_recorded_and_found(desk: Program) -> None:
    """FTS5 ends its one word within a character."""
    body = "a" + "語" * 20_000
    desk.all([["log", "--from", "ann@example.com", "--subject", "Help", "--body", f"{body} printer"]])
    assert [hit["id"] for hit in desk.json("search", "printer")] == [1]
    assert desk.json("show", "1")["body"] == f"{body} printer"
