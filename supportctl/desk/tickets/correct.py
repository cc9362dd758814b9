"""Correcting a ticket: sender and channel are judged again as of its receipt; other corrections move no due time."""

from typing import Any, NamedTuple

from supportctl.desk.accounts.keys import let_keys_count
from supportctl.desk.tickets.events import Thread, read_thread, writable
from supportctl.desk.tickets.judge import History, Judge, catch_up, corrected, history_of, with_entries
from supportctl.desk.tickets.receive import Received, check_request
from supportctl.desk.tickets.secrets import guarded_id, in_one, refuse_secrets
from supportctl.errors import InputError
from supportctl.policy.history import taken_back
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Entry, Ticket
from supportctl.store import filing, policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.sqlite.transaction import transaction
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


def correct_ticket(db: Desk, number: int, correction: Correction, actor: Actor) -> Thread:
    """Correct a ticket. Raises NotOnRecord, and InputError for a value that the policy does not know."""
    with transaction(db):
        ticket = writable(db, number, actor.now)
        policy = policies.in_force(db, ticket.received_at).policy
        changes = _checked(policy, ticket, correction)
        if not changes:
            raise InputError("No change was given.", "Name a field, such as --topic or --version.")
        if {"channel", "subject", "tags"} & changes.keys():
            texts = [changes.get("subject", ticket.subject), *(t.body for t in tickets.texts(db, number).values())]
            tags = changes.get("tags", ticket.tags)
            named = in_one(guarded_id(ticket.external_id), ticket.assignee, actor.agent, *tags)
            refuse_secrets(db, policy, changes.get("channel", ticket.channel), [*texts, named])
        correct(db, ticket, changes, actor)
    return read_thread(db, number)


def _checked(policy: Policy, ticket: Ticket, correction: Correction) -> dict[str, Any]:
    fields = ("topic", "product", "version", "channel", "sender", "subject", "language")
    given = {name: value for name in fields if (value := getattr(correction, name)) is not None}
    as_received = Received(
        sender=given.get("sender", ticket.sender),
        subject=given.get("subject", ticket.subject),
        body="",
        received_at=ticket.received_at,
        **{
            name: given.get(name, getattr(ticket, name))
            for name in ("channel", "product", "version", "topic", "language")
        },
    )
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
    other = {name: value for name, value in changes.items() if getattr(ticket, name) != value}
    if not other:
        return ticket
    n = ticket.entries + 1
    before = history_of(db, ticket.id)
    _refuse_before_another(before, PERSONAL & other.keys(), actor.now)
    entry = _entry(n, ticket, other, actor)
    personal = ticket._replace(**{k: v for k, v in other.items() if k in PERSONAL or k == "external_id"})
    targets = []
    if JUDGED & other.keys():
        history = before._replace(ticket=with_entries(db, personal, [entry], []))
        target, promises, _ = corrected(Judge(db), history, entry)
        entry = entry._replace(data={**entry.data, "promises": [list(promise) for promise in promises]})
        targets = [target]
    changed = with_entries(db, personal, [entry], targets)
    was = [Text(n, ticket.sender, ticket.subject if "subject" in other else "")] if PERSONAL & other.keys() else []
    filing.save(db, changed, [entry], was, targets)
    if targets and any(target.set_at > entry.at for target in before.targets):
        catch_up(db, ticket.id, entry.at, actor, cause="corrected", afresh=True)
    if "sender" in other:
        let_keys_count(db, changed.sender, actor)
    return tickets.get(db, ticket.id)


def _refuse_before_another(history: History, fields: frozenset[str], at: int) -> None:
    """Refuse to correct the sender or the subject earlier than an existing correction of it."""
    gone = taken_back(history.entries)
    for entry in history.entries:
        if entry.at > at and entry.n not in gone and (again := fields.intersection(entry.data.get("also", ()))):
            number = history.ticket.id
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
