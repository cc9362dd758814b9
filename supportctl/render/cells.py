"""A value as people read it: the same in tables, Markdown and HTML."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from supportctl.render.columns import Column, Kind
from supportctl.render.phrases import moment, span
from supportctl.render.safe import visible


def cell(column: Column, record: Any, zone: tzinfo | None, *, multiline: bool = False) -> str:
    """The column's value as harmless text, one line unless `multiline`; absent is empty."""
    value = column.value(record)
    if value is None:
        return ""
    match column.kind:
        case Kind.TIME:
            return moment(value, zone)
        case Kind.SPAN:
            return span(value)
        case Kind.FLAG | Kind.NUMBER:
            return _word(value)
        case Kind.LIST:
            return visible(", ".join(value))
        case Kind.REASONS:
            return ("\n" if multiline else " ").join([visible(f"({r.clause}) {r.text}") for r in value])
        case Kind.DATA:
            return _data(value, multiline)
        case _:
            return visible(value, multiline=multiline)


def _data(value: Any, multiline: bool) -> str:
    """Plain data in words: each item of a list on its own line, and the non-empty fields of a mapping."""
    if isinstance(value, list | tuple):
        return ("\n" if multiline else "; ").join([_data(item, False) for item in value])
    if isinstance(value, Mapping):
        return ", ".join([_field(str(name), below) for name, below in value.items() if below not in (None, {}, [])])
    return visible(_word(value))


def _field(name: str, value: Any) -> str:
    said = _data(value, False)
    return f"{visible(name.replace('_', ' '))}: {f'({said})' if isinstance(value, Mapping) else said}"


def _word(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
