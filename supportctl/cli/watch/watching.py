"""What `watch` reads from the desk, and what its keys write to it: the same functions as the verbs', and no screen."""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import TypeVar

from supportctl.cli.run.desk import run_change, run_locked
from supportctl.cli.run.drafts import NOTE
from supportctl.cli.run.session import Session
from supportctl.cli.run.writing import AnswerOptions
from supportctl.cli.views.change import did
from supportctl.cli.views.thread import THREAD, ThreadPage, thread_page
from supportctl.cli.watch.board import State, Whose
from supportctl.cli.watch.rows import Board
from supportctl.cli.watch.texts import TextDesk, Written
from supportctl.desk import bugs, undo
from supportctl.desk.accounts.agents import known_agents
from supportctl.desk.acting import Actor
from supportctl.desk.opening import Desk
from supportctl.desk.tickets import events
from supportctl.desk.tickets.answering import others_answering
from supportctl.desk.tickets.correct import Correction, correct_tickets
from supportctl.desk.tickets.take import take_tickets
from supportctl.desk.tickets.thread import thread_at
from supportctl.desk.tickets.watch import QueueFilter, Watched, look
from supportctl.desk.undo import PastChange
from supportctl.errors import SupportctlError
from supportctl.policy.identity import parse_name
from supportctl.render.table import Screen, write_card
from supportctl.true_time import true_time

T = TypeVar("T")
Numbers = Sequence[int]

MOST = 1000  # tickets listed: nobody scrolls further, and a filter finds the rest
NAMED = 9  # tickets that a sentence names


def sentence(error: SupportctlError) -> str:
    """An error in one line."""
    return f"{error.message} {error.hint}".rstrip()


