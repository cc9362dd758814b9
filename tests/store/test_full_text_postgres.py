"""The same search on both engines: the same hits in the same order, with the same ranks and marks."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from desks import ENGINE, ON_POSTGRES, Files
from hypothesis import given, settings
from hypothesis import strategies as st

from supportctl.desk.bugs import add_bug, work_around
from supportctl.desk.search import search
from supportctl.desk.tickets.events import reply
from supportctl.desk.tickets.receive import Received, log_request
from supportctl.policy.words import significant, term
from supportctl.store import filing, full_text, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader
from supportctl.store.full_text import BUGS, TICKETS, Document
from supportctl.store.postgres import full_text as postgres_full_text
from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.vectors import vectors, whole_vectors

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="it compares SQLite with a server, which other runs have not")

NOW = 1_772_814_600
ACTOR = Actor("tess", "tess", NOW, NOW)
BOUNDS = ("RANKED", "TELLING")
# Words that share stems or differ by marks, in scripts with and without spaces, with signs, digits and emoji.
WORDS = """
    host hosts hosting printer printing connect connected connection generalization relational hopping hoping agreed
    fly flies dying news a the caf\u00e9 cafe cafe\u0301 na\u00efve stra\u00dfe STRASSE
    \u0391\u0398\u0397\u039d\u0391 \u03b1\u03b8\u03ae\u03bd\u03b1 \u65e5\u672c \u65e5\u672c\u8a9e \ud55c\uad6d\uc5b4
    \u0130stanbul \u0457\u0436\u0430\u043a \u0939\u093f\u0928\u094d\u0926\u0940 \u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd
    \U0001f600 \U0001f44d\U0001f3fd 7.6.2.0 2024 x1 \u0661\u0662 \u00bd \u00b2 a_b foo-bar don't
    """.split()  # noqa: SIM905  # a list would have a line for each word

words = st.sampled_from(WORDS) | st.text(min_size=1, max_size=6)
texts = st.lists(words, max_size=20).map(" ".join)
# Beyond what is made of heading and text at once: a long word, many places, a place beyond the last, many words.
LONG = st.sampled_from(
    [
        "\u65e5" * 20_000,
        "a " + "\u00e4b" * 800,
        "red two " * 300,
        "x " * 16_380 + "y z y",
        "\n".join(map(str, range(2000))),
    ]
)
queries = st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def both() -> Iterator[list[Desk]]:
    """A desk on each engine on which the same has happened."""
    with Files().fresh() as file, ENGINE.fresh() as shared:
        for n in range(30):
            for db in (file, shared):
                log(db, " ".join(WORDS[n::7]), " ".join(WORDS[:: n + 1]))
                add_bug(db, " ".join(WORDS[n::11]), ACTOR, product="remote-utilities")
        yield [file, shared]


@pytest.fixture
def shared() -> Iterator[Desk]:
    """A desk of its own on the server."""
    with ENGINE.fresh() as db:
        yield db


def log(db: Desk, subject: str, body: str) -> int:
    received = Received(sender="ann@example.com", subject=subject or "x", body=body, received_at=NOW)
    return log_request(db, received, ACTOR).ticket.id


def rename(db: Desk, number: int, subject: str) -> None:
    ticket = tickets.get(db, number)
    with db.transaction():
        filing.save(db, ticket._replace(subject=subject), [], [], [])


def found(db: Desk, *terms: str) -> list[int]:
    return [hit.id for hit in db.full_text.find_tickets([f'"{each}"' for each in terms], {}, NOW, 20)]


def answers(db: Desk, asked: Sequence[str]) -> dict[str, Any]:
    """All that full text says about some terms."""
    quoted, telling = list(dict.fromkeys(filter(None, map(term, asked)))), significant(" ".join(asked))
    asking = db.full_text
    by_ticket, by_bug = asking.find(quoted, {}, NOW, 10)
    hits = [(BUGS, one.id) for one in by_bug] + [(TICKETS, one.id) for one in by_ticket]
    return {
        "tickets": by_ticket,
        "all": asking.find_tickets(quoted, {"from": ["ann"], "status": ["open"]}, NOW, 1000),
        "bugs": list(asking.find_bugs(quoted, NOW)),
        "marked": list(asking.matches(hits, quoted, DirectReader(db))) if quoted else [],
        "like tickets": asking.like_tickets(telling, 5),
        "like bugs": asking.like_bugs(telling, 5),
        "both": asking.like(telling, telling[:2], 3),
    }


@given(subject=texts, body=texts, answer=texts, title=texts, asked=queries, bound=st.sampled_from([3, 4000]))
@settings(max_examples=60)
def test_both_engines_find_the_same_in_the_same_order(
    both: list[Desk], subject: str, body: str, answer: str, title: str, asked: list[str], bound: int
) -> None:
    for db in both:
        number = log(db, subject, body)
        if answer.strip():
            reply(db, {number: answer}, NOW, ACTOR)
        rename(db, number, title or "x")
        bug = add_bug(db, subject or "x", ACTOR, product="remote-utilities").bug.id
        if answer.strip():
            work_around(db, bug, answer, ACTOR)
    begun = (subject + " " + body).split()[:2]
    with pytest.MonkeyPatch.context() as patch:
        for name in BOUNDS:
            patch.setattr(full_text, name, bound)
        for each in (asked, [title], begun, [" ".join(begun)]):
            file, shared = (answers(db, each) for db in both)
            assert shared == file


def test_the_index_is_as_made_from_the_texts(both: list[Desk]) -> None:
    """After all of these changes; so is one that is rebuilt."""
    for db in both:
        assert db.full_text.is_current()
        with db.transaction():
            db.full_text.rebuild()
        assert db.full_text.is_current()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(texts | LONG, texts | LONG), max_size=5))
def test_the_vector_of_a_document_is_that_of_its_heading_and_its_text_one_after_the_other(
    both: list[Desk], written: list[tuple[str, str]]
) -> None:
    documents = [Document(n, heading, [text]) for n, (heading, text) in enumerate(written)]
    _, shared = both
    for whole, (heading, text) in zip(whole_vectors(documents), vectors(documents), strict=True):
        literals = [whole.literal, heading.literal, text.literal]
        assert (whole.heading_words, whole.text_words) == (heading.words, text.words)
        assert whole.bytes >= text.bytes
        assert shared.execute("select ?::tsvector = ?::tsvector || ?::tsvector", literals).fetchone() == (1,)


def test_a_phrase_goes_on_in_the_next_text_but_not_from_subject_to_text(shared: Desk) -> None:
    number = log(shared, "one two", "three four")
    empty = log(shared, "one two", "")
    for each in (number, empty):
        reply(shared, {each: "five six"}, NOW, ACTOR)
        rename(shared, each, "nought one two")
    assert found(shared, "four five") == [number]
    assert found(shared, "five six") == [number, empty] or found(shared, "five six") == [empty, number]
    assert found(shared, "two three") == found(shared, "two five") == []
    assert shared.full_text.is_current()


def test_what_is_over_the_limits_of_a_vector_is_kept_and_found(shared: Desk) -> None:
    many = " ".join(f"word{n}" for n in range(90_000))
    long = f"begin {'filler ' * 20_000} last words {'y' * 5000} end"
    first, second = log(shared, "many", many), log(shared, "long", long)
    assert found(shared, "word7") == [first], "of a thread the words that fit"
    assert found(shared, "begin", "last", "end") == [second], "words at any place"
    reply(shared, {second: f"{many} giraffe"}, NOW, ACTOR)
    assert found(shared, "giraffe") == [], "texts are added as long as they fit"
    rename(shared, second, f"{many} zebra")
    assert found(shared, "zebra") == [], "of a subject the words that fit"
    assert shared.full_text.is_current()


def test_texts_that_repeat_each_other_are_added_without_end(shared: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_full_text, "LIMIT", 2000)
    quoted, number = " ".join(f"quoted{n}" for n in range(50)), log(shared, "Subject", "Body")
    for n in range(5):
        reply(shared, {number: f"{quoted} answer{n}"}, NOW, ACTOR)
        assert found(shared, f"answer{n}") == [number]
    assert shared.full_text.is_current()


def test_a_search_is_one_message_and_a_change_of_words_reads_nothing(
    shared: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = log(shared, "Black screen", "It is black.")
    sent: list[str] = []
    send = PostgresDesk.send

    def noted(db: PostgresDesk, message: str, **how: Any) -> Any:
        sent.append(message)
        return send(db, message, **how)

    monkeypatch.setattr(PostgresDesk, "send", noted)
    shared.full_text.find(['"black"', '"screen"'], {"tier": ["FREE"]}, NOW, 20)
    shared.full_text.like(["black", "screen"], ["black"], 5)
    assert len(sent) == 2
    assert [hit.ticket.id for hit in search(shared, "black screen", NOW, 20) if hit.ticket] == [number]
    assert len(sent) == 4, "the hits, then what is shown of them"
    sent.clear()
    monkeypatch.setattr(full_text, "RANKED", 1)
    assert found(shared, "black") == [number]
    assert len(sent) == 2, "for common words two"
    with shared.transaction():
        change = full_text.Rewording(heading="Blue", added=["Now it is blue."])
        with shared.full_text.reindexing(TICKETS, number, change):
            pass
        assert len(sent) == 2
