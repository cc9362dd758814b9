"""Keys as terminals send them, and what `watch` says where there is no terminal."""

import pytest
from conftest import Program

from supportctl.cli.watch.terminal import keys_of


@pytest.mark.parametrize(
    ("sent", "keys", "begun"),
    [
        ("jk/", ["j", "k", "/"], ""),
        ("\x1b[A\x1b[B\x1bOA\x1b[1;5B", ["up", "down", "up", "down"], ""),
        ("\x1b[5~\x1b[6~\x1b[H\x1bOF\x1b[1~\x1b[4;2~", ["page up", "page down", "home", "end", "home", "end"], ""),
        ("\r\n\x7f\b\x15\x0c", ["enter", "enter", "backspace", "backspace", "clear", "refresh"], ""),
        ("\x1b", [], "\x1b"),
        ("q\x1b[", ["q"], "\x1b["),
        ("\x1b[1;", [], "\x1b[1;"),
        ("\x1bO", [], "\x1bO"),
        ("\x1b\x1b[A", ["escape", "up"], ""),
        ("\x1bq", ["escape", "q"], ""),
        ("\x1b[200~\x1b[?1;2c\x1b[<0;1;1M\x00\x01", ["enter"], ""),
        ("\u00e9\u4e16", ["\u00e9", "\u4e16"], ""),
    ],
)
def test_what_a_terminal_sends_is_keys(sent: str, keys: list[str], begun: str) -> None:
    """Whole ones; half a key waits for its rest, and what means nothing is left out."""
    assert keys_of(sent) == (keys, begun)


@pytest.mark.parametrize("args", [[], ["--json"], ["-o", "table"]])
def test_without_a_terminal_it_says_what_to_use(staffed: Program, args: list[str]) -> None:
    ran = staffed("watch", *args)
    assert (ran.code, ran.out) == (2, "") and ran.err.count("\n") == 1
    assert args or "supportctl queue" in ran.err
