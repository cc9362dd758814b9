"""What the house forbids: each guard reads the source below a folder and says where it is broken, one line a place."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import groupby
from pathlib import Path

# Which rooms stand on which: one imports only from rooms on a lower floor.
FLOORS = {
    "errors": 0,
    "masking": 0,
    "clock": 1,
    "true_time": 0,
    "files": 1,
    "policy": 2,
    "tabular": 2,
    "mail": 2,
    "store": 3,
    "render": 3,
    "desk": 4,
    "cli": 5,
    "__main__": 6,
}
# All that a rule may be made of. Zone data come through `clock`; nothing else of the machine does.
PURE = {
    "binascii", "bisect", "collections", "contextlib", "datetime", "enum", "functools", "heapq", "idna", "itertools",
    "json", "math", "re", "tomllib", "typing", "unicodedata",
    "supportctl.errors", "supportctl.masking", "supportctl.policy",
    "supportctl.clock.EPOCH", "supportctl.clock.NEVER", "supportctl.clock.duration", "supportctl.clock.find_zone", "supportctl.clock.parse_duration",
    "supportctl.clock.policy_zone", "supportctl.clock.to_instant",
}  # fmt: skip
# What reaches the machine without an import, and what reads its clock.
REACHING = {"open", "input", "print", "exec", "eval", "breakpoint", "__import__", "__file__", "__loader__", "__spec__"}
CLOCKS = {"now", "today", "utcnow"}
ENGINES = {"sqlite3": "supportctl.store.sqlite", "psycopg2": "supportctl.store.postgres"}  # where each is known
CHOOSING = {"supportctl.desk"}  # what chooses an engine by the name of the desk
# What writes an SQLite file that is no desk: a format, into which the desk of any engine is exported.
FILES_FOR_OTHERS = {"supportctl.store.views_file"}
RUNNING = {"execute", "executemany", "executescript"}
STATEMENT = re.compile(
    r"\s*(select\b.+\bfrom\b|select\s+(\d|count|max|min|coalesce)|insert\s+(or\s+\w+\s+)?into\b|replace\s+into\b"
    r"|update\s+\w+\s+set\b|delete\s+from\b|with\s+(recursive\s+)?\w+\s*(\([^)]*\)\s*)?as\s*\(|pragma\s+\w+"
    r"|(create|drop|alter)\s+(temp\s+|unique\s+|virtual\s+)*(table|index|view|trigger)\b|attach\s+(database\b|')"
    r"|(begin(\s+(immediate|exclusive|deferred))?|commit|rollback|vacuum|reindex|savepoint\s+\w+)\s*;?\s*$)",
    re.IGNORECASE | re.DOTALL,
)
SHOWING = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
SHOWING_MODULES = {"typer", "click", "rich", "logging", "warnings"}
SHOWING_CALLS = {"print", "input", "pprint", "echo", "secho"}


def against_the_floors(root: Path) -> list[str]:
    """Imports of a room that stands on the same floor or a higher one."""
    return [
        f"{name} imports {other}"
        for name, tree in modules(root).items()
        for other in imported(name, tree)
        if (theirs := room(other)) and theirs != room(name) and FLOORS[theirs] >= FLOORS.get(room(name), 0)
    ]


def circles(root: Path) -> list[str]:
    """The first circle of modules that import each other, deferred imports included."""
    every = modules(root)
    graph = {name: {other for other in imported(name, tree) if other in every} - {name} for name, tree in every.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" <- ".join(error.args[1])]
    return []


def impurities(root: Path) -> list[str]:
    """What a rule asks of anything but what it is given: a clock, a file, the environment, a database, a network."""
    return [
        f"{name}:{line} has {what}"
        for name, tree in modules(root).items()
        if room(name) == "policy"
        for line, what in [*_impure_imports(name, tree), *_reaching(tree)]
    ]


def _impure_imports(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in _walked(tree):
        for names in _named(name, node):
            if not any(each == pure or each.startswith(f"{pure}.") for each in names for pure in PURE):
                yield _line(node), f"import {names[-1]}"


def _reaching(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in REACHING:
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.Call) and ast.unparse(node).endswith(".astimezone()"):
            yield node.lineno, "the machine's own zone"


def sql_outside_the_store(root: Path) -> list[str]:
    """Statements, and whatever runs one, in any room but `store`."""
    return [
        f"{name}:{line} has {what}"
        for name, tree in modules(root).items()
        if room(name) != "store"
        for line, what in _statements(tree)
    ]


def _statements(tree: ast.Module) -> Iterator[tuple[int, str]]:
    told = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in RUNNING:
            yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.Constant) and id(node) not in told and _is_statement(node.value):
            yield node.lineno, repr(node.value)[:40]


def _is_statement(value: object) -> bool:
    return isinstance(value, str) and (value in RUNNING or STATEMENT.match(value) is not None)


def knowing_an_engine(root: Path) -> list[str]:
    """The modules that know an engine, if only by its types, and have no need to."""
    return sorted(
        name
        for name, tree in modules(root).items()
        for driver, engine in ENGINES.items()
        if not name.startswith(engine) and name not in FILES_FOR_OTHERS | CHOOSING
        if any(
            _is_of(each, driver, engine) for node in ast.walk(tree) for names in _named(name, node) for each in names
        )
        and not (name.startswith(tuple(ENGINES.values())) and driver == "sqlite3")  # words are split by SQLite alone
    )


def _is_of(imported: str, driver: str, engine: str) -> bool:
    return imported in (driver, engine) or imported.startswith((f"{driver}.", f"{engine}."))


def openers_of_the_file(tests: Path) -> list[str]:
    """The test modules that could open the file of a desk, and are not marked as being about it."""
    return sorted(
        path.name
        for path in tests.rglob("test_*.py")
        if "pytest.mark.about_the_file" not in (source := path.read_text(encoding="utf-8"))
        and any(
            alias.name in ("sqlite3", "open_desk", "connect")
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        )
    )


def past_the_desk(root: Path) -> list[str]:
    """Imports of the store by the command line, if only of its types: what an agent does is a function of `desk`."""
    return [
        f"{name}:{_line(node)} imports {names[0]}"
        for name, tree in modules(root).items()
        if room(name) == "cli"
        for node in ast.walk(tree)
        for names in _named(name, node)
        if any(room(each) == "store" for each in names)
    ]


def classes_twice(root: Path) -> list[str]:
    """Later classes of a name that another module gave a class first."""
    first: dict[str, str] = {}
    return [
        f"{name}:{node.lineno} has {node.name}, as {first[node.name]} has"
        for name, tree in sorted(modules(root).items())
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and first.setdefault(node.name, name) != name
    ]


def late_without_reason(root: Path) -> list[str]:
    """Imports inside functions that say nowhere why they are late: beside them, or above the first of several."""
    return [
        f"{path_name}:{node.lineno} imports late"
        for path_name, tree, lines in _sources(root)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for block in _import_blocks(function)
        for node in block[:1]
        if not any("# late: " in line for line in lines[node.lineno - 2 : block[-1].end_lineno])
    ]


def _sources(root: Path) -> Iterator[tuple[str, ast.Module, list[str]]]:
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield ".".join(path.relative_to(root.parent).with_suffix("").parts), ast.parse(text), text.splitlines()


def _import_blocks(function: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    """The imports of a function, those in a row together."""
    for node in ast.walk(function):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "handlers", "finalbody")):
            if isinstance(body, list):
                for is_import, some in groupby(body, key=lambda each: isinstance(each, ast.Import | ast.ImportFrom)):
                    if is_import:
                        yield list(some)


def printing(root: Path) -> list[str]:
    """What `desk` shows to anybody: its verbs return results, and the command line shows them."""
    return [
        f"{name}:{_line(node)} has {ast.unparse(node)}"
        for name, tree in modules(root).items()
        if room(name) == "desk"
        for node in ast.walk(tree)
        if _shows(name, node)
    ]


def _shows(name: str, node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] in SHOWING_CALLS
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in SHOWING
    return any(
        each.split(".")[0] in SHOWING_MODULES or each in SHOWING for names in _named(name, node) for each in names
    )


# Reading the source


def modules(root: Path) -> dict[str, ast.Module]:
    """Every module below the package's folder by its dotted name, parsed."""
    return {_dotted(path.relative_to(root.parent)): _parsed(path.read_text("utf-8")) for path in root.rglob("*.py")}


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def room(module: str) -> str:
    """The part of the package that a module is in; "" for the package itself, and for what is not ours."""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "supportctl" else ""


@cache
def imported(name: str, tree: ast.Module) -> frozenset[str]:
    """Every module of ours that a module imports, deferred imports included; those for type checkers alone are not."""
    every = {each for node in _walked(tree) for names in _named(name, node) for each in names}
    return frozenset(each for each in every if each.startswith("supportctl.") and room(each) != "__version__")


def _named(name: str, node: ast.AST) -> Iterator[tuple[str, ...]]:
    """For each name of an import what it may be: a module, and with `from` also something of it."""
    if isinstance(node, ast.Import):
        yield from ((each.name,) for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = name.split(".")[: -node.level] if node.level else []
        module = ".".join([*above, *filter(None, [node.module])])
        yield from ((module, f"{module}.{each.name}") for each in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        yield from (
            (each.value,) for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
        )


def _walked(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for other in node.orelse:
                yield other
                yield from _walked(other)
        else:
            yield node
            yield from _walked(node)


def _docstrings(tree: ast.Module) -> set[int]:
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _line(node: ast.AST) -> int:
    line: int = getattr(node, "lineno", 0)
    return line
