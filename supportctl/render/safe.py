"""Makes foreign text harmless, in this one place: characters that control a terminal, hide or reorder are shown.

All text for people passes through here. JSON stays exact, and so does CSV on request.
"""

import re
from functools import cache

# Characters without a glyph, besides the controls: invisible, or acting on their neighbours.
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U00016fe4\U0001d159\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
) + "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0x10000, 0x110000, 0x10000))
# Arabic, Syriac, N'Ko, Mongolian and the Indic scripts spell words with joiners; some Indic words end in one.
_JOINING = "\u0620-\u07ff\u0840-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\u1820-\u18af\ufb50-\ufdc7"
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_HIEROGLYPH = "\U00013000-\U0001342f\U00013460-\U000143ff"  # set in groups, by controls between them
_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff"
)


_LAYOUT = ("\r\n", "\n", "\t")


def visible(text: str, *, multiline: bool = False) -> str:
    r"""The text with every character that acts instead of showing written as an escape: `\x1b`, `\u202e`.

    Joiners and variation selectors stay where they belong to a word or an emoji. With `multiline` line ends stay, and
    tabs become blanks; without it the result is one line.
    """
    if multiline and not text.isprintable():
        lines = text.replace("\r\n", "\n").split("\n")
        return "\n".join([visible(line.expandtabs(4)) for line in lines])
    if text.isascii() and text.isprintable():
        return text
    return _hostile().sub(_shown, text)


def cell_safe(text: str) -> str:
    """The same for a cell of a file: line ends and tabs stay as they are."""
    if text.isprintable():
        return text if text.isascii() else visible(text)
    return "".join(part if part in _LAYOUT else visible(part) for part in re.split("(\r\n|[\n\t])", text))


def json_safe(text: str) -> str:
    """JSON with the same characters as JSON's own escapes: exact when read, harmless on a terminal."""
    return text if text.isascii() and "\x7f" not in text else _hostile().sub(_json_escape, text)


def _shown(found: re.Match[str]) -> str:
    character = found[0]
    if _belonging().match(found.string, found.start()):
        return character
    if not character.isprintable():
        return repr(character)[1:-1]
    return f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"


def _json_escape(found: re.Match[str]) -> str:
    if _belonging().match(found.string, found.start()):
        return found[0]
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


# Both are built when first needed: most text is plain ASCII, and building them takes as long as reading a ticket.


@cache
def _hostile() -> re.Pattern[str]:
    """Finds each character that acts instead of showing."""
    return re.compile(rf"[\0-\x1f\x7f-\x9f\ud800-\udfff{_HIDDEN}]")


@cache
def _belonging() -> re.Pattern[str]:
    """Matches those of them that belong to the word or the emoji around them."""
    return re.compile(
        rf"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
        rf"|(?<=[{_VIRAMA}])\u200d"
        rf"|(?:(?<=[{_HIEROGLYPH}])[\U00013430-\U0001343f]|[\U00013430-\U0001343f](?=[{_HIEROGLYPH}]))"
        rf"|(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
        rf"|(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f))\u200d(?=[{_EMOJI}])"
        r"|(?<=[0-9#*])\ufe0f(?=\u20e3)"
        rf"|(?<=[{_IDEOGRAPH}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
    )
