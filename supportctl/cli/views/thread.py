"""A ticket with its thread, known bugs and similar tickets (1.3): for people and for scripts."""

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple

from supportctl.cli.views.ticket import PEOPLE, TICKET, columns_of, head, urgency
from supportctl.clock import iso
from supportctl.desk.opening import Desk
from supportctl.desk.tickets.related import KnownBug, Related
from supportctl.desk.tickets.thread import Thread
from supportctl.desk.tickets.view import TicketView
from supportctl.policy.history import retracted_entries, went_out
from supportctl.policy.ticket import Entry, Ticket
from supportctl.render.columns import DATA, Column, View
from supportctl.render.phrases import moment
from supportctl.render.safe import visible

INDENT = "   "
_DONE = {
    "received": "asked",
    "replied": "answered",
    "customer-replied": "wrote",
    "auto-replied": "sent an automatic message",
    "noted": "noted",
    "assigned": "assigned it",
    "edited": "corrected it",
    "closed": "closed it",
    "reopened": "reopened it",
    "merged": "merged it",
    "absorbed": "merged",
    "retracted": "took back an entry",
    "redacted": "removed the text of an entry",
    "erased": "removed a person's name and texts",
    "spam": "set it aside as spam",
    "remote-started": "started a remote session",
    "remote-ended": "ended a remote session",
    "retargeted": "recorded a change",
    "linked": "linked it",
}


def entry_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """An entry's own data, its times as scripts read them."""
    shown = dict(data)
    if "due_at" in data:
        shown["due_at"] = [None if at is None else iso(at) for at in data["due_at"]]
    if "promises" in data:
        shown["promises"] = [{"start": iso(start), "seconds": s, "revision": n} for start, s, n in data["promises"]]
    if "taken_in" in data:
        shown["taken_in"] = iso(data["taken_in"])
    return shown


def _changed(data: Mapping[str, Any], zone: tzinfo | None) -> str:
    """The tier and the due time before and after a change."""
    tier, due = data.get("tier", ()), data.get("due_at", ())
    tiers = f", {' to '.join(tier)}" if len(set(tier)) > 1 else ""
    return tiers + (f", due {moment(due[1], zone)}" if len(set(due)) > 1 and due[1] is not None else "")


def _detail(entry: Entry, zone: tzinfo | None) -> str:
    """A line about an entry that has no text."""
    data = entry.data
    match entry.kind:
        case "assigned":
            return f" to {data['set']['assignee'] or 'nobody'}"
        case "edited":
            return f": {', '.join([*data['set'], *data.get('also', ())])}"
        case "retargeted":
            return f": {data['cause']}{_changed(data, zone)}"
        case "merged":
            return f" into {data['into']}"
        case "absorbed":
            return f" ticket {data['ticket']} into it"
        case "remote-started":
            return f" with {data['tool']} ({data['session']})"
        case "remote-ended":
            return f" ({data['session']})"
        case "retracted" | "redacted":
            return f" ({data['entry']})"
        case "linked":
            return f" to bug {data['bug']}"
        case _:
            return ""


def _whole(_: int, lines: list[str]) -> list[str]:
    return lines


class ThreadPage(NamedTuple):
    """A ticket as seen, with its history."""

    seen: TicketView
    thread: Thread
    zone: tzinfo | None = None
    related: Related | None = None
    sent_to: Mapping[int, str] = MappingProxyType({})  # where answers were sent by mail, by entry

    @property
    def conversation(self) -> str:
        """What was said and done, for people: each entry under a line that says who and when.

        Texts are indented, so that no stranger's words can pass for such a line.
        """
        return self._told(_whole)

    @property
    def folded(self) -> str:
        """The same with what replies quote folded; the first message stays whole, as nothing before it has its text."""
        from supportctl.cli.views.quotes import without_quotes  # late: programs get the texts as they are

        return self._told(lambda n, lines: lines if n == 1 else without_quotes(lines))

    def _told(self, read: Callable[[int, list[str]], list[str]]) -> str:
        back = retracted_entries(self.thread.entries)
        return "\n".join(self._spoken(entry, entry.n in back, read) for entry in self.thread.entries).rstrip()

    def _spoken(self, entry: Entry, back: bool, read: Callable[[int, list[str]], list[str]]) -> str:
        text = None if entry.kind == "edited" else self.thread.texts.get(entry.n)
        who = text.author if text and text.author else entry.agent
        done = f"{_DONE.get(entry.kind, entry.kind)}{_detail(entry, self.zone)}"
        done += f" by mail to {self.sent_to[entry.n]}" if entry.n in self.sent_to else ""
        said = f"{entry.n}. {moment(entry.at, self.zone)}  {who} {done}{' (taken back)' if back else ''}"
        if not (text and text.body.strip()):
            return said
        lines = visible(text.body, multiline=True).rstrip().split("\n")
        return "\n".join([said, *(f"{INDENT}{line}".rstrip() for line in read(entry.n, lines)), ""])

    @property
    def short(self) -> str:
        """What was just done to it, and how it stands now."""
        from supportctl.cli.views.done import after  # late: programs read no phrases

        return after(self.seen, self.thread.new, self.zone)

    @property
    def body(self) -> str | None:
        text = self.thread.texts.get(1)
        return text.body if text else None

    @property
    def known(self) -> list[dict[str, Any]]:
        """The known bugs it is linked to, or likely about (1.3)."""
        return [_known_record(known) for known in self.related.bugs] if self.related else []

    @property
    def similar(self) -> list[dict[str, Any]]:
        """Tickets that are likely about the same thing (1.3)."""
        return [_similar_record(ticket) for ticket in self.related.tickets] if self.related else []

    @property
    def history(self) -> list[dict[str, Any]]:
        """The entries for scripts: what happened, its own data, and its text if any."""
        return [self._entry(entry) for entry in self.thread.entries]

    def _entry(self, entry: Entry) -> dict[str, Any]:
        text, data = self.thread.texts.get(entry.n), entry_data(entry.data)
        if entry.kind == "edited" and text is not None:  # what a subject and a sender were before
            was = {"subject": text.body, "sender": text.author}
            data["was"] = {**data.get("was", {}), **{name: was[name] for name in data.get("also", ())}}
            text = None
        return {
            "n": entry.n,
            "at": iso(entry.at),
            "entered_at": iso(entry.entered_at),
            "kind": entry.kind,
            "agent": entry.agent,
            "system_user": entry.system_user,
            "data": data,
            "from": text.author if text else None,
            "body": text.body if text else None,
            "sent_to": self.sent_to.get(entry.n),
        }


