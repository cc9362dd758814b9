"""Reads the source for every sentence that a user may see, and says which of them break a rule of the house."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import guards

# What shows text to a user: its kind, and where the text stands among the arguments: by position, by name.
SHOWN: dict[str, tuple[str, tuple[int, ...], tuple[str, ...]]] = {
    "Result": ("tells", (), ("say",)),
    "Noun": ("commands", (1,), ("help",)),
    "noun": ("commands", (1,), ("help",)),
    "Option": ("options", (), ("help",)),
    "Argument": ("options", (), ("help",)),
    "GlobalOption": ("options", (1,), ("help",)),
    "AnswerOption": ("options", (1,), ("help",)),
    "_verb": ("help", (1,), ()),
    "Reason": ("reasons", (2,), ("text",)),
    "Column": ("columns", (2,), ("title",)),
    "_of": ("columns", (2,), ("title",)),
    "View": ("views", (), ("nothing", "title")),
    "Page": ("views", (0,), ("title",)),
    **dict.fromkeys(("agree", "ask", "confirm"), ("questions", (0, 1), ())),
    **dict.fromkeys(("say", "tell"), ("tells", (0,), ())),
}
# What takes strings that no user reads: types, patterns, statements, things to look for.
UNREAD = {
    "TypeVar", "cast", "compile", "compiled", "exactly", "execute", "executemany", "findall", "fullmatch", "replace",
    "search", "split", "strptime",
}  # fmt: skip
WORDS = re.compile(r"[^\W\d_]{2,}\S* +\S|\S +[^\W\d_]{2,}")
# Pages, style sheets, patterns and scripts; a list of names with | between them is one to look in.
MARKUP = re.compile(
    r"<(div|p|svg|line|html|meta|rect)\b|</|/>|[{;]\n|: var\(|\(\?[:P<=!]|\\[sdwx]|\w\|\w|^[, ]*%|\w+\[str, |task\.fields"
    r"|halo|^function \w|\A# .*\n"
)
STATEMENT = re.compile(
    r"\b(select|insert into|from|where|join|order by|on conflict|collate)\b.*[=(,{]|\b(is|not) null\b|\bcase (when|\{)|json_"
    r"|\b[a-z]\.[a-z_]+\b|[=>] ?:\w|= excluded|[<|]{2}|<>|^[(a-z ]+\(|\{_?[A-Z_]+\} |\{_[A-Z_]+\}\)|\bas blob\b|between|tokenchars"
    r"|remove_diacritics|= :|^\{\w+\}, |^[', a-z_-]+, [', a-z_-]+$|no such (table|column|view)|format$|^vtable",
    re.DOTALL,
)
# What the search for credentials knows of the world's languages; of its own it says only the marks, in brackets.
VOCABULARY = re.compile(r"\.credentials\b")
STANDING = ("errors", "help", "reasons", "tells")
STOPPED = (".", "?", "!", "}", ":")  # a hole at the end brings its own full stop


class Sentence(NamedTuple):
    """A text of the source, its holes shown as {name}. `complete` says that it is a message of its own."""

    kind: str
    text: str
    where: str
    complete: bool


def sentences(root: Path) -> list[Sentence]:
    """Every sentence below the package's folder."""
    trees = guards.modules(root)
    errors = frozenset(_errors(list(trees.values())))
    return [each for name, tree in trees.items() for each in _of_module(name, tree, errors)]


@cache
def _of_module(name: str, tree: ast.Module, errors: frozenset[str]) -> list[Sentence]:
    """Those of one module, read once: a test plants one module in a house that stays as it is."""
    return Reader(name, {*errors}, _builders(tree, {*errors})).read(tree)


def _errors(trees: list[ast.Module]) -> set[str]:
    """The names of the error classes: those that descend from `SupportctlError`."""
    classes = [each for tree in trees for each in _classes(tree)]
    found = {"SupportctlError"}
    while more := {each.name for each in classes if {_last(base) for base in each.bases} & found} - found:
        found |= more
    return found


