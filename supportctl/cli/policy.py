"""`policy`: the support policy, clause by clause, and its revisions (1.4)."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.completers import complete_clause
from supportctl.cli.run.desk import actor, has_desk
from supportctl.cli.run.progress import counting
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import number
from supportctl.cli.views.policy import (
    CHECKED,
    CLAUSE,
    DIFFERENCE,
    LINE,
    POLICY,
    REVISION,
    SET,
    TIER,
    PolicyClause,
    all_tiers,
    comparison_rows,
    lines,
    tier_rows,
)
from supportctl.desk import revisions
from supportctl.desk.acting import Actor
from supportctl.desk.opening import Desk
from supportctl.desk.revisions import PolicyChange, StoredPolicy, compare, missing_tiers, set_policy, stored_policy
from supportctl.errors import InputError, NotOnRecord
from supportctl.files import read_file
from supportctl.masking import unkeyed
from supportctl.policy.clauses import clauses_of
from supportctl.policy.file import parse
from supportctl.render import OBJECTS, RECORDS

app = Noun("policy", "The support policy: what it says, and which revision was in force when (1.4).")

File = Annotated[str, Argument(metavar="FILE|-", help="a policy file (TOML); - reads standard input")]


@app.verb("show", LINE, formats=(*RECORDS, "toml"))
def show(
    session: Session,
    clause: Annotated[
        str | None, Argument(metavar="CLAUSE", help="one clause, such as 2.1", autocompletion=complete_clause)
    ] = None,
    revision: Annotated[
        int | None,
        Option("--revision", metavar="N", help="the revision to show; by default the one in force", parser=number),
    ] = None,
) -> Result:
    """Show the policy in force, or one clause with the rules that rest on it; 2.1 has the tier table.

    -o toml prints the policy file itself, to edit and give to `policy set`. Without a desk this shows the built-in
    policy.

    \b
    Examples:
      supportctl policy show
      supportctl policy show 2.1
      supportctl policy show -o toml > policy.toml
    """
    held = _held(session, revision)
    if session.format == "toml":
        if clause is not None:
            raise InputError("A single clause is not a policy file.", "Leave CLAUSE out, or choose another format.")
        return Result(text=held.toml)
    return _policy(session, held) if clause is None else _clause(session, held, clause)


@app.verb("check", CHECKED)
def check(session: Session, file: File) -> Result:
    """Check that a policy file is valid. If it is not, the exit code is 2 and the message names the first fault.

    \b
    Examples:
      supportctl policy check policy.toml
      supportctl policy check - < policy.toml
    """
    data = parse(_text(session, file), source=_source(file))
    return Result(
        {"file": file, "name": data["name"], "tiers": [*data["tiers"]], "timezone": data["hours"]["timezone"]}
    )


@app.verb("set", SET)
def set_(
    session: Session,
    file: File,
    effective: Annotated[str, Option("--effective", metavar="TIME", help="when it takes effect")] = "now",
) -> Result:
    """Record a new revision of the policy. Earlier revisions stay on record, and so does what they judged.

    A revision in force now judges every unanswered ticket again: a new target counts from now, and no due time moves
    later. A future revision moves nothing; it judges requests received from then on.

    \b
    Examples:
      supportctl policy set policy.toml
      supportctl policy set policy.toml --effective 2027-01-01
    """
    session.time(effective)  # report a wrong time before the file is read
    text = _text(session, file)
    data = parse(text, source=_source(file))

    def put(db: Desk, who: Actor) -> PolicyChange:
        return set_policy(db, text, data, _source(file), session.time(effective), who, partial(counting, session))

    done = session.add(put, held=True, desk=True)
    said = f"Nothing was changed: this is revision {done.recorded.revision}, word for word."
    return Result(done, say=[] if done.anew else [said])


@app.verb("history", REVISION)
def history(session: Session) -> Result:
    """List the revisions of the policy in the order they take effect, and mark the one in force.

    \b
    Examples:
      supportctl policy history
      supportctl policy history --now 2026-03-01 --json
    """
    return Result(revisions.history(session.desk, session.now), many=True)


@app.verb("diff", DIFFERENCE)
def diff(
    session: Session,
    a: Annotated[str | None, Argument(metavar="A|FILE", help="a revision's number, or a policy file")] = None,
    b: Annotated[str | None, Argument(metavar="B|FILE", help="the other one; by default the revision in force")] = None,
) -> Result:
    """Show what changes between two policies, key by key, and which unanswered tickets would move, and to when.

    With two revisions: from A to B. With one: from A to the one in force. With a file: from the one in force to the
    file. With neither: the newest revision against the one before it.

    \b
    Examples:
      supportctl policy diff policy.toml
      supportctl policy diff 1 2
    """
    old, new = _two(session, a, b)
    comparison = compare(session.desk, old, new, actor(session))
    lack = (
        f"The newer one lacks {missing_tiers(comparison.missing)}: `policy set` refuses that."
        if comparison.missing
        else ""
    )
    return Result(comparison_rows(comparison), many=True, say=[lack] if lack else [])


def _two(session: Session, a: str | None, b: str | None) -> tuple[Any, Any]:
    """The data of the policies to compare, the older first."""
    if a is None:
        return revisions.last_two(session.desk)
    current = stored_policy(session.desk, None, session.now).data
    if b is None:
        other = _data(session, a)
        return (current, other) if _number(a) is None else (other, current)
    return _data(session, a), _data(session, b)


def _data(session: Session, which: str) -> Any:
    number = _number(which)
    if number is None:
        return parse(_text(session, which), source=_source(which))
    return stored_policy(session.desk, number, session.now).data


def _number(which: str) -> int | None:
    """A revision's number; anything else is a file (one called 2 can be given as ./2)."""
    return int(which) if which.isascii() and which.isdigit() and 0 < len(which) < 20 else None


