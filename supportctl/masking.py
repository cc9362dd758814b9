"""What an error or a list may repeat of a licence key: its last four characters."""

import re

_LEAST = 8  # a misplaced word with this many letters and digits could be a key
# A day, with or without a time: enough digits for a key, but never one.
_MOMENT = r"\s*[-+]?(\d{4,5}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{2,4}|\d{1,12}[smhd])([T ,Z].{0,40})?"
_SEPARATORS = bytes([*range(48), *range(58, 65), *range(91, 97), *range(123, 128)])  # no letters and digits of ASCII


def fold_key(key: str) -> str:
    """The form in which keys are compared: letters and digits only, ignoring case and width."""
    if key.isascii():
        return key.lower().encode().translate(None, _SEPARATORS).decode()
    import unicodedata  # late: plain ASCII needs no tables

    key = unicodedata.normalize("NFKC", key)
    return "".join(filter(str.isalnum, key.casefold()))


def mask_key(key: str) -> str:
    """The key as people and scripts see it: its last four characters, or none if it has no more."""
    return "****" + (key[-4:] if len(key) > 4 else "")


def unkeyed(text: str) -> str:
    """A misplaced word as a message may repeat it: 60 characters, masked if it could be a key.

    A key has a digit, and is not an address, a version or a day.
    """
    if re.fullmatch(_MOMENT, text, re.ASCII):
        return text[:60]
    key = not {"@", "."} & set(text) and len(fold_key(text)) >= _LEAST and any(map(str.isdigit, text))
    return mask_key(text) if key else text[:60]
