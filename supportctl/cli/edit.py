"""`edit`: tickets corrected, and judged again as of when they were received."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import (
    TicketIds,
    complete_address,
    complete_channel,
    complete_product,
    complete_topic,
    thread_view,
)
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import change_tickets
from supportctl.desk.tickets.correct import Correction, correct_tickets
from supportctl.errors import InputError

app = Verbs()


@app.verb("edit", thread_view, writes=True)
def edit(
    session: Session,
    ids: TicketIds,
    topic: Annotated[
        str | None, Option("-t", "--topic", metavar="T", help="the kind of question", autocompletion=complete_topic)
    ] = None,
    product: Annotated[
        str | None, Option("-p", "--product", metavar="P", help="the product", autocompletion=complete_product)
    ] = None,
    version: Annotated[str | None, Option("--version", metavar="V", help="the version")] = None,
    channel: Annotated[
        str | None,
        Option("--channel", metavar="C", help="the channel it came through", autocompletion=complete_channel),
    ] = None,
    sender: Annotated[
        str | None, Option("-f", "--from", metavar="EMAIL", help="who asks", autocompletion=complete_address)
    ] = None,
    subject: Annotated[str | None, Option("-s", "--subject", metavar="TEXT", help="what it is about")] = None,
    lang: Annotated[str | None, Option("--lang", metavar="CODE", help="the language")] = None,
    tag: Annotated[list[str] | None, Option("--tag", metavar="T", help="add a tag")] = None,
    untag: Annotated[list[str] | None, Option("--untag", metavar="T", help="remove a tag")] = None,
) -> Result:
    """Correct tickets. Each is judged again as of the time it was received; its due time never moves later.

    \b
    Examples:
      supportctl edit 17 --topic bug --version 7.7.3.0
      supportctl edit 17 20-22 --channel ticket --tag urgent
    """
    if {*(tag or ())} & {*(untag or ())}:
        raise InputError("--tag and --untag name the same tag.", "Add it, or remove it.")
    correction = Correction(
        topic=topic, product=product, version=version, channel=channel, sender=sender, subject=subject, language=lang,
        tag=tuple(tag or ()), untag=tuple(untag or ()),
    )  # fmt: skip
    return change_tickets(session, ids, lambda db, numbers, who: correct_tickets(db, numbers, correction, who))
