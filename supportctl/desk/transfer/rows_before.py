"""Compares rows about the same thing in one file; memory does not grow with the file."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from supportctl.desk.transfer.fields import Cells
from supportctl.policy.identity import fold_address
from supportctl.store.desk import Desk
from supportctl.store.sqlite import import_rows

ADDRESSES = frozenset({"from", "email", "delivery_email"})


def same_form(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they are compared: ignoring the case of an address."""
    return {field: fold_address(fact) if field in ADDRESSES else fact for field, fact in facts.items()}


class RowsBefore:
    """What the rows of an import said so far, by what they are about."""

    def __init__(self, db: Desk) -> None:
        self._db = db
        import_rows.begin(db)

    def agree(self, cells: Cells, id: str, facts: Mapping[str, Any]) -> Callable[[], None]:
        """What remembers a row once it is imported. Raises InputError if an earlier one contradicts it.

        A blank contradicts nothing.
        """
        said = {field: hash(fact) for field, fact in same_form(facts).items()}
        place, before = import_rows.said(self._db, id) or (cells.place, "{}")
        earlier = json.loads(before)
        for field, fact in said.items():
            if earlier.get(field, fact) != fact:
                raise cells.wrong(field, f"{place} contradicts it.", "Keep one of the two rows.")
        return lambda: import_rows.remember(self._db, id, place, json.dumps(earlier | said))
