"""NUL, which a text of PostgreSQL cannot contain though one of SQLite can: it is kept there in two characters.

They are noncharacters, which Unicode sets aside for such uses. A text that has the first of them is kept so that it
comes back as it was, too.
"""

NUL, ESCAPE = "\0", "\ufdd0"
_NUL, _ESCAPE = f"{ESCAPE}\ufdd1", f"{ESCAPE}\ufdd2"
_MARK, _NUL_BYTES, _ESCAPE_BYTES = ESCAPE.encode(), _NUL.encode(), _ESCAPE.encode()
_NUL_IN_JSON = "\\u0000"


def stored(text: str) -> str:
    """A text as PostgreSQL keeps it."""
    return text.replace(ESCAPE, _ESCAPE).replace(NUL, _NUL) if NUL in text or ESCAPE in text else text


def read(text: str) -> str:
    """A text as it was before `stored`."""
    return text.replace(_NUL, NUL).replace(_ESCAPE, ESCAPE) if ESCAPE in text else text


def read_bytes(text: bytes) -> bytes:
    """The same for a text, or several, in UTF-8."""
    return text.replace(_NUL_BYTES, b"\0").replace(_ESCAPE_BYTES, _MARK) if _MARK in text else text


def read_json(text: str) -> str:
    """The same for texts in JSON."""
    return text.replace(_NUL, _NUL_IN_JSON).replace(_ESCAPE, ESCAPE) if ESCAPE in text else text
