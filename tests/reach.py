"""Which tests have a desk: by themselves, by a fixture, or by a function of the tests that these call."""

import inspect
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

HERE = Path(__file__).parent
# What `conftest` has to make a desk, or to open one.
DESKS = {"Program", "opened", "place_of", "copy_desk", "copied", "fresh"}


def a_desk(test: pytest.Item) -> bool:
    """Whether a test has a desk of its own; one that only asks a function for values has none."""
    if not isinstance(test, pytest.Function):
        return False
    fixtures = [made.func for name in test.fixturenames for made in test._fixtureinfo.name2fixturedefs.get(name, ())]
    return any(map(_has, _ours([test.obj, *fixtures])))


def _ours(named: Iterable[Any]) -> Iterator[FunctionType]:
    """Those that are functions of the tests, without what wraps them."""
    for each in named:
        inner = inspect.unwrap(getattr(getattr(each, "hypothesis", each), "inner_test", each))
        function = getattr(inner, "__func__", inner)
        if isinstance(function, FunctionType) and HERE in Path(function.__code__.co_filename).parents:
            yield function


@cache
def _has(function: FunctionType, deeper: int = 4) -> bool:
    """Whether a function, or one of ours that it names, so many deep, names what makes a desk."""
    named = set(_names(function.__code__))
    if named & DESKS:
        return True
    further = _ours(function.__globals__.get(name) for name in sorted(named))
    return deeper > 0 and any(_has(each, deeper - 1) for each in further)


def _names(code: CodeType) -> Iterator[str]:
    """The globals that code names, and that functions inside it do."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
