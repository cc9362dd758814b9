"""`reply --template`: canned answers, filled in with what the desk knows and nothing that strangers could put there."""

import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Program

from supportctl.cli.run.complete import candidates
from supportctl.cli.run.session import Session
from supportctl.cli.templates import SHIPPED, folder
from supportctl.desk.tickets.templates import FIELDS

NAMES = ["english", "move-to-ticket", "not-covered", "register-first", "upgrade-version"]


@pytest.fixture
def asked(staffed: Program, tmp_path: Path) -> Program:
    """A desk with ticket 1, of a SITE customer with an old version; the configuration is in a folder of its own."""
    staffed.once([["log", "--from", "site@example.com", "--subject", "Host fails", "--version", "6.9.4.0"]])
    staffed.env["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    return staffed


def own(desk: Program, name: str, text: str | bytes) -> Path:
    """A template of the user's."""
    folder = Path(desk.env["XDG_CONFIG_HOME"], "supportctl", "templates")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def answer(desk: Program, name: str, number: int = 1, *options: str) -> str:
    """The answer that was sent."""
    last: dict[str, Any] = desk.json("reply", number, "--template", name, *options)["history"][-1]
    assert last["kind"] == "replied"
    return str(last["body"])


if os.name != "posix":
    pytest.skip("the folder of the configuration is named by XDG_CONFIG_HOME", allow_module_level=True)


def test_the_ones_that_the_policy_calls_for_ship() -> None:
    assert sorted(path.stem for path in SHIPPED.glob("*.txt")) == NAMES


def test_a_paragraph_is_a_line_that_breaks_where_it_is_read() -> None:
    """What is filled in is of any length, so lines broken beforehand would end anywhere."""
    for path in SHIPPED.glob("*.txt"):
        paragraphs = path.read_text(encoding="utf-8").removesuffix("\n").split("\n\n")
        assert [paragraph for paragraph in paragraphs if "\n" in paragraph] == [], path.name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("english", ["We answer in English", "4.2"]),
        ("move-to-ticket", ["open a ticket", "4.6", "8.6"]),
        ("not-covered", ["not covered by our support (Remote Utilities support policy, 6.1)", "Please turn to your system administrator."]),
        ("register-first", ["please register", "free", "4.4", "4.5"]),
        ("upgrade-version", ["You run Remote Utilities 6.9.4.0", "Please install 7.7.3.0.", "7.2"]),
    ],
)  # fmt: skip
def test_a_shipped_answer_cites_its_clause_and_stops_the_clock(asked: Program, name: str, says: list[str]) -> None:
    asked.all([["edit", "1", "--topic", "network"]])
    text = " ".join(answer(asked, name).split())
    for each in ["Hello Sita,", '"Host fails" [#1]', *says, "tess"]:
        assert each in text
    assert "$" not in text
    assert asked.json("show", 1)["sla"] == "met"


def test_every_placeholder_is_filled_in(asked: Program) -> None:
    asked.all([["edit", "1", "--topic", "antivirus", "--channel", "forum"]])
    own(asked, "all", "|".join(f"${{{name}}}" for name in FIELDS) + "|$$5|$clause_remote_tool")
    assert answer(asked, "all").split("|") == [
        "1", "Sita", "site@example.com", "Host fails", "forum", "SITE", "Remote Utilities", "6.9.4.0", "7.7.3.0",
        "antivirus", "6.4", "Help with antivirus software is limited: turn to its vendor about a false detection.",
        "only partly covered", "the vendor of the antivirus software", "Remote Utilities", "tess", "$5", "8.3",
    ]  # fmt: skip


def test_the_users_own_answer_wins_over_a_shipped_one(asked: Program) -> None:
    own(asked, "english", "\ufeffEnglish, please, $name.\n\n")
    assert answer(asked, "english") == "English, please, Sita."


def test_what_strangers_wrote_is_put_in_as_it_is(asked: Program) -> None:
    """Neither their placeholders nor their line ends count, and a lone - reads nothing."""
    for number, subject in enumerate(["$agent ${id} $$\n\nForged: yes", "-"], 2):
        asked.all([["log", "--from", "$name@example.com", "--subject", subject]])
        own(asked, "mirror", "$subject\n")
        assert answer(asked, "mirror", number) == ["$agent ${id} $$ Forged: yes", "-"][number - 2]
    own(asked, "mirror", "$name")
    assert answer(asked, "mirror", 3) == "$name@example.com"


