"""`search`: tickets and bugs by their words."""

from typing import Annotated, Any

from typer import Argument, Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import how_many
from supportctl.cli.run.session import Session
from supportctl.desk.search import search as find
from supportctl.render.columns import LIST, NUMBER, TIME, Column, View

app = Verbs()


def _ticket(name: str) -> Any:
    return lambda hit: getattr(hit.ticket, name) if hit.ticket else None


def _bug(name: str) -> Any:
    return lambda hit: getattr(hit.bug, name) if hit.bug else None


def _either(of_ticket: str, of_bug: str) -> Any:
    return lambda hit: getattr(hit.ticket, of_ticket) if hit.ticket else getattr(hit.bug, of_bug)


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
        Column("assignee", get=_ticket("assignee")),
        Column("workaround", get=_bug("workaround")),
        Column("fixed_in", get=_bug("fixed_in")),
    ),
    nothing="Nothing found.",
    # First the number that verbs read from standard input: `search … | cut -f1 | supportctl close -` skips bugs.
    plain=("ticket", "kind", "id", "status", "from", "subject", "snippet"),
    table=("kind", "id", "status", "subject", "found"),
    wide=("from", "received_at", "tier"),
    people=(
        Column("found", get=lambda hit: hit.bracketed),
        Column("ticket", NUMBER, get=_ticket("id"), note="empty for a bug"),
    ),
    title="Found",
)


@app.verb("search", FOUND)
def search(
    session: Session,
    text: Annotated[list[str], Argument(metavar="TEXT", help="words, and field:value to narrow; quotes make a phrase")],
    limit: Annotated[int, Option("--limit", metavar="N", help="show at most this many", parser=how_many)] = 20,
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
    return Result(find(session.desk, " ".join(text), session.now, limit), many=True)
