"""The policy: clauses, tiers, revisions, and what changes between two of them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from supportctl.clock import iso
from supportctl.desk.revisions import Comparison, MovedTicket, StoredPolicy
from supportctl.policy.clauses import Clause, tier_text, week
from supportctl.render.columns import DATA, FLAG, LIST, NUMBER, SPAN, TIME, Column, View


class PolicyClause(NamedTuple):
    """A clause of such a policy."""

    held: StoredPolicy
    clause: Clause


def _tier(held: StoredPolicy, name: str) -> dict[str, Any]:
    row = {key: value for key, value in held.data["tiers"][name].items() if key != "target"}
    return {"tier": name, "target_seconds": held.data["tiers"][name]["target"], **row}


def tier_rows(shown: PolicyClause) -> list[dict[str, Any]]:
    """The tiers of a clause, each a record."""
    return [_tier(shown.held, name) for name in shown.clause.tiers]


def all_tiers(held: StoredPolicy) -> list[dict[str, Any]]:
    """Every tier of a policy, each a record."""
    return [_tier(held, name) for name in held.data["tiers"]]


TIER = View(
    columns=(
        Column("tier"),
        Column("priority", NUMBER),
        Column("rank", NUMBER),
        Column("target_seconds", SPAN, "First response"),
        Column("channels", LIST),
        Column("remote_support", FLAG, "Remote"),
        Column("paid", FLAG),
        Column("clause"),
        Column("reading"),
    ),
    plain=("tier", "priority", "rank", "target_seconds", "channels", "remote_support", "paid", "clause"),
)


def _of(name: str) -> Column:
    """A table or a value of the policy's data as it is."""
    return Column(name, DATA, get=lambda held: held.data[name])


POLICY = View(
    columns=(
        Column("revision", NUMBER),
        Column("name", get=lambda held: held.data["name"]),
        Column("effective_at", TIME, "In force since"),
        *map(_of, ("hours", "language", "unlicensed", "reseller")),
        Column("tiers", DATA, get=lambda held: {row.pop("tier"): row for row in all_tiers(held)}),
        *map(_of, ("channels", "products", "versions", "topics", "rules", "clauses")),
    ),
    plain=("revision", "name", "effective_at"),
    people=(
        Column("zone", title="Time zone", get=lambda held: held.data["hours"]["timezone"]),
        Column("week", title="Hours", get=lambda held: week(held.data["hours"])),
        Column("offered", title="Products", get=lambda held: "; ".join(_titles(held.data))),
    ),
    card=("name", "revision", "effective_at", "zone", "week", "language", "offered"),
)


def _titles(data: Mapping[str, Any]) -> list[str]:
    return [f"{row['title']} ({name})" for name, row in data["products"].items()]


def _rests(shown: PolicyClause) -> list[dict[str, str]]:
    return [thing._asdict() for thing in shown.clause.rests]


def _told(shown: PolicyClause) -> str:
    """What rests on a clause, for people; the tiers have a table of their own."""
    things = [thing for thing in shown.clause.rests if thing.kind != "tier" or not shown.clause.tiers]
    return "\n".join(f"{t.kind} {t.name}: {t.text}" if t.text else f"{t.kind} {t.name}" for t in things)


CLAUSE = View(
    columns=(
        Column("clause", get=lambda shown: shown.clause.clause),
        Column("text", get=lambda shown: shown.clause.text),
        Column("revision", NUMBER, get=lambda shown: shown.held.revision),
        Column("rests", DATA, get=_rests),
        Column("tiers", DATA, get=tier_rows),
    ),
    plain=("clause", "text"),
    table=("clause", "text"),
    people=(Column("told", title="Rests on it", get=_told),),
    card=("clause", "text", "told"),
)

LINE = View(
    columns=(Column("clause"), Column("kind"), Column("name"), Column("text")),
    plain=("clause", "kind", "name", "text"),
)


def lines(shown: PolicyClause) -> Iterator[dict[str, str | None]]:
    """A clause as lines of text: what it says, and what rests on it, the tier table last."""
    clause = shown.clause
    yield {"clause": clause.clause, "kind": "clause", "name": None, "text": clause.text}
    for thing in clause.rests:
        if thing.kind != "tier":
            yield {"clause": clause.clause, **thing._asdict()}
    for name in clause.tiers:
        text = tier_text(shown.held.data["tiers"][name])
        yield {"clause": clause.clause, "kind": "tier", "name": name, "text": text}


def _moved(moved: tuple[MovedTicket, ...]) -> list[dict[str, Any]]:
    return [{"id": m.id, "due_at_before": _iso(m.was_due_at), "due_at": _iso(m.due_at)} for m in moved]


def _iso(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)


MOVED = Column("moved", DATA, "Tickets moved", lambda record: _moved(record.moved))
MOVED_COUNT = Column("moved_count", NUMBER, "Tickets moved", lambda record: len(record.moved))

CHECKED = View(
    columns=(Column("file"), Column("name"), Column("tiers", LIST), Column("timezone", title="Time zone")),
    plain=("file", "name", "tiers", "timezone"),
)


_REVISION = (
    Column("revision", NUMBER, get=lambda set_: set_.recorded.revision),
    Column("in_force", FLAG),
    Column("effective_at", TIME, get=lambda set_: set_.recorded.since),
    Column("name", get=lambda set_: set_.recorded.name),
    Column("agent", get=lambda set_: set_.recorded.agent),
    Column("entered_at", TIME, get=lambda set_: set_.recorded.entered_at),
)

REVISION = View(
    columns=_REVISION,
    plain=("revision", "in_force", "effective_at", "name", "agent", "entered_at"),
    table=("revision", "in_force", "effective_at", "name"),
    wide=("agent", "entered_at"),
    style=lambda set_: "" if set_.in_force else "done",
)

SET = View(
    columns=(*_REVISION, Column("judged", NUMBER, "Tickets judged again"), MOVED),
    plain=(*REVISION.plain, "judged", "moved_count"),
    people=(MOVED_COUNT,),
    card=("revision", "in_force", "effective_at", "name", "agent", "judged", "moved"),
)

DIFFERENCE = View(
    columns=(Column("kind", note="policy or ticket"), Column("key"), Column("before"), Column("after")),
    plain=("kind", "key", "before", "after"),
    style=lambda row: "soon" if row["kind"] == "ticket" else "",
    nothing="Nothing changes.",
)


def comparison_rows(comparison: Comparison) -> Iterator[dict[str, str | None]]:
    """What changes in the policy, then the tickets that would move, with their due times."""
    for changed in comparison.differences:
        yield {"kind": "policy", **changed._asdict()}
    for moved in comparison.moved:
        yield {"kind": "ticket", "key": str(moved.id), "before": _iso(moved.was_due_at), "after": _iso(moved.due_at)}
