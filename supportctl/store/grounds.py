"""The grounds of a decision: what it read, each question once, and what of it must still hold when it is carried out.

A ticket that is changed says by its own version whether anybody changed it meanwhile (see `store.filing`); the grounds
are all else: the policy, the holidays, the releases, and what is on record of a person or a licence.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from supportctl.errors import AGAIN, Conflict
from supportctl.store.desk import Desk, Inquiry, Question, fetched

_TOTALS = "select name, rows, total from totals where name in"
# Who changed a table last; where that is not known, nobody is named.
_LAST = {
    "policies": ("The policy", "select agent from policies order by entered_at desc, revision desc limit 1"),
    "closures": (
        "The holidays of the desk",
        "select coalesce(removed_by, agent) from closures"
        " order by coalesce(removed_entered_at, entered_at) desc limit 1",
    ),
    "releases": ("What is on record of releases", "select agent from releases order by entered_at desc limit 1"),
}


class Grounds(Inquiry):
    """What a decision reads of a desk. Nothing is locked meanwhile; `refuse_changed` says whether it still holds."""

    def __init__(self, db: Desk) -> None:
        super().__init__(db)
        self._rows: list[tuple[Question[Any], list[Any]]] = []
        self._totals: dict[str, tuple[int, int]] = {}

    def _read(self, questions: Sequence[Question[Any]]) -> list[list[Any]]:
        tables = {table for each in questions for table in each.tables} - self._totals.keys()
        found = fetched(self._db, [*((each.statement, each.parameters) for each in questions), *_totals_of(tables)])
        if tables:
            self._totals |= _by_name(found.pop())
        self._rows += [(each, rows) for each, rows in zip(questions, found, strict=True) if each.what]
        return found

    def refuse_changed(self) -> None:
        """Hold what was read against what is there now, in the transaction that carries the decision out.

        Raises Conflict, which says what was changed and by whom, where that is on record.
        """
        for statement, values in _totals_of(self._totals):
            now = _by_name(self._db.execute(statement, values).fetchall())
            if changed := [name for name in self._totals if now.get(name) != self._totals[name]]:
                raise _changed(*self._last(changed[0]))
        for each, rows in self._rows:
            if self._db.execute(each.statement, each.parameters).fetchall() != rows:
                raise _changed(each.what)

    def _last(self, table: str) -> tuple[str, str | None]:
        what, statement = _LAST[table]
        row = self._db.execute(statement).fetchone()
        return what, row[0] if row else None


def _totals_of(tables: Iterable[str]) -> list[tuple[str, Mapping[str, Any]]]:
    named = {f"t{n}": table for n, table in enumerate(sorted(tables))}
    return [(f"{_TOTALS} ({', '.join(f':{name}' for name in named)})", named)] if named else []


def _by_name(rows: Iterable[Any]) -> dict[str, tuple[int, int]]:
    return {name: (count, total) for name, count, total in rows}


def _changed(what: str, by: str | None = None) -> Conflict:
    whom = f", last by {by}" if by else ""
    return Conflict(f"{what} was changed meanwhile{whom}; your change was not made.", AGAIN)
