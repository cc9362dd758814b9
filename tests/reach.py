"""Which tests have a desk: by themselves, by a fixture, or by a function of the tests that these call."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

HERE = Path(__file__).parent
DESKS = {
    "Program",
    "opened",
    "place_of",
    "copy_desk",
    "copied",
    "fresh",
}  # what `conftest` has to make one or to open it


def a_desk(test: pytest.Item) -> bool:
    """Whether a test has a desk of its own; one that only asks a function for values has none."""
    if not isinstance(test, pytest.Function):
        return False
    fixtures = [made.func for name in test.fixturenames for made in test._fixtureinfo.name2fixturedefs.get(name, ())]
    return any(_has(function) for function in [test.obj, *fixtures])


def _has(named: Any, deeper: int = 4) -> bool:
    """Whether this is a function that names what makes a desk, or one of ours that does, so many deep."""
    function = getattr(getattr(named, "hypothesis", None), "inner_test", named)
    return isinstance(function, FunctionType) and _names_a_desk(function, deeper)


@cache
def _names_a_desk(function: FunctionType, deeper: int) -> bool:
    if HERE not in Path(function.__code__.co_filename).parents:
        return False
    named = set(_names(function.__code__))
    return bool(named & DESKS) or (
        deeper > 0 and any(_has(function.__globals__.get(name), deeper - 1) for name in sorted(named))
    )


def _names(code: CodeType) -> Iterator[str]:
    """The globals that code names, and that functions inside it do."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
