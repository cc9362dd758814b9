"""Credentials and licence keys in texts (8.5, 8.6): how many are found, how often ordinary talk is taken for one."""

import ast
import gc
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from re import _parser as sre  # type: ignore[attr-defined]  # the parser that re hides
from types import FrameType
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.masking import fold_key
from supportctl.policy.credentials import companions, labels, numbers, patterns
from supportctl.policy.credentials.find import find_secrets, redact
from supportctl.policy.credentials.folding import fold
from supportctl.policy.credentials.keys import beginnings, key_candidates
from supportctl.policy.credentials.prefilter import LONG_WORD, SecretHints, _needles, _remembered
from supportctl.policy.credentials.reading import (
    ACCOUNT,
    ADDRESS_PASSWORD,
    CARD,
    CODE_ONCE,
    FILE,
    INTERNET_ID,
    LICENCE_KEY,
    PASSWORD,
    Reading,
    Secret,
)
from supportctl.policy.credentials.vocabulary import compiled, exactly, is_id, labels_by_needle, listed, rows

# Measured when this was written, found whole and alarms: tuning 166 of 167 and 0 of 232, hold-out 81 of 82 and 0 of 126; of what the second edition
# added, tuning 149 of 150 and 0 of 101 (of the guard before: 33 of 150, 3 of 101), hold-out 130 of 134 and 1 of 151 (before: 15 of 134, 4 of 151). The
# hold-out halves were written before the rules, by the same hand, and were not consulted while they were tuned.
LEAST_RECALL = {"tuning": 0.98, "holdout": 0.96, "tuning_2": 0.98, "holdout_2": 0.96}
MOST_FALSE_ALARMS = 0.01


class Labelled(NamedTuple):
    """A text, its language, and where its secrets stand (none in a clean one)."""

    text: str
    language: str
    secrets: tuple[tuple[int, int], ...]


HALVES = ["tuning", "holdout", "tuning_2", "holdout_2"]


def read(half: str) -> tuple[list[Labelled], list[Labelled]]:
    """The texts of a half ("tuning" or "holdout", of the first or the second edition) with credentials and without."""
    tables = tomllib.loads((Path(__file__).parent / f"credentials_{half}.toml").read_text(encoding="utf-8"))
    carries, clean = (
        [_labelled(line, language) for language, lines in tables[name].items() for line in lines.splitlines()]
        for name in ("carries", "clean")
    )
    return carries, clean


def _labelled(line: str, language: str) -> Labelled:
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), line.replace("¦", ""))
    text = text.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
    pieces = re.split("[⟦⟧]", text)
    places, at = [], 0
    for number, piece in enumerate(pieces):
        if number % 2:
            places.append((at, at + len(piece)))
        at += len(piece)
    return Labelled("".join(pieces), language, tuple(places))


def covered(labelled: Labelled) -> bool:
    found = find_secrets(labelled.text)
    return all(any(each.start <= start and end <= each.end for each in found) for start, end in labelled.secrets)


