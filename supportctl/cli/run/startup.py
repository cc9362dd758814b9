"""Start-up: modules that Typer imports but hardly any run uses are left out, and load on first use.

Only the modules that Typer's import loads ever see a stand-in. After that everything is put back: an `import` anywhere
gets the true module, and no package has a false attribute. What remains are globals of single modules, such as
`inspect.tokenize`: each gives whatever the true module has at that moment.
"""

import sys
from _thread import _local  # threading.local itself
from importlib import import_module
from types import ModuleType
from typing import Any

# Who imports it, and what for. Most use a plain `import x`; names imported from it are listed.
UNUSED: dict[str, tuple[str, ...]] = {
    "bz2": (),  # shutil: archives
    "difflib": ("get_close_matches",),  # typer: suggestions
    "fnmatch": (),  # pathlib: patterns
    "gettext": ("gettext",),  # typer: its own messages
    "ipaddress": (),  # urllib.parse: addresses in brackets
    "linecache": (),  # inspect and traceback: source lines
    "lzma": (),  # shutil: archives
    "ntpath": (),  # pathlib: Windows' paths elsewhere
    "math": (),  # datetime: if its faster half is missing
    "platform": (),  # uuid, and typer for opening a browser
    "shellingham": (),  # typer: installing completion its own way
    "subprocess": (),  # typer: installing completion, and opening a browser
    "textwrap": (),  # traceback: notes of exceptions
    "threading": ("local",),  # typer: the current context
    "traceback": ("FrameSummary", "StackSummary"),  # typer: its own kind of errors
    "token": (),  # inspect: source lines
    "tokenize": (),  # inspect and linecache: source lines
    "typer.completion": ("get_completion_inspect_parameters",),  # typer: installing completion its own way
    "uuid": ("UUID",),  # typer: options of that type
    "urllib.parse": ("quote_from_bytes",),  # pathlib: a path as an address
    "zlib": (),  # shutil: archives
}
AT_HAND = {"local": _local}


class LazyModule(ModuleType):
    """Stands in for a module, and loads it on first use."""

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # `from x import y` asks whether x is a package; none of these is
            raise AttributeError(name)
        return getattr(real_module(self.__name__), name)


class LazyName:
    """Stands in for a name of a module, and loads the module on first use."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def true(self) -> Any:
        """The object behind the name."""
        return getattr(real_module(self._module), self._name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.true()(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.true(), name)

    def __eq__(self, other: object) -> bool:
        # Typer compares the type of each option with UUID: nobody can have that before its module is loaded.
        return other is self or (_loaded(self._module) and other == self.true())

    def __hash__(self) -> int:
        return hash(self.true())


def real_module(name: str) -> ModuleType:
    """The module itself, even while something stands in for it."""
    if not _loaded(name):
        sys.modules.pop(name, None)
    return import_module(name)


def _loaded(name: str) -> bool:
    return not isinstance(sys.modules.get(name), LazyModule | None)


class DeferredImports:
    """Inside this block, importing the modules in UNUSED does not load them."""

    def __enter__(self) -> None:
        for module, names in UNUSED.items():
            if module not in sys.modules:
                sys.modules[module] = late = LazyModule(module)
                vars(late).update((name, AT_HAND.get(name) or LazyName(module, name)) for name in names)

    def __exit__(self, *_: object) -> None:
        for name in UNUSED:
            if not _loaded(name):
                sys.modules.pop(name, None)
        for package in [module for module in sys.modules.values() if "__path__" in getattr(module, "__dict__", ())]:
            for name, value in [each for each in vars(package).items() if type(each[1]) in (LazyModule, LazyName)]:
                setattr(package, name, value.true() if type(value) is LazyName else real_module(value.__name__))
