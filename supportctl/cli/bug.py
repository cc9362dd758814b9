"""`bug`: known bugs, their workarounds, and whom to tell about a fix."""

from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import OnlyProduct, Product, TicketArgument, Topic, number
from supportctl.cli.views.bug import BUG, WHOLE_BUG, BugPage
from supportctl.desk import bugs
from supportctl.desk.acting import Actor
from supportctl.desk.bugs import BugView
from supportctl.desk.opening import Desk

app = Noun("bug", "Known bugs: what will be fixed (5.2), and what to do until then (5.3).")

Number = Annotated[int, Argument(metavar="N", help="the bug's number", parser=number)]


@app.verb("add", WHOLE_BUG)
def add(
    session: Session,
    title: Annotated[str, Option("--title", metavar="T", help="what goes wrong, in one line")],
    product: Product = None,
    version: Annotated[str | None, Option("--version", metavar="V", help="the version it was found in")] = None,
    topic: Topic = None,
    workaround: Annotated[
        str | None,
        Option("--workaround", metavar="TEXT|-", help="what to do until it is fixed; - reads standard input"),
    ] = None,
) -> Result:
    """Record a bug. From then on it is shown with requests that seem to be about it (1.3).

    \b
    Examples:
      supportctl bug add --title "Black screen after the Windows update" --version 7.7.3.0
      supportctl bug add --title "Host loses its ID" --topic installation --workaround "Run the installer again"
    """
    text = session.read_text(workaround, "--workaround") if workaround is not None else None

    def put(db: Desk, who: Actor) -> BugView:
        return bugs.add_bug(db, title, who, product=product, version=version, topic=topic, workaround=text)

    return _whole(session, session.add(put, held=True))


@app.verb("list", BUG)
def list_(
    session: Session,
    no_workaround: Annotated[bool, Option("--no-workaround", help="only open bugs without a workaround (5.3)")] = False,
    open: Annotated[bool, Option("--open", help="only bugs that are neither fixed nor dismissed")] = False,
    product: OnlyProduct = None,
) -> Result:
    """List the known bugs, by number.

    \b
    Examples:
      supportctl bug list --open
      supportctl bug list --no-workaround
      supportctl bug list --product remote-utilities --json
    """
    sought = bugs.BugFilter(open, no_workaround, product)
    return Result(bugs.list_bugs(session.desk, session.now, sought), many=True)


@app.verb("show", WHOLE_BUG)
def show(session: Session, number: Number) -> Result:
    """Show a bug: its status, workaround and history, and the customers whose tickets are linked to it.

    \b
    Examples:
      supportctl bug show 3
      supportctl bug show 3 --json
    """
    return _whole(session, bugs.view_bug(session.desk, number, session.now))


@app.verb("reproduce", WHOLE_BUG)
def reproduce(session: Session, number: Number) -> Result:
    """Record that a bug was reproduced in the lab: it will be fixed, with no date promised (5.2).

    A bug that was fixed or dismissed is open again.

    \b
    Examples:
      supportctl bug reproduce 3
      supportctl bug reproduce 3 --json
    """
    return _whole(session, session.hold(lambda db, who: bugs.reproduce(db, number, who), bug=number))


@app.verb("workaround", WHOLE_BUG)
def workaround(
    session: Session,
    number: Number,
    text: Annotated[str, Argument(metavar="TEXT|-", help="what to do until it is fixed; - reads standard input")],
) -> Result:
    """Record what to do until a bug is fixed (5.3). This replaces an earlier workaround.

    \b
    Examples:
      supportctl bug workaround 3 "Turn off hardware acceleration"
      supportctl bug workaround 3 - < steps.txt
    """
    said = session.read_text(text, "the workaround")
    return _whole(session, session.hold(lambda db, who: bugs.work_around(db, number, said, who), bug=number))


@app.verb("fix", WHOLE_BUG)
def fix(
    session: Session,
    number: Number,
    version: Annotated[
        str, Option("--in", metavar="VERSION", help="the version that has the fix, as in 7.8.4.0 (7.1)")
    ],
) -> Result:
    """Record the version that fixes a bug. Prints the bug and the customers to tell: those of all linked tickets.

    Plain output: {plain}.
    JSON: the bug, with the tickets and addresses under "tell".

    \b
    Examples:
      supportctl bug fix 3 --in 7.8.4.0
      supportctl bug fix 3 --in 7.8.4.0 --json
    """
    return _whole(session, session.hold(lambda db, who: bugs.fix(db, number, version, who), bug=number))


@app.verb("dismiss", WHOLE_BUG)
def dismiss(
    session: Session,
    number: Number,
    reason: Annotated[str | None, Option("--reason", metavar="TEXT", help="why")] = None,
) -> Result:
    """Dismiss a bug that is not one, or that will not be fixed. It is no longer shown with requests.

    \b
    Examples:
      supportctl bug dismiss 3 --reason "Works as designed"
      supportctl bug dismiss 3
    """
    return _whole(session, session.hold(lambda db, who: bugs.dismiss(db, number, reason, who), bug=number))


@app.verb("link", WHOLE_BUG)
def link(
    session: Session,
    number: Number,
    ticket: TicketArgument,
) -> Result:
    """Link a ticket to a bug, so that its customer is told when the bug is fixed. Linking twice changes nothing.

    \b
    Examples:
      supportctl bug link 3 17
      supportctl bug link 3 17 --json
    """
    seen = session.hold(lambda db, who: bugs.link(db, number, ticket, who), bug=number, tickets=[ticket])
    return _whole(session, seen)


def _whole(session: Session, seen: BugView) -> Result:
    return Result(BugPage(seen, session.zone))