@pytest.mark.parametrize("half", HALVES)
def test_recall_and_false_alarms_over_the_labelled_texts(half: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nearly every secret is found whole, in many languages, and ordinary talk of passwords raises next to no alarm."""
    carries, clean = read(half)
    missed = [each for each in carries if not covered(each)]
    alarms = [each for each in clean if find_secrets(each.text)]
    recall, false_alarms = 1 - len(missed) / len(carries), len(alarms) / len(clean)
    with capsys.disabled():
        print(
            f"\ncredentials, {half}: recall {recall:.1%} ({len(carries) - len(missed)} of {len(carries)}), "
            f"false alarms {false_alarms:.1%} ({len(alarms)} of {len(clean)})"
        )
    assert recall >= LEAST_RECALL[half], missed
    assert false_alarms <= MOST_FALSE_ALARMS, alarms


def test_the_labelled_set_is_large_enough_to_mean_something() -> None:
    """Hundreds of texts with credentials and without, none of them twice, and none in two halves."""
    carries, clean = ([each.text for half in HALVES for each in read(half)[kind]] for kind in (0, 1))
    assert len(set(carries)) == len(carries) >= 400
    assert len(set(clean)) == len(clean) >= 500
    assert not set(carries) & set(clean)


def test_the_patterns_are_plain_data() -> None:
    """The file of patterns holds values and nothing that runs; every expression of a shape can be read."""
    tree = ast.parse(Path(patterns.__file__).read_text(encoding="utf-8"))
    assert all(isinstance(node, ast.Assign | ast.Expr) for node in tree.body)
    assert not any(isinstance(node, ast.Call | ast.Lambda | ast.comprehension) for node in ast.walk(tree))
    for _, _, shape in (*patterns.TOKENS, *rows(patterns.TOKENS_AROUND), *rows(patterns.CARRIERS)):
        re.compile(shape)


def test_every_label_is_looked_for() -> None:
    """The letters by which labels are looked for first hide none of them."""
    by_needle = labels_by_needle()
    assert all(needle in label.word for needle, some in by_needle.items() for label in some)
    words = {fold(word) for word in patterns.SHORT_LABELS.split()}
    for table in (patterns.LABELS, patterns.KEY_LABELS, patterns.CODE_LABELS):
        words |= set(listed(table))
    assert words <= {label.word for some in by_needle.values() for label in some}


def test_every_token_is_one_long_word() -> None:
    """Tokens are looked for in long words alone: each is at least as long, whatever its service."""
    shapes = [rf"{re.escape(prefix)}(?:{shape})" for _, each, shape in patterns.TOKENS for prefix in each.split()]
    shapes += [shape for _, _, shape in rows(patterns.TOKENS_AROUND)]
    assert min(sre.parse(shape).getwidth()[0] for shape in shapes) >= LONG_WORD


class Unfiltered(Reading):
    """A text in which every pattern is tried, whatever letters it has."""

    @cached_property
    def telling(self) -> SecretHints:
        """The whole text, and all that is ever asked for."""
        return SecretHints(self.text, {needle for some in _needles().values() for needle in some})

    @cached_property
    def digits(self) -> int:
        """Enough for every pattern."""
        return 100

    @cached_property
    def has_long_number(self) -> bool:
        """Whatever its numbers are."""
        return True

    @cached_property
    def _ends(self) -> list[int]:
        """Counted for each character, even where each is read as one."""
        return list(accumulate(map(len, self._pieces or ())))

    @cached_property
    def cased(self) -> str:
        """Written character by character."""
        pairs = zip(self.source, self._pieces or map(fold, self.source), strict=True)
        return "".join([char if char.lower() == piece else piece for char, piece in pairs])

    @cached_property
    def mixed_long_words(self) -> str:
        """All long words."""
        return self.long_words

    @cached_property
    def ids(self) -> list[tuple[int, int]]:
        """Looked for wherever there is a digit."""
        return [match.span() for match in compiled(patterns.ID).finditer(self.text) if is_id(match[0])]


words_of_patterns = st.sampled_from(
    sorted(
        {needle for some in _needles().values() for needle in some}
        | {label.word for some in labels_by_needle().values() for label in some}
        | {
            f"{prefix}aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI3kM5oQ7sU9wY1"
            for _, each, _ in patterns.TOKENS
            for prefix in each.split()
        }
    )
)
between = st.sampled_from(
    [*": \n/=-\"'|(,.@", "", " ", " is ", " -p ", "://", ".png", "<b>", "&nbsp;", "\u200b", "x", "é"]
)
values = st.sampled_from(
    [
        "hunter2",
        "Pass123!",
        "123-456-789",
        "4111111111111111",
        "a@b.example",
        "DE89370400440532013000",
        "448210",
        "ABC",
        "summer",
        "ПРИВЕТ",
    ]
)
of_corpora = st.sampled_from([each.text for half in HALVES for kind in read(half) for each in kind])
mixtures = st.lists(
    st.one_of(words_of_patterns, between, between, values, words_of_patterns.map(str.upper)), max_size=20
)


def same_as_unfiltered(text: str) -> None:
    reading = Reading(text)
    assert reading.cased == Unfiltered(text).cased
    assert find_secrets(text, reading) == find_secrets(text, Unfiltered(text))
    every = [label for needle in labels_by_needle() for label in labels_by_needle()[needle]]
    assert set(labels._possible(reading)) == {label for label in every if label.word in reading.text}
    beginnings_of_all = set().union(*beginnings(reading))
    assert {key[:6] for _, _, key in key_candidates(text)} <= beginnings_of_all
    assert all(len(beginning) == 6 for beginning in beginnings_of_all)  # a shorter one is that of many keys


@given(st.one_of(mixtures.map("".join), st.tuples(of_corpora, between, of_corpora).map("".join), st.text()))
def test_what_is_not_looked_at_holds_nothing(text: str) -> None:
    """Leaving out the words and patterns that cannot match changes no result, nor does a word seen before."""
    same_as_unfiltered(text)
    same_as_unfiltered(text)


numbers_and_marks = st.lists(
    st.sampled_from([*"0123456789", *"246", *" -._:/\nxé", "123-456-789", "4111 1111", "111111111111", "de89", "3704"]),
    max_size=30,
)


@given(numbers_and_marks.map("".join))
def test_no_number_is_passed_over(text: str) -> None:
    same_as_unfiltered(text)


roles_and_marks = st.lists(st.sampled_from([*patterns.ROLES.split(), *"/:|, \t\n('\"x\\;.-", "pass1!"]), max_size=12)


@given(roles_and_marks.map("".join))
def test_roles_are_found_as_by_one_pattern(text: str) -> None:
    longest_first = "|".join(sorted(patterns.ROLES.split(), key=len, reverse=True))
    whole = exactly(f"{companions._BEFORE_ROLE}(?:{longest_first}){companions._AFTER_ROLE}")
    assert sorted(found.span() for found in companions.roles(text)) == [found.span() for found in whole.finditer(text)]


@given(st.text("2345 -x", min_size=13, max_size=40))
def test_every_card_has_thirteen_digits(text: str) -> None:
    if exactly(numbers._DIGITS).search(text):
        assert exactly(numbers._THIRTEEN).search(text)


@pytest.mark.parametrize("half", HALVES)
def test_nothing_is_left_out_of_the_labelled_texts(half: str) -> None:
    """The same over every labelled text, also where it stands in one too long for its words to be looked up."""
    for kind in read(half):
        for labelled in kind:
            same_as_unfiltered(labelled.text)
    text = "\n\n".join(labelled.text for kind in read(half) for labelled in kind)
    same_as_unfiltered((text + "\n\n") * (40_000 // len(text) + 1))


def test_words_are_remembered_up_to_a_limit() -> None:
    """Memory does not grow with what was read, and nothing is lost once it is full."""
    for start in range(0, 60_000, 1000):
        find_secrets(" ".join(f"w{'abcdefghij'[n % 10]}{n}" for n in range(start, start + 1000)))
    assert sum(map(len, _remembered())) < 60_000
    same_as_unfiltered("another word, the wachtwoord: zomer and password: hunter2 and a new-fangled one")
    _remembered.cache_clear()


def test_little_else_is_taken_for_the_secret() -> None:
    """What is masked beyond the secrets themselves is under a twentieth of them."""
    carries = [each for half in HALVES for each in read(half)[0] if covered(each)]
    wanted = sum(end - start for each in carries for start, end in each.secrets)
    masked = sum(secret.end - secret.start for each in carries for secret in find_secrets(each.text))
    assert wanted <= masked <= wanted * 1.05


@pytest.mark.parametrize("half", HALVES)
def test_a_redacted_text_is_clean(half: str) -> None:
    """Masking leaves nothing that would stop the command again, and the mark itself is no secret."""
    for labelled in read(half)[0]:
        redacted = redact(labelled.text, find_secrets(labelled.text))
        assert not find_secrets(redacted), redacted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password: hunter2", [(10, 17, PASSWORD)]),
        ("I forgot my password", []),
        ("Internet-ID 123-456-789", []),
        ("Internet-ID 123-456-789, password hunter2", [(12, 23, INTERNET_ID), (34, 41, PASSWORD)]),
        ("Internet-ID 123-456-789, password forgotten", []),
        ("bob@example.com / hunter2", [(18, 25, ADDRESS_PASSWORD)]),
        ("bob@example.com / eve@example.com", []),
        ("10.0.0.1, password hunter2", [(19, 26, ADDRESS_PASSWORD)]),
        ("10.0.0.1, password forgotten", []),
        ("https://bob:hunter2@example.com/", [(12, 19, ADDRESS_PASSWORD)]),
        ("https://example.com:8080/", []),
        ("password: 123", []),
        ("password: 1234", [(10, 14, PASSWORD)]),
        ("password 12345", []),
        ("password 123456", [(9, 15, PASSWORD)]),
        ("password.png is missing", []),
        ("attached: password.png", [(10, 22, FILE)]),
        ("4111 1111 1111 1111", [(0, 19, CARD)]),
        ("4111 1111 1111 1112", []),
        ("4111 1111 1111 1111, CVV 123", [(0, 19, CARD), (25, 28, CARD)]),
        ("IBAN DE89 3704 0044 0532 0130 00", [(5, 32, ACCOUNT)]),
        ("IBAN DE88 3704 0044 0532 0130 00", []),
        ("IBAN DE89 3704 0044 0532/0130 00", []),
        ("IBAN DE89 3704 0044 05/x", []),
        ("please connect to 123-456-789", [(18, 29, INTERNET_ID)]),
        ("I cannot connect to 123-456-789, please help", []),
        ("mysql -u root -phunter2 desk", [(16, 23, PASSWORD)]),
        ("mysql -u root -p desk", []),
        ("<td>Password</td><td>hunter2</td>", [(21, 28, PASSWORD)]),
        ("kim / Password1!", [(6, 16, PASSWORD)]),
        ("the verification code is 448 210.", [(25, 32, CODE_ONCE)]),
        ("the verification code is 6 digits", []),
        ("", []),
    ],
)
def test_edges(text: str, expected: list[tuple[int, int, str]]) -> None:
    """On both sides of each line: with a value and without, alone and in company, long enough and not."""
    assert find_secrets(text) == [Secret(*each) for each in expected]


@pytest.mark.parametrize(
    "disguise",
    [
        "p\u200ba\u200bs\u200bs\u200bw\u200bo\u200br\u200bd: hunter2",
        "ｐａｓｓｗｏｒｄ：ｈｕｎｔｅｒ２",
        "p\u0336a\u0336s\u0336s\u0336w\u0336o\u0336r\u0336d\u0336: h\u0336u\u0336n\u0336t\u0336e\u0336r\u0336\u0662",
        "\u0440\u0430\u0455\u0455w\u043e\u0440d: hunter2".replace("\u0440d", "rd"),
        "password\u02d0 hunter\u0968",
        "pass\x00word: hunter2",
        "PASSWORD\u3000\uff1a\u3000HUNTER\u2461",
        "\u202epassword\u202c: \u2066hunter2\u2069",
        "password\u2028\u2028: hunter2",
        "ᴘᴀꜱꜱᴡᴏʀᴅ: hunter2",
    ],
)
def test_disguises_do_not_help(disguise: str) -> None:
    """Width, invisible characters, combining marks, look-alikes and other digits are seen through and masked."""
    [secret] = find_secrets(disguise)
    left = redact(disguise, [secret])
    assert secret.what == PASSWORD
    assert left.rstrip("\u2069").endswith("[removed: password (8.6)]")


def test_positions_are_those_of_the_text_as_given() -> None:
    """What grows or vanishes when folded (ligatures, zero-width characters, accents) does not shift them."""
    text = "ﷺ\u200b\u200bﬃ e\u0301: password: hunte\u0301r2\u200b, bye"
    [secret] = find_secrets(text)
    assert text[secret.start : secret.end].rstrip("\u200b") == "hunte\u0301r2"


def test_a_long_password_is_masked_to_its_end() -> None:
    """No tail of a secret is left behind, however long it is."""
    text = "password: " + "a1" * 1000 + " bye"
    assert redact(text, find_secrets(text)) == "password: [removed: password (8.6)] bye"


def test_overlapping_secrets_are_masked_once() -> None:
    """Secrets in any order, overlapping or nested, leave one mark; neighbours leave two."""
    secrets = [Secret(4, 8, LICENCE_KEY), Secret(0, 5, PASSWORD), Secret(1, 3, PASSWORD), Secret(8, 9, INTERNET_ID)]
    assert redact("0123456789", secrets) == "[removed: password (8.6)][removed: Internet-ID (8.6)]9"


def test_nothing_to_mask_leaves_the_text_alone() -> None:
    """Without secrets the text comes back as it was."""
    assert redact("as it was\r\n", []) == "as it was\r\n"


pieces = st.sampled_from(
    [
        "password",
        "пароль",
        "密码",
        ": ",
        " is ",
        "=",
        "\n",
        " ",
        "hunter2",
        "é",
        "\u200b",
        "123-456-789",
        "/",
        "a@b.cd",
        '"',
        "１",
    ]
)


@given(st.one_of(st.text(), st.lists(pieces, max_size=12).map("".join)))
def test_secrets_lie_in_the_text_in_order_and_apart(text: str) -> None:
    """Any text gives places inside it, none empty, none overlapping; masking takes exactly them."""
    found = find_secrets(text)
    edges = [edge for secret in found for edge in (secret.start, secret.end)]
    assert edges == sorted(edges)
    assert all(0 <= secret.start < secret.end <= len(text) for secret in found)
    kept = [text[end:start] for end, start in zip([0, *edges[1::2]], [*edges[::2], len(text)], strict=True)]
    assert all(piece in redact(text, found) for piece in kept)


# --- Licence keys


KEY = "RU7-ABCD-1234-EFGH"


@pytest.mark.parametrize(
    "text",
    [
        "RU7-ABCD-1234-EFGH",
        "my key (ru7-abcd-1234-efgh) does not work",
        "key:RU7ABCD1234EFGH.",
        "RU7 ABCD 1234 EFGH",
        "RU7 - ABCD - 1234 - EFGH",
        "ru7 abcd 1234 efgh",
        "RU7_ABCD/1234.EFGH",
        "RU7-ABCD-\n1234-EFGH",
        "R U 7 A B C D 1 2 3 4 E F G H",
        "R-U-7-A-B-C-D-1-2-3-4-E-F-G-H",
        "ＲＵ７－ＡＢＣＤ－１２３４－ＥＦＧＨ",
        "RU7-A\u200bBCD-1\u200b234-EFGH",
        "RU7\u2011ABCD\u2011\u0661\u0662\u0663\u0664\u2011EFGH",
        "\u0420\u0443\u0441: RU7-\u0410\u0412\u0421D-1234-\u0415FG\u041d",
        "密钥是RU7-ABCD-1234-EFGH请看",
        "https://example.com/?key=RU7-ABCD-1234-EFGH&x=1",
    ],
)
def test_a_key_is_a_candidate_however_it_is_written(text: str) -> None:
    """Its separators, blanks, case, width and look-alikes do not hide a key on record, nor what it is written into."""
    places = {key: (start, end) for start, end, key in key_candidates(text)}
    assert fold_key(KEY) in places
    start, end = places[fold_key(KEY)]
    assert 0 <= start < end <= len(text)
    assert find_secrets(redact(text, [Secret(start, end, LICENCE_KEY)])) == []


def test_a_key_that_is_not_ascii_is_a_candidate_too() -> None:
    """Whole words are given as fold_key has them."""
    assert fold_key("ÄÖÜ-1234") in {key for _, _, key in key_candidates("key: ÄÖÜ-1234, please")}


def test_ordinary_sentences_yield_few_candidates() -> None:
    """Under one a word, and two where there is a version, so that a look-up of them all costs little."""
    plain = "I forgot my password, how do I reset it on the host after the update on Windows?"
    versioned = plain.replace("update", "update to 7.6.2.0")
    assert len(list(key_candidates(plain))) < len(plain.split())
    assert len(list(key_candidates(versioned))) < 2 * len(versioned.split())


@given(st.text(alphabet=st.characters(categories=["Lu", "Nd"], max_codepoint=127), min_size=6, max_size=30))
def test_any_key_standing_alone_is_a_candidate(key: str) -> None:
    """Six letters and digits or more are looked up."""
    assert (0, len(key), fold_key(key)) in set(key_candidates(key))


# --- Hostile texts: the work grows with the length and no faster

HOSTILE = (
    *(
        "a",
        "1",
        "a@",
        "a.",
        "123-",
        "/",
        "'a",
        "password",
        "password:",
        "password is ",
        "password (",
        "password for a ",
    ),
    *(
        "pw ",
        "пароль ",
        "密码",
        "a\u0301",
        "https://a:b@",
        "admin/",
        "A1 ",
        "123-456-789 ",
        "password: 123-456-789 a1b2c ",
    ),
    *(
        "mysql -p",
        "curl -u ",
        "net use \\\\a ",
        "-----BEGIN PRIVATE KEY-----\n",
        "<b>",
        "<input type=password ",
        "&nbsp;",
        "cookie: a=b; ",
        "bearer ",
        "4111 1111 ",
        "DE89 ",
        "please connect 123-456-789 ",
        "password.png ",
        "![password](",
        "ghp_eyJ.",
        "recovery code: abcd-efgh ",
        "api key token: ",
        "kim / ",
        "login: a/",
        "code kod clave ",
        "://a:b",
    ),
)


def calls(work: Callable[[], object]) -> int:
    """How many calls of functions, built-in ones among them, a piece of work takes."""
    count = 0

    def note(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    gc.disable()  # it may have callbacks of its own to make
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def candidates(text: str) -> Sequence[object]:
    return list(key_candidates(text))


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("work", [find_secrets, candidates])
def test_steps_grow_with_the_length(unit: str, work: Callable[[str], object]) -> None:
    """Twice the text takes twice the steps, and never more than some forty a character."""
    text = (unit * 8_000)[:8_000]
    work(text * 2)  # what is built once, at the first long text, is no step of it
    once, twice = calls(lambda: work(text)), calls(lambda: work(text * 2))
    assert twice <= 2.2 * once + 500
    assert once <= 40 * len(text) + 500


@pytest.mark.parametrize("unit", ["a", "a.", "a@", "1-", "'", "\u0301", "password", " ", "\n", "(", "https://a:"])
def test_a_megabyte_of_nothing_is_read_to_its_end(unit: str) -> None:
    """Long runs that no pattern may go over again and again; what follows them is still found."""
    text = (unit * 1_000_000)[:1_000_000] + "\n\npassword: hunter2"
    assert find_secrets(text)[-1] == Secret(len(text) - 7, len(text), PASSWORD)


def test_candidates_of_a_megabyte_are_bounded() -> None:
    """At most eight windows a group, and none longer than the longest key."""
    text = "a1-" * 100_000
    found = list(key_candidates(text))
    assert len(found) <= 9 * 100_000
    assert max(len(key) for _, _, key in found) <= 200
