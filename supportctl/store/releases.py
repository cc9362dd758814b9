"""Releases on record, by product (7.1, 7.2)."""

from collections.abc import Iterator

from supportctl.policy.versions import Release, Version
from supportctl.store import totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader, Query, Reader


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