class Watching:
    """The desk that an agent watches, and what the agent does at it."""

    def __init__(self, session: Session, desk: Watched) -> None:
        self.session, self.desk = session, desk
        self.texts = TextDesk(session, desk)
        self.board = Board(zone=session.zone)
        self._next_tick = 0.0

    @property
    def now(self) -> int:
        """The time shown, UTC epoch seconds: it advances, unless --now fixes it."""
        return self.session.now if self.session.now_given else int(true_time())

    # Reading. A read holds no lock on the desk, and ends here.

    def read(self, state: State) -> None:
        """Read the queue asked for. Raises DeskUnusable, and InputError for a filter with unknown names."""
        now = self.now
        whose = {Whose.MINE: self.session.agent, Whose.UNASSIGNED: ""}.get(state.whose)
        with self.desk.reading() as db:
            glance = look(db, now, QueueFilter(whose, state.waiting, state.text), MOST)
        self.board = Board(glance.tickets, now, glance.more, glance.paused, self.session.zone, self._others())
        self._next_tick = glance.next_change if not self.session.now_given else float("inf")

    def news(self, state: State) -> bool:
        """Read the queue again if the desk changed, or if times have moved; if it cannot be read, that is news too."""
        try:
            if not (self.desk.changed() or self.board.trouble or true_time() >= self._next_tick):
                return self._others_changed()
            self.read(state)
        except SupportctlError as error:
            trouble = sentence(error)
            news = trouble != self.board.trouble
            self.board = self.board._replace(trouble=trouble)
            return news
        return True

    def _others(self) -> Mapping[int, str]:
        return others_answering(self.session.place(), self.session.agent)

    def _others_changed(self) -> bool:
        others = self._others()
        changed = others != self.board.answering
        self.board = self.board._replace(answering=others) if changed else self.board
        return changed

    def ticket_lines(self, number: int, width: int) -> list[str]:
        """A ticket as `show` prints it. Raises NotOnRecord, DeskUnusable."""
        with self.desk.reading() as db:
            seen = self._page(db, number)
            out = StringIO()
            write_card(THREAD, [seen], Screen(out, width, self.session.color, self.session.zone))
        return out.getvalue().split("\n")[:-1]

    def _page(self, db: Desk, number: int) -> ThreadPage:
        return thread_page(db, thread_at(db, number, self.now), self.now, self.session.zone)

    # Writing: by the agent of the session, at the moment of the key. Each returns what is on record now, in a sentence.

    def _change(self, operation: Callable[[Desk, Actor], T]) -> T:
        with self.desk.writing() as db:
            return run_change(self.session, db, lambda who: operation(db, who))

    def take(self, numbers: Numbers) -> str:
        """Take tickets that nobody has. Raises InputError if somebody has one."""
        self._change(lambda db, who: take_tickets(db, numbers, who))
        return said(numbers, "is yours", "are yours")

    def assign(self, numbers: Numbers, agent: str | None) -> str:
        """Hand tickets to an agent, or with None back to the queue."""
        name = parse_name(agent, "AGENT") if agent else None
        self._change(lambda db, who: events.assign(db, numbers, name, who))
        return said(numbers, *[f"{be} assigned to {name or 'nobody'}" for be in ("is", "are")])

    def close(self, numbers: Numbers, reason: str | None) -> str:
        """Close tickets. Raises InputError for an unanswered one without a reason."""
        self._change(lambda db, who: events.close(db, numbers, reason, who))
        return said(numbers, "is closed", "are closed")

    def reopen(self, numbers: Numbers) -> str:
        """Open closed tickets again."""
        self._change(lambda db, who: events.reopen(db, numbers, who))
        return said(numbers, "is open again", "are open again")

    def note(self, numbers: Numbers, text: str) -> str:
        """Put a note on tickets."""
        self._change(lambda db, who: events.note(db, dict.fromkeys(numbers, text), who))
        return said(numbers, "has your note", "have your note")

    def put(self, written: Written, *, wait: bool = False, close: bool = False, send: bool = False) -> str:
        """Put a text from the editor on record, with `send` once it went out; until then it stays a draft."""
        number, text, draft = written.ticket, written.text, written.draft
        if draft.kind == NOTE:
            done = self.note([number], text)
        else:
            if send:
                self._send(written, AnswerOptions(wait=wait, close=close, send=True))
            else:
                answer = {number: text}
                self._change(lambda db, who: events.reply(db, answer, who.now, who, wait=wait, close=close))
            then = " and closed" if close else " and waits for the customer" if wait else ""
            done = said([number], f"is answered{then}")
        draft.done(text)
        return done

    @property
    def sends(self) -> bool:
        """Whether answers can be sent from here."""
        return bool(self.session.environ.get("SUPPORTCTL_SENDER", "").strip())

    def _send(self, written: Written, how: AnswerOptions) -> None:
        from supportctl.cli.run.sending import mailer, send_answer  # late: few answers go out by mail

        with self.session.at_work():  # its own connection to the desk is closed again
            send_answer(self.session, mailer(self.session), written.draft, written.text, how)

    def last_change(self) -> PastChange | None:
        """What `undo` would take back. Raises what refuses that."""
        with self.desk.reading() as db:
            found = undo.last_change(db, self.session.agent)
        if found is not None and found.refusal is not None:
            raise found.refusal
        return found

    def undo(self, change: PastChange) -> str:
        """Take back the agent's last change. Raises Conflict if another one is the last by now."""
        self._change(lambda db, who: undo.undo(db, change.change.id, who))
        return f"Taken back: {did(change)}."

    def tag(self, numbers: Numbers, tag: str) -> str:
        """Add a tag to tickets, or with a dash before it remove it."""
        name = tag.removeprefix("-").strip()
        add, remove = ((), (name,)) if tag.startswith("-") else ((name,), ())
        self._change(lambda db, who: correct_tickets(db, numbers, Correction(tag=add, untag=remove), who))
        words = ("has no tag", "have no tag") if remove else ("is tagged", "are tagged")
        return said(numbers, *[f"{each} {name}" for each in words])

    def link(self, numbers: Numbers, bug: int) -> str:
        """Link tickets to a bug, as one change."""
        with self.desk.writing() as db:

            def operation(who: Actor) -> None:
                for number in numbers:
                    bugs.link(db, bug, number, who)

            run_locked(self.session, db, operation, bug=bug, tickets=numbers)
        return said(numbers, f"is linked to bug {bug}", f"are linked to bug {bug}")

    # What the questions offer

    def agents(self) -> list[str]:
        """Who works at the desk, the agent of the session first."""
        with self.desk.reading() as db:
            return sorted(known_agents(db), key=lambda name: (name != self.session.agent, name.casefold()))

    def bugs(self, number: int) -> list[tuple[int, str]]:
        """The open bugs with their titles, those first that a ticket is likely about."""
        with self.desk.reading() as db:
            likely = self._page(db, number).related
            first = [known.bug for known in likely.bugs if not known.linked] if likely else []
            rest = [view.bug for view in bugs.list_bugs(db, self.now, bugs.BugFilter(open=True))]
        return list({bug.id: (bug.id, bug.title) for bug in (*first, *rest)}.values())

    def tags(self) -> list[str]:
        """The tags of what is listed."""
        return sorted({tag for seen in self.board.tickets for tag in seen.ticket.tags}, key=str.casefold)


def said(numbers: Numbers, one: str, several: str = "") -> str:
    """What is true of tickets now, in a sentence that names the first of them."""
    if len(numbers) == 1:
        return f"Ticket {numbers[0]} {one}."
    shown = ", ".join(map(str, numbers[:NAMED])) + (", \u2026" if len(numbers) > NAMED else "")
    return f"{len(numbers)} tickets {several}: {shown}."
