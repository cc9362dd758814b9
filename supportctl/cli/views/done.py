"""What was just done, in one to three lines: the short answer to a write, for people at a terminal."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from supportctl.desk.tickets.view import TicketView
from supportctl.policy.ticket import Entry
from supportctl.render.phrases import moment, promise, span

# What an entry did to its ticket, as it follows the ticket's number.
_DONE = {
    "received": "received",
    "replied": "answered",
    "customer-replied": "has the customer's message",
    "auto-replied": "has an automatic message",
    "noted": "noted",
    "closed": "closed",
    "reopened": "reopened",
    "spam": "set aside as spam",
    "linked": "linked to a bug",
    "erased": "without the person",
    "remote-started": "in a remote session",
    "remote-ended": "out of the remote session",
}
# Entries that follow from others, and need no word of their own.
_FOLLOWING = ("retargeted", "absorbed")


def done(entries: Iterable[Entry]) -> str:
    """What some entries of one ticket did to it: answered and closed."""
    return " and ".join(dict.fromkeys(_words(entry.kind, entry.data) for entry in entries if _tells(entry)))


def _tells(entry: Entry) -> bool:
    return entry.kind not in _FOLLOWING


def _words(kind: str, data: Mapping[str, Any]) -> str:
    match kind:
        case "assigned":
            agent = data["set"]["assignee"]
            return f"assigned to {agent}" if agent else "back in the queue"
        case "replied" if data.get("sent"):
            return "answered by mail"
        case "edited":
            return f"corrected ({', '.join([*data['set'], *data.get('also', ())])})"
        case "merged":
            return f"merged into #{data['into']}"
        case "retracted":
            return f"without entry {data['entry']}"
        case "redacted":
            return f"without the text of entry {data['entry']}"
        case _:
            return _DONE.get(kind, kind)


def standing(seen: TicketView, zone: tzinfo | None) -> str:
    """How a ticket stands against its target: met (2 h of 3 h); due in 1 h 12 min (2026-03-06 08:30 PST)."""
    ticket, target = seen.ticket, seen.ticket.target.target_seconds
    said = {"unanswered": "never answered"}.get(seen.sla) or promise(
        seen.sla, seen.late_seconds, seen.remaining_seconds, seen.paused
    )
    if seen.response_seconds is not None and target is not None and not ticket.outbound:
        said += f" ({span(seen.response_seconds)} of {span(target)})"
    if seen.sla == "running" and ticket.target.due_at is not None:
        said += f" ({moment(ticket.target.due_at, zone)})"
    return f"{said}, waiting for the customer" if ticket.status == "waiting" else said


def after(seen: TicketView, new: Iterable[Entry], zone: tzinfo | None) -> str:
    """A ticket after a change that added some entries: #28 closed, met (2 h of 3 h)."""
    return f"#{seen.ticket.id} {done(new) or 'unchanged'}, {standing(seen, zone)}"


def logged(seen: TicketView, zone: tzinfo | None) -> str:
    """A ticket that was just recorded: its number, tier and due time, then what an agent must know."""
    first = f"#{seen.ticket.id} {seen.ticket.target.tier}, {standing(seen, zone)}"
    know = "; ".join(_to_know(seen))
    return f"{first}\n{know[0].upper()}{know[1:]}." if know else first


def _to_know(seen: TicketView) -> Iterable[str]:
    ticket = seen.ticket
    target = ticket.target
    if target.standing != "entitled":
        yield {"not-entitled": "not entitled to an answer"}.get(target.standing, "best effort only")
    if target.coverage != "covered" and ticket.topic:
        covered = "covered only in part" if target.coverage == "limited" else "not covered"
        yield f"{ticket.topic} is {covered}"
    if target.version_support in ("unsupported", "unknown"):
        yield f"version {ticket.version} is {target.version_support}"
