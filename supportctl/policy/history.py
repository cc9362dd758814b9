"""What happened to a ticket, what the policy owed it at each time, and what both add up to (2.1)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from supportctl.clock import NEVER
from supportctl.policy.ticket import OUTBOUND, Entry, Target, Ticket

E = TypeVar("E", Entry, Target)


def replay(ticket: Ticket, entries: Sequence[Entry], targets: Sequence[Target], until: int | None = None) -> Ticket:
    """The ticket that its history up to `until` (all of it if None) adds up to.

    Entries count in the order in which they take effect, not in which they were typed, so that back-dated facts count;
    retracted entries do not count. Every change to a ticket is made this way, and so is every look back.
    """
    counted = [e for e in counting(entries, entries) if until is None or e.at <= until]
    state: dict[str, Any] = {
        **ticket._asdict(),
        "status": "open", "assignee": None, "first_response_at": None, "closed_at": None, "merged_into": None,
        "outbound": begun_by_desk(targets) if targets else ticket.outbound,
    }  # fmt: skip
    for entry in in_order(counted):
        state.update(_changes(state, entry))
    if aside := [e.at for e in counted if e.kind == "spam"]:
        state.update(status="closed", closed_at=min(aside))  # whatever else happens to it
    then = [target for target in counting(entries, targets) if until is None or target.set_at <= until]
    if then:
        state["target"] = _latest(then)
    return Ticket(**state)


def retracted_entries(entries: Sequence[Entry]) -> set[int]:
    """The retracted entries, whenever they were retracted."""
    return {e.data["entry"] for e in entries if e.kind == "retracted"}


def counting(entries: Sequence[Entry], among: Iterable[E]) -> list[E]:
    """Those of a ticket's entries or targets that count: all but the retracted ones."""
    retracted = retracted_entries(entries)
    return [each for each in among if each.n not in retracted]


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Entries in the order in which they take effect; of one moment, in which they were typed."""
    return sorted(entries, key=lambda e: (e.at, e.n))


def in_force(entries: Sequence[Entry], targets: Sequence[Target]) -> Target:
    """The target in force: the last to take effect of those that count; at one moment, the last that was set."""
    return _latest(counting(entries, targets))


def _latest(targets: Sequence[Target]) -> Target:
    return max(targets, key=lambda t: (t.set_at, t.n))


def in_effect(entries: Sequence[Entry], kind: str, **said: Any) -> Entry | None:
    """The last entry of a kind that was not retracted, and that says this."""
    found = [
        entry
        for entry in in_order(counting(entries, entries))
        if entry.kind == kind and all(entry.data.get(key) == said[key] for key in said)
    ]
    return found[-1] if found else None


def answered_since(entries: Sequence[Entry], since: Entry) -> bool:
    """Whether an agent answered in public after an entry of the same ticket, with an answer that was not retracted."""
    last = in_effect(entries, "replied")
    return last is not None and (last.at, last.n) > (since.at, since.n)


def went_out(entry: Entry) -> bool:
    """Whether an entry is an answer that was sent by mail: it reached the customer, so nothing takes it back."""
    return bool(entry.data.get("sent"))


def first_answerer(entries: Sequence[Entry], answered_at: int | None) -> str | None:
    """The agent who gave the first response, at this moment (UTC epoch seconds); imports do not know."""
    answers = (e for e in counting(entries, entries) if e.kind == "replied" and e.at == answered_at)
    return next((e.agent for e in answers if "imported" not in e.data), None)


def begun_by_desk(targets: Sequence[Target]) -> bool:
    """Whether the desk wrote first: its first judgement says so, whatever the customer wrote since."""
    first = min(targets, key=lambda t: t.n, default=None)
    return first is not None and any(reason.code == OUTBOUND for reason in first.reasons)


def asked_at(entries: Sequence[Entry], targets: Sequence[Target], until: int = NEVER) -> int:
    """When the response clock starts (UTC epoch seconds): at receipt, or when a customer answers what the desk began.

    The history counts up to `until`; if the customer has not written by then, it is the receipt.
    """
    received = min(entry.at for entry in entries if entry.kind == "received")
    if not begun_by_desk(targets):
        return received
    wrote = [e.at for e in counting(entries, entries) if e.kind == "customer-replied" and e.at <= until]
    return min(wrote, default=received)


def promised_target(targets: Sequence[Target], closures: Collection[int] = ()) -> Target | None:
    """The target that the due time comes from: the last that moved it, except by entries of `closures`.

    An earlier due time promised to another tier is kept under that tier (hard question 4).
    """
    found: Target | None = None
    due: int | None = None
    for target in sorted(targets, key=lambda t: t.n):
        if found is None or (target.due_at != due and target.n not in closures):
            found = target
        due = target.due_at
    return found


def _changes(state: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    """What an entry changes about a ticket, whose fields are `state` before it."""
    data = entry.data
    match entry.kind:
        case "received" | "edited" | "assigned":
            changed: dict[str, Any] = dict(data.get("set", {}))
            if "tags" in changed:
                changed["tags"] = tuple(changed["tags"])
            return changed
        case "replied":
            # The first public reply by an agent stops the clock (hard question 2); a question counts as a response too.
            # What the desk writes before the customer ever wrote does not answer anything (hard question 5).
            answers = state["first_response_at"] is None and not state["outbound"]
            changed = {"first_response_at": entry.at} if answers else {}
            return {**changed, "status": "waiting"} if data.get("wait") and state["status"] == "open" else changed
        case "customer-replied":
            back = {"status": "open", "closed_at": None} if state["status"] in ("waiting", "closed") else {}
            return {"outbound": False, **back}
        case "closed":
            return {"status": "closed", "closed_at": entry.at}
        case "reopened":
            return {"status": "open", "closed_at": None}
        case "merged":
            return {"status": "merged", "closed_at": entry.at, "merged_into": data["into"]}
        case _:
            return {}
