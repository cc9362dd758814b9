"""A case: a ticket with its entries, targets and texts, loaded in one batch, changed in memory, and saved."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from supportctl.desk.tickets.thread import ticket_on_record
from supportctl.policy.history import asked_at, replay
from supportctl.policy.promise import EffectiveTarget, effective_targets, known_at, waits
from supportctl.policy.ticket import Entry, Target, Ticket
from supportctl.store import agents, policies, tickets
from supportctl.store.actor import Actor, refuse_behind
from supportctl.store.change import Change, ReadSet, announce, carry_out
from supportctl.store.desk import LARGEST, NO_ADDRESS, About, Desk, Query, Reader
from supportctl.store.filing import ChangedTicket
from supportctl.store.tickets import Text

Waits = Sequence[tuple[int, int]]


class History(NamedTuple):
    """A ticket with its entries and targets, in order."""

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
    """A ticket with its entries, targets and texts, including those that a decision adds.

    The first `known` entries are saved already. `news` means that a breach is to be reported again.
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
        """The case with new entries, targets and texts, and its ticket replayed from the whole history."""
        history, owed = (*self.entries, *entries), (*self.targets, *targets)
        ticket = replay(self.ticket, history, owed)._replace(entries=self.ticket.entries + len(entries))
        return self._replace(
            ticket=ticket, entries=history, targets=owed, texts={**self.texts, **{text.n: text for text in texts}}
        )

    @property
    def changed(self) -> ChangedTicket:
        """The rows that are not saved yet."""
        new = [entry for entry in self.entries if entry.n > self.known]
        targets = [target for target in self.targets if target.n > self.known]
        texts = [text for text in self.texts.values() if text.n > self.known]
        return ChangedTicket(self.ticket, new, texts, targets)

    @property
    def on_record(self) -> "Case":
        """The case after its new rows were saved."""
        return self._replace(
            ticket=self.ticket._replace(row_version=self.ticket.row_version + 1), known=self.ticket.entries, news=False
        )

    @property
    def news_again(self) -> bool:
        """Whether a breach would be news: the ticket waits again, or got more time."""
        return self.news or (self.ticket.target.due_at or 0) > (self.due_before or 0)


def case_queries(number: int) -> tuple[Query[Any], ...]:
    """The queries for a ticket, its entries, its targets and its texts."""
    questions = (tickets.ticket_query, tickets.entries_of, tickets.targets_of, tickets.texts_of)
    return tuple(question(number) for question in questions)


def read_case(read: Reader, number: int, ticket: Ticket | None = None) -> Case:
    """The case of a ticket; `ticket`, if given, replaces the recorded one.

    Raises NotOnRecord, and LookupError if the ticket's target is missing.
    """
    if number < LARGEST:
        read.ahead(*case_queries(number))
    ticket = ticket or ticket_on_record(read, number)
    entries, targets = tuple(read.of(tickets.entries_of(number))), tuple(read.of(tickets.targets_of(number)))
    return Case(ticket, entries, targets, read.of(tickets.texts_of(number)), ticket.entries, ticket.target.due_at)


class LoadedCases(NamedTuple):
    """The cases that a verb works on, the actor, and all that was read."""

    reads: ReadSet
    actor: Actor
    found: tuple[Case, ...]


def load_cases(
    db: Desk,
    actor: Actor,
    *numbers: int,
    names: Sequence[str] = (),
    questions: Sequence[Query[Any]] = (),
    senders: bool = False,
) -> LoadedCases:
    """Load tickets as cases, in one batch with the policy and the holidays, and the actor under the recorded name.

    `names` are other agents whose names will be looked up, and `questions` will be asked; `senders` says that the
    records of those who asked are needed. Raises NotOnRecord, and Behind if a ticket has an entry
    newer than the command, unless its time was given with `--now`.
    """
    reads = ReadSet(db)
    about = [_sender(number) for number in numbers if number < LARGEST and senders]
    asked = [question for number in numbers if number < LARGEST for question in case_queries(number)]
    spellings = [agents.spelling_query(name) for name in (actor.agent, *names)]
    announce(db, *numbers)
    reads.ahead(*asked, policies.recorded(), policies.holidays(), *spellings, *questions, about=about)
    cases = tuple(read_case(reads, number) for number in numbers)
    refuse_behind(actor, max(entry.at for case in cases for entry in case.entries))
    return LoadedCases(reads, actor._replace(agent=recorded_name(reads, actor.agent)), cases)


def _sender(number: int) -> About:
    """What is on record about the sender of a ticket."""
    from supportctl.store import facts  # late: few changes of a ticket look at who sent it

    return About(tickets.sender_of(number), facts.of_person, NO_ADDRESS)


def recorded_name(read: Reader, name: str) -> str:
    """The agent's name as on record; a new one stays as it is."""
    return read.of(agents.spelling_query(name)) or name


def new_agents(read: Reader, *names: str) -> list[str]:
    """The names that are not on record yet."""
    return [name for name in names if read.of(agents.spelling_query(name)) is None]


def save_cases(
    db: Desk,
    reads: ReadSet,
    cases: Iterable[Case],
    actor: Actor,
    *names: str,
    news: Sequence[int] = (),
    listed: bool = True,
) -> None:
    """Save the new rows of cases; `names` are agents that they mention, `listed` as in Change. Raises Conflict."""
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
            listed=listed,
        ),
    )
