"""Releases of the products: they decide which versions are supported (7.2)."""

from collections.abc import Iterator

from supportctl.desk.vocabulary import policy_spelling
from supportctl.errors import InputError
from supportctl.policy.versions import Release, parse_release
from supportctl.store import policies, releases
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk


def add_release(db: Desk, product: str, version: str, released_at: int | None, actor: Actor) -> tuple[str, Release]:
    """Record a release. Adding the same twice changes nothing.

    Raises InputError for an unknown product, a malformed version, or one on record with another date.
    """
    with db.transaction():
        policy = policies.in_force(db, actor.now).policy
        name = policy_spelling("product", product, policy.products)
        release = Release(parse_release(version, policy.version_parts), released_at)
        on_record = releases.find(db, name, release.version)
        if on_record is None:
            releases.put(db, name, release, actor)
        elif released_at is not None and on_record.released_at != released_at:
            raise InputError(
                f"{name} {release.version} is on record with another date; nothing was changed.",
                "See it with `supportctl release list`; `import releases` corrects dates.",
            )
        return name, on_record or release


def list_releases(db: Desk, product: str | None, at: int) -> Iterator[tuple[str, Release]]:
    """All releases, or those of one product, by version. Raises InputError for an unknown product."""
    name = (
        policy_spelling("product", product, policies.in_force(db, at).policy.products) if product is not None else None
    )
    return (pair for pair in releases.every(db) if name in (None, pair[0]))
