"""Known bugs (5.2, 5.3): what their history adds up to, what may happen next, and which requests they may concern."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from supportctl.errors import InputError
from supportctl.policy.ticket import Entry
from supportctl.policy.verdict import Reason

if TYPE_CHECKING:
    from supportctl.policy.model import Policy
    from supportctl.policy.versions import Version

STATUSES = ("reported", "reproduced", "fixed", "dismissed")

# What may happen to a bug in each status. Reproducing a fixed bug reopens it; fixing it again corrects the version.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "reproduced": ("reported", "fixed", "dismissed"),
    "fixed": ("reported", "reproduced", "fixed"),
    "dismissed": ("reported", "reproduced"),
    "workaround": STATUSES,
    "linked": STATUSES,
}


class Bug(NamedTuple):
    """A bug at one moment. Instants are UTC epoch seconds; `version` is where it was found, None if unknown."""

    id: int
    title: str
    product: str
    version: str | None
    topic: str | None
    reported_at: int
    status: str = "reported"
    workaround: str | None = None
    fixed_in: str | None = None
    reason: str | None = None
    reproduced_at: int | None = None
    fixed_at: int | None = None
    dismissed_at: int | None = None
    tickets: tuple[int, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it still has to be fixed."""
        return self.status in ("reported", "reproduced")

    @property
    def owes_workaround(self) -> bool:
        """Whether it still lacks the workaround of 5.3: open, and nothing to recommend meanwhile."""
        return self.open and self.workaround is None


def replay(bug: Bug, entries: Sequence[Entry], texts: Mapping[int, str], until: int | None = None) -> Bug:
    """The bug that its history up to `until` (all of it if None) adds up to; `texts` are by entry number."""
    counted = [e for e in entries if until is None or e.at <= until]
    for entry in sorted(counted, key=lambda e: (e.at, e.n)):
        bug = _apply(bug, entry, texts.get(entry.n))
    return bug


def _apply(bug: Bug, entry: Entry, text: str | None) -> Bug:
    match entry.kind:
        case "reproduced":
            return _open_again(bug)._replace(status="reproduced", reproduced_at=entry.at)
        case "fixed":
            return bug._replace(status="fixed", fixed_at=entry.at, fixed_in=entry.data["in"])
        case "dismissed":
            return bug._replace(status="dismissed", dismissed_at=entry.at, reason=text)
        case "workaround":
            return bug._replace(workaround=text)
        case "linked":
            return bug._replace(tickets=(*bug.tickets, entry.data["ticket"]))
        case _:
            return bug


def _open_again(bug: Bug) -> Bug:
    return bug._replace(fixed_at=None, fixed_in=None, dismissed_at=None, reason=None)


def check_may(bug: Bug, kind: str) -> None:
    """Refuse what cannot happen to a bug in its status. Raises InputError."""
    if bug.status in ALLOWED[kind]:
        return
    if bug.status == kind:
        raise InputError(f"Bug {bug.id} is {kind} already.", f"See it with `supportctl bug show {bug.id}`.")
    hint = f"If it shows up again: `supportctl bug reproduce {bug.id}`."
    raise InputError(f"Bug {bug.id} is {bug.status}; it cannot be {kind} now.", hint)


def may_touch(bug: Bug, product: str, version: str | None) -> bool:
    """Whether a request about this version of a product may be about the bug: not if the version has the fix."""
    if bug.product != product or bug.status == "dismissed":
        return False
    if bug.fixed_in is None or version is None:
        return True
    from supportctl.policy.versions import parse_query, parse_release  # late: few bugs of a ticket are fixed

    asked, build = parse_query(version)
    fixed = parse_release(bug.fixed_in)
    return asked[:3] < fixed[:3] if build else asked < fixed


def older_than_found(bug: Bug, fixed: "Version") -> bool:
    """Whether a fix is claimed for a version below the one that the bug was found in."""
    if bug.version is None:
        return False
    from supportctl.policy.versions import parse_query  # late: few bugs of a ticket are fixed

    found, build = parse_query(bug.version)
    return fixed[:3] < found[:3] if build else fixed < found


def reasons_of(policy: "Policy", bug: Bug) -> tuple[Reason, ...]:
    """The policy's words on a bug in its status (5.2), and the workaround it still lacks (5.3)."""
    says = {
        "reported": ("bug-reported", "Not reproduced yet: bugs that can be reproduced in the lab are fixed."),
        "reproduced": ("bug-reproduced", "Reproduced: it will be fixed as soon as possible; no date is promised."),
        "fixed": ("bug-fixed", f"Fixed in {bug.fixed_in}: tell the customers who are waiting for it."),
    }.get(bug.status)
    reasons = [Reason(policy.clause("bugs"), *says)] if says else []
    if bug.owes_workaround:
        text = "No workaround yet: at least one is recommended for a newly found bug."
        reasons.append(Reason(policy.clause("workaround"), "workaround-owed", text))
    return tuple(reasons)
