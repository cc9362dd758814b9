"""Remote sessions: beginning and ending them, and the access details that are kept meanwhile (8.1-8.6)."""

from collections.abc import Iterator

from supportctl.desk.accounts.entitlement import entitlement_of
from supportctl.desk.tickets.events import Event, append, writable
from supportctl.desk.tickets.secrets import secrets_in
from supportctl.desk.tickets.thread import find_ticket
from supportctl.errors import InputError, NotOnRecord, Refused
from supportctl.policy.model import Policy
from supportctl.policy.remote import judge_remote
from supportctl.policy.ticket import Ticket
from supportctl.policy.verdict import Reason
from supportctl.store import policies, remote
from supportctl.store.actor import Actor
from supportctl.store.desk import LARGEST, Desk, DirectReader
from supportctl.store.remote import RemoteSession

TOOL_LIMIT = 60  # characters
SECRET_LIMIT = 10_000  # characters


def start_session(
    db: Desk, number: int, actor: Actor, *, tool: str | None = None, secret: str | None = None
) -> RemoteSession:
    """Begin a remote session on a ticket, with the vendor's own tool unless named, and access details if any.

    Raises NotOnRecord, InputError, and Refused if the customer is not entitled to it now (8.2), or for access details
    that did not come by ticket (8.5). No message repeats a secret.
    """
    with db.transaction():
        ticket = writable(db, number, actor.now)
        policy = policies.in_force(db, actor.now).policy
        tool = _checked_tool(db, policy, policy.name if tool is None else tool)
        _refuse_ended(ticket, actor.now, details=secret is not None)
        reasons = _allowed(db, policy, ticket, actor.now, tool, details=secret is not None)
        session = remote.number(db)
        append(db, ticket, [Event("remote-started", {"session": session, "tool": tool})], actor.now, actor)
        remote.add(db, session, number, tool, ticket.entries + 1, reasons)
        if secret is not None:
            remote.keep_secret(db, session, _checked_secret(secret))
    return find_session(db, session)


def _refuse_ended(ticket: Ticket, at: int, *, details: bool) -> None:
    """Refuse a session on a ticket that had ended by then, and access details that no end would remove."""
    if at < ticket.received_at:
        raise InputError(f"Ticket {ticket.id} was received later than that.", "Give a later time with --now.")
    if ticket.closed_at is not None and (details or ticket.closed_at <= at):
        raise InputError(f"Ticket {ticket.id} is closed.", f"Open it again first: `supportctl reopen {ticket.id}`.")


def _allowed(db: Desk, policy: Policy, ticket: Ticket, at: int, tool: str, *, details: bool) -> tuple[Reason, ...]:
    entitlement = entitlement_of(DirectReader(db), policy, ticket.sender, at)
    verdict = judge_remote(policy, entitlement, ticket.channel, tool, details=details)
    if verdict.allowed:
        return verdict.reasons
    why = verdict.reasons[-1]
    hint = {
        "no-remote-support": f"See what they are entitled to, and why: `supportctl lookup {ticket.sender}`.",
        "details-by-ticket": f"Ask for them by ticket; if this is one: `supportctl edit {ticket.id} --channel ticket`.",
    }[why.code]
    raise Refused(f"{why.text.rstrip('.')} (clause {why.clause}).", hint, clause=why.clause)


def _checked_tool(db: Desk, policy: Policy, tool: str) -> str:
    name = tool.strip()
    if not name or len(name) > TOOL_LIMIT or not name.isprintable():
        raise InputError("That is not the name of a tool.", f"Give one line of at most {TOOL_LIMIT} characters.")
    _refuse_secrets(db, policy, name, "The tool's name")
    return name


def _checked_secret(secret: str) -> str:
    if not secret.strip() or len(secret) > SECRET_LIMIT:
        raise InputError(
            f"Access details must have 1 to {SECRET_LIMIT:,} characters.", "Give them on standard input: --secret -."
        )
    return secret


def _refuse_secrets(db: Desk, policy: Policy, text: str, what: str) -> None:
    """Access details are kept separately or not at all: nothing that stays in the history may contain them (8.6)."""
    if any(True for _ in secrets_in(db, text)):
        clause = policy.clause("secrets")
        raise Refused(
            f"{what} contains access details or a key, which the history must not hold (clause {clause}).",
            "Leave them out; `remote start --secret -` keeps them apart.",
            clause=clause,
        )


def end_session(db: Desk, number: int, outcome: str | None, actor: Actor) -> RemoteSession:
    """End a remote session; its access details are removed for good. Raises NotOnRecord, InputError, Refused."""
    with db.transaction():
        session = find_session(db, number)
        if session.ended_at is not None:
            raise InputError(
                f"Remote session {number} has ended already.", f"See it with `supportctl remote show {number}`."
            )
        if actor.now < session.started_at:
            raise InputError(f"Remote session {number} began later than that.", "Give a later time with --now.")
        if outcome is not None:
            _refuse_secrets(db, policies.in_force(db, actor.now).policy, outcome, "The outcome")
            _refuse_repeated(outcome, remote.secret(db, number))
        event = Event("remote-ended", {"session": number}, outcome)
        ticket = find_ticket(db, session.ticket)
        append(db, ticket, [event], actor.now, actor)
        remote.end(db, number, ticket.entries + 1)
        remote.forget_secrets(db, session=number)
    return find_session(db, number)


def _refuse_repeated(outcome: str, secret: str | None) -> None:
    """Refuse an outcome with any access details that can be told from ordinary words."""
    telling = [word for word in (secret or "").split() if len(word) >= 4 and not word.isalpha()]
    whole = (secret or "").strip()
    if any(word in outcome for word in telling) or (len(whole) >= 4 and whole in outcome):
        raise InputError("The outcome repeats the access details.", "Write it without them; nothing was changed.")


def find_session(db: Desk, number: int) -> RemoteSession:
    """The session of this number. Raises NotOnRecord."""
    session = remote.find(db, number) if number < LARGEST else None
    if session is None:
        raise NotOnRecord(f"There is no remote session {number}.", "`supportctl remote list` lists them.")
    return session


def show_session(db: Desk, number: int, at: int, *, reveal: bool) -> RemoteSession:
    """A session as it was at `at`, with `reveal` also its access details while they are kept. Raises NotOnRecord."""
    session = find_session(db, number)
    if session.started_at > at:
        raise NotOnRecord(f"Remote session {number} had not begun by then.", "Give a later time with --now.")
    return session.at(at)._replace(secret=remote.secret(db, number) if reveal else None)


def list_sessions(db: Desk, at: int, ticket: int | None = None, *, open_only: bool) -> Iterator[RemoteSession]:
    """The sessions of one ticket, or all, as they were at `at`, by number. Raises NotOnRecord for an unknown ticket."""
    if ticket is not None:
        find_ticket(db, ticket)
    return remote.every(db, at, ticket, open_only=open_only)
