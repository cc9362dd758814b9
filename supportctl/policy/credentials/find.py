"""The credentials in a text, and the text without them."""

from collections.abc import Sequence

from supportctl.policy.credentials.commands import on_command_lines
from supportctl.policy.credentials.companions import (
    after_ids,
    for_users,
    introduced,
    paired,
    with_addresses,
    with_their_ids,
)
from supportctl.policy.credentials.files import telling_files
from supportctl.policy.credentials.invitations import invited
from supportctl.policy.credentials.labels import labelled
from supportctl.policy.credentials.numbers import cards_and_accounts
from supportctl.policy.credentials.reading import (
    ACCOUNT,
    ADDRESS_PASSWORD,
    CARD,
    CODE_ONCE,
    COOKIE,
    FILE,
    INTERNET_ID,
    LICENCE_KEY,
    PASSWORD,
    PRIVATE_KEY,
    TOKEN,
    Reading,
    Secret,
)
from supportctl.policy.credentials.shapes import shaped

_MARKS = {
    PASSWORD: "[removed: password (8.6)]",
    ADDRESS_PASSWORD: "[removed: password (8.6)]",
    INTERNET_ID: "[removed: Internet-ID (8.6)]",
    LICENCE_KEY: "[removed: licence key (8.6)]",
    PRIVATE_KEY: "[removed: private key (8.6)]",
    TOKEN: "[removed: access key (8.6)]",
    COOKIE: "[removed: session cookie (8.6)]",
    CODE_ONCE: "[removed: one-time code (8.6)]",
    CARD: "[removed: card number (8.6)]",
    ACCOUNT: "[removed: bank account (8.6)]",
    FILE: "[removed: file name (8.6)]",
}
# How secrets are recognised.
_WAYS = (
    labelled,
    after_ids,
    with_addresses,
    for_users,
    introduced,
    paired,
    on_command_lines,
    shaped,
    cards_and_accounts,
    invited,
    telling_files,
)


def find_secrets(text: str, reading: Reading | None = None) -> list[Secret]:
    """The credentials in the text (8.5, 8.6), in order, not overlapping; positions refer to the text as given."""
    reading = reading or Reading(text)
    found = sorted({secret for way in _WAYS for secret in way(reading)}, key=lambda secret: (secret.start, -secret.end))
    return _apart(with_their_ids(reading, found))


def redact(text: str, secrets: Sequence[Secret]) -> str:
    """The text with each secret replaced by a mark that cites 8.6; overlapping secrets become one mark."""
    pieces: list[str] = []
    done = 0
    for secret in _apart(sorted(secrets)):
        pieces += (text[done : secret.start], _MARKS[secret.what])
        done = secret.end
    return "".join(pieces) + text[done:]


def _apart(secrets: Sequence[Secret]) -> list[Secret]:
    """Secrets sorted by their start, with overlapping ones merged under the name of the first."""
    apart: list[Secret] = []
    for secret in secrets:
        if apart and secret.start < apart[-1].end:
            apart[-1] = apart[-1]._replace(end=max(apart[-1].end, secret.end))
        else:
            apart.append(secret)
    return apart
