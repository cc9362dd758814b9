"""The parts of a decision: a request's standing, its coverage, and the reasons with their clauses."""

from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    """What the policy owes a request (2.1, 3.2, 4.1, 4.3, 4.4)."""

    ENTITLED = "entitled"
    BEST_EFFORT = "best-effort"
    NOT_ENTITLED = "not-entitled"


class Coverage(StrEnum):
    """Whether the subject of a request is supported (5.1, 6.1-6.4)."""

    COVERED = "covered"
    LIMITED = "limited"
    NOT_COVERED = "not-covered"


class Reason(NamedTuple):
    """One step of a decision: the clause that decides, a stable code for scripts, a sentence for people."""

    clause: str
    code: str
    text: str
