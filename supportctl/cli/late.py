"""Start-up: parts of the standard library that Typer imports, and that next to no run uses, load on their first use."""

import sys
from _thread import _local  # what threading calls local
from importlib import import_module
from types import ModuleType
from typing import Any

# Who imports it, and what for. Most do so by a plain `import x`, and look nothing of x up before they use it; where
# names are taken at once they are given here.
UNUSED: dict[str, tuple[str, ...]] = {
    "ast": ("NodeVisitor",),  # inspect: signatures of built-in functions
    "bz2": (),  # shutil: archives
    "difflib": ("get_close_matches",),  # typer: what was meant
    "fnmatch": (),  # pathlib: patterns
    "gettext": ("gettext",),  # typer: its own messages
    "ipaddress": (),  # urllib.parse: addresses in brackets
    "linecache": (),  # inspect and traceback: source lines
    "lzma": (),  # shutil: archives
    "math": (),  # datetime: for want of its faster half
    "platform": (),  # uuid, and typer for opening a browser
    "shellingham": (),  # typer: installing completion its own way
    "shutil": ("get_terminal_size",),  # typer; tables have a use for it
    "subprocess": (),  # typer: installing completion, and opening a browser
    "sysconfig": (),  # zoneinfo: where the system's zones are (see clock)
    "textwrap": (),  # traceback: notes of exceptions; help has a use for it
    "threading": ("local",),  # typer: the context in hand
    "tokenize": (),  # inspect and linecache: source lines
    "traceback": ("FrameSummary", "StackSummary"),  # typer: errors of its own look
    "typer.completion": ("get_completion_inspect_parameters",),  # typer: installing completion its own way
    "urllib.parse": ("quote_from_bytes",),  # pathlib: a path as an address
    "uuid": ("UUID",),  # typer: options of that type
    "zlib": (),  # shutil: archives
}
READY = {"local": _local}  # names that are called at once; elsewhere a class is called late, or only inherited from


class Late(ModuleType):
    """Stands in for a module until something of it is asked for.

    Not importlib.util.LazyLoader: with Python 3.11 its modules load as soon as they are imported a second time.
    """

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # `from x import y` asks whether x is a package; none of these is
            raise AttributeError(name)
        module = self.load()
        self.__dict__.update(module.__dict__)
        return getattr(module, name)

    def load(self) -> ModuleType:
        """The module itself, which takes its place."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return import_module(self.__name__)


def _function(late: Late, name: str) -> Any:
    return lambda *args, **options: getattr(late.load(), name)(*args, **options)


def _class(late: Late, name: str) -> type:
    """A class to inherit from or to compare with; whoever asks one of its methods gets the true one's."""

    def method(self: object, attribute: str) -> Any:
        return getattr(getattr(late.load(), name), attribute).__get__(self)

    return type(name, (), {"__getattr__": method})


def put_off() -> None:
    """Let these modules wait for their first use: a quarter of a look-up's start-up."""
    for module, names in UNUSED.items():
        if module not in sys.modules:
            sys.modules[module] = late = Late(module)
            for name in names:
                stand_in = READY.get(name) or (_class if name[0].isupper() else _function)(late, name)
                setattr(late, name, stand_in)
