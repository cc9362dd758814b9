"""The folded form of a text: ignores width, case, accents, invisible characters and look-alike letters."""

import unicodedata
from functools import cache

# Characters that look like an ASCII one but do not decompose to it, in pairs of strings of equal length. The vocabulary
# is folded too, so that words in the scripts that lend their letters are still found.
_LOOKALIKES = (
    # Cyrillic, Greek, Armenian
    (
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u0432\u043d\u043a",
        "aeopcyxijsdqwhbhk",
    ),
    (
        "\u043c\u0442\u0433\u04cf\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c3\u03c4\u03c5\u03c7\u03c9",
        "mtrlaeikvopstuxw",
    ),
    (
        "\u0585\u057d\u0578\u0570\u0566\u0261\u0269\u0131\u0142\u00f8\u0111\u0127\u0237\u0251\u01c0\u04c0",
        "ounhqgiilodhjall",
    ),
    # Small capitals
    (
        "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f\u1d18",
        "abcdefghijklmnop",
    ),
    ("\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22", "rstuvwyz"),
    # Quotation marks
    (
        "\u2018\u2019\u201a\u201b\u2039\u203a\u02bc\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\u301d\u301e",
        "'''''''" + '"' * 12,
    ),
    # Separators: colons, equals signs, slashes, bars, dashes, dots of a list
    ("\u2236\ua789\u02d0\u02f8\u0589\u05c3\u0703\u0704\u16ec\u205a\u1365\u1361\u1803\u1809\u05f4", ":" * 15),
    ("\ua78a\u1400\u30a0\u2e40\u2550", "=" * 5),
    (
        "\u2044\u2215\u29f8\u2571\u2223\u2502\u2503\u00a6\u2551\u2212\u2010\u2011\u30fc\u2500\u2043\u02d7",
        "////|||||-------",
    ),
    # Arrows: between a label and its value, or from menu to menu
    ("\u2192\u21d2\u279c\u2794\u27a1\u27f6\u25b6\u25ba\u21a6\u2799\u21e8", "|" * 11),
    # Persian letters for which an Arabic keyboard has others
    ("\u06cc\u0649\u06a9\u0629", "\u064a\u064a\u0643\u0647"),
)
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_FILLERS = "\u115f\u1160\u2800"  # letters and a symbol by name, blanks to the eye
_LETTER_SETS = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)  # squared, negative circled, negative squared, regional indicators
_LONGEST_FOLD = 6  # some ligatures stand for whole sentences


class _Folds(dict[str, str]):
    """The folded form of each character, filled in as characters are met."""

    def __missing__(self, char: str) -> str:
        folded = self[char] = "".join(map(self._one, _spelled_out(char)))[:_LONGEST_FOLD]
        return folded

    @staticmethod
    def _one(char: str) -> str:
        category = unicodedata.category(char)
        if char in _FILLERS or category in ("Mn", "Me", "Cf", "Cn") or (category == "Cc" and char not in "\t\n"):
            return ""
        if category in ("Zs", "Pd"):
            return " " if category == "Zs" else _lookalikes().get(char, "-")
        digit = unicodedata.digit(char, None)
        return _lookalikes().get(char, char) if digit is None else str(digit)


@cache
def _folds() -> _Folds:
    return _Folds()


@cache
def _lookalikes() -> dict[str, str]:
    return {char: plain for odd, even in _LOOKALIKES for char, plain in zip(odd, even, strict=True)}


def _spelled_out(char: str) -> str:
    """The character decomposed, in lower case; all line ends become one."""
    if char in _LINE_ENDS:
        return "\n"
    for first in _LETTER_SETS:
        if first <= ord(char) < first + 26:
            return chr(ord(char) - first + ord("a"))
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())


def fold_each(text: str) -> list[str]:
    """The folded form of each character of a text, up to six characters; nothing for an invisible one."""
    return list(map(_folds().__getitem__, text))


def fold(text: str) -> str:
    """The folded form of a text."""
    return "".join(fold_each(text))
