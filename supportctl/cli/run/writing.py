"""How a text is written: given, taken from a draft, or in the editor. One that is not put on record stays a draft."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, TypeVar

from supportctl.cli.run.commands import Result
from supportctl.cli.run.drafts import VERBS, Draft
from supportctl.cli.run.session import Session
from supportctl.errors import InputError, NotOnRecord, Refused, SupportctlError

T = TypeVar("T")

USE, SENT, DROP = "use", "sent", "drop"


class TextOptions(NamedTuple):
    """The options that give a text: the text itself, the editor, masking, a template, or the draft."""

    body: str | None
    edit: bool
    redact: bool
    template: str | None = None
    draft: str | None = None

    def check(self, *drafts: str) -> "TextOptions":
        """These options, if they go together and `--draft` is one of `drafts`. Raises InputError."""
        if self.draft is None:
            return self
        if self.draft not in drafts:
            raise InputError("--draft does not take that word.", f"Choose from: {', '.join(drafts)}.")
        other = self.body is not None or self.template is not None
        if other or (self.draft != USE and (self.edit or self.redact)):
            raise InputError(
                "--draft cannot be combined with --body or --template, and only --draft use with --edit or --redact.",
                "The draft is the text.",
            )
        return self


class AnswerOptions(NamedTuple):
    """What is done with an answer: `at` is when it was given, as a TIME of the command line."""

    at: str = "now"
    wait: bool = False
    close: bool = False
    send: bool = False


def put_text(
    session: Session, draft: Draft, given: TextOptions, save: Callable[[str], T], *,
    prompt: str, below: Callable[[], str], canned: Callable[[str], str] | None = None,
) -> T:  # fmt: skip
    """What `save` makes of a text: as given, from standard input, a template or the draft, or from the editor.

    `below` gives what the editor shows below it, `canned` a template filled in, and `prompt` is asked where there is no
    editor. Raises InputError, and what `save` raises; the text is kept as the draft then.
    """
    if given.draft is not None:
        text: str | None = _of_draft(draft)
    elif given.template is not None and canned is not None:
        text = canned(given.template)
    else:
        text = session.read_text(given.body, "--body") if given.body is not None else None
    if given.edit or (text is None and session.interactive and _has_editor(session)):
        return edit_and_save(session, draft, below(), save, text or "")
    if text is None:
        _refuse_beside_draft(session, draft)
        text = session.ask(prompt, option="--body")
        session.look_at_the_clock()
    texts = [not_empty(text)]
    with _kept(session, draft, texts):
        done = save(text)
    draft.done(text)
    return done


def edit_and_save(session: Session, draft: Draft, below: str, save: Callable[[str], T], start: str = "") -> T:
    """What `save` makes of a text from the editor, which begins with the draft, if there is one, else with `start`.

    `below` is shown under it. A text that is refused goes back to the editor with the reason, until it comes back as it
    was. Whatever ends this early, the draft stays, and the next call begins with it. Raises InputError, and what `save`
    raises.
    """
    found = draft.read()
    if found.strip() and start.strip() not in found:
        start = f"{start}\n\n{found}".strip()
    if found.strip():
        session.say("Your draft is in the editor; leave the text empty to drop it.")
    texts: list[str] = []
    with _kept(session, draft, texts):
        try:
            texts.append(_edited(session, draft, start or found, below))
            done = _until_accepted(session, draft, below, save, texts)
        finally:
            if not found.strip() and not texts and _unchanged(draft, start):
                draft.drop()
    draft.done(texts[-1])
    return done


def _until_accepted(session: Session, draft: Draft, below: str, save: Callable[[str], T], texts: list[str]) -> T:
    while True:
        try:
            return save(texts[-1])
        except (InputError, Refused) as refused:
            if draft.message.exists():  # it went out: nothing about it can be changed
                raise
            changed = _edited(session, draft, texts[-1], f"{refused.message} {refused.hint}\n\n{below}".rstrip())
            if changed == texts[-1]:
                raise
            texts.append(changed)


def _edited(session: Session, draft: Draft, text: str, below: str) -> str:
    from supportctl.cli.run.programs import edit_text  # late: few texts are written in an editor

    return not_empty(edit_text(session, draft, text, below))


def _has_editor(session: Session) -> bool:
    from supportctl.cli.run.programs import has_editor  # late: few texts are written in an editor

    return has_editor(session)


def not_empty(text: str) -> str:
    """The text, unless it is empty: an editor closed without a word sends nothing. Raises InputError."""
    if not text.strip():
        raise InputError("The text is empty.", "Give some text with --body, or on standard input with --body -.")
    return text


def drop_draft(draft: Draft) -> Result:
    """Remove the draft. Raises NotOnRecord if there is none."""
    if not draft.drop():
        raise _no_draft(draft)
    return Result(say=["The draft was removed."])


def _of_draft(draft: Draft) -> str:
    text = draft.read()
    if not text.strip():
        raise _no_draft(draft)
    return text


def _no_draft(draft: Draft) -> NotOnRecord:
    return NotOnRecord(f"You have no draft for {_where(draft)}.", "Give the text with --body, or write it with --edit.")


def _where(draft: Draft) -> str:
    return "a request" if draft.ticket is None else f"ticket {draft.ticket}"


def _refuse_beside_draft(session: Session, draft: Draft) -> None:
    """Say that there is a draft where nobody can be shown it. Raises InputError."""
    if not session.interactive and draft.read().strip():
        raise InputError(
            f"--body is missing, and you have a draft for {_where(draft)}: {draft.path}",
            "Add --draft use to take it as it is, or --draft drop to remove it.",
        )


def _unchanged(draft: Draft, start: str) -> bool:
    try:
        return draft.read().strip() == start.strip()
    except InputError:
        return False


@contextmanager
def _kept(session: Session, draft: Draft, texts: list[str]) -> Iterator[None]:
    """Whatever ends this early, the last of the texts, or what the editor saved, stays as the draft; a word says so."""
    try:
        yield
    except NotOnRecord:
        raise
    except BaseException as end:
        # Whatever it was, it must not be hidden by a full disk.
        with suppress(SupportctlError, OSError):
            if texts and draft.read().strip() != texts[-1].strip():
                draft.keep(texts[-1])
            if draft.read().strip() and not (draft.message.exists() and isinstance(end, SupportctlError)):
                _say_kept(session, draft, end)
        raise


def _say_kept(session: Session, draft: Draft, end: BaseException) -> None:
    command = f"supportctl {VERBS[draft.kind]}" + (f" {draft.ticket}" if draft.ticket else " --edit")
    if draft.message.exists():
        said = f"The answer may have been sent: `{command}` says how to go on."
    elif session.interactive:
        said = f"Your text is kept as a draft: `{command}` offers it again."
    else:
        said = f"The text is kept as a draft: `{command} --draft use` takes it, `--draft drop` removes it."
    if isinstance(end, SupportctlError):
        end.hint = f"{end.hint} {said}"
    else:
        session.say(said)
