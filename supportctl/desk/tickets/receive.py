"""Logging a request: its content and sender, judged by the policy as of when it was received."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from supportctl.clock import NEVER
from supportctl.desk.tickets.case import new_agents, recorded_name
from supportctl.desk.tickets.judge import Judge, due_later, first_promises, followers, recording_time
from supportctl.desk.tickets.secrets import guarded_id, in_one, refuse_secrets
from supportctl.desk.tickets.view import TicketView
from supportctl.desk.vocabulary import known_product, policy_spelling
from supportctl.errors import InputError, Refused
from supportctl.masking import fold_key, unkeyed
from supportctl.policy.facts import Person
from supportctl.policy.history import replay
from supportctl.policy.identity import fold_address, parse_address, parse_key, parse_name
from supportctl.policy.model import Policy
from supportctl.policy.ticket import RECEIPT, Entry, Ticket
from supportctl.policy.verdict import Reason
from supportctl.policy.versions import parse_query
from supportctl.store import agents, facts, releases, tickets
from supportctl.store.actor import Actor
from supportctl.store.change import Change, ReadSet, announce_new, carry_out
from supportctl.store.desk import Desk, Query
from supportctl.store.filing import NewTicket
from supportctl.store.newest import WriteScope, begin
from supportctl.store.policies import Revisions, StoredRevision
from supportctl.store.tickets import Text

if TYPE_CHECKING:
    from supportctl.store.applied_keys import AppliedKey


class Received(NamedTuple):
    """A request as it reached the desk; `received_at` is UTC epoch seconds."""

    sender: str
    subject: str
    body: str
    received_at: int
    channel: str = "ticket"
    product: str = ""  # if none is given, the policy's own
    version: str | None = None
    topic: str | None = None
    language: str = "en"
    key: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    outbound: bool = False


_KEPT = tuple(name for name in Received._fields if name in Ticket._fields)  # what a ticket keeps of a request


class Logged(NamedTuple):
    """The ticket of a request, and the revision of the policy whose hours it is measured by."""

    ticket: Ticket
    revision: StoredRevision

    def seen_at(self, at: int) -> TicketView:
        """The ticket as seen at `at`."""
        return TicketView(self.ticket, at, self.revision)


def log_request(db: Desk, received: Received, actor: Actor, *, strict: bool = False) -> Logged:
    """Put a request on record, judged and with its due time.

    Raises InputError for a value that the policy does not know, Refused where `strict` and the policy owes nothing;
    nothing is changed then. Raises Conflict, and Behind if the records of its sender or its key are newer than the
    command, unless its time was given with `--now`.
    """
    touched = WriteScope(people=[received.sender], key=received.key)
    announce_new(db)
    reads, actor = begin(db, actor, touched, *_questions(received))
    return _log(db, reads, received, actor, strict=strict)


def _questions(received: Received) -> list[Query[Any]]:
    """The queries for all that a request is judged by, except the policy."""
    return [
        *facts.of_person(received.sender),
        *([agents.spelling_query(received.assignee)] if received.assignee else []),
        *([tickets.of_external_id(received.external_id)] if received.external_id else []),
        *([facts.of_key(received.key)] if received.key else []),
        *([releases.recorded()] if received.version else []),
    ]


def log_here(db: Desk, received: Received, actor: Actor, *, strict: bool = False) -> Ticket:
    """The ticket of a request, inside the caller's transaction."""
    return _log(db, ReadSet(db), received, actor, strict=strict).ticket


def _log(db: Desk, reads: ReadSet, received: Received, actor: Actor, *, strict: bool) -> Logged:
    policy = Judge(reads).in_force(received.received_at).policy
    checked = check_request(policy, received)
    if checked.assignee is not None:
        checked = checked._replace(assignee=recorded_name(reads, checked.assignee))
    if checked.external_id and (known := reads.of(tickets.of_external_id(checked.external_id))):
        raise InputError(
            f"Ticket {known} already has the external id '{checked.external_id}'.",
            f"See it with `supportctl show {known}`; `import tickets` updates tickets by external id.",
        )
    named = in_one(guarded_id(checked.external_id), checked.assignee, actor.agent, *checked.tags)
    refuse_secrets(db, policy, checked.channel, (checked.subject, checked.body, named))
    sender, flagged, keys = _sender(reads, policy, checked, actor)
    people = {fold_address(checked.sender): sender}
    new = new_ticket(Judge(reads, people=people), checked, actor, flagged=flagged)
    if strict:
        _refuse(policy, new.ticket)
    moved = followers(reads, people, actor.now, "key applied", actor) if keys else []
    (number,) = carry_out(
        db,
        Change(
            reads,
            actor,
            new_agents(reads, *(name for name in (actor.agent, checked.assignee) if name)),
            keys=keys,
            retargeted=moved,
            new=[new],
            news_again=due_later(moved),
        ),
    )
    ticket = new.ticket._replace(id=number, name=sender.account.name if sender.account else None)
    return Logged(ticket, Revisions.read(reads).numbered(ticket.target.policy_revision))


