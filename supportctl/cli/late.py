"""Start-up: parts of the standard library that Typer imports, and that next to no run uses, load on their first use."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

# Who imports it, and what for. All of them by a plain `import x`, so nothing of x is looked up before it is used.
UNUSED = (
    "ast",  # inspect: signatures of built-in functions
    "bz2",  # shutil: archives
    "ipaddress",  # urllib.parse (for pathlib): addresses in brackets
    "lzma",  # shutil: archives
    "shellingham",  # typer: installing completion its own way
    "subprocess",  # typer: the same, and opening a browser
    "tokenize",  # inspect and linecache: source lines for tracebacks
)


class Late(ModuleType):
    """Stands in for a module until something of it is asked for.

    Not importlib.util.LazyLoader: with Python 3.11 its modules load as soon as they are imported a second time.
    """

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = import_module(self.__name__)
        self.__dict__.update(module.__dict__)
        return getattr(module, name)


def put_off(names: tuple[str, ...] = UNUSED) -> None:
    """Let these modules wait for their first use: a sixth of a look-up's start-up."""
    for name in names:
        sys.modules.setdefault(name, Late(name))
