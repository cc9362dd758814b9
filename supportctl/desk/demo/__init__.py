"""A small realistic desk, as the files that an order system and a help desk would export."""

import csv
import io
from pathlib import Path

from supportctl.clock import iso
from supportctl.policy.hours import Calendar

HERE = Path(__file__).parent
NAMES = ("customers", "licences", "releases", "tickets")  # in the order of import
MOMENTS = ("received_at", "first_response_at", "closed_at")
LONGEST = 60 * 86_400  # how many seconds old the oldest ticket may be, holidays and all


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