def _sender(
    reads: ReadSet, policy: Policy, checked: Received, actor: Actor
) -> "tuple[Person, tuple[Reason, ...], list[AppliedKey]]":
    """The sender, with the request's key applied; or the reasons why it cannot be applied."""
    sender = facts.person(reads, checked.sender)
    if not checked.key:
        return sender, (), []
    from supportctl.desk.accounts.keys import key_of_request  # late: most requests bring no key
    from supportctl.store.applied_keys import AppliedKey  # late: few requests come with a key

    flagged, held = key_of_request(reads, policy, sender, checked.key, actor.now)
    if held is None or sender.account is None:
        return sender, flagged, []
    return sender.holding(held), (), [AppliedKey(sender.account.id, held.licence, actor.now)]


def check_request(policy: Policy, received: Received) -> Received:
    """The request with its values in the policy's own spelling. Raises InputError that names the choices."""
    if not received.subject:
        raise InputError("A request needs a subject.", "Give it with --subject.")
    if received.external_id is not None and not received.external_id.strip():
        raise InputError("The external id is empty.", "Leave it out, or give the id of the other system.")
    readers = request_readers(policy).items()
    given: dict[str, Any] = {
        name: read(value) for name, read in readers if (value := getattr(received, name)) is not None
    }
    return received._replace(**given)


def request_readers(policy: Policy) -> dict[str, Callable[[str], str]]:
    """How each value of a request is read, into the policy's own spelling; each raises InputError."""
    return {
        "version": _version,
        "sender": parse_address,
        "key": parse_key,
        "channel": lambda text: policy_spelling("channel", text, policy.channels),
        "product": lambda text: known_product(text or None, policy.products),
        "topic": lambda text: policy_spelling("topic", text, policy.topics),
        "language": _language,
        "assignee": lambda text: parse_name(text, "The assignee"),
    }


def _version(text: str) -> str:
    parse_query(text)
    return text


def _language(code: str) -> str:
    folded = code.strip().lower()
    parts = folded.replace("_", "-").split("-")
    if not (all(p.isascii() and p.isalnum() and len(p) <= 8 for p in parts) and 2 <= len(parts[0]) <= 3):
        raise InputError(f"'{unkeyed(code)}' is not a language code.", "Write it as en, de or pt-br.")
    return "-".join(parts)


def new_ticket(
    judge: Judge,
    received: Received,
    actor: Actor,
    *,
    flagged: tuple[Reason, ...] = (),
    until: int = NEVER,
    since: Sequence[Entry] = (),
) -> NewTicket:
    """The whole ticket, with what changed for its sender after its receipt and before `until` (by default: until now).

    `since` are the entries of what happened to it from then on; they get their numbers here. Nothing is stored yet.
    """
    entry = _receipt(received, actor)
    blank = _blank(received, actor, fold_key(received.key) if received.key and flagged else None)
    later, (first, *targets) = first_promises(judge, blank, entry, actor, until, MEANWHILE)
    if flagged:
        first = first._replace(reasons=first.reasons + flagged)
    entries, targets = [entry, *later], [first, *targets]
    entries += [each._replace(n=n) for n, each in enumerate(since, len(entries) + 1)]
    ticket = replay(blank, entries, targets)._replace(entries=len(entries))
    return NewTicket(ticket, entries, [Text(1, received.sender, received.body)], targets)


MEANWHILE = "entitlement changed before it was entered"


def _receipt(received: Received, actor: Actor) -> Entry:
    fields: dict[str, Any] = {name: getattr(received, name) for name in RECEIPT}
    data = {"set": {**fields, "tags": list(received.tags)}, **recording_time(actor)}
    return Entry(1, received.received_at, actor.entered_at, "received", actor.agent, actor.system_user, data)


def _blank(received: Received, actor: Actor, key: str | None) -> Ticket:
    """The ticket before it is judged, with the folded key that could not be applied yet."""
    given = {name: getattr(received, name) for name in _KEPT}
    return Ticket(id=0, entered_at=actor.entered_at, key_given=key, **given)


def _refuse(policy: Policy, ticket: Ticket) -> None:
    """Raise Refused (for --strict) with the first reason why the policy owes nothing."""
    codes = {
        "reseller-channel", "best-effort", "not-registered", "channel-not-entitled", "topic-not-covered",
    }  # fmt: skip
    wanting = ticket.target.standing != "entitled" or ticket.target.coverage == "not-covered"
    why = next((r for r in ticket.target.reasons if r.code in codes), None) if wanting else None
    if why is None and ticket.target.version_support == "unsupported":
        text = f"Version {ticket.version} of {ticket.product} is not supported."
        why = Reason(policy.clause("version-window"), "version-unsupported", text)
    if why is not None:
        raise Refused(
            f"{why.text.rstrip('.')} (clause {why.clause}).",
            "Without --strict it is recorded with its standing.",
            clause=why.clause,
        )
