"""`search`: tickets and bugs by their words, with the sentence that contains them."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from supportctl.desk.tickets.as_of import tickets_at
from supportctl.desk.tickets.view import TicketView
from supportctl.desk.vocabulary import known_tier, policy_spelling
from supportctl.errors import InputError
from supportctl.policy import bugs as bug_rules
from supportctl.policy.bugs import Bug
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Ticket
from supportctl.policy.words import TERMS, names_a_field, query_pieces, term
from supportctl.store import bugs, tickets
from supportctl.store.desk import BatchReader, Desk, DirectReader, Reader
from supportctl.store.full_text import BUGS, CLOSE, OPEN, TICKETS, Found, Index, Match
from supportctl.store.policies import Revisions, holidays, recorded

TICKET_STATUSES = ("open", "waiting", "closed", "merged")
KINDS = ("ticket", "bug")
LEAD = 12  # characters before the first match where a sentence follows a subject
READ = 50  # hits read at a time
SENTENCE = 200  # characters of a sentence that are shown; of a longer one those around the match

_ENDS = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])[\ufdd1\"')\]]*\s+|\n+")
_MATCH = re.compile(f"{OPEN}(.*?){CLOSE}", re.DOTALL)
_MARKS = str.maketrans("", "", OPEN + CLOSE)


class Hit(NamedTuple):
    """A ticket or a bug that was found, and the sentence with the words, with OPEN and CLOSE around each."""

    seen: TicketView | None
    bug: Bug | None
    marked: str

    @property
    def ticket(self) -> Ticket | None:
        return self.seen.ticket if self.seen else None

    @property
    def snippet(self) -> str:
        """The sentence as it was written."""
        return self.marked.translate(_MARKS)

    @property
    def bracketed(self) -> str:
        """The sentence with the words in brackets: colours would survive neither a pipe nor every eye."""
        return self.marked.replace(OPEN, "[").replace(CLOSE, "]")

    @property
    def told(self) -> str:
        """The subject or title, then the sentence from the first word on unless it is the same, words in brackets."""
        named = self.ticket.subject if self.ticket else self.bug.title if self.bug else ""
        named = " ".join(named.split())
        if self.snippet == named or not self.marked:
            return self.bracketed or named
        before, mark, found = self.bracketed.partition("[")
        skipped = before[: before.rfind(" ", 0, -LEAD) + 1]
        if skipped:
            before = f"\u2026{before.removeprefix(skipped)}"
        return f"{named} \u2013 {before}{mark}{found}"

    @property
    def matches(self) -> list[str]:
        """The words found in it, each once, as they are written there."""
        return list(dict.fromkeys(_MATCH.findall(self.marked)))


class SearchQuery(NamedTuple):
    """A parsed query: its words, quoted for the index, and the values asked for in each field."""

    terms: list[str]
    filters: dict[str, list[str]]


def search(db: Desk, text: str, at: int, limit: int) -> Iterator[Hit]:
    """Tickets and bugs with all the words of `text`, best first; the tickets as they were at `at`.

    `field:value` narrows the search; quotes make a phrase, and an ordinary word of an unknown field. Raises InputError
    for a field or a value that does not exist, and for more than TERMS values of one field.
    """
    read = BatchReader(db)
    question = _question(text, lambda: Revisions.read(read).in_force(at).policy)
    if not question.terms and not question.filters:
        return iter(())
    ranked = _best_first(*_found(db, question, at, limit))[:limit]
    parts = ((ranked[n : n + READ], BatchReader(db) if n else read) for n in range(0, len(ranked), READ))
    return (hit for some, read in parts for hit in _hits(db, read, some, question.terms, at))


def _question(text: str, policy: Callable[[], Policy]) -> SearchQuery:
    """The query that a text is; the policy is read only if it names a field."""
    question = SearchQuery([], {})
    for field, value in query_pieces(text):
        name = field.lower()
        if name in _VALUES and value.strip():
            question.filters.setdefault(name, []).append(_VALUES[name](value, policy()))
            continue
        refuse_unknown_field(field, value, FIELDS)
        if word := term(f"{field} {value}"):
            question.terms.append(word)
    filters = {name: list(dict.fromkeys(values)) for name, values in question.filters.items()}
    for name, values in filters.items():
        if len(values) > TERMS:
            raise InputError(f"The search names over {TERMS} values of {name}.", "Name fewer.")
    return SearchQuery(list(dict.fromkeys(question.terms))[:TERMS], filters)


def refuse_unknown_field(field: str, value: str, fields: Sequence[str]) -> None:
    """Raises InputError, naming the fields that exist, for a piece of a search that asks for another."""
    if field.lower() not in fields and names_a_field(field, value):
        policy_spelling("field", field, fields, place="")


def _as_it_is(value: str, _policy: Policy) -> str:
    return value


# How each field reads its value. Raises InputError that names the choices.
_VALUES: dict[str, Callable[[str, Policy], str]] = {
    "kind": lambda value, _: policy_spelling("kind", value, KINDS, place=""),
    "status": lambda value, _: policy_spelling("status", value, (*TICKET_STATUSES, *bug_rules.STATUSES), place=""),
    "tier": lambda value, policy: known_tier(value, policy.tiers),
    "channel": lambda value, policy: policy_spelling("channel", value, policy.channels),
    "product": lambda value, policy: policy_spelling("product", value, policy.products),
    "topic": lambda value, policy: policy_spelling("topic", value, policy.topics),
    "sla": lambda value, _: policy_spelling("sla", value, tickets.SLA, place=""),
    "assignee": _as_it_is,
    "tag": _as_it_is,
    "from": _as_it_is,
}
FIELDS = tuple(_VALUES)
# The values of those that the policy does not name.
WORDS = {
    "kind": KINDS,
    "status": tuple(dict.fromkeys((*TICKET_STATUSES, *bug_rules.STATUSES))),
    "sla": tuple(tickets.SLA),
}


def field_value(name: str, value: str, policy: Policy) -> str:
    """The value of one of FIELDS as the desk spells it. Raises InputError that names the choices."""
    return _VALUES[name](value, policy)


_OF_BUGS = frozenset({"kind", "status", "product", "topic"})


def _found(db: Desk, question: SearchQuery, at: int, limit: int) -> tuple[list[Found], list[Found]]:
    """The tickets and the bugs, each best first."""
    full_text, terms = db.full_text, question.terms
    filters = _of_tickets(question.filters)
    with_bugs = question.filters.keys() <= _OF_BUGS and "bug" in question.filters.get("kind", ["bug"])
    if filters is None:
        return [], _wanted(db, full_text.find_bugs(terms, at), question, at, limit) if with_bugs else []
    if not with_bugs:
        return full_text.find_tickets(terms, filters, at, limit), []
    found_tickets, found_bugs = full_text.find(terms, filters, at, limit)
    return found_tickets, _wanted(db, found_bugs, question, at, limit)


def _of_tickets(filters: dict[str, list[str]]) -> dict[str, list[str]] | None:
    """The filters on tickets; None if no ticket can pass."""
    asked = {field: values for field, values in filters.items() if field != "kind"}
    if "status" in asked:
        asked["status"] = [status for status in asked["status"] if status in TICKET_STATUSES]
    possible = "ticket" in filters.get("kind", ["ticket"]) and asked.get("status") != []
    return asked if possible else None


def _wanted(db: Desk, found: Iterator[Found], question: SearchQuery, at: int, limit: int) -> list[Found]:
    """The bugs among those found that pass the filters, READ at a time, up to the limit."""
    if question.filters.keys() <= {"kind"}:
        return list(islice(found, limit))
    wanted: list[Found] = []
    while len(wanted) < limit and (some := list(islice(found, READ))):
        known = DirectReader(db).of(bugs.of_numbers([one.id for one in some], at))
        wanted += [one for one in some if _is_wanted(known.get(one.id), question.filters)]
    return wanted[:limit]


def _is_wanted(bug: Bug | None, filters: dict[str, list[str]]) -> bool:
    return bug is not None and all(
        getattr(bug, field) in values for field, values in filters.items() if field != "kind"
    )


def _best_first(found_tickets: Sequence[Found], found_bugs: Sequence[Found]) -> list[tuple[Index, Found]]:
    """Both kinds in one order. Ranks of two indexes cannot be compared: each is measured against its best.

    Hits too many to rank come last; of two equal ones the bug goes first (1.3).
    """
    weighed = [
        (-found.rank / -kind_found[0].rank if found.rank and kind_found[0].rank else 0.0, kind, found)
        for kind, kind_found in ((BUGS, found_bugs), (TICKETS, found_tickets))
        for found in kind_found
    ]
    weighed.sort(key=lambda one: -one[0])  # stable: the order within a kind stays
    return [(kind, found) for _, kind, found in weighed]


def _hits(
    db: Desk, read: Reader, ranked: Sequence[tuple[Index, Found]], terms: Sequence[str], at: int
) -> Iterator[Hit]:
    """What is shown of some of those found, read together."""
    hits = [(kind, found.id) for kind, found in ranked]
    numbers, others = ([number for kind, number in hits if kind is of] for of in (TICKETS, BUGS))
    of_bugs = [bugs.of_numbers(others, at)] if others else []
    texts = db.full_text.texts_of(hits) if terms else ()
    read.ahead(recorded(), holidays(), *tickets.histories_of(numbers), *of_bugs, *texts)
    revision = cache(Revisions.read(read).numbered)
    then, known = tickets_at(db, read, numbers, at), read.of(of_bugs[0]) if of_bugs else {}
    matches = db.full_text.matches(hits, terms, read) if terms else (None for _ in hits)
    for (kind, number), match in zip(hits, matches, strict=True):
        marked = _sentence(match) if match else ""
        if kind is BUGS and number in known:
            yield Hit(None, known[number], marked)
        elif kind is TICKETS and number in then:
            ticket = then[number]
            yield Hit(TicketView(ticket, at, revision(ticket.target.policy_revision)), None, marked)


def _sentence(match: Match) -> str:
    return best_sentence(match.text if OPEN in match.text else match.heading)


def best_sentence(text: str) -> str:
    """The sentence of a text with the most different matches, then the most, the first among equals.

    If it is long, the part around the first match.
    """
    best = " ".join(max(_ENDS.split(text), key=_weight).split())
    return best if len(best) <= SENTENCE else _about_the_match(best)


def _weight(sentence: str) -> tuple[int, int]:
    found = _MATCH.findall(sentence)
    return len({word.casefold() for word in found}), len(found)


def _about_the_match(sentence: str) -> str:
    start = max(0, sentence.find(OPEN) - SENTENCE // 2)
    end = start + SENTENCE
    if start:
        start = sentence.find(" ", start) + 1 or start
    if end < len(sentence):
        end = max(sentence.rfind(" ", start, end), sentence.find(CLOSE, start) + 1)
    before, after = ("\u2026" if start else ""), ("\u2026" if end < len(sentence) else "")
    return before + sentence[start:end].strip() + after
