"""What is already known about a request (1.3): for scripts, and in lines for people."""

from typing import Any

from supportctl.desk.tickets.related import KnownBug, Related
from supportctl.policy.ticket import Ticket


def known_record(known: KnownBug) -> dict[str, Any]:
    """A known bug as scripts read it."""
    bug = known.bug
    return {
        "id": bug.id,
        "title": bug.title,
        "status": bug.status,
        "workaround": bug.workaround,
        "fixed_in": bug.fixed_in,
        "linked": known.linked,
    }


def similar_record(ticket: Ticket) -> dict[str, Any]:
    """A similar ticket as scripts read it."""
    return {"id": ticket.id, "subject": ticket.subject, "status": ticket.status}


def related_lines(related: Related) -> list[str]:
    """Known bugs, then similar tickets, one per line; they contain foreign text, so show them safely."""
    return [*map(_known_line, related.bugs), *map(_similar_line, related.tickets)]


def _known_line(known: KnownBug) -> str:
    """A known bug in one line: what it is, and what helps."""
    bug = known.bug
    helps = f"Fixed in {bug.fixed_in}" if bug.fixed_in else bug.workaround or "No workaround yet"
    return f"bug {bug.id} ({bug.status}): {_one_line(bug.title)}. {_one_line(helps)}"


def _similar_line(ticket: Ticket) -> str:
    return f"ticket {ticket.id} ({ticket.status}): {_one_line(ticket.subject)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
