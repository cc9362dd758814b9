"""The full-text index: it finds what is there, keeps in step, keeps nothing that is gone, and takes any question."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportctl.desk.bugs import add_bug, work_around
from supportctl.desk.search import search as find
from supportctl.desk.tickets.events import note, reply
from supportctl.desk.tickets.receive import Received, log_request
from supportctl.errors import Conflict
from supportctl.policy.words import significant, terms
from supportctl.store import filing, full_text, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.sqlite import search
from supportctl.store.sqlite.connection import SqliteDesk

NOW = 1_772_814_600
ACTOR = Actor("tess", "tess", NOW, NOW)


def log(db: Desk, subject: str, body: str = "", at: int = NOW, **more: str) -> int:
    received = Received(sender="ann@example.com", subject=subject, body=body, received_at=at, **more)  # type: ignore[arg-type]  # fields by name
    return log_request(db, received, ACTOR).ticket.id


def found(db: Desk, text: str) -> list[int]:
    return [hit.ticket.id for hit in find(db, text, NOW, 20) if hit.ticket]


def test_words_are_found_apart_across_the_thread(db: Desk) -> None:
    number = log(db, "Host is slow", "It began on Monday.")
    reply(db, {number: "Look at the firewall."}, NOW, ACTOR)
    assert found(db, "firewall host monday") == [number]
    assert found(db, "firewall host tuesday") == []


def test_a_subject_weighs_more_than_a_text(db: Desk) -> None:
    below = log(db, "Something else", "The printer is on fire.")
    above = log(db, "Printer", "It is on fire.")
    assert found(db, "printer") == [above, below]


def test_the_index_follows_every_change(db: Desk) -> None:
    number = log(db, "Old subject", "First text")
    note(db, {number: "A note about giraffes"}, ACTOR)
    ticket = tickets.find(db, number)
    assert ticket is not None
    with db.transaction():
        filing.save(db, ticket._replace(subject="New subject"), [], [], [])
    assert (found(db, "old"), found(db, "new"), found(db, "giraffe")) == ([], [number], [number])
    bug = add_bug(db, "Black screen", ACTOR, product="remote-utilities").bug.id
    work_around(db, bug, "Turn off the lemon", ACTOR)
    work_around(db, bug, "Turn off the orange", ACTOR)
    assert [hit.bug.id for hit in find(db, "orange", NOW, 20) if hit.bug] == [bug]
    assert list(find(db, "lemon", NOW, 20)) == [], "a workaround that was replaced is not found"
    assert db.full_text.is_current()


def test_a_conflict_leaves_the_index_as_it_was(db: Desk) -> None:
    number = log(db, "Subject", "Text")
    ticket = tickets.find(db, number)
    assert ticket is not None
    with pytest.raises(Conflict, match="Ticket 1 was changed meanwhile, last by tess"), db.transaction():
        filing.save(db, ticket._replace(subject="Other", row_version=99), [], [], [])
    assert (found(db, "subject"), found(db, "other")) == ([number], [])
    assert db.full_text.is_current()


@pytest.mark.about_the_file  # the words are in parts of FTS5 that are merged later
def test_what_is_taken_out_leaves_no_word_behind(db: SqliteDesk) -> None:
    for n in range(5):
        log(db, f"Ticket {n}", "common words")
    number = log(db, "Secret", "xyzzyplugh")
    assert _written(db, b"yzzyplugh")
    for name in [row[0] for row in db.execute("select name from sqlite_master where type = 'trigger'").fetchall()]:
        db.execute(f"drop trigger {name}")  # they let texts change by the redaction's door only
    with db.transaction(), db.full_text.reindexing(full_text.TICKETS, number):
        db.execute("update texts set body = 'gone' where ticket = ?", (number,))
    search.forget(db)
    assert not _written(db, b"yzzyplugh")
    assert (found(db, "xyzzyplugh"), found(db, "gone")) == ([], [number])
    assert db.full_text.is_current()


def _written(db: Desk, word: bytes) -> bool:
    return any(word in bytes(row[0]) for row in db.execute("select block from tickets_index_data"))


def test_a_broken_index_is_seen_and_mended(db: Desk) -> None:
    number = log(db, "Subject", "Text")
    db.execute("update tickets set subject = 'Behind its back' where id = ?", (number,))
    assert not db.full_text.is_current()
    with db.transaction():
        db.full_text.rebuild()
    assert db.full_text.is_current()
    assert found(db, "behind") == [number]


def test_nothing_is_kept_when_the_transaction_fails(db: Desk) -> None:
    number = log(db, "Subject", "Text")
    ticket = tickets.find(db, number)
    assert ticket is not None

    def fail() -> None:
        with db.transaction():
            filing.save(db, ticket._replace(subject="Other"), [], [], [])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (found(db, "subject"), found(db, "other")) == ([number], [])


def test_very_common_words_find_the_newest(db: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound nothing is ranked by common words; the rare ones among them still rank."""
    monkeypatch.setattr(full_text, "RANKED", 3)
    numbers = [log(db, f"Host {n}", "common") for n in range(5)]
    rare = log(db, "Zebra", "host common zebra zebra")
    assert found(db, "host") == [rare, *reversed(numbers)]
    assert found(db, "host zebra") == [rare]
    assert found(db, "zebra") == [rare]
    assert found(db, "host common from:ann@example.com") == [rare, *reversed(numbers)]
    assert found(db, "host common status:open")[:2] == [rare, numbers[-1]]


def test_tickets_that_come_later_are_not_found(db: Desk) -> None:
    log(db, "Earlier", at=NOW - 100)
    assert [len(list(find(db, "earlier", at, 20))) for at in (NOW - 101, NOW - 100, NOW)] == [0, 1, 1]


HOSTILE = [
    '"', "", "\0", '"""', "*", "a*", "-a", "NEAR(a b)", "a AND", "OR", "^a", "{subject}: a", '"subject:a"', "(", "a\0b",
    "+", "\\", "'", "%", "_", ";--", "\ufdd0\ufdd1", "\U0001f600", "\u0301", "a" * 5000, "a-" * 5000, "x " * 5000,
    "tag:", "tag:\0", 'from:"', "from:@", "assignee:'",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_safe(db: Desk, text: str) -> None:
    log(db, "Host", "a b")
    list(find(db, text, NOW, 20))


@given(st.lists(st.text(max_size=20), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_words_are_safe(db: Desk, words: list[str]) -> None:
    db.full_text.find_tickets(terms(" ".join(words)), {}, NOW, 20)
    db.full_text.like_tickets(significant(" ".join(words)), 20)
    db.full_text.like_bugs(significant(" ".join(words)), 20)
    list(db.full_text.find_bugs(terms(" ".join(words)), NOW))


@given(
    subject=st.text(min_size=1, max_size=30),
    body=st.text(max_size=60),
    answer=st.text(min_size=1, max_size=60),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_text_keeps_the_index_in_step(db: Desk, subject: str, body: str, answer: str) -> None:
    for text in (subject, body, answer):
        try:
            text.encode()
        except UnicodeEncodeError:
            return  # lone surrogates never reach the desk
    number = log(db, subject, body)
    reply(db, {number: answer}, NOW, ACTOR)
    assert db.full_text.is_current()
    for term in terms(answer)[:1]:
        list(find(db, term, NOW, 20))
