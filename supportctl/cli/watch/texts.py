"""Texts that an agent writes in the editor from `watch`, and where one is kept until it is on record."""

from typing import NamedTuple

from supportctl.cli.run.desk import actor
from supportctl.cli.run.drafts import Draft, draft_of
from supportctl.cli.run.programs import edit_text
from supportctl.cli.run.session import Session
from supportctl.cli.templates import offered, read_template
from supportctl.cli.views.thread import thread_page
from supportctl.desk.tickets.templates import fill
from supportctl.desk.tickets.thread import Thread, find_ticket, thread_at
from supportctl.desk.tickets.watch import Watched
from supportctl.errors import InputError
from supportctl.render.safe import visible

# What others do to a ticket that an agent must know who has just written to it.
TELLING = {"replied": "answered", "customer-replied": "wrote", "closed": "closed it", "assigned": "assigned it",
           "noted": "noted", "merged": "merged it", "spam": "set it aside as spam"}  # fmt: skip


class Written(NamedTuple):
    """A text from the editor for a ticket, its draft, and what others did to that ticket while it was written."""

    draft: Draft
    ticket: int
    text: str
    meanwhile: tuple[str, ...] = ()


class TextDesk:
    """Where an agent writes texts: the editor, with the thread below, and the drafts."""

    def __init__(self, session: Session, desk: Watched) -> None:
        self.session, self.desk = session, desk

    def write(self, ticket: int, kind: str, text: str = "") -> Written:
        """A text as the editor left it; it begins with the draft, if there is one, else with `text`.

        Raises NotOnRecord, InputError for an empty text
        or while it is not known whether an earlier answer was sent, and what `edit_text` raises.
        """
        self.session.look_at_the_clock()
        draft = draft_of(self.session, kind, ticket)
        if draft.message.exists():
            from supportctl.cli.run.sending import settle  # late: few answers go out by mail

            settle(self.session, draft, not_sent=False)
        before = self._thread(ticket)
        left = edit_text(self.session, draft, draft.read() or text, self._below(before))
        if not left.strip():
            draft.drop()
            raise InputError("The text is empty; nothing was changed.")
        return Written(draft, ticket, left, self._since(before))

    def canned(self, ticket: int, name: str) -> str:
        """A canned answer, filled in for a ticket. Raises InputError, NotOnRecord."""
        text = read_template(name)
        with self.desk.reading() as db:
            return fill(db, name, text, find_ticket(db, ticket), actor(self.session))

    def offered(self) -> list[str]:
        """The names of the canned answers."""
        return [name for name, _ in offered()]

    def _thread(self, ticket: int) -> Thread:
        with self.desk.reading() as db:
            return thread_at(db, ticket, self.session.now)

    def _below(self, thread: Thread) -> str:
        with self.desk.reading() as db:
            page = thread_page(db, thread, self.session.now, self.session.zone)
        return visible(f"Ticket {thread.ticket.id}: {thread.ticket.subject}") + f"\n\n{page.conversation}"

    def _since(self, before: Thread) -> tuple[str, ...]:
        """What was done to a ticket after a thread was read, in sentences."""
        self.session.look_at_the_clock()
        after = self._thread(before.ticket.id)
        new = [entry for entry in after.entries if entry.n > before.entries[-1].n and entry.kind in TELLING]
        return tuple(f"{self._who(after, entry.n, entry.agent)} {TELLING[entry.kind]} meanwhile." for entry in new)

    @staticmethod
    def _who(thread: Thread, n: int, agent: str) -> str:
        text = thread.texts.get(n)
        return (text.author if text else None) or agent