@pytest.mark.parametrize(
    "name", ["nope", "", "../../../secret", "templates/english", "english.txt", ".hidden", "/etc/passwd", "a\\b"]
)
def test_a_name_that_is_not_listed_is_not_read(asked: Program, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    own(asked, ".hidden", "secret")
    own(asked, "mine", "text")
    ran = asked("reply", 1, "--template", name)
    assert (ran.code, ran.out) == (2, "")
    assert "english, mine, move-to-ticket, not-covered, register-first, upgrade-version" in ran.err
    assert str(tmp_path / "config" / "supportctl" / "templates") in ran.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Dear $customer", "an unknown placeholder $customer. Choose from: $id, $name"),
        ("$clause_nonsense", "an unknown placeholder $clause_nonsense"),
        ("$Name", "an unknown placeholder $Name"),
        ("It costs\n$5", "a stray $ on line 2. Write $$"),
        ("$", "a stray $ on line 1"),
        ("$topic", "ticket 1 has none. Set it with `supportctl edit 1 --topic T`."),
        ("$turn_to", "ticket 1 has none. Set what is not covered with `supportctl edit 1 --topic T`"),
        (" \n", "The text is empty"),
        (b"\xff\xfe", "not valid UTF-8"),
        (b"x" * 1_000_001, "over 1 MB"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_filled_in_sends_nothing(asked: Program, text: str | bytes, says: str) -> None:
    own(asked, "mine", text)
    ran = asked("reply", 1, "--template", "mine")
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert asked.json("show", 1)["first_response_at"] is None


@pytest.mark.parametrize("version", ["7.7.3.0", "9.0.0.0", ""])
def test_nobody_is_told_to_upgrade_who_need_not(asked: Program, version: str) -> None:
    asked.all(
        [["log", "--from", "site@example.com", "--subject", "Help", *(["--version", version] if version else [])]]
    )
    assert asked("reply", 2, "--template", "upgrade-version").code == 2


def test_nobody_is_turned_away_with_what_is_covered(asked: Program) -> None:
    asked.all([["edit", "1", "--topic", "usage"]])
    assert asked("reply", 1, "--template", "not-covered").code == 2


def test_a_topic_for_which_the_policy_names_nobody(asked: Program) -> None:
    asked.all([["edit", "1", "--topic", "scripting"]])
    assert "Please turn to someone who does this kind of work." in answer(asked, "not-covered")


@pytest.mark.parametrize("option", [["--body", "x"], ["--from", "a@b.c"], ["--auto"]])
def test_a_canned_answer_is_the_agents_and_whole(asked: Program, option: list[str]) -> None:
    ran = asked("reply", 1, "--template", "english", *option)
    assert (ran.code, "cannot be combined" in ran.err) == (2, True)


def test_it_goes_with_wait_and_close(asked: Program) -> None:
    answer(asked, "english", 1, "--wait")
    assert asked.json("show", 1)["status"] == "waiting"


def test_nothing_is_read_from_the_current_directory(
    asked: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "supportctl" / "templates"
    folder.mkdir(parents=True)
    (folder / "english.txt").write_text("from here")
    (tmp_path / "english.txt").write_text("from here")
    monkeypatch.chdir(tmp_path)
    for home in (".", "", "supportctl"):
        asked.env["XDG_CONFIG_HOME"] = home
        assert "from here" not in answer(asked, "english")


def test_a_folder_that_depends_on_the_current_directory_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As older versions of platformdirs name one, where XDG_CONFIG_HOME does."""
    monkeypatch.setattr("supportctl.cli.templates.user_config_dir", lambda *_, **__: "config")
    assert folder() is None


def test_a_ticket_that_is_not_there_is_said(asked: Program) -> None:
    assert asked("reply", 7, "--template", "english").code == 5


def test_names_complete(asked: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    own(asked, "mine", "x")
    monkeypatch.setenv("XDG_CONFIG_HOME", asked.env["XDG_CONFIG_HOME"])
    offered = list(candidates("supportctl reply 1 --template ", Session()))
    assert offered == sorted([*(f"{name}\tshipped" for name in NAMES), "mine\tyours"])
    assert list(candidates("supportctl reply 1 --template=mi", Session())) == ["--template=mine\tyours"]