def thread_page(db: Desk, thread: Thread, at: int, zone: tzinfo | None) -> ThreadPage:
    """A ticket at `at` (UTC epoch seconds), with its thread, known bugs and similar tickets."""
    text = thread.texts.get(1)
    related = Related(db, thread.ticket, text.body if text else "", at)
    return ThreadPage(thread.seen_at(at), thread, zone, related, _sent_to(db, thread))


def _sent_to(db: Desk, thread: Thread) -> Mapping[int, str]:
    if not any(map(went_out, thread.entries)):
        return {}
    from supportctl.desk.tickets.outgoing import sent_to  # late: few threads have mail that went out

    return sent_to(db, thread)


def _lifted(column: Column) -> Column:

    def get(record: ThreadPage) -> Any:
        return column.value(record.seen)

    return column._replace(get=get)


def thread_head(page: ThreadPage, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    """The facts of a ticket in a few lines, then what is known already (1.3)."""
    yield from head(page.seen, zone)
    yield from ((f"See {line}", "") for line in (related_lines(page.related) if page.related else ()))


def _with_reasons(page: ThreadPage, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    yield from thread_head(page, zone)
    yield "", ""
    yield from ((f"({reason.clause}) {reason.text}", "") for reason in page.seen.ticket.target.reasons)


THREAD = View(
    columns=(
        *columns_of("seen."),
        Column("body"),
        Column("known", DATA),
        Column("similar", DATA),
        Column("history", DATA),
    ),
    plain=TICKET.plain,
    people=(*map(_lifted, PEOPLE), Column("conversation"), Column("folded"), Column("short")),
    table=TICKET.table,
    style=lambda record: urgency(record.seen),
    urgent="deadline",
    head=thread_head,
    below="folded",
    cards=True,
    short="short",
)

WHOLE_THREAD = THREAD._replace(head=_with_reasons, below="conversation")


# What is known already


def _known_record(known: KnownBug) -> dict[str, Any]:
    """A known bug as scripts read it."""
    bug = known.bug
    return {
        "id": bug.id,
        "title": bug.title,
        "status": bug.status,
        "workaround": bug.workaround,
        "fixed_in": bug.fixed_in,
        "linked": known.linked,
    }


def _similar_record(ticket: Ticket) -> dict[str, Any]:
    """A similar ticket as scripts read it."""
    return {"id": ticket.id, "subject": ticket.subject, "status": ticket.status}


def related_lines(related: Related) -> list[str]:
    """Known bugs, then similar tickets, one per line; they contain foreign text, so show them safely."""
    return [*map(_known_line, related.bugs), *map(_similar_line, related.tickets)]


def _known_line(known: KnownBug) -> str:
    """A known bug in one line: what it is, and what helps."""
    bug = known.bug
    helps = f"Fixed in {bug.fixed_in}" if bug.fixed_in else bug.workaround or "No workaround yet"
    return f"bug {bug.id} ({bug.status}): {_one_line(bug.title)}. {_one_line(helps)}"


def _similar_line(ticket: Ticket) -> str:
    return f"ticket {ticket.id} ({ticket.status}): {_one_line(ticket.subject)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
