"""What the formats for programs cost."""

import subprocess
import sys

SHOW = """
import sys
from supportctl.render import show
from supportctl.render.columns import TIME, Column, View
for format in ("plain", "json", "table"):
    show(View((Column("at", TIME),), ("at",)), {"at": 0}, format=format, out=sys.stdout)
heavy = {"rich", "csv", "html", "pydantic", "importlib.metadata", "zoneinfo", "tempfile"}
print(sorted(heavy & set(sys.modules)))
"""


def test_plain_json_and_plain_tables_import_nothing_heavy() -> None:
    """Rich measures text beyond ASCII only, and is not loaded for less."""
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
