"""Releases on record, by product (7.1, 7.2)."""

from collections.abc import Iterator, Sequence
from typing import Any

from supportctl.policy.versions import Release, Version
from supportctl.store import totals
from supportctl.store.actor import Actor
from supportctl.store.desk import PARTS, Desk, DirectReader, Query, Reader


def recorded() -> Query[list[tuple[str, Release]]]:
    """All releases with their product, by product and version: they are few, and which product counts is known late."""
    return Query(
        "select product, major, minor, subminor, patch, released_at from releases"
        " order by product, major, minor, subminor, patch",
        {},
        lambda rows: [(row[0], Release(Version(*row[1:5]), row[5])) for row in rows],
        tables=("releases",),
    )


def of_product(read: Reader, product: str) -> list[Release]:
    """A product's releases, oldest version first."""
    return [release for name, release in read.of(recorded()) if name == product]


def every(db: Desk) -> Iterator[tuple[str, Release]]:
    """All releases with their product, by product and version."""
    return iter(DirectReader(db).of(recorded()))


def find(db: Desk, product: str, version: Version) -> Release | None:
    """The release of this version, if it is on record."""
    row = db.execute(
        "select released_at from releases where product = :product and major = :major and minor = :minor"
        " and subminor = :subminor and patch = :patch",
        {"product": product, **version._asdict()},
    ).fetchone()
    return Release(version, row[0]) if row else None


def find_all(db: Desk, asked: Sequence[tuple[str, Version]]) -> Iterator[tuple[str, Release]]:
    """The releases of some products' versions that are on record, with their products; each is found by its key."""
    for at in range(0, len(asked), PARTS * _VERSIONS):
        some = range(at, min(at + PARTS * _VERSIONS, len(asked)), _VERSIONS)
        for rows in db.ahead(_finding(asked[n : n + _VERSIONS]) for n in some):
            yield from ((row[0], Release(Version(*row[1:5]), row[5])) for row in rows)


_VERSIONS = 90  # that a statement asks for


def _finding(asked: Sequence[tuple[str, Version]]) -> tuple[str, dict[str, Any]]:
    each = (
        f"product = :product_{n} and major = :major_{n} and minor = :minor_{n} and subminor = :subminor_{n}"
        f" and patch = :patch_{n}"
        for n in range(len(asked))
    )
    values = {
        f"{field}_{n}": value
        for n, (product, version) in enumerate(asked)
        for field, value in {"product": product, **version._asdict()}.items()
    }
    return f"select product, major, minor, subminor, patch, released_at from releases where {' or '.join(each)}", values


def add_all(db: Desk, new: Sequence[tuple[str, Release]], actor: Actor) -> None:
    """Record some releases that are new, with their products."""
    rows = [(product, *release.version, release.released_at, actor.entered_at, actor.agent) for product, release in new]
    totals.put_all(db, "releases", rows)


def put(db: Desk, product: str, release: Release, actor: Actor) -> None:
    """Record a release, or correct the date of one on record."""
    values = {
        "product": product,
        **release.version._asdict(),
        "released_at": release.released_at,
        "entered_at": actor.entered_at,
        "agent": actor.agent,
    }
    with totals.changing(db, "releases", f"product = :product and {_OF_VERSION}", values):
        db.execute(
            "insert into releases (product, major, minor, subminor, patch, released_at, entered_at, agent)"
            " values (:product, :major, :minor, :subminor, :patch, :released_at, :entered_at, :agent)"
            " on conflict (product, major, minor, subminor, patch) do update set released_at = excluded.released_at",
            values,
        )


_OF_VERSION = "major = :major and minor = :minor and subminor = :subminor and patch = :patch"
