"""Which versions are supported (7.1, 7.2): the newest majors of a product, and the newest release in them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from supportctl.errors import InputError
from supportctl.masking import unkeyed
from supportctl.policy.model import Policy, Product
from supportctl.policy.verdict import Reason

PARTS = 4  # of a whole version
_QUERY = r"[vV]?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:\.([bB]?)([0-9]{1,9}))?"


class Version(NamedTuple):
    """Major.Minor.Subminor.Patch (7.1), compared part by part."""

    major: int
    minor: int
    subminor: int
    patch: int

    def __str__(self) -> str:
        return ".".join(map(str, self))


class Release(NamedTuple):
    """A release on record. `released_at` None means the date is unknown: before all dated ones."""

    version: Version
    released_at: int | None


class VersionVerdict(NamedTuple):
    """The answer to `check`. `supported` is None when the version is unknown."""

    query: str
    product: str
    support: str
    supported: bool | None
    latest: str | None
    latest_in_major: str | None
    install: str | None
    reasons: tuple[Reason, ...]


def parse_release(text: str, parts: int = PARTS) -> Version:
    """A release in the form of 7.1, with at least `parts` numbers; missing ones are zero.

    Raises InputError.
    """
    if not re.fullmatch(rf"[0-9]{{1,9}}(\.[0-9]{{1,9}}){{{parts - 1},{PARTS - 1}}}", text):
        raise _no_version(text, "a release version", _FORMS[parts])
    numbers = [*map(int, text.split(".")), 0, 0, 0]
    return Version(*numbers[:PARTS])


_FORMS = {
    4: "Write all four numbers, Major.Minor.Subminor.Patch: 7.6.2.0.",
    3: "Write three or four numbers: 7.6.2 or 7.6.2.0.",
    2: "Write two to four numbers: 7.6, 7.6.2 or 7.6.2.0.",
    1: "Write one to four numbers: 7, 7.6, 7.6.2 or 7.6.2.0.",
}


def _no_version(text: str, what: str, hint: str) -> InputError:
    return InputError(f"'{unkeyed(text)}' is not {what}.", hint)


def parse_query(text: str) -> tuple[Version, bool]:
    """The version that someone asks about, and whether its patch is a Linux or macOS build such as b22.

    One to four parts; missing ones are zero, a leading v is ignored (7.1, our reading). Raises InputError.
    """
    found = re.fullmatch(_QUERY, text.strip())
    if not found:
        raise _no_version(text, "a version", "Write it as 7.6.2.0; 7, 7.6, v7.6.2 and 7.6.2.b22 are accepted too.")
    major, minor, subminor, build, patch = found.groups()
    return Version(int(major), int(minor or 0), int(subminor or 0), int(patch or 0)), bool(build)


def judge_version(
    query: str, product: Product, releases: Sequence[Release], policy: Policy, now: int
) -> VersionVerdict:
    """Whether `query` is supported at `now`, by the releases out by then (7.2).

    Raises InputError if `query` is not a version.
    """
    return SupportWindow(product, releases, policy, now).judge(query)


class SupportWindow:
    """The releases of a product that are out at one moment (`now`, UTC epoch seconds), and what they support (7.2)."""

    def __init__(self, product: Product, releases: Sequence[Release], policy: Policy, now: int) -> None:
        self._product, self._policy = product, policy
        self._out = sorted(r.version for r in releases if r.released_at is None or r.released_at <= now)
        self._latest = self._out[-1] if self._out else None
        self._latest_in = {version.major: version for version in self._out}  # the last of a major is its newest
        self._supported = sorted(self._latest_in, reverse=True)[: product.majors]

    def judge(self, query: str) -> VersionVerdict:
        """Whether `query` is supported. Raises InputError if it is not a version."""
        asked, build = parse_query(query)
        if build:
            asked = self._without_build(asked)
        latest, latest_in_major = self._latest, self._latest_in.get(asked.major)
        support, install = self._support(asked), None
        if support in ("outdated", "unsupported"):
            behind = support == "outdated" and latest_in_major is not None and asked < latest_in_major
            install = latest_in_major if behind else latest
        return VersionVerdict(
            query=query,
            product=self._product.name,
            support=support,
            supported=_SUPPORTED[support],
            latest=str(latest) if latest else None,
            latest_in_major=str(latest_in_major) if latest_in_major else None,
            install=str(install) if install else None,
            reasons=_reasons(self._policy, self._product, support, latest, install),
        )

    def _without_build(self, asked: Version) -> Version:
        """Linux and macOS count builds apart from patches: such a version stands for the release it belongs to."""
        same = [v for v in self._out if v[:3] == asked[:3]]
        return max(same, default=asked._replace(patch=0))

    def _support(self, asked: Version) -> str:
        if self._latest is None or asked > self._latest:
            return "unknown"
        if asked.major < self._supported[-1]:
            return "unsupported"
        return "current" if asked == self._latest_in.get(asked.major) else "outdated"


_SUPPORTED = {"current": True, "outdated": True, "unsupported": False, "unknown": None}


def _reasons(
    policy: Policy, product: Product, support: str, latest: Version | None, install: Version | None
) -> tuple[Reason, ...]:
    window = "the newest major version" if product.majors == 1 else f"the {product.majors} newest major versions"
    if latest is None:
        text = f"No release of {product.title} is on record."
    else:
        text = {
            "current": f"Supported, and the newest: support is for {window}.",
            "outdated": f"Supported, but install {install} before you ask: the problem may be fixed there.",
            "unsupported": f"Not supported: support is for {window}; install {install}.",
            "unknown": f"Newer than any release on record; the newest is {latest}.",
        }[support]
    return (Reason(policy.clause("version-window"), f"version-{support}", text),)
