"""Tables and cards for people at a terminal: long values are folded, or cut; any number of rows streams."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import chain, islice
from typing import Any, NamedTuple, TextIO

from supportctl.render.columns import NUMBER, REASONS, SPAN, Column, View
from supportctl.render.phrases import cell
from supportctl.render.safe import visible

# Rich's own table measures every row before it prints the first, and takes 15 s for 50,000. Ours fits the columns to
# the first rows, folds later ones, and uses rich only for the hard part: how many cells a text takes.
MEASURED = 500
GAP = "  "
COUNTED = 7  # cells for numbers if more rows follow than were measured, since they may have more digits
NARROW = 6  # cells that a column keeps, if its values need them, on any screen
FOLDED = 24  # cells that the widest column keeps before the others are folded too
_MARKS = "\u0300"  # the first character that may not take one cell, once those that act are escaped

_CLAUSE = re.compile(r"\([0-9.]{1,8}\) +(?=\S)")
_PLACED = re.compile("\x1b\\[([0-9]+)G")
_PAINTED = re.compile("\x1b\\[[0-9;]*m")
BOLD, DIM = "1", "2"
STYLES = {"late": "1;31", "soon": "33", "no": "31", "done": DIM, "title": BOLD}


class Screen(NamedTuple):
    """Where people read.

    Its width in cells, whether it takes colours, the zone of its times, and whether it can position text.
    """

    out: TextIO
    width: int
    color: bool
    zone: tzinfo | None
    placing: bool = False

    def rule(self, width: int) -> str:
        """A line across `width` cells, of dashes if the stream cannot encode anything better."""
        return ("\u2500" if (self.out.encoding or "utf-8").lower().startswith("utf") else "-") * width

    def paint(self, text: str, style: str) -> str:
        """The text in an ANSI style; unchanged without colour, or if there is nothing to see."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text


def write_table(view: View, records: Iterable[Any], screen: Screen, above: str = "") -> None:
    """Write the records as a table with a heading, below what holds for all; nothing at all for no records."""
    screen.out.writelines(f"{line}\n" for line in _table(view, records, screen, above))


def write_card(view: View, records: Iterable[Any], screen: Screen) -> None:
    """Write each record as labelled values, leaving out what is absent or empty, with a rule between records."""
    for n, record in enumerate(records):
        if n:
            screen.out.write(f"\n{screen.paint(screen.rule(screen.width), DIM)}\n\n")
        screen.out.writelines(f"{line}\n" for line in _card(view, record, screen))


def write_short(view: View, records: Iterable[Any], screen: Screen) -> None:
    """Write for each record what its view says of it in one to three lines."""
    (column,) = view.named((view.short,))
    for record in records:
        style = STYLES.get(view.urgency(record), "")
        said = fold(cell(column, record, screen.zone, multiline=True), screen.width)
        screen.out.writelines(f"{screen.paint(line, style)}\n" for line in said)


def _table(view: View, records: Iterable[Any], screen: Screen, above: str) -> Iterator[str]:
    rows = iter(records)
    first = list(islice(rows, MEASURED))
    if not first:
        return
    columns, widths = _measured(view, first, screen)
    row_of = _one_line if view.one_line else _folded
    if above:
        yield from (screen.paint(line, DIM) for line in fold(visible(above), screen.width))
    # One cell says how urgent a record is: a screen full of red lines says nothing.
    urgent = next((n for n, column in enumerate(columns) if column.name == view.urgent), None)
    headings = [column.heading for column in columns]
    yield from row_of(headings, columns, widths, screen, BOLD, None)
    yield screen.paint(GAP.join(map(screen.rule, widths)), DIM)
    for record in chain(first, rows):
        values = [cell(column, record, screen.zone) for column in columns]
        yield from row_of(values, columns, widths, screen, STYLES.get(view.urgency(record), ""), urgent)


