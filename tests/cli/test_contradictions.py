"""Options: their short names, and those that contradict each other, which is exit 2 and nothing changed."""

import pytest
from conftest import Program
from test_examples import COMMANDS

from supportctl.cli.run.options import EVERYWHERE, HELP

SHORT = {
    "--from": "-f",
    "--subject": "-s",
    "--body": "-m",
    "--key": "-k",
    "--product": "-p",
    "--topic": "-t",
    "--edit": "-e",
    "--limit": "-n",
}


@pytest.mark.parametrize("words", COMMANDS)
def test_an_option_has_its_short_name_wherever_it_exists_and_no_other(words: str) -> None:
    """Or the fingers would have to ask."""
    taken = {flag for option in (*EVERYWHERE, HELP) for flag in option.opts if len(flag) == 2}
    for option in COMMANDS[words].params:
        if option.param_type_name == "option":
            short = [flag for flag in option.opts if len(flag) == 2]
            assert short == [SHORT[flag] for flag in option.opts if flag in SHORT]
            assert not taken & set(short)
            taken |= set(short)


def test_a_ticket_is_logged_found_and_answered_by_short_names(staffed: Program) -> None:
    logged = ["log", "-f", "site@example.com", "-s", "No sound", "-m", "None.", "-p", "remote-utilities", "-t", "usage"]
    ticket = staffed.json(*logged, "-k", "SITE-0001-AAAA")
    assert (ticket["from"], ticket["subject"], ticket["topic"]) == ("site@example.com", "No sound", "usage")
    assert (
        staffed.json("edit", 1, "-t", "bug", "-s", "Still no sound", "-p", "remote-utilities-server")["topic"] == "bug"
    )
    staffed.all([["reply", "1", "-m", "Which card?"], ["reply", "1", "-f", "site@example.com", "-m", "This."]])
    assert [entry["body"] for entry in staffed.json("show", 1)["history"] if entry.get("body")][-1] == "This."
    staffed.all([["bug", "add", "--title", "No sound", "-p", "remote-utilities", "-t", "usage"]])
    assert len(staffed.json("queue", "-n", 1)) == len(staffed.json("search", "sound", "-n1")) == 1
    assert staffed("check", "7.6.2.0", "-p", "remote-utilities").code == 0
    assert staffed("release", "list", "-p", "remote-utilities-server").out == ""


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("log -from site@example.com -s x", "There is no option -from. Did you mean --from?"),
        ("log -f site@example.com -subject=x", "There is no option -subject. Did you mean --subject?"),
        ("queue -no-input", "There is no option -no-input. Did you mean --no-input?"),
        ("log -key AB12-CD34-EF56", "There is no option -key. Did you mean --key?"),
        ("queue -limit 3", "There is no option -limit. Did you mean --limit?"),
    ],
)
def test_a_long_option_with_one_dash_is_no_short_one_with_a_value(staffed: Program, asked: str, meant: str) -> None:
    """`-from ann` was the sender "rom"."""
    ran = staffed(*asked.split())
    assert (ran.code, ran.out, ran.err) == (2, "", f"supportctl: {meant}\n")


# What contradicts


TOGETHER = [
    ("reply 1 -m Hi --close --wait", "--close and --wait"),
    ("reply 1 --from site@example.com --auto -m Hi", "--from, --auto"),
    ("reply 1 --from site@example.com --close -m Hi", "--from, --auto, and --close"),
    ("reply 1 --template english -m Hi", "--template, --body"),
    ("reply 1 --draft sent --send", "--draft sent cannot be combined with --send"),
    ("reply 1 --draft drop --close", "--draft drop cannot be combined with --send, --close or --wait"),
    ("reply 1 --draft use -m Hi", "--draft cannot be combined with --body or --template"),
    ("reply 1 --send --auto -m Hi", "--send cannot be combined with --from, --auto or --at"),
    ("show 1 --mail -o csv", "--mail and -o cannot be combined"),
    ("db check --quick --repair", "--quick and --repair"),
    ("queue --mine --unassigned", "--mine, --unassigned and --assignee"),
    ("queue --mine --assignee kim", "--mine, --unassigned and --assignee"),
    ("breaches --answered --since 7d --new", "--answered cannot be combined with --within or --new"),
    ("breaches --answered --since 7d --within 1h", "--answered cannot be combined with --within or --new"),
    ("breaches --since 7d", "--answered and --since go together"),
    ("breaches --send true", "--send needs --new"),
    ("edit 1 --tag a --tag b --untag b", "--tag and --untag name the same tag"),
    ("due site@example.com --tier PRO", "--tier cannot be combined with an address or a key"),
    ("hours holiday edit 2026-12-24 --hours 08:00-12:00 --whole-day", "--hours and --whole-day"),
    ("customer edit site@example.com --reseller --customer", "--reseller and --customer"),
    ("import tickets none.csv --inspect --rejects bad.csv", "--inspect and --rejects"),
    ("log --mail none.eml --from site@example.com", "--mail and --from"),
    ("log --mail none.eml -k AB12-CD34-EF56", "--mail and --key"),
    ("log --mail none.eml -e", "--mail and --edit"),
    ("export customers --full", "--full is for tickets only"),
    ("policy show 2.1 -o toml", "A single clause is not a policy file"),
    ("report --since 2026-02-01 --until 2026-01-01", "--until is before --since"),
]


