"""The question of a merged ticket: it stays due until someone answers (hard question 5)."""

from collections.abc import Iterator, Sequence

from supportctl.policy.history import answered_since, counting, in_effect
from supportctl.policy.ticket import Entry, Ticket
from supportctl.store import tickets
from supportctl.store.desk import Desk
from supportctl.store.tickets import Text


def still_due(db: Desk, ticket: Ticket, at: int) -> bool:
    """Whether the question of a merged ticket is still due at `at`.

    It had a target but no answer of its own, and nobody has since answered the ticket it went into, nor one that that
    one went into.
    """
    if ticket.status != "merged" or ticket.first_response_at is not None or ticket.target.due_at is None:
        return False
    return not any(answered_since(entries, taken) for entries, taken in _takers(db, ticket, at))


def _takers(db: Desk, ticket: Ticket, at: int) -> Iterator[tuple[Sequence[Entry], Entry]]:
    """The histories, up to `at`, of the tickets that a ticket was merged into, in turn, each with its entry.

    If another program removed such an entry, the chain ends.
    """
    number, into, seen = ticket.id, ticket.merged_into, {ticket.id}
    while into is not None and into not in seen:
        seen.add(into)
        entries = [entry for entry in tickets.entries(db, into) if entry.at <= at]
        taken = in_effect(entries, "absorbed", ticket=number)
        if taken is None:
            return
        yield entries, taken
        onward = in_effect(entries, "merged")
        number, into = into, onward.data["into"] if onward else None


def absorbed_by(db: Desk, number: int) -> list[int]:
    """The tickets merged into a ticket, directly or through others."""
    found = [number]
    for each in found:
        entries = tickets.entries(db, each)
        more = [entry.data["ticket"] for entry in counting(entries, entries) if entry.kind == "absorbed"]
        found += [ticket for ticket in dict.fromkeys(more) if ticket not in found]
    return found[1:]


def merged_words(db: Desk, entries: Sequence[Entry], at: int) -> dict[int, Text]:
    """The words of the tickets that were merged into one, up to `at`, by the number of the entry that says so."""
    return {
        entry.n: Text(entry.n, None, _said(db, entry.data["ticket"], at, frozenset()))
        for entry in entries
        if entry.kind == "absorbed"
    }


def _said(db: Desk, number: int, at: int, seen: frozenset[int]) -> str:
    """All that was said on a ticket, and on those merged into it, each under its author."""
    ticket = tickets.find(db, number)
    if ticket is None or number in seen:
        return ""
    texts = tickets.texts(db, number)
    said = [ticket.subject]
    for entry in (entry for entry in tickets.entries(db, number) if entry.at <= at and entry.kind != "edited"):
        if entry.kind == "absorbed":
            said.append(_said(db, entry.data["ticket"], at, seen | {number}))
        elif (text := texts.get(entry.n)) is not None and text.body.strip():
            said.append(f"{text.author or entry.agent}: {text.body.strip()}")
    return "\n\n".join(filter(None, said))
