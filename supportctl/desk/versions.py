"""Checking a version against the releases on record (7.2)."""

from supportctl.desk.vocabulary import known_product
from supportctl.policy.versions import VersionVerdict, judge_version
from supportctl.store import policies, releases
from supportctl.store.desk import Desk, DirectReader


def check_version(db: Desk, query: str, product: str | None, at: int) -> VersionVerdict:
    """Whether a version of a product is supported at `at` (7.2). Raises InputError for an invalid one."""
    policy = policies.in_force(db, at).policy
    name = known_product(product, policy.products)
    return judge_version(query, policy.products[name], DirectReader(db).of(releases.of_product(name)), policy, at)
