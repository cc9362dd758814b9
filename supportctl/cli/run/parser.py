"""How options are read: no value is overwritten by another in silence, and `-from` is not `-f rom`."""

from collections.abc import Sequence
from typing import Any

from typer._click.exceptions import NoSuchOption
from typer._click.parser import _Option, _OptionParser

from supportctl.errors import InputError
from supportctl.masking import unkeyed


class OptionParser(_OptionParser):
    """The parser of one command, or of the program itself."""

    def add_option(
        self,
        obj: Any,
        opts: Sequence[str],
        dest: str | None,
        action: str = "store",
        nargs: int = 1,
        const: Any | None = None,
    ) -> None:
        kind = (
            OneValue if action in ("store", "store_const") and self.ctx and not self.ctx.resilient_parsing else _Option
        )
        option = kind(obj, opts, dest, action=action, nargs=nargs, const=const)
        self._opt_prefixes.update(option.prefixes)
        # Short options are found among the long ones: the parser looks there first, and works out suggestions when that
        # fails, which is a fiftieth of a look-up. This way `-o json` is found at once, and `-o=json` too.
        self._long_opt.update(dict.fromkeys(opts, option))
        self._short_opt.update(dict.fromkeys(option._short_opts, option))

    def _match_short_opt(self, arg: str, state: Any) -> None:
        name = arg.partition("=")[0]
        if f"-{name}" in self._long_opt:  # a value would be taken for the rest: `-from ann` as the sender "rom"
            raise NoSuchOption(name, possibilities=[f"-{name}"], ctx=self.ctx)
        super()._match_short_opt(arg, state)


class OneValue(_Option):
    """An option that has one value: a second one must be the same. Settings of the run may be overridden."""

    def process(self, value: Any, state: Any) -> None:
        before = state.opts.get(self.dest)
        super().process(value, state)
        now = state.opts[self.dest]
        if before is None or before == now:
            return
        if self.dest == "output":
            refuse_formats(before, now)
        if not getattr(self.obj, "overridable", False):
            _refuse_twice(self.obj)


def refuse_formats(one: str, other: str) -> None:
    """Raise InputError for two output formats, however and wherever they are asked for."""
    raise InputError(
        f"The output formats '{unkeyed(one)}' and '{unkeyed(other)}' cannot be combined.", "Use one of them."
    )


def _refuse_twice(option: Any) -> None:
    """Raise InputError, without the values: they may be texts or keys."""
    names = [max(flags, key=len) for flags in (option.opts, option.secondary_opts) if flags]
    if len(names) > 1:
        raise InputError(f"{' and '.join(names)} cannot be combined.", "Use one of them.")
    raise InputError(f"{names[0]} is given twice, with different values.", "Give it once.")
