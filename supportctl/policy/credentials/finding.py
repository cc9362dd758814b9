"""The credentials in a text, and the text without them."""

from collections.abc import Sequence

from supportctl.policy.credentials.companions import after_ids, for_users, with_addresses, with_their_ids
from supportctl.policy.credentials.labels import labelled
from supportctl.policy.credentials.reading import ADDRESS_PASSWORD, INTERNET_ID, LICENCE_KEY, PASSWORD, Reading, Secret

_MARKS = {
    PASSWORD: "[removed: password (8.6)]",
    ADDRESS_PASSWORD: "[removed: password (8.6)]",
    INTERNET_ID: "[removed: Internet-ID (8.6)]",
    LICENCE_KEY: "[removed: licence key (8.6)]",
}


def find_secrets(text: str) -> list[Secret]:
    """The credentials in the text (8.5, 8.6), in order, not overlapping; positions are those of the text as given."""
    reading = Reading(text)
    found = sorted(
        {*labelled(reading), *after_ids(reading), *with_addresses(reading), *for_users(reading)},
        key=lambda secret: (secret.start, -secret.end),
    )
    return _apart(with_their_ids(reading, found))


def redact(text: str, secrets: Sequence[Secret]) -> str:
    """The text with each secret replaced by a mark that cites 8.6; secrets that overlap become one mark."""
    pieces: list[str] = []
    done = 0
    for secret in _apart(sorted(secrets)):
        pieces += (text[done : secret.start], _MARKS[secret.what])
        done = secret.end
    return "".join(pieces) + text[done:]


def _apart(secrets: Sequence[Secret]) -> list[Secret]:
    """Secrets sorted by their start, the overlapping ones merged under the name of the first."""
    apart: list[Secret] = []
    for secret in secrets:
        if apart and secret.start < apart[-1].end:
            apart[-1] = apart[-1]._replace(end=max(apart[-1].end, secret.end))
        else:
            apart.append(secret)
    return apart
