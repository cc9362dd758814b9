"""The keys of `watch`: one table, from which the bindings, the line at the bottom and the help are made."""

from typing import NamedTuple

from supportctl.cli.watch.board import BoardPage


class WatchKey(NamedTuple):
    """A key, or several for the same: `keys` as the terminal library names them, `shown` as people read them.

    `does` names what it does; `label` is its word in the line at the bottom, "" for none; `said` its line in the help.
    """

    keys: str
    does: str
    shown: str
    label: str
    said: str
    pages: tuple[BoardPage, ...] = (BoardPage.QUEUE, BoardPage.TICKET)


_QUEUE = (BoardPage.QUEUE,)
_TICKET = (BoardPage.TICKET,)
_ALL = tuple(BoardPage)

# In the order of the line at the bottom, which shows as many as fit.
KEYS = (
    WatchKey("enter,right,l", "open", "enter", "open", "", _QUEUE),
    WatchKey("r", "reply", "r", "reply", "answer in your editor; R with a canned answer"),
    WatchKey("n", "note", "n", "note", "a note that the customer does not see; N in your editor"),
    WatchKey("t", "take", "t", "take", "take it; two agents never take the same"),
    WatchKey("a", "assign", "a", "assign", "assign to an agent, or to nobody"),
    WatchKey("c", "close", "c", "close", "close; an unanswered ticket needs a reason"),
    WatchKey("m,space", "mark", "m", "mark", "mark; keys then act on all that is marked; * marks all", _QUEUE),
    WatchKey("slash", "search", "/", "search", "narrow by words and fields, as you type", _QUEUE),
    WatchKey("u", "undo", "u", "undo", "take back your last change"),
    WatchKey("question_mark,h", "help", "?", "keys", ""),
    WatchKey("q,escape,left,backspace", "back", "q", "back", "", (BoardPage.TICKET, BoardPage.HELP)),
    WatchKey("q", "quit", "q", "quit", "", _QUEUE),
    WatchKey("T", "tag", "T", "tag", "add a tag; -tag removes one"),
    WatchKey("b", "bug", "b", "bug", "link to a known bug"),
    WatchKey("o", "reopen", "o", "reopen", "open a closed ticket again (/status:closed lists them)"),
    WatchKey("right_square_bracket", "next", "]", "next", "", _TICKET),
    WatchKey("left_square_bracket", "previous", "[", "previous", "", _TICKET),
    WatchKey("M", "mine", "M", "mine", "mine alone; U those that nobody has; W also the waiting ones", _QUEUE),
    WatchKey("U", "unassigned", "U", "unassigned", "", _QUEUE),
    WatchKey("W", "waiting", "W", "waiting", "", _QUEUE),
    WatchKey("p", "preview", "p", "preview", "the ticket beside the queue, if there is room; J K scroll it", _QUEUE),
    WatchKey("R", "template", "R", "", ""),
    WatchKey("N", "long_note", "N", "", ""),
    WatchKey("asterisk", "mark_all", "*", "", "", _QUEUE),
    WatchKey("escape", "all", "esc", "", "", _QUEUE),
    WatchKey("ctrl+l", "repaint", "^l", "", "", _ALL),
    WatchKey("j,down,ctrl+n", "down", "", "", ""),
    WatchKey("k,up,ctrl+p", "up", "", "", ""),
    WatchKey("pagedown,ctrl+f", "page_down", "", "", ""),
    WatchKey("pageup,ctrl+b", "page_up", "", "", ""),
    WatchKey("G,end", "last", "", "", ""),
    WatchKey("g,home", "first", "", "", ""),
    WatchKey("J", "scroll_down", "", "", ""),
    WatchKey("K", "scroll_up", "", "", ""),
    WatchKey("space", "page_down", "", "", "", _TICKET),
)  # fmt: skip

_MEANINGS = {(name, page): key.does for key in KEYS for name in key.keys.split(",") for page in key.pages}
NAMES = tuple(dict.fromkeys(name for name, _ in _MEANINGS))  # of all keys, as the terminal library names them


def meaning(name: str, page: BoardPage) -> str | None:
    """What the key of this name does on a page, None for nothing."""
    return _MEANINGS.get((name, page))


MOVES = """\
up down j k    choose a ticket; page up, page down, home and end go further
enter          open it: up and down scroll, ] and [ go on, q goes back
"""
REST = """
Words and fields: tier:PRO channel:forum topic:bug assignee:kim from:ann tag:vip
sla:late status:waiting. escape unmarks, then lists everything again.
Late tickets say so; "soon" is due within the hour, in business time. A mouse
works too; hold shift to select text. q goes back."""


def help_lines() -> list[str]:
    """All keys, and what the screen means, in at most 80 columns and 23 lines."""
    said = [f"{key.shown:<15}{key.said}" for key in KEYS if key.said]
    return [*MOVES.rstrip("\n").split("\n"), *said, *REST.split("\n")]


def keys_line(page: BoardPage, width: int) -> str:
    """The line at the bottom: as many keys of the page as fit, always with the one for the rest and the way out."""
    shown = [key for key in KEYS if key.label and page in key.pages]
    last = [key for key in shown if key.does in ("help", "back", "quit")]
    left = width - sum(len(_word(key)) + 2 for key in last) + 2
    first = [key for key in shown if key not in last and (left := left - len(_word(key)) - 2) >= 0]
    return "  ".join(map(_word, (*first, *last)))[: max(width, 0)]


def _word(key: WatchKey) -> str:
    return f"{key.shown} {key.label}"
