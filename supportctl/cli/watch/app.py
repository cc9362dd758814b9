"""What the keys of `watch` do at the desk: each one a question at most, then the same function as the verb's."""

import signal
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from supportctl.cli.run.drafts import ANSWER, NOTE
from supportctl.cli.views.change import did
from supportctl.cli.watch.ask import Ask, Choice, Decide
from supportctl.cli.watch.screen import WatchScreen
from supportctl.cli.watch.texts import Written
from supportctl.cli.watch.watching import said
from supportctl.desk.undo import PastChange

T = TypeVar("T")


class Put(NamedTuple):
    """How a text is put on record."""

    close: bool = False
    wait: bool = False
    send: bool = False

    @property
    def said(self) -> str:
        then = " and close the ticket" if self.close else " and wait for the customer" if self.wait else ""
        return f"{'send it' if self.send else 'put it on record'}{then}"


class WatchApp(WatchScreen):
    """The screen, with the keys that change something: they act on what is marked, else on the chosen ticket."""

    def do_take(self) -> None:
        if numbers := self.state.meant:
            self._work(lambda: self.watching.take(numbers))

    def do_assign(self) -> None:
        choices = [*(Choice(name, name) for name in self._offered(self.watching.agents)), Choice("", "nobody")]
        self._ask("Assign {} to", choices, self.watching.assign, other="a new agent")

    def do_close(self) -> None:
        """At once if all have an answer; `undo` takes it back."""
        meant = self.state.meant
        unanswered = [s.ticket.id for s in self.watching.board.tickets if s.ticket.id in meant and s.ticket.unanswered]
        if unanswered:
            why = "Why is it closed?" if len(unanswered) == 1 else "Why are they closed?"
            which = said(unanswered, "has no answer", "have no answer")
            self._ask(f"{which} {why}", (), self.watching.close)
        elif meant:
            self._work(lambda: self.watching.close(meant, None))

    def do_reopen(self) -> None:
        if numbers := self.state.meant:
            self._work(lambda: self.watching.reopen(numbers))

    def do_note(self) -> None:
        self._ask("Note on {}", (), lambda numbers, text: self.watching.note(numbers, text) if text.strip() else "")

    def do_tag(self) -> None:
        tags = self._offered(self.watching.tags)
        on = {tag for s in self.watching.board.tickets if s.ticket.id in self.state.meant for tag in s.ticket.tags}
        choices = [*(Choice(tag, tag) for tag in tags), *(Choice(f"-{tag}", f"-{tag} (remove)") for tag in sorted(on))]
        self._ask("Tag {} as", choices, self.watching.tag, other="a new tag")

    def do_bug(self) -> None:
        if self.state.meant:
            first = self.state.meant[0]
            known = self._offered(lambda: self.watching.bugs(first))
            if not known:
                self.said = self.said or "No bug is open; `supportctl bug add` records one."
                return
            choices = [Choice(str(number), f"{number} {title}") for number, title in known]
            self._ask("Link {} to bug", choices, lambda numbers, bug: self.watching.link(numbers, int(bug)))

    def do_undo(self) -> None:
        found: list[PastChange | None] = []
        if not self.try_to(lambda: found.append(self.watching.last_change())):
            return
        change = found[0]
        if change is None:
            self.said = "There is nothing of yours to take back."
            return
        self._agree(
            f"Take back: {did(change)}?",
            "take it back",
            "leave it",
            lambda: self._work(lambda: self.watching.undo(change)),
        )

    # Texts from the editor

    def do_reply(self) -> None:
        self._answer(lambda _: "")

    def do_template(self) -> None:
        choices = [Choice(name, name) for name in self.watching.texts.offered()]

        def chosen(name: str | None) -> None:
            if name is not None:
                self._answer(lambda number: self.watching.texts.canned(number, name))

        if self.state.chosen is not None:
            self.push_screen(Ask(f"Answer ticket {self.state.chosen} with", choices), chosen)

    def do_long_note(self) -> None:
        if (number := self.state.chosen) is not None:
            self._write(number, NOTE)

    def _answer(self, begin: Callable[[int], str]) -> None:
        """Answer the chosen ticket, with a text to begin with; if someone else is at it, only after a question."""
        number = self.state.chosen
        if number is None:
            return
        start: list[str] = []
        if not self.try_to(lambda: start.append(begin(number))):
            return
        other = self.watching.board.answering.get(number)
        if other is None:
            self._write(number, ANSWER, start[0])
            return
        question = f"{other} is answering ticket {number} just now."
        self._agree(question, "answer it too", "leave it", lambda: self._write(number, ANSWER, start[0]))

    def _write(self, number: int, kind: str, start: str = "") -> None:
        written: list[Written] = []
        if self._aside(lambda: written.append(self.watching.texts.write(number, kind, start))):
            self._decide(written[0], " ".join(written[0].meanwhile))

    def _decide(self, written: Written, first: str = "") -> None:
        """Ask what becomes of a text. One that is refused is kept, and asked about again."""
        note = written.draft.kind == NOTE
        puts = {"s": Put()} if note else {"s": Put(), "c": Put(close=True), "w": Put(wait=True)}
        if self.watching.sends and not note:
            puts = {key: put._replace(send=True) for key, put in puts.items()} | {"r": Put()}
        choices = [
            *(Choice(key, put.said, key) for key, put in puts.items()),
            Choice("e", "edit it again", "e"),
            Choice("d", "keep it as a draft", "d"),
        ]

        def decided(answer: str | None) -> None:
            if answer == "e":
                self._write(written.ticket, written.draft.kind)
            elif answer is None or answer == "d":
                self.said = f"Your text for ticket {written.ticket} is kept; the same key takes it up again."
                self.draw()
            elif not self._work(lambda: self.watching.put(written, **puts[answer]._asdict())):
                self._decide(written, self.said)

        question = f"{first} Your {'note' if note else 'answer'} to ticket {written.ticket}:".strip()
        self.push_screen(Decide(question, choices), decided)

    def _aside(self, act: Callable[[], object]) -> bool:
        """Do something that needs the terminal itself: the editor. Returns whether it succeeded."""
        done: list[bool] = []
        with self.suspend():
            try:
                with self._signals_to(self._as_before):
                    done.append(self.try_to(act))
            except BaseException as stopped:  # a signal, which ends the editor and the run
                self.end(stopped)
        self.do_repaint()
        return any(done)

    def _as_before(self, number: int, frame: Any) -> None:
        """Signals while the editor runs: Control-C is a key of the editor; the others end the run."""
        if number != signal.SIGINT:
            self._signals[number](number, frame)

    # Questions

    def _agree(self, question: str, yes: str, no: str, act: Callable[[], object]) -> None:
        """Do something if the person agrees."""

        def answered(answer: str | None) -> None:
            if answer == "y":
                act()

        self.push_screen(Decide(question, [Choice("y", yes, "y"), Choice("n", no, "n")]), answered)

    def _offered(self, find: Callable[[], list[T]]) -> list[T]:
        found: list[T] = []
        self.try_to(lambda: found.extend(find()))
        return found

    def _ask(
        self,
        question: str,
        choices: Sequence[Choice],
        act: Callable[[Sequence[int], str], str],
        *,
        other: str = "",
    ) -> None:
        """Ask about what is meant, and do it with the answer; escape does nothing."""
        if not (numbers := self.state.meant):
            return

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._work(lambda: act(numbers, answer))

        named = f"ticket {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} tickets"
        self.push_screen(Ask(question.format(named), choices, other=other), answered)

    def _work(self, act: Callable[[], str]) -> bool:
        """Do something at the desk, and say what is on record now, or why nothing changed; returns whether it did."""
        done: list[str] = []
        if self.try_to(lambda: done.append(act())):
            self.said = done[0]
        kept = self.said, self.refused
        self.read(self.state)
        self.said, self.refused = kept
        self.draw()
        return bool(done)
