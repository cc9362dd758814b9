"""How addresses and licence keys are read and compared (4.4, 4.5): spelling is kept, comparison is folded."""

import re

from supportctl.errors import InputError
from supportctl.masking import fold_key, unkeyed

# Compiled by `re` when they are first used, and then kept: hardly any run needs both.
# One @, no blanks, controls or separators, no empty label: what mail systems accept, not all that RFC 5321 allows.
_ADDRESS = r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)*"
_LINE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*"
_INKLESS = "\u115f\u1160\u2800\u3164\uffa0"  # fillers of Hangul, the empty Braille pattern
_ADDRESS_LIMIT = 254
_KEY_LIMIT = 200
_KEY_LEAST = 6  # letters and digits; anything shorter is a typing error or half a name


def parse_address(text: str) -> str:
    """The e-mail address without surrounding blanks, spelling kept. Raises InputError if it is not one."""
    address = _visible_ends(text)
    if len(address) > _ADDRESS_LIMIT or not re.fullmatch(_ADDRESS, address) or not address.isprintable():
        raise InputError(
            f"'{unkeyed(address)}' is not an e-mail address.", "Write it as name@example.com, 254 characters at most."
        )
    return address


def fold_address(address: str) -> str:
    """The form in which addresses are compared: equal for two spellings of the same address.

    The local part ignores case (and how its letters are composed); the domain is compared as mail systems look it up,
    so that `bücher.example` is `xn--bcher-kva.example`, and `faß.de` is not `fass.de`.
    """
    if address.isascii():
        return address.lower()
    import unicodedata  # late: hardly any address needs it

    local, at, domain = address.partition("@")
    return unicodedata.normalize("NFC", local.lower()) + at + _fold_domain(domain)


def mail_address(address: str) -> str:
    """The address as mail servers take it: its domain in ASCII; the local part stays as it is spelled."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{_fold_domain(domain)}"


def _fold_domain(domain: str) -> str:
    """The domain in ASCII by IDNA 2008 and UTS 46, non-transitional; what those refuse, in lower case."""
    if domain.isascii():
        return domain.lower()
    import idna  # late: its tables cost a look-up a third of its time

    try:
        mapped = idna.uts46_remap(domain, std3_rules=False, transitional=False)
    except idna.IDNAError:
        return domain.lower()
    return ".".join(map(_ascii_label, mapped.split(".")))


def _ascii_label(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"


def parse_key(text: str) -> str:
    """The licence key without surrounding blanks and invisible characters, spelling kept otherwise.

    Raises InputError, which never repeats the key.
    """
    if not could_be_key(text):
        raise InputError(
            "That is not a licence key.",
            f"A key is one line with at least {_KEY_LEAST} letters and digits, with separators if you like,"
            f" {_KEY_LIMIT} characters at most.",
        )
    return _visible(text).strip()


def could_be_key(text: str) -> bool:
    """Whether a text has the form of a licence key: only addresses have an @."""
    key = _visible(text).strip()
    return len(key) <= _KEY_LIMIT and "@" not in key and key.isprintable() and len(fold_key(key)) >= _KEY_LEAST


def _visible(text: str) -> str:
    """The text as it looks: without invisible characters that were pasted along, and with plain blanks."""
    if text.isascii():
        return text
    import unicodedata  # late: plain ASCII needs no tables

    kinds = {char: unicodedata.category(char) for char in set(text)}
    return "".join(" " if kinds[char] == "Zs" else char for char in text if kinds[char] != "Cf")


def _visible_ends(text: str) -> str:
    """The text without blanks and invisible characters around it: inside an address some of them count."""
    core = _visible(text).strip()
    if text.isascii() or not core:
        return core
    return text[text.index(core[0]) : text.rindex(core[-1]) + 1]


def looks_like_address(query: str) -> bool:
    """Whether a look-up asks for an address, not for a key: only addresses have an @."""
    return "@" in query


def parse_name(text: str, what: str) -> str:
    """The name of a person, such as an agent, without surrounding blanks. `what` says where it was given.

    Raises InputError if nothing of it is visible, or it has more than one line.
    """
    name = text.strip()
    if not re.fullmatch(_LINE, name):
        raise InputError(f"{what} is more than one line.", "Give a name on one line.")
    if not any(map(_seen, name)):
        raise InputError(f"{what} is blank.", "Give a name.")
    return name


def _seen(char: str) -> bool:
    """Whether a character is visible by itself: some letters, and marks without a letter, are not."""
    if char.isascii():
        return char.isprintable() and not char.isspace()
    import unicodedata  # late: plain ASCII needs no tables

    return char not in _INKLESS and unicodedata.category(char)[0] not in "CMZ"
