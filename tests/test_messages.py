"""Every sentence that a user may read stands in messages.txt, to be read in one sitting, and keeps the house's rules.

After adding or changing a sentence, write the list again: .venv/bin/python tests/test_messages.py
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sentences
from sentences import TERMS, Sentence, as_list, mistakes

ROOT = Path(__file__).parents[1] / "supportctl"
LIST = Path(__file__).with_name("messages.txt")


def test_every_sentence_is_on_the_list() -> None:
    """The list is read by people; this holds that it is complete and up to date."""
    assert as_list(sentences.sentences(ROOT)).splitlines() == LIST.read_text(encoding="utf-8").splitlines()


def test_every_sentence_keeps_the_rules() -> None:
    assert [
        f"{each.where}: {said} in {each.text!r}" for each in sentences.sentences(ROOT) for said in mistakes(each)
    ] == []


# Of each term that is not used, a sentence that uses it.
PLANTED = {
    r"(?<!here )\b(is|are|was|were) no (?!longer\b)": "What stands in SUPPORTCTL_TZ is no time zone.",
    r"\b[Tt]here are:? \{": "There are: {names}.",
    r"\bIt takes \{": "It takes {formats}.",
    r"\b(is|are) none of\b": "'{text}' is none of them.",
    r"\b([Ee]xclude|contradict)s? each other\b": "--mine and --assignee exclude each other.",
    r"\bthose that (are|do|can)\b": "`supportctl licence list` shows those that are.",
    r"\b[Pp]lease\b": "Please report it.",
    r"\banew\b": "The index is made anew.",
    r"\bmend(s|ed|ing)?\b": "Some can be mended.",
    r"\b([Mm]ake|no) room\b|\broom on\b": "Make room and try again.",
    r"\bcarr(y|ies)\b": "This text carries a key.",
    r"\bpass(ed)? over\b": "Empty rows are passed over.",
    r"\bwhole keys?\b|\bkeys? whole\b": "This shows keys whole.",
    r"\bcount(s|ed)? apart\b": "Spam is counted apart.",
    r"\bno more\b(?! than)": "The trial counts no more.",
    r"\bfrom when on\b|\bfrom then on\b(?=$)": "Say from when on it holds.",
    r"\ba text\b": "Give a text.",
    r"\blies? (in|after|before|outside|beyond|ahead)\b": "The end lies before the start.",
    r"\b[Ll]icens(e|es|ed)\b": "There is no such license.",
    r"\b[Tt]imezones?\b": "There is no timezone {name}.",
    r"\b[Ee]mail (address|message)": "Give an email address.",
    r"\banswered in time\b|\b[Ii]n time\b": "It was answered in time.",
    r"\b(the|its|a) promises?\b|\bPromises?\b": "The ticket keeps its promise.",
    r"[\d}] m\b": "It is due in {minutes} m.",
    r"\b(one|value) a line\b": "Give one value a line.",
    r"(?<![`\w/])supportctl (?!itself|cannot|never|is\b|\{)[a-z]+ [a-zA-Z{-].*[.]$(?<!`.)(?<!`\)\.)": "See supportctl show {n}.",
}


def said(text: str, kind: str = "errors") -> list[str]:
    return list(mistakes(Sentence(kind, text, "planted:1", True)))


def test_each_term_is_found_where_it_is_planted() -> None:
    assert {pattern: said(text)[0].endswith(TERMS[pattern]) for pattern, text in PLANTED.items()} == dict.fromkeys(
        TERMS, True
    )


@pytest.mark.parametrize(
    ("kind", "text", "mistake"),
    [
        ("errors", "Ticket {number} is closed", "no full stop"),
        ("reasons", "The key is not on record", "no full stop"),
        ("tells", "Nothing was changed", "no full stop"),
        ("help", "List the tickets", "no full stop"),
        ("errors", "Ticket {number}  is closed.", "two spaces"),
        ("options", "Only this tier", "not a phrase in lower case"),
        ("options", "only this tier.", "not a phrase in lower case"),
    ],
)
def test_each_other_rule_finds_what_is_planted(kind: str, text: str, mistake: str) -> None:
    assert said(text, kind) == [mistake]


@pytest.mark.parametrize(
    "text",
    [
        "There is no ticket {number}.",
        "The trial is no longer active.",
        "See it with `supportctl show {n}`.",
        "{rows}: {first}",
    ],
)
def test_what_a_native_reader_would_write_passes(text: str) -> None:
    assert said(text) == []


HEAD = "from supportctl.errors import InputError\n\n\nclass Odd(InputError):\n    pass\n\n\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the source, to plant in."""
    folder = tmp_path_factory.mktemp("house") / "supportctl"
    yield Path(shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("__pycache__")))


@pytest.mark.parametrize(
    "planted",
    [
        "raise InputError('A planted sentence.')", "raise InputError('One.', 'A planted sentence.')",
        "raise Odd('A planted sentence.')", "raise InputError(message='One.', hint='A planted sentence.')",
        "class Odder(InputError):\n    def __init__(self):\n        super().__init__('A planted sentence.')",
        "def odd():\n    raise InputError('One.' if odd else 'A planted sentence.')",
        "hint = 'A planted sentence.'\nraise InputError('One.', hint)", "why = Reason('2.1', 'code', 'A planted sentence.')",
        "session.say('A planted sentence.')", "session.ask('--key', 'A planted sentence.')", "if session.confirm('A planted sentence.'):\n    pass",
        "key = Option('--key', help='A planted sentence.')", "key = Argument(help='A planted sentence.')",
        "table = {'log': Entry('log', 'A planted sentence.')}", "app = Noun('log', 'A planted sentence.')",
        "@app.verb('log')\ndef log():\n    '''A planted sentence.'''", "c = Column('id', title='A planted sentence.')",
        "v = View(columns=(), nothing='A planted sentence.')", "def text(n):\n    return 'A planted sentence.'",
        "def text(n: int = 1):\n    return f'{n} {\"A planted sentence.\"}'",
    ],
)  # fmt: skip
def test_a_sentence_is_found_wherever_it_is_planted(house: Path, planted: str) -> None:
    module = house / "cli" / "planted.py"
    module.write_text(HEAD + planted + "\n", encoding="utf-8")
    listed = as_list(sentences.sentences(house))
    assert "\nA planted sentence.\n" in listed
    assert listed != LIST.read_text(encoding="utf-8")
    moved = house / "cli" / "elsewhere.py"
    module.rename(moved)
    assert as_list(sentences.sentences(house)) == listed, "where a sentence stands makes no difference"
    moved.unlink()


def test_what_no_user_reads_is_not_on_the_list(house: Path) -> None:
    """Docstrings, comments, patterns and statements."""
    module = house / "store" / "planted.py"
    module.write_text(
        '"""A planted docstring."""\n\n\ndef f(db):\n    """A planted docstring."""\n    # A planted comment.\n'
        "    db.execute('select planted from tickets where id = 1')\n    re.compile(r'A planted (pattern)')\n",
        encoding="utf-8",
    )
    assert "planted" not in as_list(sentences.sentences(house))
    module.unlink()


if __name__ == "__main__":
    LIST.write_text(as_list(sentences.sentences(ROOT)), encoding="utf-8")
