"""Correcting tickets: sender and channel are judged again as of its receipt; other corrections move no due time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from supportctl.desk.accounts.keys import apply_request_keys, lock_for_keys
from supportctl.desk.tickets.case import Case, load_cases, read_case, save_cases
from supportctl.desk.tickets.events import refuse_unwritable, thread_after
from supportctl.desk.tickets.judge import Judge, catch_up, corrected
from supportctl.desk.tickets.receive import Received, check_request
from supportctl.desk.tickets.secrets import guarded_id, in_one, refuse_secrets
from supportctl.desk.tickets.thread import Thread, read_threads
from supportctl.errors import InputError
from supportctl.policy.history import counting
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Entry, Ticket
from supportctl.store import releases, tickets
from supportctl.store.actor import Actor
from supportctl.store.change import ReadSet
from supportctl.store.desk import Desk
from supportctl.store.tickets import Text

# The fields that the policy looks at; a change to any other does not change the judgement.
JUDGED = frozenset({"channel", "product", "version", "topic", "language", "sender"})
# What a person wrote or is called stays out of the history, where it could not be removed: the old value is kept as the
# text of the entry, with the sender as its author, and goes when that text or the person goes.
PERSONAL = frozenset({"subject", "sender"})


class Correction(NamedTuple):
    """What to correct; None, or no tags, leaves a field as it is."""

    topic: str | None = None
    product: str | None = None
    version: str | None = None
    channel: str | None = None
    sender: str | None = None
    subject: str | None = None
    language: str | None = None
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()


_FIELDS = tuple(name for name in Correction._fields if name in Ticket._fields)


def correct_tickets(db: Desk, numbers: Sequence[int], correction: Correction, actor: Actor) -> list[Thread]:
    """Correct tickets, all or none. Those that are like that already stay as they are.

    Raises NotOnRecord, Conflict, and InputError for a value that the policy does not know.
    """
    judged = any(getattr(correction, name) is not None for name in JUDGED)
    known = [releases.recorded()] if correction.version is not None else []
    reads, actor, cases = load_cases(db, actor, *numbers, questions=known, senders=judged)
    corrected = [_corrected(db, reads, case, correction, actor) for case in cases]
    changed = [after for before, after in zip(cases, corrected, strict=True) if after != before]
    if correction.sender is None or not changed:
        if changed:
            save_cases(db, reads, changed, actor)
        return [thread_after(db, reads, case) for case in corrected]
    with lock_for_keys(db, (case.ticket for case in changed), actor):
        save_cases(db, reads, changed, actor)
    threads = read_threads(db, numbers)
    return [thread._replace(known=case.known) for thread, case in zip(threads, cases, strict=True)]


def _corrected(db: Desk, reads: ReadSet, case: Case, correction: Correction, actor: Actor) -> Case:
    """A case as a correction makes it; the same case if no value differs."""
    refuse_unwritable(case.ticket, actor.now)
    policy = Judge(reads).in_force(case.ticket.received_at).policy
    changes = _checked(policy, case.ticket, correction)
    if not changes:
        raise InputError("No change was given.", "Name a field, such as --topic or --version.")
    if {"channel", "subject", "tags"} & changes.keys():
        _refuse_secrets(db, policy, case, changes, actor)
    return corrected_case(reads, case, changes, actor)


def _refuse_secrets(db: Desk, policy: Policy, case: Case, changes: dict[str, Any], actor: Actor) -> None:
    """Raises Refused for a secret off a ticket (8.6), as it is once it is corrected."""
    ticket = case.ticket
    texts = [changes.get("subject", ticket.subject), *(text.body for text in case.texts.values())]
    tags = changes.get("tags", ticket.tags)
    named = in_one(guarded_id(ticket.external_id), ticket.assignee, actor.agent, *tags)
    refuse_secrets(db, policy, changes.get("channel", ticket.channel), [*texts, named], ticket.id)


def _checked(policy: Policy, ticket: Ticket, correction: Correction) -> dict[str, Any]:
    given = {name: value for name in _FIELDS if (value := getattr(correction, name)) is not None}
    corrected = {name: given.get(name, getattr(ticket, name)) for name in _FIELDS}
    as_received = Received(body="", received_at=ticket.received_at, **corrected)
    checked = check_request(policy, as_received)
    changes: dict[str, Any] = {name: getattr(checked, name) for name in given}
    if correction.tag or correction.untag:
        kept = [tag for tag in ticket.tags if tag not in correction.untag]
        changes["tags"] = tuple(dict.fromkeys([*kept, *correction.tag]))
    return changes


def correct(db: Desk, ticket: Ticket, changes: dict[str, Any], actor: Actor) -> Ticket:
    """Change fields of a ticket, checked by the caller, with one history row; inside its transaction.

    The fields are subject, sender, channel, product, version, topic, language, assignee, tags and external_id.
    """
    reads = ReadSet(db)
    case = corrected_case(reads, read_case(reads, ticket.id, ticket), changes, actor)
    if case.ticket == ticket:
        return ticket
    save_cases(db, reads, [case], actor, listed=False)
    if "sender" in changes:
        apply_request_keys(db, case.ticket.sender, actor)
    return tickets.get(db, ticket.id)


def corrected_case(reads: ReadSet, case: Case, changes: dict[str, Any], actor: Actor) -> Case:
    """The case with some fields changed and judged again; the same case if no value differs."""
    ticket = case.ticket
    other = {name: value for name, value in changes.items() if getattr(ticket, name) != value}
    if not other:
        return case
    n = ticket.entries + 1
    _refuse_before_another(case, PERSONAL & other.keys(), actor.now)
    entry = _entry(n, ticket, other, actor)
    was = [Text(n, ticket.sender, ticket.subject if "subject" in other else "")] if PERSONAL & other.keys() else []
    own = {name: value for name, value in other.items() if name in PERSONAL or name == "external_id"}
    changed = case._replace(ticket=ticket._replace(**own))
    if not JUDGED & other.keys():
        return changed.adding([entry], texts=was)
    judge, facts = Judge(reads), changed.adding([entry]).ticket
    target, promises, _ = corrected(judge, case.history._replace(ticket=facts), entry)
    entry = entry._replace(data={**entry.data, "promises": [list(promise) for promise in promises]})
    changed = changed.adding([entry], [target], was)
    if any(target.set_at > entry.at for target in case.targets):
        return catch_up(judge, changed, entry.at, actor, cause="corrected", afresh=True)
    return changed


def _refuse_before_another(case: Case, fields: frozenset[str], at: int) -> None:
    """Refuse to correct who wrote, or what it is called, before a moment at which that was corrected already."""
    for entry in counting(case.entries, case.entries):
        if entry.at > at and (again := fields.intersection(entry.data.get("also", ()))):
            number = case.ticket.id
            raise InputError(
                f"The {min(again)} of ticket {number} has a correction that takes effect later than this.",
                f"Take that back first: `supportctl retract {number} {entry.n} --reason TEXT`.",
            )


def _entry(n: int, ticket: Ticket, other: dict[str, Any], actor: Actor) -> Entry:
    plain = {k: v for k, v in other.items() if k not in PERSONAL}
    data: dict[str, Any] = {
        "set": {k: _stored(v) for k, v in plain.items()},
        "was": {k: _stored(getattr(ticket, k)) for k in plain},
    }
    if hidden := sorted(PERSONAL & other.keys()):
        data["also"] = hidden
    return Entry(n, actor.now, actor.entered_at, "edited", actor.agent, actor.system_user, data)


def _stored(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
