"""HTML made readable: justhtml, an HTML5 parser, reads it; here it is laid out in plain lines."""

import re
from typing import Any

from justhtml import JustHTML

# How much of a message's HTML is read, all its pages together: anyone can send mail, and the parser takes up to
# quadratic time in the number of tags, mostly for formatting: <b><p><b><p>…</b></b> of 30 kB took it 20 seconds.
PAGE_LIMIT = 500_000  # characters
TAGS = 20_000
BEGUN = 20  # tags that count for each page
DEPTH = 9  # quotes within quotes that are shown as such
_UNSEEN = frozenset({"head", "script", "style", "title", "template", "noscript", "#comment", "!doctype"})
_LINES = frozenset(
    [
        "address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "header", "hr", "html", "legend", "li", "main", "nav", "option", "section", "summary",
        "tbody", "tfoot", "thead", "tr",
    ]
)  # fmt: skip
_APART = frozenset(["blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"])
_SIGNS = {"li": "- ", "hr": "---"}  # what stands for what has no text
_BLANKS = re.compile(r"[ \t\n\r\f]+")
# To the parser these are plain elements under another name; a terminal does not show formatting.
_LINK = "x-link"
_SET_TYPE = re.compile(r"<(/?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u|(a))(?=[\s/>])", re.I)
_TAG = re.compile(r"<[^>]{0,2000}>")
_MORE = "\n\n[The rest of the HTML, over 500 kB or 20,000 tags, is not kept.]"


class Pages:
    """The pages of one message, as text; the excess is left out, with one note."""

    def __init__(self) -> None:
        self.room, self.tags = PAGE_LIMIT, TAGS

    def text(self, html: str) -> str:
        if self.tags <= 0 or self.room <= 0:
            return ""
        kept = "<".join(html[: self.room].split("<", self.tags)[: self.tags])
        self.room -= len(kept)
        self.tags -= kept.count("<") + BEGUN
        rest = _MORE if len(kept) < len(html) else ""
        self.room = 0 if rest else self.room
        try:
            return page_text(kept) + rest
        except Exception:  # whatever a page does to the library, the message is not lost
            return " ".join(_TAG.sub(" ", kept).split()) + rest


def page_text(html: str) -> str:
    """A page as plain text: paragraphs, lists, quotes and links in lines, without anything hidden."""

    def plain(tag: re.Match[str]) -> str:
        return f"<{tag[1]}{_LINK if tag[2] else 'span'}"

    page = _Page()
    waiting: list[tuple[Any, bool]] = [(JustHTML(_SET_TYPE.sub(plain, html), sanitize=False).root, False)]
    while waiting:  # no recursion: a page can be nested deeper than any stack
        node, seen = waiting.pop()
        if seen:
            page.leave(node)
        elif node.name == "#text":
            page.text(node.data)
        elif node.name not in _UNSEEN:
            page.enter(node)
            waiting.append((node, True))
            waiting.extend((child, False) for child in reversed(node.children or ()))
    page.end_line()
    return "\n".join(page.lines).strip("\n")


class _Page:
    """Lines being filled: `quoted` is the depth of quotes around them, `kept` that of preformatted text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line = ""
        self.quoted = self.kept = 0
        self.before = 0  # the depth of quotes of the line before
        self.gap = False  # whether a blank line is due before the next one
        self.link: tuple[str, int, int] | None = (
            None  # where the open link leads, and the line and column where it began
        )

    def text(self, data: str) -> None:
        if self.kept:
            *whole, rest = data.split("\n")
            for line in whole:
                self.line += line
                self.break_line()
            self.line += rest
            return
        data = _BLANKS.sub(" ", data)
        self.line += data.lstrip(" ") if not self.line or self.line.endswith(" ") else data

    def enter(self, node: Any) -> None:
        name, attributes = node.name, node.attrs or {}
        if name in _APART and not _close_set(name, attributes):
            self.end_line()
            self.gap = True
        elif name in _LINES or name in _APART:
            self.end_line()
        self.quoted += name == "blockquote"
        self.kept += name == "pre"
        if name == _LINK:
            self._end_link()  # as a browser does: links do not nest
            self.link = str(attributes.get("href") or "").strip(), len(self.lines), len(self.line)
        elif name in ("td", "th") and self.line.strip():
            self.line = f"{self.line.rstrip(' ')}  "
        said = " ".join((attributes.get("alt") or "").split()) if name == "img" else ""
        self.line += _SIGNS.get(name, f"[{said}]" if 0 < len(said) <= 100 else "")
        if name == "br":
            self.break_line()

    def leave(self, node: Any) -> None:
        name, attributes = node.name, node.attrs or {}
        if name == _LINK:
            self._end_link()
        if name in _LINES or name in _APART:
            self.end_line()
            self.gap = self.gap or (name in _APART and not _close_set(name, attributes))
        self.quoted -= name == "blockquote"
        self.kept -= name == "pre"

    def _end_link(self) -> None:
        """Write where the open link leads, unless its text does."""
        if self.link is None:
            return
        (href, lines, start), self.link = self.link, None
        text = self.line[start:].strip() if lines == len(self.lines) else "the lines above"
        if text and href.lower().startswith(("http:", "https:")) and len(href) <= 500 and _bare(href) != _bare(text):
            self.line = f"{self.line.rstrip(' ')} <{href}>"

    def break_line(self) -> None:
        """End the line, even a blank one."""
        if self.line.strip():
            self.end_line()
        else:
            self.line, self.gap = "", True

    def end_line(self) -> None:
        """End the line, if there is one. A line with only a non-breaking blank is a blank line."""
        line = self.line.replace("\xa0", " ").rstrip()
        quoted = min(self.quoted, DEPTH)
        self.gap = self.gap or ("\xa0" in self.line and not line)
        if line:
            if self.gap and self.lines:
                self.lines.append(("> " * min(quoted, self.before)).rstrip())
            self.lines.append("> " * quoted + line)
            self.before, self.gap = quoted, False
        self.line = ""


def _close_set(name: str, attributes: dict[str, str | None]) -> bool:
    """Whether a paragraph is only a line: Outlook makes one of each."""
    return name == "p" and "mso" in (attributes.get("class") or "").lower()


def _bare(address: str) -> str:
    return re.sub(r"^https?://(www\.)?|/$", "", address.strip().lower())
