"""The parts of a decision: a request's standing, and the reasons with their clauses."""

from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    """What the policy owes a request (2.1, 3.2, 4.1, 4.3, 4.4)."""

    ENTITLED = "entitled"
    BEST_EFFORT = "best-effort"
    NOT_ENTITLED = "not-entitled"


class Reason(NamedTuple):
    """One step of a decision: the clause that decides, a stable code for scripts, a sentence for people."""

    clause: str
    code: str
    text: str