@pytest.mark.parametrize(("asked", "said"), TOGETHER, ids=lambda value: value)
def test_options_that_contradict_each_other_are_refused_by_name(staffed: Program, asked: str, said: str) -> None:
    staffed.once([["log", "--from", "site@example.com", "--subject", "Help"]])
    before = staffed.dump()
    ran = staffed(*asked.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"supportctl: {said}") and ran.err.count("\n") == 1
    assert staffed.dump() == before


@pytest.mark.parametrize(
    "asked",
    [
        ["queue", "--json", "-o", "csv"],
        ["queue", "-o", "csv", "--json"],
        ["-o", "csv", "queue", "--json"],
        ["--json", "queue", "-o", "plain"],
        ["--json", "hours", "-ocsv", "open"],
        ["-o", "csv", "queue", "-o", "table"],
        ["queue", "--output=csv", "-o=table"],
    ],
)
def test_two_output_formats_contradict_wherever_they_stand(staffed: Program, asked: list[str]) -> None:
    ran = staffed(*asked)
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be combined" in ran.err and ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "asked",
    [["queue", "--json", "-o", "json"], ["--json", "queue", "--json"], ["-o", "json", "queue", "-o", "json", "--json"]],
)
def test_the_same_format_twice_is_one_format(staffed: Program, asked: list[str]) -> None:
    assert (staffed(*asked).code, staffed(*asked).out) == (0, "[]\n")


def test_an_option_given_twice_has_one_value(desk: Program) -> None:
    """Which of two subjects is meant, nobody can know; that the same is meant twice, anybody can."""
    ran = desk("log", "-f", "a@example.com", "--subject", "One", "-s", "Two")
    assert (ran.code, ran.err) == (2, "supportctl: --subject is given twice, with different values. Give it once.\n")
    assert desk.untouched
    assert desk.json("log", "-f", "a@example.com", "--subject", "One", "-s", "One")["subject"] == "One"


@pytest.mark.parametrize("option", ["key", "body"])
def test_of_a_value_given_twice_nothing_is_repeated(desk: Program, option: str) -> None:
    ran = desk(
        "log", "-f", "a@example.com", "-s", "x", f"--{option}", "AB12-CD34-EF56", f"--{option}", "GH78-IJ90-KL12"
    )
    assert ran.code == 2
    assert not {"EF56", "KL12"} & set(ran.err.replace("-", " ").split())


def test_what_may_be_repeated_still_is(staffed: Program) -> None:
    ticket = staffed.json("log", "-f", "site@example.com", "-s", "Help", "--tag", "a", "--tag", "b")
    assert ticket["tags"] == ["a", "b"]
    assert len(staffed.json("queue", "--tier", "SITE", "--tier", "PRO")) == 1


def test_a_setting_of_the_run_can_be_overridden(staffed: Program) -> None:
    """By whoever has an alias for `supportctl --db … --agent …`, and by an option what the environment says."""
    staffed.once([["log", "-f", "site@example.com", "-s", "Help"]])
    note = staffed.json("--agent", "kim", "note", 1, "-m", "Hm", "--agent", "lee")["history"][-1]
    assert note["agent"] == "lee"
    assert staffed("--db", "none.db", "--now", "2026-03-06", "queue", "--db", staffed.address, "--now", "now").code == 0


def test_a_key_and_a_text_can_both_come_from_standard_input(staffed: Program) -> None:
    """The key is the first line, the text the rest: nothing contradicts."""
    stdin = "SITE-0001-AAAA\nIt does not start.\nSince Monday.\n"
    staffed.json("log", "-f", "free@example.com", "-s", "Help", "-k", "-", "-m", "-", stdin=stdin)
    shown = staffed.json("show", 1)
    assert (shown["tier"], shown["body"]) == ("SITE", "It does not start.\nSince Monday.\n")