@cache
def _classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _builders(tree: ast.Module, errors: set[str]) -> set[str]:
    """The functions of a module that return an error."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {each.name for each in functions if each.returns and _last(each.returns).strip("'\"") in errors} | {"wrong"}


def _last(node: ast.AST) -> str:
    """`c` of `a.b.c`."""
    return ast.unparse(node).rpartition(".")[2]


class Reader:
    """Reads one module."""

    def __init__(self, module: str, errors: set[str], builders: set[str]) -> None:
        self.module, self.errors, self.builders = module, errors, builders
        self.found: list[Sentence] = []

    def read(self, tree: ast.Module) -> list[Sentence]:
        """Its sentences, in their order."""
        self._read(tree, "parts", False)
        return self.found

    def _read(self, node: ast.AST, kind: str, complete: bool) -> None:
        """Read a node, whose strings are of that kind: complete ones, or parts of something."""
        text = text_of(node)
        if text is not None:
            self._keep(node, kind, text, complete)
            complete = False  # what is in a hole is a part of it
        if isinstance(node, ast.Call):
            self._read_call(node, kind)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "SECTIONS":
            for section in ast.walk(node):
                for help in section.values if isinstance(section, ast.Dict) else []:
                    if not isinstance(help, ast.Dict):
                        self._read(help, "commands", True)
        elif isinstance(node, ast.IfExp):
            self._read(node.test, "parts", False)
            self._read(node.body, kind, complete)
            self._read(node.orelse, kind, complete)
        else:
            self._read_verb(node)
            for child in _children(node):
                self._read(child, kind, complete)

    def _read_call(self, call: ast.Call, around: str) -> None:
        name = _last(call.func)
        if name in UNREAD:
            return
        self._read(call.func, around, False)
        kind, positions, names = SHOWN.get(name, ("", (), ()))
        if name in self.errors or ast.unparse(call.func) == "super().__init__":
            kind, positions, names = "errors", (0, 1), ("message", "hint")
        if name in self.builders and not kind:
            kind, positions = "errors", tuple(range(len(call.args)))
        whole = name not in self.builders and not name.startswith("_")  # what is private is a part of something
        for n, value in enumerate(call.args):
            self._read(value, kind if n in positions else "parts", n in positions and whole)
        for keyword in call.keywords:
            self._read(keyword.value, kind if keyword.arg in names else "parts", keyword.arg in names)

    def _read_verb(self, node: ast.AST) -> None:
        """The help of a command is the docstring of its function."""
        if isinstance(node, ast.FunctionDef) and any(".verb(" in ast.unparse(each) for each in node.decorator_list):
            self._keep(node, "help", ast.get_docstring(node) or "", True)

    def _keep(self, node: ast.AST, kind: str, text: str, complete: bool) -> None:
        if kind == "help":
            text = re.sub(r"\n\n(\b|\x08).*", "", text, flags=re.DOTALL)  # without its examples
        worth = re.search(r"[^\W\d_]{2}", text) if complete else WORDS.search(text) and not self._is_code(text)
        if worth and (not VOCABULARY.search(self.module) or text.startswith("[removed")):
            self.found.append(Sentence(kind, text.strip(), f"{self.module}:{getattr(node, 'lineno', 0)}", complete))

    def _is_code(self, text: str) -> bool:
        return MARKUP.search(text) is not None or (
            guards.room(self.module) == "store" and STATEMENT.search(text) is not None
        )


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a node, but for its docstring and for types in quotes."""
    if isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
        return
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            typed = name in ("annotation", "returns") and "Annotated" not in ast.dump(node)
            if isinstance(child, ast.AST) and not docstring and not typed:
                yield child


def text_of(node: ast.AST) -> str | None:
    """The text of a string, its holes shown as {name}; None for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else _hole(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _hole(node: ast.AST) -> str:
    """The plainest name for what comes there: {number}, {email} of `customer.email.strip()`, {…} of what has none."""
    value = node.value if isinstance(node, ast.FormattedValue) else node
    while isinstance(value, (ast.Call, ast.Subscript)):
        value = value.func if isinstance(value, ast.Call) else value.value
    if isinstance(value, ast.Attribute):
        method = value.attr in ("casefold", "join", "lower", "rstrip", "strip", "upper")
        return _hole(value.value) if method else f"{{{value.attr}}}"
    return f"{{{value.id}}}" if isinstance(value, ast.Name) else "{…}"


# What a native reader would stumble over, and what to write instead.

TERMS: dict[str, str] = {
    r"(?<!here )\b(is|are|was|were) no (?!longer\b)": "is not a",
    r"\b[Tt]here are:? \{": "Choose from: {…}",
    r"\bIt takes \{": "Choose from: {…}",
    r"\b(is|are) none of\b": "is not one of",
    r"\b([Ee]xclude|contradict)s? each other\b": "cannot be combined",
    r"\bthose that (are|do|can)\b": "them",
    r"\b[Pp]lease\b": "nothing",
    r"\banew\b": "again",
    r"\bmend(s|ed|ing)?\b": "repair",
    r"\b([Mm]ake|no) room\b|\broom on\b": "disk space",
    r"\bcarr(y|ies)\b": "contain",
    r"\bpass(ed)? over\b": "ignore",
    r"\bwhole keys?\b|\bkeys? whole\b": "in full",
    r"\bcount(s|ed)? apart\b": "counted separately",
    r"\bno more\b(?! than)": "no longer",
    r"\bfrom when on\b|\bfrom then on\b(?=$)": "from this time on",
    r"\ba text\b": "text",
    r"\blies? (in|after|before|outside|beyond|ahead)\b": "is in, after, before, outside",
    r"\b[Ll]icens(e|es|ed)\b": "licence",
    r"\b[Tt]imezones?\b": "time zone",
    r"\b[Ee]mail (address|message)": "e-mail",
    r"\banswered in time\b|\b[Ii]n time\b": "met",
    r"\b(the|its|a) promises?\b|\bPromises?\b": "target, or SLA",
    r"[\d}] m\b": "min",
    r"\b(one|value) a line\b": "per line",
    r"(?<![`\w/])supportctl (?!itself|cannot|never|is\b|\{)[a-z]+ [a-zA-Z{-].*[.]$(?<!`.)(?<!`\)\.)": "a command in `…`",
}


def mistakes(sentence: Sentence) -> Iterator[str]:
    """What is wrong with a sentence, by the rules of the house."""
    kind, text = sentence.kind, sentence.text
    for pattern, better in TERMS.items():
        if found := re.search(pattern, text):
            yield f"{found[0]!r}: write {better}"
    if kind != "parts" and "  " in re.sub(r"\n\s*", " ", text):
        yield "two spaces"
    if sentence.complete and kind in STANDING and not text.endswith(STOPPED):
        yield "no full stop"
    if kind == "options" and (text.endswith(".") or text[:1].isupper()):
        yield "not a phrase in lower case"


def as_list(found: list[Sentence]) -> str:
    """Every sentence once, by kind, sorted: where it stands in the source makes no difference."""
    by_kind: dict[str, set[str]] = {}
    for each in found:
        by_kind.setdefault(each.kind, set()).add(each.text.replace("\n", "\n    "))
    return "\n\n".join("\n".join([f"# {kind}", "", *sorted(texts)]) for kind, texts in sorted(by_kind.items())) + "\n"
