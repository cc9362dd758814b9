"""`search`: tickets and bugs by their words."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from typer import Argument, Option
from typer._click import Context

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.listing import Tally, ticket_list
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import how_many
from supportctl.cli.views.ticket import deadline, urgency
from supportctl.desk.search import FIELDS, WORDS, Hit
from supportctl.desk.search import search as find
from supportctl.render.columns import LIST, NUMBER, TIME, Column, View

app = Verbs()


def _ticket(name: str) -> Any:
    return lambda hit: getattr(hit.ticket, name) if hit.ticket else None


def _bug(name: str) -> Any:
    return lambda hit: getattr(hit.bug, name) if hit.bug else None


def _either(of_ticket: str, of_bug: str) -> Any:
    return lambda hit: getattr(hit.ticket, of_ticket) if hit.ticket else getattr(hit.bug, of_bug)


def _deadline(hit: Hit, paused: bool = False) -> str:
    return deadline(hit.seen, paused) if hit.seen else f"bug, {hit.bug.status}" if hit.bug else ""


FOUND = View(
    columns=(
        Column("kind", get=lambda hit: "ticket" if hit.ticket else "bug"),
        Column("id", NUMBER, "#", _either("id", "id")),
        Column("subject", get=_either("subject", "title")),
        Column("snippet"),
        Column("matches", LIST),
        Column("status", get=_either("status", "status")),
        Column("product", get=_either("product", "product")),
        Column("topic", get=_either("topic", "topic")),
        Column("received_at", TIME, get=_either("received_at", "reported_at")),
        Column("from", get=_ticket("sender")),
        Column("tier", get=lambda hit: hit.ticket.target.tier if hit.ticket else None),
        Column("channel", get=_ticket("channel")),
        Column("assignee", title="Agent", get=_ticket("assignee")),
        Column("workaround", get=_bug("workaround")),
        Column("fixed_in", get=_bug("fixed_in")),
    ),
    nothing="Nothing found.",
    # First the number that verbs read from standard input: `search … | cut -f1 | supportctl close -` skips bugs.
    plain=("ticket", "kind", "id", "status", "from", "subject", "snippet"),
    table=("id", "deadline", "tier", "told"),
    wide=("from", "assignee", "received_at", "product"),
    one_line=True,
    readable=70,  # a subject and the words around what was found
    people=(
        Column("deadline", title="Answer", get=_deadline),
        Column("told", title="Subject"),
        Column("found", get=lambda hit: hit.bracketed),
        Column("ticket", NUMBER, get=_ticket("id"), note="empty for a bug"),
    ),
    style=lambda hit: urgency(hit.seen) if hit.seen else "",
    urgent="deadline",
    title="Found",
)


def _complete(ctx: Context, incomplete: str) -> list[str]:
    """Fields with their values: of a field that is begun all, or those that begin like what stands after its colon."""
    field, colon, value = incomplete.partition(":")
    fields = [field] if colon else [name for name in FIELDS if field and name.startswith(field)]
    return [f"{name}:{each}" for name in fields for each in _values(Session.of(ctx), name, value)]


def _values(session: Session, field: str, begun: str) -> list[str]:
    from supportctl.desk import completion  # late: only Tab asks

    match field:
        case "from":
            return [address for address, _ in completion.addresses(session.place, begun)]
        case "assignee":
            return completion.agents(session.place, begun)
        case "tier" | "channel" | "product" | "topic":
            found: Iterable[str] = completion.names_of_policy(session.place, f"{field}s", session.now)
        case _:
            found = WORDS.get(field, ())
    spelled = found if any(each.startswith(begun) for each in found) else map(str.lower, found)
    return [each for each in spelled if each.startswith(begun)]


@app.verb("search", FOUND)
def search(
    session: Session,
    text: Annotated[
        list[str],
        Argument(
            metavar="TEXT", help="words, and field:value to narrow; quotes make a phrase", autocompletion=_complete
        ),
    ],
    limit: Annotated[int, Option("-n", "--limit", metavar="N", help="show at most this many", parser=how_many)] = 20,
) -> Result:
    """Find tickets and known bugs that contain all the words, best matches first, with the sentence that contains them.

    Searches subjects, texts, replies, notes, and the titles and workarounds of bugs; connected finds connecting, cafe
    finds café. Very common words find only the newest tickets. Fields match tickets as they are now: status: tier:
    channel: assignee: tag: from: product: topic: sla: kind: (ticket or bug).

    \b
    Examples:
      supportctl search black screen
      supportctl search "firewall tier:SITE status:open" --limit 5
      supportctl search 'from:ann@example.com "blue screen"' --json
      supportctl search printing -o plain | cut -f1 | supportctl edit - --tag printing
    """

    def found(most: int | None) -> Iterator[Hit]:
        return find(session.desk, " ".join(text), session.now, most or limit)

    def told(n: Tally) -> str:
        return ", ".join([f"over {limit:,} found" if n.all > limit else f"{n.all:,} found", *n.parts()])

    return ticket_list(session, found, FOUND, told, limit=limit, of=lambda hit: hit.seen)
