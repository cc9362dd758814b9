"""The chart of a page: what stands where, so that it can be read."""

import re

import pytest

from supportctl.render.columns import View
from supportctl.render.page import KEY, LINE, TOP, Bar, Chart, _svg, _y


def drawn(*bars: Bar) -> str:
    return "".join(_svg(Chart("Title", "Text", "Mean, in %", "100 % = target", "Mark", bars, View((), ()), ())))


def test_what_the_line_is_stands_above_all_bars() -> None:
    """Beside the line it would lie across them."""
    [(y, text)] = re.findall(r'y="(\d+)">(100 % = target)<', drawn(Bar("a", 400, None), Bar("b", 900, 900)))
    assert (text, int(y) - 4) == ("100 % = target", KEY)
    assert int(y) < TOP - LINE


@pytest.mark.parametrize(
    ("value", "mark", "above"), [(92, None, 100), (92, 100, 100), (92, 105, 105), (52, 56, 56), (52, None, 52), (130, None, 130)]
)  # fmt: skip
def test_no_stroke_runs_through_a_value(value: int, mark: int | None, above: int) -> None:
    """It stands above its bar, and above the line or the mark where one is near."""
    [y] = re.findall(rf'y="(\d+)">{value}</text>', drawn(Bar("a", value, mark)))
    assert int(y) == _y(above, 150) - 4
