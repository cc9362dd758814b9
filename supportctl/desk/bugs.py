"""Known bugs (5.2, 5.3): recording them, what happens to them, and whom to tell when one is fixed."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from supportctl.desk.tickets.events import Event, append, writable
from supportctl.desk.tickets.secrets import secrets_in
from supportctl.desk.vocabulary import known_product, policy_spelling
from supportctl.errors import InputError, NotOnRecord, Refused
from supportctl.policy.bugs import Bug, check_may, older_than_found, reasons_of
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Entry, Ticket
from supportctl.policy.verdict import Reason
from supportctl.policy.versions import parse_query, parse_release
from supportctl.store import bug_filing, bugs, policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import LARGEST, Desk


class BugView(NamedTuple):
    """A bug at one moment: what the policy says about it, its history, and the tickets whose customers it concerns."""

    bug: Bug
    reasons: tuple[Reason, ...]
    entries: tuple[Entry, ...] = ()
    texts: dict[int, str] = {}  # noqa: RUF012  # never written to
    concerned: tuple[Ticket, ...] = ()


class BugFilter(NamedTuple):
    """Which bugs a list is asked for."""

    open: bool = False
    no_workaround: bool = False
    product: str | None = None

    def takes(self, bug: Bug) -> bool:
        """Whether a bug is among those asked for."""
        return (
            (not self.open or bug.open)
            and (not self.no_workaround or bug.owes_workaround)
            and (self.product is None or bug.product == self.product)
        )


def add_bug(
    db: Desk,
    title: str,
    actor: Actor,
    *,
    product: str | None = None,
    version: str | None = None,
    topic: str | None = None,
    workaround: str | None = None,
) -> BugView:
    """Record a new bug, with a workaround if one is known. Raises InputError."""
    if version is not None:
        parse_query(version)
    with db.transaction():
        policy = policies.in_force(db, actor.now).policy
        name = known_product(product, policy.products)
        about = policy_spelling("topic", topic, policy.topics) if topic is not None else None
        bug = Bug(0, _said(title, "A bug needs a title.", "--title"), name, version, about, actor.now)
        _refuse_secrets(db, policy, title, workaround)
        number = bug_filing.add(db, bug, actor)
        if workaround is not None:
            bug_filing.append(db, number, "workaround", {}, _workaround(workaround), actor)
    return view_bug(db, number, actor.now)


def _refuse_secrets(db: Desk, policy: Policy, *texts: str | None) -> None:
    """Every customer who has the bug may be told this text, so it must contain no secrets (8.6)."""
    if any(text and next(secrets_in(db, text), None) for text in texts):
        clause = policy.clause("secrets")
        message = (
            f"This text contains access details or a licence key, which must not be kept on a bug (clause {clause})."
        )
        raise Refused(message, "Leave them out; they belong on a ticket.", clause=clause)


def _said(text: str, message: str, option: str) -> str:
    if not text.strip():
        raise InputError(message, f"Give it with {option}.")
    return text


def _workaround(text: str) -> str:
    return _said(text, "A workaround needs some text.", "its TEXT, or - and the text on standard input")


def list_bugs(db: Desk, at: int, sought: BugFilter) -> Iterator[BugView]:
    """The bugs asked for, as they were at `at`, by number. Raises InputError for an unknown product."""
    policy = policies.in_force(db, at).policy
    if sought.product is not None:
        sought = sought._replace(product=policy_spelling("product", sought.product, policy.products))
    return (BugView(bug, reasons_of(policy, bug)) for bug in bugs.every(db, at) if sought.takes(bug))


def view_bug(db: Desk, number: int, at: int) -> BugView:
    """A bug as it was at `at`, with all that had happened to it. Raises NotOnRecord."""
    bug = _find(db, number, at)
    entries, texts = bugs.history(db, number)
    happened = tuple(entry for entry in entries if entry.at <= at)
    concerned = (tickets.get(db, ticket) for ticket in bug.tickets)
    return BugView(
        bug,
        reasons_of(policies.in_force(db, at).policy, bug),
        happened,
        {entry.n: texts[entry.n] for entry in happened if entry.n in texts},
        tuple(ticket for ticket in concerned if ticket is not None),
    )


def reproduce(db: Desk, number: int, actor: Actor) -> BugView:
    """Record that it was reproduced in the lab: from now on a fix is owed (5.2). Raises NotOnRecord, InputError."""
    return _happen(db, number, "reproduced", actor)


def work_around(db: Desk, number: int, text: str, actor: Actor) -> BugView:
    """Record what to do until it is fixed (5.3); replaces an earlier workaround. Raises NotOnRecord, InputError."""
    return _happen(db, number, "workaround", actor, text=_workaround(text))


def dismiss(db: Desk, number: int, reason: str | None, actor: Actor) -> BugView:
    """Record that it is not a bug, or will not be fixed. Raises NotOnRecord, InputError."""
    return _happen(db, number, "dismissed", actor, text=reason)


def fix(db: Desk, number: int, version: str, actor: Actor) -> BugView:
    """Record the version that fixes it, by Major.Minor.Subminor.Patch (7.1); the same twice changes nothing.

    Raises NotOnRecord, InputError.
    """
    release = parse_release(version, policies.in_force(db, actor.now).policy.version_parts)
    bug = _find(db, number, actor.now)
    if older_than_found(bug, release):
        raise InputError(
            f"Bug {number} was found in {bug.version}, so {release} cannot have the fix.",
            "Name the version that has it.",
        )
    if bug.fixed_in == str(release):
        return view_bug(db, number, actor.now)
    return _happen(db, number, "fixed", actor, {"in": str(release)})


def link(db: Desk, number: int, ticket: int, actor: Actor) -> BugView:
    """Link a ticket to a bug, with a row in the history of both; twice changes nothing.

    Raises NotOnRecord, InputError.
    """
    with db.transaction():
        _find(db, number, actor.now)
        found = writable(db, ticket, actor.now)
        if bug_filing.link(db, number, ticket, actor):
            append(db, found, [Event("linked", {"bug": number})], actor.now, actor)
    return view_bug(db, number, actor.now)


def _happen(
    db: Desk,
    number: int,
    kind: str,
    actor: Actor,
    data: dict[str, Any] | None = None,
    text: str | None = None,
) -> BugView:
    with db.transaction():
        check_may(_find(db, number, actor.now), kind)
        _refuse_secrets(db, policies.in_force(db, actor.now).policy, text)
        bug_filing.append(db, number, kind, data or {}, text, actor)
    return view_bug(db, number, actor.now)


def _find(db: Desk, number: int, at: int) -> Bug:
    bug = bugs.find(db, number, at) if number < LARGEST else None
    if bug is None:
        raise NotOnRecord(f"There is no bug {number}.", "`supportctl bug list` lists them.")
    return bug
