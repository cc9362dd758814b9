"""A ticket with all that was written about it, read at once, and what a decision adds to it before it is on record."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from supportctl.errors import NotOnRecord
from supportctl.policy.history import asked_at, replay
from supportctl.policy.promise import EffectiveTarget, effective_targets, known_at, waits
from supportctl.policy.ticket import Entry, Target, Ticket
from supportctl.store import agents, policies, tickets
from supportctl.store.actor import Actor, refuse_behind
from supportctl.store.change import Change, ReadSet, carry_out
from supportctl.store.desk import Desk, Query, Reader
from supportctl.store.filing import ChangedTicket
from supportctl.store.tickets import Text

Waits = Sequence[tuple[int, int]]


class History(NamedTuple):
    """A ticket with all that happened to it."""

    ticket: Ticket
    entries: Sequence[Entry]
    targets: Sequence[Target]

    @property
    def asked_at(self) -> int:
        return asked_at(self.entries, self.targets)

    @property
    def known_at(self) -> int:
        return known_at(self.entries, self.asked_at)

    def waits(self) -> Waits:
        return waits(self.ticket, self.entries, self.targets)

    def kept(self) -> list[EffectiveTarget]:
        return effective_targets(self.entries, self.targets)


class Case(NamedTuple):
    """A ticket with all that was written about it: as it is on record, with what a decision adds to it.

    `known` is how many of its entries are on record. A breach of a case that becomes `news` again is told once more.
    """

    ticket: Ticket
    entries: tuple[Entry, ...]
    targets: tuple[Target, ...]
    texts: Mapping[int, Text]
    known: int
    due_before: int | None
    news: bool = False

    @property
    def history(self) -> History:
        return History(self.ticket, self.entries, self.targets)

    def adding(self, entries: Sequence[Entry], targets: Sequence[Target] = (), texts: Sequence[Text] = ()) -> "Case":
        """The case with new entries, targets and texts, and the ticket as its whole history makes it then."""
        history, owed = (*self.entries, *entries), (*self.targets, *targets)
        ticket = replay(self.ticket, history, owed)._replace(entries=self.ticket.entries + len(entries))
        return self._replace(
            ticket=ticket, entries=history, targets=owed, texts={**self.texts, **{text.n: text for text in texts}}
        )

    @property
    def changed(self) -> ChangedTicket:
        """What is to be put on record of it."""
        new = [entry for entry in self.entries if entry.n > self.known]
        targets = [target for target in self.targets if target.n > self.known]
        texts = [text for text in self.texts.values() if text.n > self.known]
        return ChangedTicket(self.ticket, new, texts, targets)

    @property
    def on_record(self) -> "Case":
        """The case once what was added to it is on record."""
        return self._replace(
            ticket=self.ticket._replace(row_version=self.ticket.row_version + 1), known=self.ticket.entries, news=False
        )

    @property
    def news_again(self) -> bool:
        """Whether a breach of it would be news: it began to wait again, or got more time."""
        return self.news or (self.ticket.target.due_at or 0) > (self.due_before or 0)


LARGEST = 1 << 63  # what a person types for a number may be larger than any


def no_ticket(number: int) -> NotOnRecord:
    """What is said of a number that no ticket has."""
    return NotOnRecord(f"There is no ticket {number}.", "`supportctl queue` lists the open ones.")


def case_queries(number: int) -> tuple[Query[Any], ...]:
    """What is asked of a ticket: how it stands, its history, its targets and its texts."""
    questions = (tickets.ticket_query, tickets.entries_of, tickets.targets_of, tickets.texts_of)
    return tuple(question(number) for question in questions)


def read_case(read: Reader, number: int, ticket: Ticket | None = None) -> Case:
    """The case of a ticket; `ticket` is how it is to stand, if not as on record.

    Raises NotOnRecord, and LookupError where the target is not there that the ticket names.
    """
    if number >= LARGEST:
        raise no_ticket(number)
    read.ahead(*case_queries(number))
    ticket = ticket or read.of(tickets.ticket_query(number))
    entries, targets = tuple(read.of(tickets.entries_of(number))), tuple(read.of(tickets.targets_of(number)))
    if ticket is None:
        raise LookupError(number) if entries else no_ticket(number)  # no program of ours takes a target away
    return Case(ticket, entries, targets, read.of(tickets.texts_of(number)), ticket.entries, ticket.target.due_at)


class LoadedCases(NamedTuple):
    """The cases that a verb takes up, by whom, and on which grounds."""

    reads: ReadSet
    actor: Actor
    found: tuple[Case, ...]


def load_cases(db: Desk, actor: Actor, *numbers: int, names: Sequence[str] = ()) -> LoadedCases:
    """The cases of some tickets, read at once with what their due times rest on, and the actor by the name on record.

    `names` are other agents that will be asked for. Raises NotOnRecord, and Behind where what was written about one of
    them is newer than the moment of the command, unless somebody chose that.
    """
    reads = ReadSet(db)
    questions = [question for number in numbers if number < LARGEST for question in case_queries(number)]
    spellings = [agents.spelling_query(name) for name in (actor.agent, *names)]
    reads.ahead(*questions, policies.recorded(), policies.holidays(), *spellings)
    cases = tuple(read_case(reads, number) for number in numbers)
    refuse_behind(actor, max(entry.at for case in cases for entry in case.entries))
    return LoadedCases(reads, actor._replace(agent=recorded_name(reads, actor.agent)), cases)


def recorded_name(read: Reader, name: str) -> str:
    """The agent's name as on record; a new one stays as it is."""
    return read.of(agents.spelling_query(name)) or name


def new_agents(read: Reader, *names: str) -> list[str]:
    """Those of some agents who are not on record."""
    return [name for name in names if read.of(agents.spelling_query(name)) is None]


def save_cases(
    db: Desk, reads: ReadSet, cases: Iterable[Case], actor: Actor, *names: str, news: Sequence[int] = ()
) -> None:
    """Put on record what was added to some cases by an agent who names others. Raises Conflict."""
    changed = list(cases)
    carry_out(
        db,
        Change(
            reads,
            actor,
            new_agents(reads, actor.agent, *names),
            changed=[case.changed for case in changed],
            ended=[case.ticket.id for case in changed if case.ticket.closed_at is not None],
            news_again=[*(case.ticket.id for case in changed if case.news_again), *news],
        ),
    )
