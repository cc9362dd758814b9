"""Markdown and HTML of a view: documents to mail or pin up, self-contained, escaped, and without scripts."""

import re
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from html import escape
from typing import Any, TextIO

from supportctl.render.columns import NUMBER, SPAN, TIME, Column, View, peeked
from supportctl.render.phrases import cell, moment
from supportctl.render.safe import visible

LONGEST = 24  # letters of a word that no table breaks; a longer one may break anywhere
# What has a meaning in Markdown, within a line of text; `<` and `&` become entities, which every reader knows.
_MARKDOWN = re.compile(r"[\\`*_\[\]#|~$]")
_WORD = re.compile(r"[^\s`<>|]+|[`<>|]")
_LIVE = re.compile(r"@|://|www\.", re.IGNORECASE)  # what readers of Markdown turn into a mention or a link
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .4rem .7rem; text-align: start; vertical-align: top; border-bottom: 1px solid #8884; }
th { white-space: nowrap; }
td { white-space: pre-line; }
.long { overflow-wrap: anywhere; min-width: 12em; }
.time { white-space: nowrap; }
.list { overflow-x: auto; font-size: .87rem; }
.list th, .list td { padding: .35rem .45rem; }
.right { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
.late, .no { color: #c00020; font-weight: 600; }
.soon { color: #8a5a00; }
@media (prefers-color-scheme: dark) { .late, .no { color: #ff8a8a; } .soon { color: #f0b94d; } }
@media screen and (max-width: 40rem) {
  .list { font-size: 1rem; }
  .list thead { display: none; }
  .list tr { display: block; padding: .6rem 0; border-bottom: 1px solid #8884; }
  .list td { display: inline; padding: 0; border: 0; white-space: normal; }
  .list td:first-child { font-weight: 600; }
  .list td:not(:empty) ~ td:not(:empty)::before { content: "\\a0\\b7  "; }
}
@media print {
  body { margin: 0; max-width: none; font-size: 10pt; }
  tr { break-inside: avoid; }
  .list { overflow: visible; font-size: 8pt; }
  .list th, .list td { padding: .2rem .3rem; }
  .long { min-width: 9em; }
  .time { white-space: normal; min-width: 6em; }
}
""".strip()
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{as_of}</p>
"""
FOOT = "</body>\n</html>\n"


def write_markdown(
    view: View, records: Iterable[Any], out: TextIO, zone: tzinfo | None, now: int | None, above: str = ""
) -> None:
    """A pipe table under its title and what holds for all of it, written row by row."""
    columns = _columns(view)
    lines = (f"# {_md(_title(view))}", _md(_as_of(now, zone)), _md(visible(above)))
    out.write("".join(f"{line}\n\n" for line in lines if line))
    some, records = peeked(records)
    if not some:
        out.write(f"{_md(view.nothing)}\n")
        return
    out.write(_pipes(_md(column.heading) for column in columns))
    out.write(_pipes("---:" if _right(column) else "---" for column in columns))
    for record in records:
        out.write(_pipes(_md(cell(column, record, zone)) for column in columns))
    if view.note:
        out.write(f"\n{_md(view.note)}\n")


def write_html(
    view: View, records: Iterable[Any], out: TextIO, zone: tzinfo | None, now: int | None, above: str = ""
) -> None:
    """One page, written row by row."""
    out.write(head(_title(view), now, zone))
    out.write(f"<p>{escape(visible(above))}</p>\n" if above else "")
    some, records = peeked(records)
    if some:
        out.write('<div class="list">\n')  # on a phone a row is a paragraph, on wider screens the table scrolls
        out.writelines(table(view, records, zone))
        out.write(f"</div>\n{FOOT}")
    else:
        out.write(f"<p>{escape(view.nothing)}</p>\n{FOOT}")


def head(title: str, now: int | None, zone: tzinfo | None, style: str = "") -> str:
    """The beginning of a page, up to its heading and the time it shows; `style` adds to our own."""
    return _HEAD.format(title=escape(visible(title)), as_of=escape(_as_of(now, zone)), style=STYLE + style)


def table(view: View, records: Iterable[Any], zone: tzinfo | None, *, labels: bool = False) -> Iterator[str]:
    """A table, row by row. Each value is isolated, so that right-to-left text stays in its cell.

    A row's urgency colours the one value that says it. With `labels` each value also carries the heading of its column.
    """
    columns = _columns(view)
    says = view.urgent if any(column.name == view.urgent for column in columns) else columns[0].name
    headings = (f'<th scope="col"{_class(_right(c) and "right")}>{escape(c.heading)}</th>' for c in columns)
    yield f"<table>\n<thead><tr>{''.join(headings)}</tr></thead>\n<tbody>\n"
    for record in records:
        urgency = view.urgency(record)
        values = ((column, cell(column, record, zone)) for column in columns)
        cells = (
            f'<td dir="auto"{_class(_shape(column, text), urgency if column.name == says else "")}'
            f"{_label(column) if labels and text else ''}>{escape(text)}</td>"
            for column, text in values
        )
        yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</tbody>\n</table>\n"


def _label(column: Column) -> str:
    return f' data-label="{escape(column.heading)}"'


def _columns(view: View) -> list[Column]:
    return view.named((*(view.table or view.plain), *view.wide))


def _title(view: View) -> str:
    return view.title or "supportctl"


def _as_of(now: int | None, zone: tzinfo | None) -> str:
    return "" if now is None else f"As of {moment(now, zone)}"


def _right(column: Column) -> bool:
    return column.kind in (NUMBER, SPAN)


def _shape(column: Column, text: str) -> str:
    """How a cell may break: numbers and times do not; words only if they are longer than any of ours."""
    if _right(column):
        return "right"
    if column.kind is TIME:
        return "time"
    return "long" if max(map(len, text.split()), default=0) > LONGEST else ""


def _class(*names: str | bool) -> str:
    said = " ".join(escape(str(name)) for name in names if name)
    return f' class="{said}"' if said else ""


def _pipes(values: Iterable[str]) -> str:
    return f"| {' | '.join(values)} |\n"


def _md(text: str) -> str:
    return _WORD.sub(_md_word, text).replace("\n", "<br>")


def _md_word(found: re.Match[str]) -> str:
    """A word as it is; one that would become active is written as code, which is inert and copies unchanged."""
    if _LIVE.search(found[0]):
        return f"`{found[0]}`"
    escaped = _MARKDOWN.sub(r"\\\g<0>", found[0])
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
