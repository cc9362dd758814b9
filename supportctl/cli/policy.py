"""`policy`: the support policy, clause by clause, and its revisions (1.4)."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.complete import complete_clause
from supportctl.cli.run.desk import actor, adding, at_desk, has_desk, hold
from supportctl.cli.run.files import read_file
from supportctl.cli.run.numbers import number
from supportctl.cli.run.progress import counting
from supportctl.cli.run.session import FORMATS, Session
from supportctl.cli.views.policy import (
    CHECKED,
    CLAUSE,
    DIFFERENCE,
    LINE,
    POLICY,
    REVISION,
    SET,
    TIER,
    HeldPolicy,
    Shown,
    all_tiers,
    comparison_rows,
    lines,
    tier_rows,
)
from supportctl.desk.revisions import Set, compare, find_revision, lacking, set_policy
from supportctl.errors import InputError, NotOnRecord
from supportctl.masking import unkeyed
from supportctl.policy.clauses import clauses_of
from supportctl.policy.file import parse
from supportctl.store import policies
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.policies import BEGINNING

app = Noun("policy", "The support policy: what it says, and which revision was in force when (1.4).")

File = Annotated[str, Argument(metavar="FILE|-", help="a policy file (TOML); - reads standard input")]


@app.verb("show", formats=(*FORMATS, "toml"))
def show(
    ctx: Context,
    clause: Annotated[
        str | None, Argument(metavar="CLAUSE", help="one clause, such as 2.1", autocompletion=complete_clause)
    ] = None,
    revision: Annotated[
        int | None,
        Option("--revision", metavar="N", help="the revision to show; by default the one in force", parser=number),
    ] = None,
) -> None:
    """Show the policy in force, or one clause with the rules that rest on it; 2.1 has the tier table.

    -o toml prints the policy file itself, to edit and give to `policy set`. Without a desk this shows the built-in
    policy.

    Plain output: clause, kind, name, text.

    \b
    Examples:
      supportctl policy show
      supportctl policy show 2.1
      supportctl policy show -o toml > policy.toml
    """
    session = Session.of(ctx)
    held = _held(session, revision)
    if session.format == "toml":
        if clause is not None:
            raise InputError("A single clause is not a policy file.", "Leave CLAUSE out, or choose another format.")
        session.write(held.toml)
    elif clause is None:
        _show_policy(session, held)
    else:
        _show_clause(session, held, clause)


@app.verb("check")
def check(ctx: Context, file: File) -> None:
    """Check that a policy file is valid. If it is not, the exit code is 2 and the message names the first fault.

    Plain output: file, name, tiers, timezone.

    \b
    Examples:
      supportctl policy check policy.toml
      supportctl policy check - < policy.toml
    """

    session = Session.of(ctx)
    data = parse(_text(session, file), source=_source(file))
    record = {"file": file, "name": data["name"], "tiers": list(data["tiers"]), "timezone": data["hours"]["timezone"]}
    session.show(CHECKED, record)


@app.verb("set")
def set_(
    ctx: Context,
    file: File,
    effective: Annotated[str, Option("--effective", metavar="TIME", help="when it takes effect")] = "now",
) -> None:
    """Record a new revision of the policy. Earlier revisions stay on record, and so does what they judged.

    A revision in force now judges every unanswered ticket again: a new target counts from now, and no due time moves
    later. A future revision moves nothing; it judges requests received from then on.

    Plain output: revision, in_force, effective_at, name, agent, entered_at, judged, moved_count.

    \b
    Examples:
      supportctl policy set policy.toml
      supportctl policy set policy.toml --effective 2027-01-01
    """

    session = Session.of(ctx)
    session.time(effective)  # report a wrong time before the file is read
    text = _text(session, file)
    data = parse(text, source=_source(file))

    def put(db: Desk) -> Set:
        def set_it(who: Actor) -> Set:
            since = session.time(effective)
            return set_policy(db, text, data, _source(file), since, who, partial(counting, session))

        return hold(session, db, set_it, desk=True)

    with adding(session, put) as (_, done):
        session.show(SET, done)
        if not done.anew:
            session.say(f"Nothing was changed: this is revision {done.recorded.revision}, word for word.")


@app.verb("history")
def history(ctx: Context) -> None:
    """List the revisions of the policy in the order they take effect, and mark the one in force.

    Plain output: revision, in_force, effective_at, name, agent, entered_at.

    \b
    Examples:
      supportctl policy history
      supportctl policy history --now 2026-03-01 --json
    """
    from supportctl.desk.revisions import history

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show(REVISION, history(db, session.now), many=True)


@app.verb("diff")
def diff(
    ctx: Context,
    a: Annotated[str | None, Argument(metavar="A|FILE", help="a revision's number, or a policy file")] = None,
    b: Annotated[str | None, Argument(metavar="B|FILE", help="another one; by default the one in force")] = None,
) -> None:
    """Show what changes between two policies, key by key, and which unanswered tickets would move, and to when.

    With two revisions: from A to B. With one: from A to the one in force. With a file: from the one in force to the
    file. With neither: the newest revision against the one before it.

    Plain output: kind (policy or ticket), key, before, after.

    \b
    Examples:
      supportctl policy diff policy.toml
      supportctl policy diff 1 2
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        old, new = _two(session, db, a, b)
        comparison = compare(db, old, new, actor(session))
        session.show(DIFFERENCE, comparison_rows(comparison), many=True)
        if comparison.missing:
            session.say(f"The newer one lacks {lacking(comparison.missing)}: `policy set` refuses that.")
        elif not (comparison.differences or comparison.moved) and session.stdout.isatty():
            session.say("Nothing changes.")


