"""The commands whose work must not grow with the desk: what an agent runs all day, and what an import asks."""

import io
from collections.abc import Callable
from typing import Any

from supportctl.cli.run.commands import run
from supportctl.cli.run.session import Session
from supportctl.desk import completion
from supportctl.desk.tickets.queue import totals
from supportctl.desk.tickets.watch import QueueFilter, look
from supportctl.store import customers, licences, tickets
from supportctl.store.desk import FEW, DirectReader, among
from supportctl.store.place import Place

NOW = "2026-03-06T20:00:00Z"
SECONDS = 1_772_827_200
ANN, KEY = "site@example.com", "SITE-0001-AAAA"
LOG = ["log", "--from", ANN, "--subject"]
COMMANDS = [
    *(["lookup", value] for value in (ANN, KEY, "nobody@example.com", "NONE-0001-AAAA")),
    ["check", "7.7.3.0"], ["due", "--tier", ANN],
    ["breaches"], ["breaches", "--within", "2h", "--tier", "SITE"], ["breaches", "--answered", "--since", "7d"],
    ["breaches", "--new"],
    ["queue", "--limit", "2"], ["queue", "--waiting", "--limit", "2"], ["queue", "--mine", "--limit", "2"],
    ["queue", "--unassigned", "--tier", "SITE", "--channel", "ticket", "--limit", "2"], ["next"],
    ["queue", "--sort", "due", "--limit", "2"],
    ["show", "1"], ["show", "1", "-o", "table"], ["explain", "1"],
    ["search", "Black"], ["search", "connect", "black"], ["search", "black", "-o", "table"],
    *(["search", asked] for asked in (
        "from:site@example.com", "from:site", "status:merged", "tier:SITE", "channel:phone", "topic:usage",
        "product:remote-utilities", "assignee:kim", "assignee:-", "tag:vip", "sla:late", "sla:missed", "sla:none",
        "sla:running", "sla:unanswered", "sla:met", "kind:bug", "black status:open", "connect from:site",
    )),
    ["customer", "list", "--limit", "2"], ["customer", "show", ANN], ["licence", "show", KEY],
    ["licence", "list", "--limit", "2"], ["undo", "--list"],
    [*LOG, "Black screen again", "--version", "7.7.3.0", "--key", KEY], ["reply", "1", "--body", "Look"],
    ["reply", "1", "--from", ANN, "--body", "Thanks"], ["note", "1", "--body", "Seen"],
    ["edit", "1", "--topic", "usage", "--tag", "x"], ["assign", "1", "kim"], ["next", "--take"],
    ["close", "1"], ["reopen", "1"], ["undo", "--yes"], ["customer", "add", "new@example.com"],
    ["licence", "add", "NEW-00001", "--tier", "PRO", "--email", "new@example.com"],
]  # fmt: skip

# With these there are open, waiting, late, answered, closed, merged and tagged tickets, a bug and a remote session.
LIVELY = [
    [*LOG, "Black screen", "--body", "How do I connect?", "--tag", "vip", "--received", "2026-03-06T10:00:00Z"],
    [*LOG, "Black screen", "--assignee", "kim", "--topic", "usage"],
    [*LOG, "Black", "--channel", "email"],
    ["log", "--from", "starter@example.com", "--subject", "Connect", "--channel", "forum"],
    ["log", "--from", "site@example.com", "--subject", "Connect", "--assignee", "tess"],
    ["reply", "2", "--body", "Yes", "--wait"],
    ["merge", "3", "2", "--yes"],
    ["close", "4", "--reason", "no need"],
    ["bug", "add", "--title", "Black screen", "--product", "remote-utilities"],
    ["bug", "link", "1", "1"],
    ["remote", "start", "1"],
]


def _queue(db: Any, **asked: Any) -> object:
    return look(db, SECONDS, QueueFilter(**asked), 2)


WATCHED: dict[str, Callable[[Any], object]] = {
    "queue, below it on a terminal": lambda db: [*totals(db, SECONDS)[1]],
    "watch": _queue,
    "watch, mine": lambda db: _queue(db, assignee="kim"),
    "watch, narrowed": lambda db: _queue(db, text="tier:SITE black", waiting=True),
}
SOME = ["ann@example.com", "bob@example.com", *(f"c{n}@example.com" for n in range(FEW))]
# What imports and lists of lines ask for many at once.
TOGETHER: dict[str, Callable[[Any], object]] = {
    "whose history goes on": lambda db: DirectReader(db).of(customers.tickets_changed_after(among(SOME), SECONDS)),
    "how many are open": lambda db: DirectReader(db).of(customers.count_open_tickets(among(SOME), SECONDS)),
    "how many are open of holders": lambda db: DirectReader(db).of(
        customers.count_open_tickets(customers.holders(SOME), SECONDS)
    ),
    "who they are": lambda db: DirectReader(db).of(customers.registered(SOME, SECONDS)),
    "what was delivered to them": lambda db: DirectReader(db).of(licences.held_by(SOME, SECONDS)[0]),
    "what they applied": lambda db: DirectReader(db).of(licences.held_by(SOME, SECONDS)[1]),
    "which licences these are": lambda db: DirectReader(db).of(licences.of_keys(SOME, SECONDS)),
    "who of them ever asked": lambda db: tickets.senders_among(db, SOME),
    "who came with these keys": lambda db: tickets.senders_with_keys(db, SOME),
    "who holds these": lambda db: DirectReader(db).of(customers.holding(SOME, SECONDS)),
    "who waits of them": lambda db: list(tickets.waiting_of(DirectReader(db), SOME, SECONDS)),
}
COMPLETED: dict[str, Callable[[Place], object]] = {
    "Tab: a ticket": lambda place: completion.open_tickets(lambda: place, ""),
    "Tab: an address": lambda place: completion.addresses(lambda: place, "s"),
    "Tab: an agent": lambda place: completion.agents(lambda: place, "k"),
}


def in_this_process(address: str, words: list[str]) -> None:
    """Run a command on the desk at an address, without a process of its own."""
    session = Session(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO())
    session.environ = {
        "SUPPORTCTL_DB": address,
        "SUPPORTCTL_NOW": NOW,
        "SUPPORTCTL_TZ": "UTC",
        "SUPPORTCTL_AGENT": "tess",
    }
    assert run(words, session) in (0, 3), words
    session.flush()
