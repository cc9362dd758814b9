"""A page to mail: its figures in words, a chart of bars against a line, and tables; self-contained, without scripts.

The chart is SVG in the page. Its widths are percentages, so that its text keeps its size on every screen.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from html import escape
from typing import Any, NamedTuple, TextIO

from supportctl.render import document
from supportctl.render.columns import View
from supportctl.render.safe import visible


class Bar(NamedTuple):
    """A bar of a chart: its height in percent of the line that it is compared with, and a mark above or within it."""

    label: str
    value: int | None
    mark: int | None


class Chart(NamedTuple):
    """Bars against a line at 100 percent, the same in words, and as a table."""

    title: str
    text: str  # how to read it
    unit: str  # of the heights
    line: str  # what the line means
    mark: str  # what the marks mean
    bars: Sequence[Bar]
    table: View
    records: Sequence[Any]


class Page(NamedTuple):
    """A page: a title, sentences, a chart if there is anything to draw, and a table."""

    title: str
    words: Sequence[str]
    chart: Chart | None
    heading: str
    table: View
    records: Sequence[Any]


def write_page(page: Page, out: TextIO, zone: tzinfo | None, now: int) -> None:
    """Write it as HTML; `now` (UTC epoch seconds) is the time it shows, in `zone` (None: the machine's)."""
    out.write(document.head(page.title, now, zone, _STYLE))
    out.writelines(f'<p class="lead">{_text(words)}</p>\n' for words in page.words)
    if page.records:
        out.write(f"<h2>{_text(page.heading)}</h2>\n")
        out.writelines(_scrolling(page.heading, page.table, page.records, zone))
    if page.chart:
        out.writelines(_figure(page.chart, zone))
    out.write(document.FOOT)


def _text(text: str) -> str:
    return escape(visible(text))


def _scrolling(name: str, view: View, records: Sequence[Any], zone: tzinfo | None) -> Iterator[str]:
    """A table that scrolls by itself where it is too wide; on a small screen its rows are paragraphs."""
    yield f'<div class="wide" role="region" aria-label="{_text(name)}" tabindex="0">\n'
    yield from document.table(view, records, zone, labels=True)
    yield "</div>\n"
    if view.note:
        yield f'<p class="note">{_text(view.note)}</p>\n'


def _figure(chart: Chart, zone: tzinfo | None) -> Iterator[str]:
    yield f"<h2>{_text(chart.title)}</h2>\n<figure>\n"
    yield from _svg(chart)
    yield f"<figcaption>{_text(chart.text)}</figcaption>\n</figure>\n"
    yield from _scrolling(chart.title, chart.table, chart.records, zone)


# The chart. Heights are in pixels, widths in percent.

TOP, DEEP, FOOT = 64, 200, 28  # pixels above the plot, of the plot, and below it
KEY = 12  # pixels down to the key: above every value, since the line itself is among the bars
UNIT = 36  # pixels down to the unit, which stands over the numbers of the scale
LEFT, RIGHT = 11.0, 99.0  # percent between which the bars are drawn
HIGHEST = 400  # percent of the target at which a higher bar is cut, and marked as cut
LABELS = 7  # how many labels below the bars fit on a phone
LINE = 18  # pixels of a line of text with some air
CUT = "\u2191"  # marks a bar higher than the scale
HALF = 48  # percent across at which the second part of the key begins
VALUES = 9  # how many bars can have their value on a phone


def _svg(chart: Chart) -> Iterator[str]:
    # The scale fits every bar and mark up to HIGHEST, and always the line.
    highest = max((value for bar in chart.bars for value in (bar.value, bar.mark) if value is not None), default=0)
    top = min(max(-(-highest // 50) * 50, 150), HIGHEST)
    yield (
        f'<svg role="img" aria-labelledby="chart-title chart-text" width="100%" height="{TOP + DEEP + FOOT}">\n'
        f'<title id="chart-title">{_text(chart.title)}</title>\n<desc id="chart-text">{_text(chart.text)}</desc>\n'
        '<defs><pattern id="over" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="ground" width="6" height="6"/><line class="stripe" y2="6"/></pattern></defs>\n'
    )
    for percent in range(0, top + 1, 50 if top <= 200 else 100):
        y = _y(percent, top)
        if percent != 100:
            yield f'<line class="grid" x1="{LEFT}%" x2="100%" y1="{y}" y2="{y}"/>'
        yield f'<text class="end" x="{LEFT - 1}%" y="{y + 4}">{percent} %</text>\n'
    step = (RIGHT - LEFT) / max(len(chart.bars), 1)
    every = -(-len(chart.bars) // LABELS)
    crowded = len(chart.bars) > VALUES
    for n, bar in enumerate(chart.bars):
        yield from _bar(bar, LEFT + step * n, step, top, crowded)
        if n % every == 0:
            y = TOP + DEEP + 18
            yield f'<text class="middle" x="{LEFT + step * (n + 0.5):.2f}%" y="{y}">{_text(bar.label)}</text>\n'
    y = _y(100, top)
    yield f'<line class="target" x1="{LEFT}%" x2="100%" y1="{y}" y2="{y}"/>'
    yield from _key(chart)
    yield "</svg>\n"


def _key(chart: Chart) -> Iterator[str]:
    """What the lines mean, side by side, and the unit below."""
    for name, text, left in (("target", chart.line, 0), ("mark", chart.mark, HALF)):
        yield f'<svg x="{left}%"><line class="{name}" x1="0" x2="32" y1="{KEY}" y2="{KEY}"/>'
        yield f'<text x="40" y="{KEY + 4}">{_text(text)}</text></svg>\n'
    yield f'<text x="0" y="{UNIT + 4}">{_text(chart.unit)}</text>\n'


def _bar(bar: Bar, left: float, step: float, top: int, crowded: bool) -> Iterator[str]:
    if bar.value is None:
        return
    y, middle = _y(bar.value, top), left + step / 2
    width = min(step * 0.6, 8)
    name = "over" if bar.value > 100 else "within"
    yield (
        f'<rect class="{name}" x="{middle - width / 2:.2f}%" width="{width:.2f}%" y="{y}" height="{TOP + DEEP - y}"/>'
    )
    if bar.mark is not None:
        at = _y(bar.mark, top)  # for one beyond the top, at the top
        yield f'<line class="mark" x1="{middle - width / 2:.2f}%" x2="{middle + width / 2:.2f}%" y1="{at}" y2="{at}"/>'
    kind = "middle halo crowded" if crowded else "middle halo"
    said = f"{bar.value}{CUT if bar.value > top else ''}"
    yield f'<text class="{kind}" x="{middle:.2f}%" y="{_above(y, bar.mark, top) - 4}">{said}</text>\n'


def _above(y: int, mark: int | None, top: int) -> int:
    """Where a bar's value goes: above it, and above its mark or the line if they would cross it."""
    strokes = [_y(percent, top) for percent in (100, mark) if percent is not None]
    for stroke in sorted(strokes, reverse=True):
        if 0 <= y - stroke <= LINE:
            y = stroke
    return y


def _y(percent: int, top: int) -> int:
    return TOP + DEEP - round(DEEP * min(percent, top) / top)


_STYLE = """
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.lead { max-width: 44rem; margin: .4rem 0; }
h1 { text-wrap: balance; }
.wide { overflow-x: auto; font-size: .9rem; }
.wide th { white-space: normal; vertical-align: bottom; }
.wide td { overflow-wrap: normal; white-space: normal; }
.wide td:not(.right, :first-child) { min-width: 10.5em; }
.wide :is(td.right, td:first-child) { white-space: nowrap; }
.wide th, .wide td { padding: .35rem .5rem; }
.wide .no { color: var(--out); }
.note { font-size: .85rem; max-width: 44rem; margin: .5rem 0; }
:root { --in: #2f6fb5; --out: #b3261e; --ink: #333; --page: #fff; --faint: #666; }
figure { margin: 0 0 1rem; max-width: 60rem; }
figcaption { font-size: .85rem; max-width: 44rem; }
svg { display: block; font-size: 12px; overflow: visible; }
svg text { fill: var(--ink); }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
svg .halo { paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
svg .grid { stroke: #8884; }
svg .target { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 7 4; }
svg .within { fill: var(--in); }
svg .over { fill: url(#over); stroke: var(--out); }
svg .ground { fill: var(--page); }
svg .stripe { stroke: var(--out); stroke-width: 5; }
svg line.mark { stroke: var(--ink); stroke-width: 3; }
@media screen and (prefers-color-scheme: dark) {
  :root { --in: #6ea8e8; --out: #ff8a80; --ink: #ddd; --page: #121212; --faint: #aaa; }
}
@media screen and (max-width: 40rem) {
  body { margin: 1rem auto; }
  svg .crowded { display: none; }
}
@media screen and (max-width: 54rem) {
  .wide { font-size: 1rem; }
  .wide thead { display: none; }
  .wide tr { display: block; padding: .5rem 0; border-bottom: 1px solid #8884; }
  .wide td, .wide td:not(.right, :first-child) { display: inline-block; min-width: 0; padding: 0 1rem 0 0; border: 0; }
  .wide td { white-space: normal; text-align: start; }
  .wide td:empty { display: none; }
  .wide td:first-child { display: block; font-weight: 600; }
  .wide td:not(:first-child)::before { content: attr(data-label) " "; font-weight: 400; color: var(--faint); }
}
@media print {
  :root { color-scheme: light; }
  .wide { overflow: visible; }
  .wide table { font-size: 8pt; }
  .wide th, .wide td { padding: .2rem .35rem; }
  figure, h2 { break-inside: avoid; break-after: avoid; }
  svg { print-color-adjust: exact; }
}
"""
