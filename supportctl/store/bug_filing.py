"""Writes known bugs, their history and texts, each with its seal and its place in the full text."""

import json
from collections.abc import Sequence

from supportctl.policy.bugs import Bug
from supportctl.store import counters, seals, totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.full_text import BUGS, Document, Rewording


def add(db: Desk, bug: Bug, actor: Actor) -> int:
    """Record a new bug, inside the caller's transaction; returns its number."""
    number = counters.take(db, "bug")
    own = (number, bug.title, bug.product, bug.version, bug.topic, bug.reported_at)
    db.execute(f"insert into bugs (id, {seals.BUGS.own}, entries) values (?, ?, ?, ?, ?, ?, 1)", own)
    _write(db, number, 1, "reported", {}, None, actor, [own])
    db.full_text.add_bug(Document(number, bug.title))
    return number


def append(db: Desk, number: int, kind: str, data: dict[str, object], text: str | None, actor: Actor) -> None:
    """Record something that happens to a bug at the actor's now, inside the caller's transaction."""
    change = Rewording(text=text if kind == "workaround" else None)
    with db.full_text.reindexing(BUGS, number, change):
        n = _next(db, number)
        _write(db, number, n, kind, data, text, actor)


def link(db: Desk, number: int, ticket: int, actor: Actor) -> bool:
    """Link a ticket to a bug, inside the caller's transaction; returns whether that is new."""
    known = db.execute(
        "select 1 from bug_tickets where bug = :bug and ticket = :ticket", {"bug": number, "ticket": ticket}
    ).fetchone()
    if known:
        return False
    n = _next(db, number)
    _write(db, number, n, "linked", {"ticket": ticket}, None, actor)
    totals.put(db, "bug_tickets", {"bug": number, "ticket": ticket, "n": n})
    return True


def _next(db: Desk, number: int) -> int:
    row = db.execute(
        "update bugs set entries = entries + 1 where id = :id returning entries", {"id": number}
    ).fetchone()
    n: int = row[0]
    return n


def _write(
    db: Desk, number: int, n: int, kind: str, data: dict[str, object], text: str | None, actor: Actor,
    new: Sequence[seals.Row] = (),
) -> None:  # fmt: skip
    dumped = json.dumps(data, ensure_ascii=False)
    entry = (number, n, actor.now, actor.entered_at, kind, actor.agent, actor.system_user, dumped)
    texts = [] if text is None else [(number, n, text)]
    seals.append(db, seals.BUGS, {"bug_history": [entry], "bug_texts": texts}, new)