def _measured(view: View, first: Sequence[Any], screen: Screen) -> tuple[list[Column], list[int]]:
    """The columns of a table that begins with these records, as many as fit, and their widths."""
    certain = view.named(view.table or view.plain)
    said = {column.name: [cell(column, r, screen.zone) for r in first] for column in (*certain, *view.named(view.wide))}
    columns = [*certain, *(column for column in view.named(view.wide) if any(said[column.name]))]
    natural = [max(map(cells_of, (column.heading, *said[column.name]))) for column in columns]
    if len(first) == MEASURED:
        natural = [max(w, COUNTED) if c.kind is NUMBER else w for w, c in zip(natural, columns, strict=True)]
    count = _room(natural, len(certain), screen.width, view.readable)
    return columns[:count], _fit(natural[:count], screen.width)


def _room(natural: Sequence[int], certain: int, width: int, readable: int) -> int:
    """How many columns fit: the fixed ones in any case, then the wide ones in their order."""
    count = certain
    least = [min(cells, readable) for cells in natural]
    while count < len(natural) and sum(least[: count + 1]) + len(GAP) * count <= width:
        count += 1
    return count


def _fit(natural: Sequence[int], width: int) -> list[int]:
    """Widths that fill at most `width`: first the widest column shrinks to FOLDED, then all to NARROW."""
    widths = list(natural)
    room = width - len(GAP) * (len(widths) - 1)
    for least in (FOLDED, NARROW):
        while sum(widths) > room and max(widths) > least:
            widest = widths.index(max(widths))
            others = max((w for w in widths if w < widths[widest]), default=0)
            widths[widest] = max(least, others - 1, widths[widest] - (sum(widths) - room))
    return widths


def _folded(
    values: Sequence[str],
    columns: Sequence[Column],
    widths: Sequence[int],
    screen: Screen,
    style: str,
    _urgent: int | None,
) -> Iterator[str]:
    """A row of the table, over as many lines as its longest value needs."""
    folded = [fold(value, width) for value, width in zip(values, widths, strict=True)]
    for at in range(max(map(len, folded))):
        parts = _parts([lines[at] if at < len(lines) else "" for lines in folded], columns, widths)
        yield screen.paint(_joined(parts, widths, screen), style)


def _one_line(
    values: Sequence[str],
    columns: Sequence[Column],
    widths: Sequence[int],
    screen: Screen,
    style: str,
    urgent: int | None,
) -> Iterator[str]:
    """A row of the table in one line: what is too long is cut, and its style is that of the urgent cell alone."""
    parts = _parts(values, columns, widths)
    if urgent is not None:
        text = parts[urgent].strip(" ")
        parts[urgent] = parts[urgent].replace(text, screen.paint(text, style), 1)
        style = ""
    yield screen.paint(_joined(parts, widths, screen), style)


