"""How addresses and licence keys are read and compared (4.4, 4.5): spelling is kept, comparison is folded."""

import re

from supportctl.errors import InputError

# One @, no blanks, controls or separators, no empty label: what mail systems accept, not all that RFC 5321 allows.
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)*")
_ADDRESS_LIMIT = 254
_KEY_LIMIT = 200
_KEY_LEAST = 8  # letters and digits; a word that short is a slip of the keyboard


def parse_address(text: str) -> str:
    """The e-mail address without surrounding blanks, spelling kept. Raises InputError if it is none."""
    address = text.strip()
    if len(address) > _ADDRESS_LIMIT or not _ADDRESS.fullmatch(address) or not address.isprintable():
        raise InputError(
            f"'{unkeyed(address)}' is not an e-mail address.", "Write it as name@example.com, 254 characters at most."
        )
    return address


def fold_address(address: str) -> str:
    """The form in which addresses are compared: case and Unicode composition do not count."""
    if address.isascii():
        return address.lower()
    import unicodedata  # late: next to no address needs it

    return unicodedata.normalize("NFC", address.casefold())


def parse_key(text: str) -> str:
    """The licence key without surrounding blanks, spelling kept. Raises InputError, which never repeats the key."""
    key = text.strip()
    if len(key) > _KEY_LIMIT or not fold_key(key) or not key.isprintable():
        raise InputError(
            "That is not a licence key.",
            f"A key is one line of letters and digits, with separators if you like, {_KEY_LIMIT} characters at most.",
        )
    return key


def fold_key(key: str) -> str:
    """The form in which keys are compared: letters and digits only, whatever their case or width."""
    if not key.isascii():
        import unicodedata

        key = unicodedata.normalize("NFKC", key)
    return "".join(filter(str.isalnum, key.casefold()))


def mask_key(key: str) -> str:
    """The key as people and scripts see it: its last four characters, or none of a key that has no more."""
    return "****" + (key[-4:] if len(key) > 4 else "")


def unkeyed(text: str) -> str:
    """What was typed in a wrong place as a message may repeat it: 60 characters, masked where it could be a key.

    A key has a digit, and nothing of an address or a version.
    """
    key = not {"@", "."} & set(text) and len(fold_key(text)) >= _KEY_LEAST and any(map(str.isdigit, text))
    return mask_key(text) if key else text[:60]


def looks_like_address(query: str) -> bool:
    """Whether a look-up asks for an address rather than for a key: only addresses have an @."""
    return "@" in query
