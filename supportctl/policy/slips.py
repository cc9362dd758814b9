"""What a mistyped address may have been meant to be: one slip of the hand away."""

from collections.abc import Iterator

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.-_+"
LONGEST = 64  # characters of an address that is looked at: some 5,000 others are one slip away
# Where most people have their mail; a domain almost like one of these is hardly ever another.
MAIL = [
    "aol.com",
    "gmail.com",
    "gmx.at",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yandex.ru",
]
_FAR = 2  # slips in a domain that still is almost like one of MAIL


def slips(address: str) -> Iterator[str]:
    """Folded addresses that a folded one may mean, the likeliest first; none for one that is over LONGEST.

    Two neighbours swapped, a letter too many, another letter, a letter missing; then the domains of MAIL.
    """
    if len(address) > LONGEST:
        return
    cuts = [(address[:at], address[at:]) for at in range(len(address) + 1)]
    yield from (f"{a}{b[1]}{b[0]}{b[2:]}" for a, b in cuts if len(b) > 1 and b[0] != b[1])
    yield from (f"{a}{b[1:]}" for a, b in cuts if b)
    yield from (f"{a}{letter}{b[1:]}" for a, b in cuts if b and b[0] != "@" for letter in LETTERS if letter != b[0])
    yield from (f"{a}{letter}{b}" for a, b in cuts for letter in LETTERS)
    local, _, domain = address.partition("@")
    yield from (f"{local}@{known}" for known in MAIL if domain not in MAIL and _near(domain, known))


def _near(one: str, other: str) -> bool:
    """Whether at most _FAR letters have to be added, left out, replaced or swapped with their neighbours."""
    if abs(len(one) - len(other)) > _FAR:
        return False
    before, last = list[int](), list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            least = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                least = min(least, before[column - 2] + 1)
            line.append(least)
        before, last = last, line
    return last[-1] <= _FAR
