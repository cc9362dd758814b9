"""Explanations: the steps to a due time."""

from collections.abc import Iterable
from typing import Any

from supportctl.cli.views.ticket import head
from supportctl.clock import iso
from supportctl.policy.steps import Step
from supportctl.render.columns import DATA, NUMBER, SPAN, TIME, Column, View

INDENT = "  "  # or the lines below a head would be headings


def _steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [
        {
            "clause": step.clause,
            "code": step.code,
            "text": step.text,
            "start": iso(step.start) if step.start is not None else None,
            "end": iso(step.end) if step.end is not None else None,
            "seconds": step.seconds,
        }
        for step in steps
    ]


def _told(steps: Iterable[Step]) -> str:
    """The steps for people: the clause once, then what it says; stretches of time below each other."""
    lines, last = [], None
    for step in steps:
        clause = f"({step.clause})" if step.clause != last else ""
        lines.append(f"{INDENT}{clause:7}{step.text}")
        last = step.clause
    return "\n".join(lines)


EXPLANATION = View(
    columns=(
        Column("id", NUMBER, "#", lambda e: e.seen.ticket.id),
        Column("subject", get=lambda e: e.seen.ticket.subject),
        Column("tier", get=lambda e: e.seen.ticket.target.tier),
        Column("standing", get=lambda e: e.seen.ticket.target.standing),
        Column("coverage", get=lambda e: e.seen.ticket.target.coverage),
        Column("received_at", TIME, get=lambda e: e.seen.ticket.received_at),
        Column("target_seconds", SPAN, get=lambda e: e.seen.ticket.target.target_seconds),
        Column("due_at", TIME, get=lambda e: e.seen.ticket.target.due_at),
        Column("sla", title="SLA", get=lambda e: e.seen.sla),
        Column("policy_revision", NUMBER, get=lambda e: e.seen.ticket.target.policy_revision),
        Column("steps", DATA, get=lambda e: _steps(e.steps)),
    ),
    plain=("id", "due_at", "sla", "tier", "target_seconds"),
    people=(Column("told", title="Why", get=lambda e: _told(e.steps)),),
    head=lambda e, zone: head(e.seen, zone),
    below="told",
    cards=True,
)

PROMISE = View(
    columns=(
        Column("query"),
        Column("tier"),
        Column("start", TIME),
        Column("target_seconds", SPAN),
        Column("due_at", TIME),
        Column("steps", DATA, get=lambda promise: _steps(promise.steps)),
    ),
    plain=("due_at", "tier", "target_seconds", "start"),
    people=(Column("told", title="Why", get=lambda promise: _told(promise.steps)),),
    card=("tier", "start", "target_seconds", "due_at", "told"),
)
