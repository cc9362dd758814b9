"""The conditions by which a search is narrowed, on tickets `t` as they are now, in portable SQL."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from supportctl.policy.identity import fold_address
from supportctl.store import agents
from supportctl.store.tickets import SLA

# The condition of each field with `?` for its value; all but two have an index.
_FILTERS = {
    "status": "t.status = ?",
    "tier": "t.tier = ?",
    "channel": "t.channel = ?",
    "assignee": f"t.assignee in ({agents.SPELLINGS})",
    "product": "t.product = ?",
    "topic": "t.topic = ?",
    "from": "t.sender_folded = ?",
    "tag": "(t.tags <> '[]' and instr(t.tags, ?) > 0)",
}
# Both halves read an index alone. Domains are folded to ASCII: a part of one may be spelled as people write it.
_PART = (
    "(instr(t.sender_folded, ?) > 0 or t.id in (select s.id from tickets s"
    " where s.sender <> s.sender_folded and instr(lower(s.sender), ?) > 0))"
)
_UNASSIGNED = "-"


def conditions(filters: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The condition of each field: that it has one of its values, which are parameters (see `parameters`)."""
    return {field: _any_of(field, wanted) for field, wanted in filters.items()}


def parameters(filters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The parameters of all conditions: `field_0`, `field_1` and so on."""
    return {
        f"{field}_{n}": _compared(field, value) for field, wanted in filters.items() for n, value in enumerate(wanted)
    }


def _any_of(field: str, wanted: Sequence[str]) -> str:
    alternatives = [_condition(field, value).replace("?", f":{field}_{n}") for n, value in enumerate(wanted)]
    return f"({' or '.join(alternatives)})"


def _condition(field: str, value: str) -> str:
    if field == "sla":
        return SLA[value]
    if field == "assignee" and value == _UNASSIGNED:
        return "t.assignee is null"
    if field == "from" and not is_whole(value):
        return _PART
    return _FILTERS[field]


def is_whole(address: str) -> bool:
    """Whether this is a whole address; else it is a part of one, such as a name or a domain."""
    return "@" in address[1:]


def _compared(field: str, value: str) -> str:
    if field == "from":
        return fold_address(value)
    if field == "assignee":
        return agents.fold(value)
    return json.dumps(value, ensure_ascii=False) if field == "tag" else value
