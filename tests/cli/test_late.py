"""What Typer's import drags in for nothing waits for its first use; while a command works nothing stands in for it."""

import subprocess
import sys

import pytest

from supportctl.cli.run.startup import UNUSED

START = (
    "import sys\n"
    "from supportctl.cli.run import startup\n"
    "with startup.DeferredImports():\n    import typer, pathlib\n"
    "def stands_in(value): return isinstance(value, startup.LazyModule | startup.LazyName)\n"
)


def run(code: str) -> str:
    """What a fresh interpreter prints that starts as the program does."""
    done = subprocess.run([sys.executable, "-c", START + code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_typer_loads_none_of_them() -> None:
    """They are what the start-up of a look-up need not wait for."""
    assert run("print([name for name in startup.UNUSED if name in sys.modules])") == "[]"


@pytest.mark.parametrize("name", UNUSED)
def test_importing_a_module_afterwards_gives_the_module_itself(name: str) -> None:
    """By its name, as an attribute of its package, and to whoever had it put off."""
    assert (
        run(
            f"before = [vars(m)[n] for m in [*sys.modules.values()] for n in [*vars(m)]\n"
            f"    if isinstance(vars(m)[n], startup.LazyModule) and vars(m)[n].__name__ == {name!r}]\n"
            f"import {name}\n"
            f"true, public = sys.modules[{name!r}], [n for n in dir(sys.modules[{name!r}]) if n[:2] != '__']\n"
            f"print(stands_in({name}), {name} is true, all(getattr(b, n) is getattr(true, n) for b in before\n"
            f"    for n in public if not stands_in(getattr(b, n)) and not stands_in(getattr(true, n))))"
        )
        == "False True True"
    )


def test_no_module_and_no_attribute_of_a_package_is_a_stand_in() -> None:
    """Also of a package that takes a name at once, such as `typer.get_terminal_size`."""
    assert (
        run(
            "print([n for n, m in sys.modules.items() if stands_in(m)],\n"
            "    [(p.__name__, n) for p in sys.modules.values() if hasattr(p, '__path__') for n, v in vars(p).items()\n"
            "    if stands_in(v)], typer.get_terminal_size is sys.modules['shutil'].get_terminal_size)"
        )
        == "[] [] True"
    )


def test_an_attribute_of_a_package_becomes_what_it_says() -> None:
    """A package that took stand-ins has the true module and the true function when all is put back."""
    assert (
        run(
            "package = sys.modules['package'] = type(sys)('package')\n"
            "package.__path__ = []\n"
            "for name in ('tokenize', 'difflib'): sys.modules.pop(name, None)\n"
            "with startup.DeferredImports():\n"
            "    import tokenize\n"
            "    from difflib import get_close_matches\n"
            "    package.tokenize, package.matches = tokenize, get_close_matches\n"
            "import difflib, tokenize as true\n"
            "print(package.tokenize is true, package.matches is difflib.get_close_matches)"
        )
        == "True True"
    )


def test_a_function_taken_at_once_does_its_work_when_it_is_called() -> None:
    """As typer.core has one of difflib's."""
    assert run("print(sys.modules['typer.core'].get_close_matches('lokup', ['lookup', 'log'], n=1))") == "['lookup']"
    assert run("print(pathlib.Path('/a b').as_uri())") == "file:///a%20b"


def test_a_type_taken_at_once_is_that_type() -> None:
    """As typer.main has UUID, and compares it with the type of each option."""
    assert (
        run(
            "late = sys.modules['typer.main'].UUID\n"
            "print(late == int, 'uuid' in sys.modules)\n"
            "from uuid import UUID\n"
            "print(late == UUID, UUID == late, late == int, hash(late) == hash(UUID))"
        )
        == "False False\nTrue True False True"
    )


def test_a_module_that_was_put_off_does_its_work_where_it_was_imported() -> None:
    """As inspect has tokenize, and linecache."""
    assert run("import inspect; print(inspect.getsource(startup.real_module).splitlines()[0])").startswith(
        "def real_module("
    )


def test_whoever_is_late_for_an_attribute_gets_the_usual_error() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run("sys.modules['typer.main'].platform.nonsense")
    assert "AttributeError: module 'platform' has no attribute 'nonsense'" in failed.value.stderr


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
