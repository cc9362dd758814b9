"""How records are shown: columns declared once, read by every output format.

`columns` declares, `lines` writes for programs, `table` and `document` for people, and `safe` makes hostile text
harmless. Everything is imported on first use: most look-ups print one line.
"""

from collections.abc import Iterable
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from supportctl.render.columns import View


class Format:
    """What the command line has to know about a format; how it is written stands in `show`.

    `endings` are those of the files that `export` writes in it; `everywhere` is False for what only some verbs offer,
    those whose records make a document; `objects` says that it is JSON: then errors are JSON too.
    """

    def __init__(self, endings: tuple[str, ...] = (), *, everywhere: bool = True, objects: bool = False) -> None:
        self.endings, self.everywhere, self.objects = endings, everywhere, objects


FORMATS = {
    "table": Format(),
    "plain": Format((".txt",)),
    "json": Format((".json",), objects=True),
    "jsonl": Format((".jsonl", ".ndjson"), objects=True),
    "csv": Format((".csv", "")),
    "md": Format(everywhere=False),
    "html": Format(everywhere=False),
}
RECORDS = tuple(name for name, format in FORMATS.items() if format.everywhere)
DOCUMENTS = tuple(FORMATS)
OBJECTS = tuple(name for name, format in FORMATS.items() if format.objects)
PEOPLE = ("table", "md", "html")  # who read words such as "due in 1 h"


def show(
    view: "View",
    records: Any,
    *,
    format: str,
    out: TextIO,
    many: bool = False,
    zone: tzinfo | None = None,
    now: int | None = None,
    width: int = 80,
    color: bool = False,
    placing: bool = False,
    raw: bool = False,
    above: str = "",
    short: bool = False,
) -> None:
    """Write a record, or with `many` an iterable of them as they come.

    `format` is one of FORMATS. `zone` is for times that people read (None: the machine's), `now` (UTC epoch seconds)
    dates a document, `width` is in cells, `placing` means that `out` is a terminal that can position text, `raw` leaves
    formulas in CSV as they are. People read `above` once, over any list: what holds for all of it. `short` gives them
    only what the view's `short` column says.
    """
    rows: Iterable[Any] = records if many else (records,)
    match format:
        case "table":
            from supportctl.render import table  # late: each run writes one format

            screen = table.Screen(out, width, color, zone, placing)
            if short and view.short:
                table.write_short(view, rows, screen)
            elif many and not view.cards:
                table.write_table(view, rows, screen, above)
            else:
                table.write_card(view, rows, screen)
        case "md" | "html":
            from supportctl.render import document  # late: each run writes one format

            write = document.write_markdown if format == "md" else document.write_html
            write(view, rows, out, zone, now, above)
        case "csv":
            from supportctl.render.lines import write_csv  # late: each run writes one format

            write_csv(view, rows, out, raw=raw)
        case _:
            from supportctl.render import lines  # late: each run writes one format

            lines.write(view, rows, out, format, many=many)
