"""Answers that go out by mail: written as a message, and on record as sent once somebody has taken it."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from supportctl.desk.tickets import events
from supportctl.desk.tickets.secrets import refuse_to_mail
from supportctl.desk.tickets.thread import Thread, read_threads, thread_at
from supportctl.errors import InputError, NotOnRecord
from supportctl.mail.headers import Sender, senders
from supportctl.mail.letter import Letter, answer_subject, is_plain_id, write_letter
from supportctl.mail.message import mark_of
from supportctl.policy.history import counting, in_order
from supportctl.policy.identity import mail_address, parse_address
from supportctl.policy.ticket import Entry, Ticket
from supportctl.store import messages, policies, removals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader
from supportctl.store.persons import is_alias

CUSTOMERS = ("received", "customer-replied")
FROM_HINT = "Set SUPPORTCTL_FROM to the desk's own address, such as Support <support@example.com>."


class Outgoing(NamedTuple):
    """An answer as a message: of which ticket, to which address, its Message-ID, and when it goes out (UTC seconds)."""

    ticket: int
    to: str
    message_id: str
    at: int
    message: str


def own_sender(given: str) -> Sender:
    """The desk's own name and address, as a header of a mail has them. Raises InputError."""
    found = senders(given)
    if len(found) != 1:
        raise InputError("SUPPORTCTL_FROM is not one e-mail address.", FROM_HINT)
    return Sender(found[0].name, mail_address(parse_address(found[0].address)))


def prepare(
    db: Desk, number: int, body: str, sender: Sender, actor: Actor, *, wait: bool = False, close: bool = False
) -> Outgoing:
    """The message of an answer that could be recorded now; nothing is on record yet.

    The answer is recorded and undone again: a desk that is locked or full, a ticket that was closed to answers, or a
    text that is refused, is found out before anything is sent. Raises what `record_sent` raises, and Refused for a
    secret, which must not go out by mail (8.6).
    """
    (thread,) = read_threads(db, [number])
    before = in_order(counting(thread.entries, thread.entries))
    outgoing = _outgoing(db, thread.ticket, before, body, actor.now, sender)
    with suppress(_Rehearsed), db.transaction():
        record_sent(db, body, outgoing, actor, wait=wait, close=close)
        raise _Rehearsed
    return outgoing


class _Rehearsed(Exception):
    """Ends a rehearsal: nothing of it stays."""


def record_sent(
    db: Desk, body: str, outgoing: Outgoing, actor: Actor, *, wait: bool = False, close: bool = False
) -> Thread:
    """Put an answer that was sent on record, as of when it was sent. Raises NotOnRecord, InputError, Conflict."""
    with db.transaction():
        (thread,) = events.reply(db, {outgoing.ticket: body}, outgoing.at, actor, wait=wait, close=close, sent=True)
        n = max(entry.n for entry in thread.entries if entry.kind == "replied")
        mark = mark_of(outgoing.message_id)
        messages.add(db, [mark], outgoing.ticket, n, outgoing.message_id, outgoing.to)
    return thread


def last_answer(db: Desk, number: int, sender: Sender, at: int) -> Outgoing:
    """The last public answer to a ticket by `at`, as a message: the same each time, and the one that was sent.

    Raises NotOnRecord for an unknown ticket, one without an answer, or without its text, or whose text was removed;
    Refused.
    """
    thread = thread_at(db, number, at)
    entries = in_order(counting(thread.entries, thread.entries))
    answers = [each for each in entries if each.kind == "replied"]
    if not answers:
        raise NotOnRecord(f"Ticket {number} has no answer yet.", f"Answer it with `supportctl reply {number}`.")
    written = [each for each in answers if each.n in thread.texts]
    if not written:
        raise NotOnRecord(
            f"Ticket {number} was answered, but no text of an answer is on record.",
            f"See what is with `supportctl show {number}`.",
        )
    answer = written[-1]
    if removals.removed(db, number, answer.n):
        raise NotOnRecord(
            f"The text of the last answer to ticket {number} was removed.", f"See it with `supportctl show {number}`."
        )
    before = entries[: entries.index(answer)]
    return _outgoing(db, thread.ticket, before, thread.texts[answer.n].body, answer.at, sender, answer.n)


def sent_to(db: Desk, thread: Thread) -> dict[int, str]:
    """The addresses that the answers of a thread were sent to, by entry."""
    mailed = DirectReader(db).of(messages.of_ticket(thread.ticket.id))
    return {n: each.sent_to for n, each in mailed.items() if each.sent_to is not None}


def _outgoing(
    db: Desk, ticket: Ticket, before: Sequence[Entry], body: str, at: int, sender: Sender, n: int = 0
) -> Outgoing:
    """The message of an answer that follows the entries `before`; `n` is its own entry, if it has one."""
    policy = policies.in_force(db, at).policy
    refuse_to_mail(db, policy, (ticket.subject, body))
    mailed = DirectReader(db).of(messages.of_ticket(ticket.id))
    own = mailed.get(n)
    to = own.sent_to if own and own.sent_to else mail_address(ticket.sender)
    if is_alias(to):
        raise InputError(
            f"The customer of ticket {ticket.id} was erased: there is no address to send to.",
            "Record the answer without sending it.",
        )
    ids = {each.n: each.message_id for each in mailed.values() if each.message_id and is_plain_id(each.message_id)}
    asked = [ids[entry.n] for entry in before if entry.n in ids and entry.kind in CUSTOMERS]
    talk = [ids[entry.n] for entry in before if entry.n in ids and entry.kind in (*CUSTOMERS, "replied")]
    message_id = (own and own.message_id) or _new_id(ticket.id, at, body, sender.address)
    letter = Letter(
        Sender(sender.name or policy.name, sender.address), Sender(ticket.name or "", to),
        answer_subject(ticket.subject, ticket.id), body, at, message_id, (asked or talk or [""])[-1], tuple(talk),
    )  # fmt: skip
    return Outgoing(ticket.id, to, message_id, at, write_letter(letter))


def _new_id(ticket: int, at: int, body: str, address: str) -> str:
    """A Message-ID that the same answer always gets: it can be printed twice, and who gets both sees one."""
    digest = hashlib.sha256(f"{ticket}\n{at}\n{body}".encode()).hexdigest()[:24]
    return f"{ticket}.{digest}@{address.rpartition('@')[2]}"