def _parts(values: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    return [
        _fitted(value, width, column.kind in _TO_THE_RIGHT)
        for value, width, column in zip(values, widths, columns, strict=True)
    ]


_TO_THE_RIGHT = frozenset((NUMBER, SPAN))


def _fitted(text: str, width: int, right: bool) -> str:
    """The text in exactly `width` cells, cut or filled up; measured once: a long list asks half a million times."""
    cells = cells_of(text)
    if cells > width:
        text = clipped(text, width)
        cells = cells_of(text)
    return " " * (width - cells) + text if right else text + " " * (width - cells)


def _joined(parts: Sequence[str], widths: Sequence[int], screen: Screen) -> str:
    return positioned(parts, widths) if screen.placing else GAP.join(parts).rstrip()


def _card(view: View, record: Any, screen: Screen) -> Iterator[str]:
    yield from _head(view, record, screen) if view.head else _labelled(view, record, screen)
    for column in view.named((view.below,) if view.below else ()):
        yield ""
        yield from _told(cell(column, record, screen.zone, multiline=True), screen)


def _head(view: View, record: Any, screen: Screen) -> Iterator[str]:
    """The facts in a few lines, each painted by its importance."""
    for text, style in view.head(record, screen.zone) if view.head else ():
        yield from (screen.paint(line, STYLES.get(style, "")) for line in fold(visible(text), screen.width))


def _labelled(view: View, record: Any, screen: Screen) -> Iterator[str]:
    """Each value on a line of its own, under its label."""
    style = STYLES.get(view.urgency(record), "")
    columns = _in_card(view)
    label = max(cells_of(column.heading) for column in columns)
    width = max(screen.width - label - len(GAP), FOLDED)
    for column in columns:
        heading = column.heading
        text = cell(column, record, screen.zone, multiline=True)
        for line in fold(text, width) if text else ():
            value = screen.paint(line, style if column.name == view.urgent else "")
            yield f"{screen.paint(padded(heading, label), DIM)}{GAP}{value}".rstrip()
            heading = ""


def _told(text: str, screen: Screen) -> Iterator[str]:
    """A text over the full width; indented lines keep their indent when folded, all others are headings.

    What follows a clause hangs below its own beginning, not below the clause.
    """
    for line in text.split("\n"):
        words = line.lstrip(" ")
        indent = " " * min(len(line) - len(words), screen.width // 2)
        clause = _CLAUSE.match(words) if indent else None
        label = clause[0] if clause else ""
        for part in fold(words.removeprefix(label), screen.width - len(indent) - len(label)):
            yield f"{indent}{label}{screen.paint(part, '' if indent else BOLD)}".rstrip()
            label = " " * len(label)


def _in_card(view: View) -> list[Column]:
    if view.card:
        return view.named(view.card)
    first, *rest = view.columns
    return sorted((first, *view.people, *rest), key=lambda column: column.kind is REASONS)


def cells_of(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii() or max(text) < _MARKS:
        return len(text)
    from rich.cells import cell_len  # late: most Latin text needs no widths

    return cell_len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """The text, filled up with blanks to `width` cells."""
    space = " " * (width - cells_of(text))
    return space + text if right else text + space


def positioned(parts: Sequence[str], widths: Sequence[int], start: int = 0) -> str:
    """The parts of a line that begins at cell `start`, side by side, on a terminal that can position text.

    Terminals disagree about the width of emoji and of many scripts' marks, and none can be asked. So text after such
    characters is positioned explicitly: columns stay straight on every terminal.
    """
    line, moved, at = "", False, start
    for part, width in zip(parts, widths, strict=False):
        if part.strip(" "):
            line += f"\x1b[{at + 1}G{part}" if moved else part
            moved = not part.isascii()
        elif not moved:
            line += part
        at += width + len(GAP)
        line += "" if moved else GAP
    return line.rstrip()


def clipped(text: str, width: int) -> str:
    """The text in at most `width` cells, with a mark at its end if it was cut; never within a character."""
    if cells_of(text) <= width:
        return text
    if text.isascii() or max(text) < _MARKS:
        kept = text[: max(0, width - 1)]
    else:
        from rich.cells import set_cell_size  # late: most Latin text needs no widths

        kept = set_cell_size(text, max(0, width - 1)).rstrip(" ")
    return f"{kept.rstrip(' ')}\u2026" if width > 0 else ""


def unplaced(text: str) -> str:
    """What was positioned for a terminal, for a pager: with as many blanks instead."""
    if _PLACED.search(text) is None:
        return text
    return "\n".join(map(_line_unplaced, text.split("\n")))


def _line_unplaced(line: str) -> str:
    first, *rest = _PLACED.split(line)
    for column, part in zip(rest[::2], rest[1::2], strict=True):
        first += " " * (int(column) - 1 - cells_of(_PAINTED.sub("", first))) + part
    return first


def fold(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at spaces if possible; nothing else is lost."""
    if "\n" in text:
        return [folded for line in text.split("\n") for folded in fold(line, width)]
    if cells_of(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells_of(joined) <= width:
            lines[-1] = joined
        else:
            lines[-1:] = [line for line in (lines[-1], *_chopped(word, width)) if line]
    return lines


def _chopped(word: str, width: int) -> list[str]:
    if word.isascii():
        return [word[at : at + width] for at in range(0, len(word), width)]
    from rich.cells import chop_cells  # late: plain ASCII needs no widths

    chopped = chop_cells(word, width)
    return chopped if "".join(chopped) == word else [word]  # it drops marks without a letter
