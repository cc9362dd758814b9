"""The picture of the README: what the program prints on the demo desk in a terminal, as an SVG.

After the program prints something else, draw it again: .venv/bin/python tests/picture.py
"""

import re
import shutil
import tempfile
from io import StringIO
from pathlib import Path

from conftest import Program
from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parents[1] / ".readme" / "terminal.svg"
LINES = ("breaches --within 1h", "check 7.6.2.0")  # what is typed, on a desk in SUPPORTCTL_DB
WIDTH = 96  # cells; the letters are still readable in a page's column
# Without the fonts that rich would load from elsewhere, and with no style but this.
FORMAT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>supportctl in a terminal</title>
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
.{unique_id}-title {{ font: 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def drawn(folder: Path) -> str:
    """The picture as it is to be, drawn on a new demo desk in that folder."""
    desk = Program(folder / "demo" / "desk.db")
    assert desk("demo", desk.desk.parent).code == 0
    console = Console(
        record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="standard", _environ={}
    )
    for n, line in enumerate(LINES):
        ran = desk(*line.split(), "-o", "table", "--color", "always", env={"COLUMNS": str(WIDTH)})
        assert ran.code in (0, 3), ran.err
        if n:
            console.print()
        console.print(Text.assemble(("$ ", "dim"), f"supportctl {line}"))
        console.print(Text.from_ansi(ran.out.rstrip("\n")))
    svg = console.export_svg(title="supportctl", unique_id="terminal", code_format=FORMAT)
    return re.sub(r"[ \t]+\n", "\n", svg).rstrip() + "\n"


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp())
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(place), encoding="utf-8")
    shutil.rmtree(place)