def _text(session: Session, file: str) -> str:
    return session.read_text("-", "FILE") if file == "-" else read_file(Path(file), "FILE")


def _source(file: str) -> str:
    return "Standard input" if file == "-" else file


def _held(session: Session, number: int | None) -> StoredPolicy:
    """The revision asked for, else the one in force, else (without a desk) the built-in policy."""
    needed = number is not None or has_desk(session)
    return stored_policy(session.desk if needed else None, number, session.now)


def _policy(session: Session, held: StoredPolicy) -> Result:
    """The whole policy: for people its head, its tiers and its clauses; as plain lines; or as one object."""
    shown = [PolicyClause(held, clause) for clause in clauses_of(held.data)]
    match session.format:
        case "table":
            session.show(POLICY, held)
            session.write("\n")
            session.show(TIER, all_tiers(held), many=True)
            session.write("\n")
            return Result(shown, CLAUSE, many=True)
        case chosen if chosen in OBJECTS:
            return Result(held, POLICY)
        case _:
            return Result((line for clause in shown for line in lines(clause)), many=True)


def _clause(session: Session, held: StoredPolicy, name: str) -> Result:
    clauses = {clause.clause: clause for clause in clauses_of(held.data)}
    if name.strip() not in clauses:
        below = [clause for clause in clauses if clause.startswith(f"{name.strip()}.")] or list(clauses)
        raise NotOnRecord(f"The policy has no clause '{unkeyed(name)}'.", f"Choose from: {', '.join(below)}.")
    shown = PolicyClause(held, clauses[name.strip()])
    match session.format:
        case "table" if shown.clause.tiers:
            session.show(CLAUSE, shown)
            session.write("\n")
            return Result(tier_rows(shown), TIER, many=True)
        case chosen if chosen == "table" or chosen in OBJECTS:
            return Result(shown, CLAUSE)
        case _:
            return Result(lines(shown), many=True)
