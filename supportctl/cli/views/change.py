"""Changes that an agent made, and whether they can be taken back."""

from collections.abc import Sequence

from supportctl.cli.views.done import done
from supportctl.desk.undo import PastChange
from supportctl.masking import mask_key
from supportctl.policy.entitlement import Licence
from supportctl.render.columns import DATA, FLAG, NUMBER, TIME, Column, View

NAMED = 5  # tickets named one by one


def did(past: PastChange) -> str:
    """What a change was, in words that name its tickets, its licence or its account."""
    if past.licence is not None:
        return f"licence {mask_key(past.licence[1].key)} {_changed(*past.licence)}"
    if past.account is not None:
        return f"{past.account} made another kind of account"
    if past.tickets:
        return f"{_named(past.tickets)} {done(past.entries) or 'recorded'}"
    return str(
        past.change.parts.get("other") or ("account changed" if "account" in past.change.parts else "key applied")
    )


def _changed(before: Licence, now: Licence) -> str:
    if before.tier != now.tier:
        return f"made {now.tier}, before {before.tier}"
    if before.revoked != now.revoked:
        return "revoked" if now.revoked else "reinstated"
    return "given another end"


def _named(numbers: Sequence[int]) -> str:
    named = [f"#{number}" for number in numbers[:NAMED]]
    if len(numbers) > NAMED:
        return f"{', '.join(named)} and {len(numbers) - NAMED} more"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))


def _state(past: PastChange) -> str:
    if past.taken_back:
        return "taken back"
    return f"no: {past.refusal.message}" if past.refusal else "yes"


CHANGE = View(
    columns=(
        Column("id", NUMBER, "#", lambda past: past.change.id),
        Column("at", TIME, "When", lambda past: past.change.at),
        Column("did", title="What", get=did),
        Column("can_be_taken_back", FLAG, get=lambda past: not past.taken_back and past.refusal is None),
        Column("taken_back", FLAG, get=lambda past: past.taken_back),
        Column("why_not", get=lambda past: past.refusal.message if past.refusal else None),
        Column("tickets", DATA, get=lambda past: list(past.tickets)),
        Column("licence", get=lambda past: mask_key(past.licence[1].key) if past.licence else None),
        Column("customer", get=lambda past: past.account),
    ),
    plain=("id", "at", "did", "can_be_taken_back", "taken_back", "why_not"),
    table=("at", "did", "state"),
    people=(Column("state", title="Can be taken back", get=_state),),
    style=lambda past: "" if not past.taken_back and past.refusal is None else "done",
    nothing="Nothing to take back.",
)

UNDONE = CHANGE._replace(
    people=(*CHANGE.people, Column("short", get=lambda past: f"Taken back: {did(past)}.")), style=None, short="short"
)
