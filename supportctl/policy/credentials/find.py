"""The credentials in a text, and the text without them."""

from collections.abc import Sequence

from supportctl.policy.credentials import companions, files, invitations, labels, numbers, shapes
from supportctl.policy.credentials.reading import CALLED, Reading, Secret

# How secrets are recognised.
_WAYS = (
    labels.labelled,
    companions.after_ids,
    companions.with_addresses,
    companions.for_users,
    companions.introduced,
    companions.paired,
    shapes.on_command_lines,
    shapes.shaped,
    numbers.cards_and_accounts,
    invitations.invited,
    files.telling_files,
)


def find_secrets(text: str, reading: Reading | None = None) -> list[Secret]:
    """The credentials in the text (8.5, 8.6), in order, not overlapping; positions refer to the text as given."""
    reading = reading or Reading(text)
    found = sorted({secret for way in _WAYS for secret in way(reading)}, key=lambda secret: (secret.start, -secret.end))
    return _apart(companions.with_their_ids(reading, found))


def redact(text: str, secrets: Sequence[Secret]) -> str:
    """The text with each secret replaced by a mark that cites 8.6; overlapping secrets become one mark."""
    pieces: list[str] = []
    done = 0
    for secret in _apart(sorted(secrets)):
        pieces += (text[done : secret.start], f"[removed: {CALLED[secret.what]} (8.6)]")
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
