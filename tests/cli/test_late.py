"""Parts of the standard library that wait for their first use: there when asked for, and as they always are."""

import subprocess
import sys

import pytest

from supportctl.cli.late import UNUSED

START = "from supportctl.cli import late; late.put_off(); import sys\n"


def run(code: str) -> str:
    """What a fresh interpreter prints that starts as the program does."""
    done = subprocess.run([sys.executable, "-c", START + code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_typer_loads_none_of_them() -> None:
    """They are what the start-up of a look-up need not wait for."""
    loaded = run(
        "import typer, pathlib, datetime; print([n for n in late.UNUSED if type(sys.modules[n]) is not late.Late])"
    )

    assert loaded == "[]"


@pytest.mark.parametrize("name", UNUSED)
def test_a_module_is_itself_once_something_of_it_is_asked(name: str) -> None:
    """Whoever imported the stand-in and whoever imports the name later both have the true module's contents."""
    asked = run(
        f"import {name} as before, importlib\nnames = list(vars(before.load()))\n"
        f"true = importlib.import_module({name!r})\n"
        "print(type(true) is not late.Late, all(getattr(before, n) is getattr(true, n) for n in names if n[:2] != '__'\n"
        f"    and n not in late.UNUSED[{name!r}]))"
    )

    assert asked == "True True"


def test_a_function_taken_at_once_does_its_work_when_it_is_called() -> None:
    """`from x import y` of a module put off."""
    assert run("from difflib import get_close_matches as g; print(g('lokup', ['lookup', 'log'], n=1))") == "['lookup']"


def test_a_class_taken_at_once_can_be_inherited_from() -> None:
    """As inspect does with ast.NodeVisitor: its methods are the true ones."""
    assert (
        run(
            "import ast\n"
            "class Names(ast.NodeVisitor):\n"
            "    def visit_Name(self, node): print(node.id)\n"
            "from ast import parse\n"
            "Names().visit(parse('a + b'))"
        )
        == "a\nb"
    )


def test_the_zones_are_found_where_python_finds_them_and_the_environment_is_left_alone() -> None:
    """Finding them without the interpreter's build settings changes neither where they are nor what children see."""
    usual = subprocess.run(
        [sys.executable, "-c", "import zoneinfo; print(zoneinfo.TZPATH)"], capture_output=True, text=True, check=True
    )
    ours = run(
        "from supportctl.clock import find_zone\nimport zoneinfo, os\nfind_zone('Etc/UTC')\nprint(zoneinfo.TZPATH)"
    )

    assert ours == usual.stdout.strip()
    assert (
        run(
            "from supportctl.clock import find_zone; import os; find_zone('Etc/UTC'); print('PYTHONTZPATH' in os.environ)"
        )
        == "False"
    )
