"""`search`: tickets and bugs by their words, with the sentence that contains them."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from supportctl.desk.tickets.as_of import ticket_at
from supportctl.desk.tickets.view import TicketView
from supportctl.desk.vocabulary import known_tier, policy_spelling
from supportctl.errors import InputError
from supportctl.policy import bugs as bug_rules
from supportctl.policy.bugs import Bug
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Ticket
from supportctl.policy.words import TERMS, names_a_field, query_pieces, term
from supportctl.store import bugs, tickets
from supportctl.store.desk import BatchReader, Desk
from supportctl.store.full_text import BUGS, CLOSE, OPEN, TICKETS, Found, Index, Match
from supportctl.store.policies import Revisions, StoredRevision

TICKET_STATUSES = ("open", "waiting", "closed", "merged")
KINDS = ("ticket", "bug")
LEAD = 12  # characters before the first match where a sentence follows a subject
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
    revisions = Revisions.read(BatchReader(db))
    question = _question(text, revisions.in_force(at).policy)
    if not question.terms and not question.filters:
        return iter(())
    ranked = _best_first(_tickets(db, question, at, limit), _bugs(db, question, at, limit))[:limit]
    revision = cache(revisions.numbered)
    hits = (_hit(db, kind, found, match, at, revision) for kind, found, match in _matched(db, ranked, question.terms))
    return (hit for hit in hits if hit is not None)


def _question(text: str, policy: Policy) -> SearchQuery:
    question = SearchQuery([], {})
    for field, value in query_pieces(text):
        name = field.lower()
        if name in _VALUES and value.strip():
            question.filters.setdefault(name, []).append(_VALUES[name](value, policy))
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


def _tickets(db: Desk, question: SearchQuery, at: int, limit: int) -> list[Found]:
    filters = dict(question.filters)
    if "ticket" not in filters.pop("kind", ["ticket"]):
        return []
    if "status" in filters:
        filters["status"] = [status for status in filters["status"] if status in TICKET_STATUSES]
        if not filters["status"]:
            return []
    return db.full_text.find_tickets(question.terms, filters, at, limit)


def _bugs(db: Desk, question: SearchQuery, at: int, limit: int) -> list[Found]:
    filters = question.filters
    if not filters.keys() <= _OF_BUGS or "bug" not in filters.get("kind", ["bug"]):
        return []
    found = db.full_text.find_bugs(question.terms)
    wanted = (one for one in found if _is_wanted(bugs.find(db, one.id, at), filters))
    return [one for _, one in zip(range(limit), wanted, strict=False)]


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


def _matched(
    db: Desk, ranked: Sequence[tuple[Index, Found]], terms: Sequence[str]
) -> Iterator[tuple[Index, Found, Match | None]]:
    """Each hit, and where its words are if any were asked for, one at a time."""
    if not terms:
        return ((kind, found, None) for kind, found in ranked)
    matches = db.full_text.matches([(kind, found.id) for kind, found in ranked], terms)
    return ((kind, found, match) for (kind, found), match in zip(ranked, matches, strict=True))


def _hit(
    db: Desk, kind: Index, found: Found, match: Match | None, at: int, revision: Callable[[int], StoredRevision]
) -> Hit | None:
    marked = _sentence(match) if match else ""
    if kind is BUGS:
        return Hit(None, bugs.find(db, found.id, at), marked)
    then = ticket_at(db, tickets.get(db, found.id), at)
    if then is None:
        return None
    return Hit(TicketView(then, at, revision(then.target.policy_revision)), None, marked)


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
