"""Changes to the desk: each is carried out as a whole or not at all, in one short transaction.

No lock is held while a change is decided. A ticket's row version shows whether somebody changed it in between; for all
else that a decision rests on (policy, holidays, releases, the records of a person or a licence) there is the ReadSet.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from supportctl.errors import AGAIN, Conflict
from supportctl.store import agents, changes, counters, filing, notified
from supportctl.store.actor import Actor
from supportctl.store.desk import About, BatchReader, Desk, Query, Refusal, fetch_all
from supportctl.store.filing import ChangedTicket, NewTicket, Retargeted

if TYPE_CHECKING:
    from supportctl.policy.entitlement import Account, Licence
    from supportctl.store.applied_keys import AppliedKey

# How to find out who changed a table last.
_LAST = {
    "policies": ("The policy", "select agent from policies order by entered_at desc, revision desc limit 1"),
    "closures": (
        "The list of holidays",
        "select coalesce(removed_by, agent) from closures"
        " order by coalesce(removed_entered_at, entered_at) desc limit 1",
    ),
    "releases": ("The releases on record", "select agent from releases order by entered_at desc, agent limit 1"),
}


class ReadSet(BatchReader):
    """All that a decision read, without locking it; `refuse_changed` checks that it is still true."""

    def __init__(self, db: Desk) -> None:
        super().__init__(db)
        self._rows: list[tuple[Query[Any], list[Any]]] = []
        self._totals: dict[str, list[Any]] = {}

    def _read(self, questions: Sequence[Query[Any]], about: Sequence[About]) -> list[list[Any]]:
        every = [*questions, *(each for part in about for each in part.asks(part.stand_in))]
        tables = sorted({table for each in every for table in each.tables} - self._totals.keys())
        asked = [(each.statement, each.parameters) for each in questions]
        found = fetch_all(self._db, [*asked, *map(_total_of, tables)], about)
        self._totals |= zip(tables, found[len(asked) :], strict=False)
        return found[: len(asked)] + found[len(asked) + len(tables) :]

    def _keep(self, question: Query[Any], rows: list[Any]) -> None:
        super()._keep(question, rows)
        if question.what:
            self._rows.append((question, rows))

    def refuse_changed(self) -> None:
        """Compare what was read with the desk as it is now; call this in the transaction that writes.

        Raises Conflict, which names what changed and, if known, who changed it.
        """
        for table, total in self._totals.items():
            what, statement = _LAST[table]
            self._db.expect(*_total_of(table), total, Refusal(_changed(what), statement))
        for each, rows in self._rows:
            self._db.expect(each.statement, each.parameters, rows, Refusal(_changed(each.what)))


def _total_of(table: str) -> tuple[str, Mapping[str, Any]]:
    return "select rows, total from totals where name = :name", {"name": table}


def _changed(what: str) -> Callable[[Any], Conflict]:
    def error(last: Any) -> Conflict:
        by = f", last by {last[0]}" if last else ""
        return Conflict(f"{what} changed meanwhile{by}; your change was not made.", AGAIN)

    return error


class Change(NamedTuple):
    """A decision, ready to be saved: what it was based on, who acts, and the rows to add and update.

    New tickets get their numbers when the change is saved; changed and retargeted ones carry the version they were
    read at. Access details of `ended` tickets are removed (8.5), and `breaches --new` reports those in `news_again`
    once more. `agents` are new names only. An `account` or a `licence` without a number is new. `terms` are a
    licence's terms from now on. Of accounts `united` the first of each pair is kept. `undo` knows it unless it is a
    part of something larger (`listed`).
    """

    reads: ReadSet
    actor: Actor
    agents: Sequence[str] = ()
    account: "Account | None" = None
    united: "Sequence[tuple[Account, Account]]" = ()
    licence: "Licence | None" = None
    terms: "Licence | None" = None
    keys: "Sequence[AppliedKey]" = ()
    changed: Sequence[ChangedTicket] = ()
    retargeted: Sequence[Retargeted] = ()
    new: Sequence[NewTicket] = ()
    ended: Sequence[int] = ()
    news_again: Sequence[int] = ()
    listed: bool = True


def announce(db: Desk, *numbers: int) -> None:
    """Announce that a change of these tickets may follow: a shared desk reads what `carry_out` needs with the rest."""
    db.will_read(lambda: (each for number in numbers for each in statements_of(db, number)))


def statements_of(db: Desk, number: int) -> list[tuple[str, Any]]:
    """What `carry_out` reads about a ticket that it changes."""
    from supportctl.store import remote  # late: a desk in a file does not read ahead

    about = remote.statement_of_secrets(ticket=number), notified.statement(db, number)
    return [*filing.statements_of_save(number), *about]


def announce_new(db: Desk) -> None:
    """Announce that a new ticket may follow."""
    db.will_read(lambda: [counters.statement("ticket")], renewable=True)


def carry_out(db: Desk, change: Change) -> list[int]:
    """Save a change, and return the numbers of its new tickets; joins the caller's transaction if there is one.

    Raises Conflict, with nothing saved, if something that it changes or rests on has changed since it was read.
    """
    return db.save(lambda: _carry_out(db, change))


def _carry_out(db: Desk, change: Change) -> list[int]:
    for name in dict.fromkeys(change.agents):
        agents.add(db, name)
    change.reads.refuse_changed()
    accounts: changes.Parts = {}
    if change.account or change.united or change.licence or change.terms or change.keys:
        accounts = _put_accounts(db, change)
    filing.retarget(db, change.retargeted)
    for each in change.changed:
        filing.save(db, *each)
    numbers = filing.insert(db, change.new) if change.new else []
    _forget_access(db, change.ended)
    notified.forget(db, change.news_again)
    if change.listed:
        changes.record(db, change.actor, {**accounts, **_parts(change, numbers)}, change.actor.takes_back)
    return numbers


def _parts(change: Change, new: Sequence[int]) -> changes.Parts:
    """The tickets that a change added, and the entries that it added to others."""
    added = [(each.ticket.id, each.entries[0].n, each.entries[-1].n) for each in change.changed if each.entries]
    return {**({changes.LOGGED: new} if new else {}), **({changes.ENTRIES: added} if added else {})}


def _put_accounts(db: Desk, change: Change) -> changes.Parts:
    from supportctl.store import accounts, applied_keys, duplicates  # late: most changes are of a ticket alone

    parts: dict[str, Any] = {changes.OTHER: "accounts merged"} if change.united else {}
    account, licence = change.account, change.licence
    for kept, other in change.united:
        duplicates.keep_one(db, kept, other)
    if account is not None and account.id:
        parts |= {changes.ACCOUNT: account.id, **accounts.change_account(db, account, change.actor)}
    elif account is not None:
        account = accounts.add_account(db, account, change.actor)
        parts[changes.OTHER] = "customer added"
    if licence is not None:
        licence = accounts.add_licence(db, licence, change.actor)
        parts[changes.OTHER] = "licence added"
    if change.terms is not None:
        n = accounts.set_terms(db, change.terms, change.actor.now, change.actor)
        parts[changes.TERMS] = change.terms.id, n
    for of, key, at in change.keys:
        applied_keys.add(
            db, of or (account.id if account else 0), key or (licence.id if licence else 0), at, change.actor
        )
    if change.keys:
        parts[changes.KEYS] = len(change.keys)
    return parts


def _forget_access(db: Desk, ended: Sequence[int]) -> None:
    for number in ended:
        from supportctl.store import remote  # late: most changes end no ticket

        remote.forget_secrets(db, ticket=number)
