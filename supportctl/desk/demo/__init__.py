"""A small realistic desk, as the files that an order system and a help desk would export."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

from supportctl.clock import iso
from supportctl.desk import place_at
from supportctl.desk.acting import Actor
from supportctl.desk.opening import Desk
from supportctl.desk.transfer.fields import KINDS
from supportctl.desk.transfer.run import ImportPlan, run_import
from supportctl.errors import DeskUnusable
from supportctl.policy.hours import Calendar
from supportctl.store import policies
from supportctl.tabular.table import read_table

HERE = Path(__file__).parent
NAMES = ("customers", "licences", "releases", "tickets")  # in the order of import
MOMENTS = ("received_at", "first_response_at", "closed_at")
LONGEST = 60 * 86_400  # how many seconds old the oldest ticket may be, holidays and all


def fill(
    new: Path,
    folder: Path,
    now: int,
    acting: Callable[[Desk], AbstractContextManager[Actor]],
    read_time: Callable[[str], int],
) -> dict[str, int]:
    """Write the import files into the folder `new`, which messages call `folder`, and import them into a desk there.

    How many records each has added. `now` is UTC epoch seconds, and `acting` gives a transaction and who acts in it.
    Raises DeskUnusable.
    """
    added = {}
    try:
        with place_at(folder / "desk.db").in_words(), closing(place_at(new / "desk.db").open(create=True)) as db:
            for name, text in files(now, policies.in_force(db, now).calendar).items():
                file = _written(new / f"{name}.csv", text)
                with file.open("rb") as stream, acting(db) as who:
                    table = read_table(stream, str(folder / file.name))
                    added[name] = run_import(db, ImportPlan(KINDS[name], {}), table, lambda _: read_time, who).added
    except DeskUnusable as error:
        raise DeskUnusable(error.message, "Nothing was kept; free some disk space, or name another folder.") from error
    return added


def _written(file: Path, text: str) -> Path:
    file.touch(mode=0o600)
    file.chmod(0o600)  # a umask may have taken more
    file.write_text(text, encoding="utf-8", newline="\n")
    return file


def files(now: int, calendar: Calendar) -> dict[str, str]:
    """The import files by name. Tickets are dated back from `now` (UTC epoch seconds), so that some are always late."""
    texts = {name: HERE.joinpath(f"{name}.csv").read_text(encoding="utf-8") for name in NAMES}
    return texts | {"tickets": _dated(texts["tickets"], now, calendar)}


def _dated(text: str, now: int, calendar: Calendar) -> str:
    """The tickets, with times in place of how many working hours ago they were."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    dated = io.StringIO(newline="")
    writer = csv.DictWriter(dated, rows.fieldnames or (), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        moments = {name: iso(_back(calendar, now, float(row[name]))) for name in MOMENTS if row[name]}
        writer.writerow(row | moments)
    return dated.getvalue()


def _back(calendar: Calendar, now: int, hours: float) -> int:
    """The last moment since which this much working time has passed."""
    early, late = now - LONGEST, now
    while late - early > 1:
        middle = (early + late) // 2
        early, late = (middle, late) if calendar.between(middle, now) >= hours * 3600 else (early, middle)
    return early
