"""`lookup`: what an address or a licence key entitles to."""

from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.answers import Answers
from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.completers import complete_address
from supportctl.cli.run.session import Session
from supportctl.cli.views.entitlement import ENTITLEMENT, entitlement_view
from supportctl.desk.accounts.lookup import Hints, look_up_all

app = Verbs()


@app.verb("lookup", ENTITLEMENT)
def lookup(
    session: Session,
    query: Annotated[
        str,
        Argument(metavar="EMAIL|KEY|-", help="whom to look up; - reads one per line", autocompletion=complete_address),
    ],
    reveal: Annotated[bool, Option("--reveal", help="show licence keys in full")] = False,
) -> Result:
    """Show what an address or a licence key is entitled to: tier, target, channels, and the clauses that decide.

    Exit 0 if it is known, 3 if not (with -, if any of them is not). With - the nearest addresses are looked for only
    for the first 20 words that are neither address nor key.


    \b
    Examples:
      supportctl lookup ann@example.com
      supportctl lookup ann@example.com --json
      tail -n +2 customers.csv | cut -d, -f1 | supportctl lookup -
    """
    view = entitlement_view(reveal, session.zone)
    at, hints = session.now, Hints()
    answers = Answers(
        session, "EMAIL|KEY", lambda asked: look_up_all(session.desk, asked, at, hints), lambda a: a.found
    )
    return answers.result(query, view)
