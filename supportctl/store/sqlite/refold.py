"""Updates the comparison forms of an older desk: addresses by IDNA 2008, keys by their letters."""

from supportctl.masking import fold_key
from supportctl.policy.identity import fold_address
from supportctl.store.desk import Desk
from supportctl.store.duplicates import copy_keys

_OTHER = "length(cast({column} as blob)) > length({column})"  # the comparison of ASCII never changed


def refold(db: Desk) -> None:
    """Fold every address and every waiting key again, inside the caller's transaction.

    If two accounts become one, the later one keeps its row, and its keys count for the first as well: nothing is lost,
    and `duplicates.pairs` names the pair for a decision.
    """
    _refold(db, "tickets", "sender", "sender_folded")
    _refold(db, "licences", "delivery_email", "delivery_folded")
    for number, email in _others(db, "customers", "email", "email_folded"):
        _refold_account(db, number, fold_address(email))
    keys = db.execute("select id, key_given from tickets where key_given is not null").fetchall()
    db.executemany("update tickets set key_given = ? where id = ?", ((fold_key(key), n) for n, key in keys))


def _refold(db: Desk, table: str, column: str, folded: str) -> None:
    rows = _others(db, table, column, folded)
    db.executemany(f"update {table} set {folded} = ? where id = ?", ((fold_address(text), n) for n, text in rows))


def _others(db: Desk, table: str, column: str, folded: str) -> list[tuple[int, str]]:
    return db.execute(
        f"select id, {column} from {table} where {_OTHER.format(column=column)} or {_OTHER.format(column=folded)}"
        " order by id"
    ).fetchall()


def _refold_account(db: Desk, number: int, folded: str) -> None:
    row = db.execute("select id from customers where email_folded = ?", (folded,)).fetchone()
    if row is None:
        db.execute("update customers set email_folded = ? where id = ?", (folded, number))
    elif row[0] != number:
        copy_keys(db, number, row[0])
