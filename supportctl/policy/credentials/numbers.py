"""Numbers with a valid checksum: payment cards (Luhn), with their security code, and bank accounts (IBAN)."""

from collections.abc import Iterator
from functools import cache

from supportctl.policy.credentials.patterns import CARD_CODE_LABELS, CARDS, IBANS
from supportctl.policy.credentials.reading import ACCOUNT, CARD, Reading, Secret
from supportctl.policy.credentials.vocabulary import exactly, listed

_LEAST = 9  # digits of the shortest account, letters not counted
_DIGITS = r"[2-6](?<![\w.,/+-][2-6])(?<!\d[ ][2-6])(?:[ -]?\d){12,18}(?![\w/]|[ -]?\d|[.,]\d)"
_THIRTEEN = r"[2-6](?:[ -]?[0-9]){12}"  # of every card's number
_GROUPED = r"\d{4}(?:([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|([ -])\d{6}\2\d{4,5})|\d+"
_IBAN = r"\d\d(?<=[a-z][a-z]\d\d)(?<![a-z0-9][a-z][a-z]\d\d)(?:[ ]?[a-z0-9]){11,30}"  # after its country
_COUNTRY = r"[0-9]{2}(?<=[a-z]{2}[0-9]{2})"  # in one of the words of every account's number
_NEAR_CARD = 80  # characters after a card's number in which its security code may be


def cards_and_accounts(reading: Reading) -> Iterator[Secret]:
    """Card numbers, the security codes near them, and bank account numbers."""
    if reading.has_long_number:
        yield from _cards(reading)
    if reading.digits >= _LEAST and exactly(_COUNTRY).search(reading.telling.words):
        yield from _accounts(reading)


def _cards(reading: Reading) -> Iterator[Secret]:
    if exactly(_THIRTEEN).search(reading.text) is None:
        return
    for match in exactly(_DIGITS).finditer(reading.text):
        number = "".join(filter(str.isdigit, match[0]))
        if exactly(_GROUPED).fullmatch(match[0]) and exactly(CARDS).fullmatch(number) and _luhn(number):
            yield reading.exact(*match.span(), CARD)
            for code in exactly(_card_code()).finditer(reading.text, match.end(), match.end() + _NEAR_CARD):
                yield reading.exact(*code.span("code"), CARD)


@cache
def _card_code() -> str:
    labels = "|".join(sorted(listed(CARD_CODE_LABELS), key=len, reverse=True))
    return rf"(?<![a-z])(?:{labels})(?:[ ](?:is|ist|code|:))?[\s:=./#-]{{0,4}}(?P<code>\d{{3,4}})(?!\d)"


def _luhn(number: str) -> bool:
    digits = list(map(int, reversed(number)))
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def _accounts(reading: Reading) -> Iterator[Secret]:
    lengths = _lengths()
    for match in exactly(_IBAN).finditer(reading.text):
        start = match.start() - 2
        length = lengths.get(reading.text[start : start + 2], 0)
        end = _end_of(reading.text, start, length)
        if length and not reading.text[end : end + 1].isalnum() and _checks(reading.text[start:end]):
            yield reading.exact(start, end, ACCOUNT)


@cache
def _lengths() -> dict[str, int]:
    return {entry[:2].lower(): int(entry[2:]) for entry in IBANS.split()}


def _end_of(text: str, start: int, length: int) -> int:
    """Where this many letters and digits end, not counting blanks."""
    end = start
    while length and end < len(text):
        length -= text[end] != " "
        end += 1
    return end


def _checks(iban: str) -> bool:
    plain = iban.replace(" ", "")
    if not (plain.isascii() and plain.isalnum()):
        return False
    digits = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
    return int(digits) % 97 == 1
