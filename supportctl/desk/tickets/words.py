"""Narrows a list of tickets by typed text: plain words, and fields such as `tier:PRO`."""

from typing import NamedTuple

from supportctl.desk.search import field_value, refuse_unknown_field
from supportctl.desk.tickets.view import TicketView
from supportctl.policy.model import Policy
from supportctl.policy.words import query_pieces
from supportctl.store import agents

FIELDS = ("status", "tier", "channel", "assignee", "tag", "from", "product", "topic", "sla")


class Narrowing(NamedTuple):
    """Words that a ticket's line must all contain, and for each field the values of which one must match."""

    words: tuple[str, ...] = ()
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def takes(self, seen: TicketView) -> bool:
        """Whether the ticket is among those asked for."""
        return all(_fits(seen, name, values) for name, values in self.fields) and self._holds(seen)

    def _holds(self, seen: TicketView) -> bool:
        if not self.words:
            return True
        t = seen.ticket
        line = (str(t.id), t.subject, t.sender, t.name, t.target.tier, t.channel, t.assignee, t.product, t.topic)
        text = "\n".join(filter(None, (*line, *t.tags))).casefold()
        return all(word in text for word in self.words)


def narrowing(text: str, policy: Policy) -> Narrowing:
    """What a text narrows a list to. Raises InputError that names the choices for an unknown field or value."""
    words: list[str] = []
    fields: dict[str, tuple[str, ...]] = {}
    for field, value in query_pieces(text):
        name = field.lower()
        if name in FIELDS and value.strip():
            fields[name] = (*fields.get(name, ()), field_value(name, value, policy))
        else:
            refuse_unknown_field(field, value, FIELDS)
            words.append(f"{field}:{value}".removeprefix(":").casefold())
    return Narrowing(tuple(words), tuple(fields.items()))


def _fits(seen: TicketView, name: str, values: tuple[str, ...]) -> bool:
    ticket = seen.ticket
    match name:
        case "sla":
            return seen.sla in values
        case "tag":
            return any(value in ticket.tags for value in values)
        case "from":
            return any(value.casefold() in f"{ticket.sender} {ticket.name or ''}".casefold() for value in values)
        case "assignee":
            return any(agents.same(ticket.assignee or "-", value) for value in values)
        case _:
            return (ticket.target.tier if name == "tier" else getattr(ticket, name)) in values