def _two(session: Session, db: Desk, a: str | None, b: str | None) -> tuple[Any, Any]:
    """The data of the policies to compare, the older first."""

    current = policies.recorded_in_force(db, session.now)
    if a is None:
        recorded = policies.all_recorded(db)
        return recorded[max(0, len(recorded) - 2)].data, recorded[-1].data
    if b is None:
        other = _data(session, db, a)
        return (current.data, other) if _number(a) is None else (other, current.data)
    return _data(session, db, a), _data(session, db, b)


def _data(session: Session, db: Desk, which: str) -> Any:
    number = _number(which)
    return find_revision(db, number).data if number is not None else parse(_text(session, which), source=_source(which))


def _number(which: str) -> int | None:
    """A revision's number; anything else is a file (one called 2 can be given as ./2)."""
    return int(which) if which.isascii() and which.isdigit() and 0 < len(which) < 20 else None


def _text(session: Session, file: str) -> str:
    return session.read_text("-", "FILE") if file == "-" else read_file(Path(file), "FILE")


def _source(file: str) -> str:
    return "Standard input" if file == "-" else file


def _held(session: Session, number: int | None) -> HeldPolicy:
    """The revision asked for, else the one in force, else (without a desk) the built-in policy."""

    if number is None and not has_desk(session):
        from supportctl.policy.file import builtin

        return HeldPolicy(None, None, *builtin())

    with at_desk(session) as db:
        found = find_revision(db, number) if number is not None else policies.recorded_in_force(db, session.now)
        since = None if found.effective_at == BEGINNING else found.effective_at
        return HeldPolicy(found.revision, since, found.toml, found.data)


def _show_policy(session: Session, held: HeldPolicy) -> None:
    """The whole policy: for people its head, its tiers and its clauses; as plain lines; or as one object."""

    shown = [Shown(held, clause) for clause in clauses_of(held.data)]
    match session.format:
        case "table":
            session.show(POLICY, held)
            session.write("\n")
            session.show(TIER, all_tiers(held), many=True)
            session.write("\n")
            session.show(CLAUSE, shown, many=True)
        case "json" | "jsonl":
            session.show(POLICY, held)
        case _:
            session.show(LINE, (line for clause in shown for line in lines(clause)), many=True)


def _show_clause(session: Session, held: HeldPolicy, name: str) -> None:
    clauses = {clause.clause: clause for clause in clauses_of(held.data)}
    if name.strip() not in clauses:
        below = [clause for clause in clauses if clause.startswith(f"{name.strip()}.")] or list(clauses)
        raise NotOnRecord(f"The policy has no clause '{unkeyed(name)}'.", f"Choose from: {', '.join(below)}.")
    shown = Shown(held, clauses[name.strip()])
    match session.format:
        case "table":
            session.show(CLAUSE, shown)
            if shown.clause.tiers:
                session.write("\n")
                session.show(TIER, tier_rows(shown), many=True)
        case "json" | "jsonl":
            session.show(CLAUSE, shown)
        case _:
            session.show(LINE, lines(shown), many=True)
