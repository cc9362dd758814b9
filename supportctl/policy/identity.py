"""How addresses and licence keys are read and compared (4.4, 4.5): spelling is kept, comparison is folded."""

import re

from supportctl.errors import InputError

# One @, no blanks, controls or separators, no empty label: what mail systems accept, not all that RFC 5321 allows.
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)*")
_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*")
_ADDRESS_LIMIT = 254
_KEY_LIMIT = 200
_KEY_LEAST = 6  # letters and digits
_KEY_LIKELY = 8  # letters and digits of a word that may be a key, typed in a wrong place


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
    if not could_be_key(key):
        raise InputError(
            "That is not a licence key.",
            f"A key is one line with at least {_KEY_LEAST} letters and digits, {_KEY_LIMIT} characters at most.",
        )
    return key


def could_be_key(text: str) -> bool:
    """Whether a text has the form of a licence key: only addresses have an @."""
    key = text.strip()
    return len(key) <= _KEY_LIMIT and "@" not in key and key.isprintable() and len(fold_key(key)) >= _KEY_LEAST


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
    key = not {"@", "."} & set(text) and len(fold_key(text)) >= _KEY_LIKELY and any(map(str.isdigit, text))
    return mask_key(text) if key else text[:60]


def looks_like_address(query: str) -> bool:
    """Whether a look-up asks for an address rather than for a key: only addresses have an @."""
    return "@" in query


def parse_name(text: str, what: str) -> str:
    """The name of a person, such as an agent, without surrounding blanks. `what` is where it was given.

    Raises InputError where nothing of it can be seen, or it is more than one line.
    """
    name = text.strip()
    if not _LINE.fullmatch(name):
        raise InputError(f"{what} is more than one line.", "Give a name on one line.")
    if not any(char.isprintable() and not char.isspace() for char in name):
        raise InputError(f"{what} is blank.", "Give a name.")
    return name
