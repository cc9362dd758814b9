"""Words as PostgreSQL takes them: those of FTS5, at their places, within the bounds of a vector."""

import pytest

from supportctl.store.full_text import CLOSE, OPEN, Document
from supportctl.store.postgres import vectors
from supportctl.store.sqlite.words import marked, piece_of, words_of


def words_in(literal: str) -> dict[str, str]:
    """The words of a vector, each with its places."""
    return {word.strip("'"): places for word, _, places in (each.rpartition(":") for each in literal.split())}


def test_words_are_stemmed_and_folded_and_have_their_places() -> None:
    ((heading, text),) = vectors.vectors([Document(1, "Printers, printing", ["Caf\u00e9 is", "\u65e5\u672c cafe"])])
    assert words_in(heading.literal) == {"printer": "1A", "print": "2A"}
    assert words_in(text.literal) == {"cafe": "2,5", "is": "3", "\u65e5\u672c": "4"}
    assert (heading.words, text.words) == (2, 4)


def test_an_added_text_begins_at_the_first_place() -> None:
    ((_, text),) = vectors.vectors([Document(1, "", ["red two"])], begins=1)
    assert words_in(text.literal) == {"red": "1", "two": "2"}


def test_documents_stay_apart_and_one_without_words_is_empty() -> None:
    made = vectors.vectors([Document(7, "a", ["b"]), Document(8, "", []), Document(9, "\U0001f600", ["c"])])
    assert [(heading.literal, text.literal) for heading, text in made] == [("'a':1A", "'b':2"), ("", ""), ("", "'c':2")]


def test_places_beyond_the_last_count_as_there_and_long_words_are_cut() -> None:
    ((_, text),) = vectors.vectors([Document(1, "", ["x " * 16_380 + "y z " + "\u00e4" * 3000])])
    found = words_in(text.literal)
    assert (found["y"], found["z"]) == ("16382", "16383")
    assert max(map(len, found)) == 2000, "folded to a letter of one byte"
    assert text.words == 16_383


def test_a_text_over_the_limit_is_cut_but_all_its_words_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_LIMITS", (100, 1000))
    many = " ".join(f"word{n}" for n in range(500))
    ((heading, text),) = vectors.vectors([Document(1, many, [many])])
    assert (heading.words, text.words) == (500, 500)
    assert (heading.bytes <= 100, 500 < text.bytes <= 1000) == (True, True)
    assert 0 < len(words_in(heading.literal)) < len(words_in(text.literal)) < 100


@pytest.mark.parametrize(
    ("term", "query"),
    [
        ('"printers"', "'printer'"),
        ('"black screens"', "'black' <-> 'screen'"),
        ("7 6 2", "'7' <-> '6' <-> '2'"),
        ('"the the"', "'the' <-> 'the'"),
        ('"\U0001f600"', ""),
        ('""', ""),
    ],
)
def test_a_term_is_a_phrase_of_its_words(term: str, query: str) -> None:
    assert vectors.queries([term, "x"]) == [query, "'x'"]


def test_words_have_the_number_of_their_document_and_part() -> None:
    found = sorted(words_of([("red", "two two"), ("", "red")], (1, 2), 3))
    assert [tuple(each) for each in found] == [
        (0, 0, "red", 1, "1"),
        (0, 1, "two", 2, "2,3"),
        (1, 1, "red", 1, "2"),
    ]


def test_marks_surround_what_matches_and_nothing_else() -> None:
    found = marked([("Black", "a black cat"), ("None", "here")], '"black"')
    assert found == [(f"{OPEN}Black{CLOSE}", f"a {OPEN}black{CLOSE} cat"), ("None", "here")]
    assert f"{OPEN}needle{CLOSE}" in piece_of("hay " * 20_000 + "needle " + "hay " * 20_000, ['"needle"'])
