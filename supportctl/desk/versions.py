"""Checking versions against the releases on record (7.2)."""

from collections.abc import Iterator, Sequence

from supportctl.desk.vocabulary import known_product
from supportctl.errors import InputError
from supportctl.policy.versions import SupportWindow, VersionVerdict
from supportctl.store import policies, releases
from supportctl.store.desk import BatchReader, Desk
from supportctl.store.policies import Revisions


def check_versions(
    db: Desk, queries: Sequence[str], product: str | None, at: int
) -> Iterator[VersionVerdict | InputError]:
    """Whether versions of a product are supported at `at` (7.2), in order; in place of an invalid one, its error."""
    try:
        window = _window(db, product, at)
    except InputError as error:  # an unknown product
        yield from [error] * len(queries)
        return
    for query in queries:
        try:
            yield window.judge(query)
        except InputError as error:
            yield error


def _window(db: Desk, product: str | None, at: int) -> SupportWindow:
    read = BatchReader(db)
    read.ahead(policies.recorded(), policies.holidays(), releases.recorded())
    policy = Revisions.read(read).in_force(at).policy
    name = known_product(product, policy.products)
    return SupportWindow(policy.products[name], releases.of_product(read, name), policy, at)
