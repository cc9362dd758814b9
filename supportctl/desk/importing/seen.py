"""Rows about the same thing in one file, held against each other; memory does not grow with the file."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from supportctl.desk.importing.fields import Cells
from supportctl.policy.identity import fold_address
from supportctl.store import imports

ADDRESSES = frozenset({"from", "email", "delivery_email"})


def same_form(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts in the form in which they are compared: the case of an address does not count."""
    return {field: fold_address(fact) if field in ADDRESSES else fact for field, fact in facts.items()}


class Seen:
    """What the rows of one import said so far, by what they are about."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        imports.begin(db)

    def agree(self, cells: Cells, id: str, facts: Mapping[str, Any]) -> None:
        """Remember what a row says. Raises InputError where an earlier one says otherwise; a blank says nothing."""
        said = {field: hash(fact) for field, fact in same_form(facts).items()}
        earlier = imports.remember(self._db, id, cells.place, json.dumps(said))
        if earlier is None:
            return
        place, before = earlier[0], json.loads(earlier[1])
        for field, fact in said.items():
            if before.get(field, fact) != fact:
                raise cells.wrong(field, f"{place} says otherwise.", "Keep one of the two rows.")
        imports.amend(self._db, id, json.dumps(before | said))
