"""`bug`: known bugs, their workarounds, and whom to tell about a fix."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.complete import complete_product, complete_ticket, complete_topic
from supportctl.cli.run.desk import adding, at_desk, hold
from supportctl.cli.run.numbers import number
from supportctl.cli.run.session import Session
from supportctl.cli.views.bug import BUG, WHOLE_BUG, WholeBug
from supportctl.desk import bugs
from supportctl.desk.bugs import SeenBug, Sought, add_bug, list_bugs, see_bug
from supportctl.store.desk import Desk

app = Noun("bug", "Known bugs: what will be fixed (5.2), and what to do until then (5.3).")

Number = Annotated[int, Argument(metavar="N", help="the bug's number", parser=number)]


@app.verb("add")
def add(
    ctx: Context,
    title: Annotated[str, Option("--title", metavar="T", help="what goes wrong, in one line")],
    product: Annotated[
        str | None, Option("--product", metavar="P", help="which product", autocompletion=complete_product)
    ] = None,
    version: Annotated[str | None, Option("--version", metavar="V", help="the version it was found in")] = None,
    topic: Annotated[
        str | None, Option("--topic", metavar="T", help="what kind of question", autocompletion=complete_topic)
    ] = None,
    workaround: Annotated[
        str | None,
        Option("--workaround", metavar="TEXT|-", help="what to do until it is fixed; - reads standard input"),
    ] = None,
) -> None:
    """Record a bug. From then on it is shown with requests that seem to be about it (1.3).

    Plain output: id, status, product, version, topic, fixed_in, title, workaround, addresses (to tell).

    \b
    Examples:
      supportctl bug add --title "Black screen after the Windows update" --version 7.7.3.0
      supportctl bug add --title "Host loses its ID" --topic installation --workaround "Run the installer again"
    """

    session = Session.of(ctx)
    text = session.read_text(workaround, "--workaround") if workaround is not None else None

    def add(db: Desk) -> SeenBug:
        return hold(
            session,
            db,
            lambda who: add_bug(db, title, who, product=product, version=version, topic=topic, workaround=text),
        )

    with adding(session, add) as (_, added):
        _show(session, added)


@app.verb("list")
def list_(
    ctx: Context,
    no_workaround: Annotated[bool, Option("--no-workaround", help="only open bugs without a workaround (5.3)")] = False,
    open: Annotated[bool, Option("--open", help="only bugs that are neither fixed nor dismissed")] = False,
    product: Annotated[
        str | None, Option("--product", metavar="P", help="only this product", autocompletion=complete_product)
    ] = None,
) -> None:
    """List the known bugs, by number.

    Plain output: id, status, product, version, topic, fixed_in, title, workaround.

    \b
    Examples:
      supportctl bug list --open
      supportctl bug list --no-workaround
      supportctl bug list --product remote-utilities --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show_all(BUG, list_bugs(db, session.now, Sought(open, no_workaround, product)))


@app.verb("show")
def show(ctx: Context, number: Number) -> None:
    """Show a bug: its status, workaround and history, and the customers whose tickets are linked to it.

    Plain output: id, status, product, version, topic, fixed_in, title, workaround, addresses (to tell).

    \b
    Examples:
      supportctl bug show 3
      supportctl bug show 3 --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        _show(session, see_bug(db, number, session.now))


@app.verb("reproduce")
def reproduce(ctx: Context, number: Number) -> None:
    """Record that a bug was reproduced in the lab: it will be fixed, with no date promised (5.2).

    A bug that was fixed or dismissed is open again.

    Plain output: id, status, product, version, topic, fixed_in, title, workaround, addresses (to tell).

    \b
    Examples:
      supportctl bug reproduce 3
      supportctl bug reproduce 3 --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        _show(session, hold(session, db, lambda who: bugs.reproduce(db, number, who), bug=number))


@app.verb("workaround")
def workaround(
    ctx: Context,
    number: Number,
    text: Annotated[str, Argument(metavar="TEXT|-", help="what to do until it is fixed; - reads standard input")],
) -> None:
    """Record what to do until a bug is fixed (5.3). This replaces an earlier workaround.

    Plain output: id, status, product, version, topic, fixed_in, title, workaround, addresses (to tell).

    \b
    Examples:
      supportctl bug workaround 3 "Turn off hardware acceleration"
      supportctl bug workaround 3 - < steps.txt
    """

    session = Session.of(ctx)
    said = session.read_text(text, "the workaround")
    with at_desk(session) as db:
        _show(session, hold(session, db, lambda who: bugs.work_around(db, number, said, who), bug=number))


@app.verb("fix")
def fix(
    ctx: Context,
    number: Number,
    version: Annotated[
        str, Option("--in", metavar="VERSION", help="the version that has the fix, as in 7.8.4.0 (7.1)")
    ],
) -> None:
    """Record the version that fixes a bug. Prints the bug and the customers to tell: those of all linked tickets.

    Plain output: id, status, product, version, topic, fixed_in, title, workaround, addresses (to tell).
    JSON: the bug, with the tickets and addresses under "tell".

    \b
    Examples:
      supportctl bug fix 3 --in 7.8.4.0
      supportctl bug fix 3 --in 7.8.4.0 --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        _show(session, hold(session, db, lambda who: bugs.fix(db, number, version, who), bug=number))


@app.verb("dismiss")
def dismiss(
    ctx: Context,
    number: Number,
    reason: Annotated[str | None, Option("--reason", metavar="TEXT", help="why")] = None,
) -> None:
    """Dismiss a bug that is not one, or that will not be fixed. It is no longer shown with requests.

    Plain output: id, status, product, version, topic, fixed_in, title, workaround, addresses (to tell).

    \b
    Examples:
      supportctl bug dismiss 3 --reason "Works as designed"
      supportctl bug dismiss 3
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        _show(session, hold(session, db, lambda who: bugs.dismiss(db, number, reason, who), bug=number))


@app.verb("link")
def link(
    ctx: Context,
    number: Number,
    ticket: Annotated[
        int, Argument(metavar="TICKET", help="the ticket's number", parser=number, autocompletion=complete_ticket)
    ],
) -> None:
    """Link a ticket to a bug, so that its customer is told when the bug is fixed. Linking twice changes nothing.

    Plain output: id, status, product, version, topic, fixed_in, title, workaround, addresses (to tell).

    \b
    Examples:
      supportctl bug link 3 17
      supportctl bug link 3 17 --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        _show(
            session,
            hold(session, db, lambda who: bugs.link(db, number, ticket, who), bug=number, tickets=[ticket]),
        )


def _show(session: Session, seen: SeenBug) -> None:
    session.show(WHOLE_BUG, WholeBug(seen, session.zone))
