"""Keeps credentials and licence keys out of every channel except tickets (8.5, 8.6)."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from supportctl.errors import Refused
from supportctl.policy.ticket import TICKET
from supportctl.store import licences
from supportctl.store.desk import Desk

if TYPE_CHECKING:
    from supportctl.policy.credentials.reading import Reading, Secret
    from supportctl.policy.model import Policy

TOGETHER = 30_000  # characters of many texts: of more than 40,000 no words are remembered
ASKED = 500  # keys searched for at a time: a long text may contain a million candidates
BEGINNINGS = 200_000  # of possible keys that are asked for together
# Between texts that are looked through together: no secret reaches over so many lines, and no tag over another's `<`.
APART = "\n\n\n\n<\n\n\n\n"


def refuse_secrets(
    db: Desk, policy: "Policy", channel: str, texts: Iterable[str | None], number: int | None = None
) -> None:
    """Refuse a text with a secret in it before it is stored, on every channel except tickets.

    Raises Refused, which names the clause, the kind of secret and the ticket of this `number`, but repeats no secret.
    """
    if channel == TICKET:
        return
    if what := secrets_named(db, texts):
        clause = policy.clause("secrets")
        whose = f", the channel of ticket {number}" if number else ""
        raise Refused(
            f"This text contains {what}, which must not be kept on {channel}{whose} (clause {clause}).",
            "Take it out, add --redact to store the text masked, or make it a ticket: --channel ticket.",
            clause=clause,
        )


def refuse_to_mail(db: Desk, policy: "Policy", texts: Iterable[str | None]) -> None:
    """Refuse to send a text with a secret in it: mail is not the ticket channel, whatever channel the ticket has.

    Raises Refused, as `refuse_secrets` does.
    """
    if what := secrets_named(db, texts):
        clause = policy.clause("secrets")
        raise Refused(
            f"This answer contains {what}, which must not be sent by mail (clause {clause}).",
            "Take it out of the text or the subject, or add --redact to send the text masked.",
            clause=clause,
        )


def secrets_named(db: Desk, texts: Iterable[str | None]) -> str:
    """What kinds of secrets some texts contain, in words. Most have none: that is found out for all of them at once."""
    some = [text for text in texts if text]
    if len(some) > 1 and not any(True for _ in secrets_in(db, APART.join(some))):
        return ""
    found = {secret.what for text in some for secret in secrets_in(db, text)}
    return " and ".join(sorted(_NAMES.get(kind, kind) for kind in found))


def in_one(*texts: str | None) -> str:
    """Short texts such as tags and ids as one, far enough apart that none is read with another."""
    return APART.join(text for text in texts if text)


def guarded_id(external_id: str | None) -> str | None:
    """The part of an external id to check: a plain number is another system's, whatever checksum it has."""
    return None if external_id is None or external_id.isdigit() else external_id


_NAMES = {
    "password": "a password",
    "internet-id": "an Internet-ID to connect to",
    "address-password": "an address with its password",
    "licence-key": "a licence key on record",
    "private-key": "a private key",
    "token": "an access key or token",
    "cookie": "a session cookie",
    "code": "a one-time or recovery code",
    "card": "a payment card's number",
    "bank-account": "a bank account's number",
    "file": "a file named after a password",
}


def without_secrets(db: Desk, text: str) -> str:
    """The text with every secret masked for good: what --redact stores."""
    from supportctl.policy.credentials.find import redact  # late: a ticket may carry secrets, and the guard is large

    return redact(text, list(secrets_in(db, text)))


def without_secrets_each(db: Desk, texts: Sequence[str]) -> list[str]:
    """The same for many texts."""
    clean = CleanTexts(db)
    clean.expect(texts)
    return [text if text in clean else without_secrets(db, text) for text in texts]


class CleanTexts:
    """Texts without a secret, of those that rows to come may store: found out for many at once, when one is asked for.

    No licence may be recorded while it is in use. What was not expected, or not found clean, is to be looked at alone.
    """

    def __init__(self, db: Desk) -> None:
        self._db = db
        self._ahead: dict[str, _Together] = {}  # the texts not looked at yet
        self._clean: set[str] = set()
        self._keys: bool | None = None  # whether they may have keys; not known yet

    def expect(self, texts: Iterable[str]) -> None:
        """The texts of the next rows, in place of those of the last."""
        self._ahead = {text: some for some in _together(dict.fromkeys(texts)) for text in some.texts}
        self._clean, self._keys = set(), None

    def __contains__(self, text: str) -> bool:
        if some := self._ahead.get(text):
            if self._keys is None:
                self._keys = _may_have_keys(self._db, dict.fromkeys(self._ahead.values()))
            self._clean.update(set(some.texts) - some.suspects(self._db, keys=self._keys))
            for one in some.texts:
                del self._ahead[one]
        return text in self._clean


class _Together:
    """Texts that are looked through together, since one by one that takes three times as long."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    @cached_property
    def readings(self) -> list[tuple[list[str], "Reading"]]:
        """Those in ASCII, which take less time by themselves, and the others, each as one."""
        # late: a ticket may carry secrets, and the guard is large
        from supportctl.policy.credentials.reading import Reading

        plain = [text for text in self.texts if text.isascii()], [text for text in self.texts if not text.isascii()]
        return [(some, Reading(APART.join(some))) for some in plain if some]

    def suspects(self, db: Desk, *, keys: bool) -> set[str]:
        """Those that may have a secret, of which `keys` tells whether it may be a licence key; all others have none.

        A private key without an end takes in all texts up to the next that has one.
        """
        found = set[str]()
        for some, reading in self.readings:
            starts = list(accumulate((len(text) + len(APART) for text in some), initial=0))
            for secret in _secrets_of(db, reading, keys=keys):
                found.update(some[bisect_right(starts, secret.start) - 1 : bisect_right(starts, secret.end - 1)])
        return found


def _together(texts: Iterable[str]) -> Iterator[_Together]:
    some, size = list[str](), 0
    for text in texts:
        if some and size + len(text) > TOGETHER:
            yield _Together(some)
            some, size = [], 0
        some.append(text)
        size += len(text)
    yield _Together(some)


def _may_have_keys(db: Desk, texts: Iterable[_Together]) -> bool:
    """Whether any of the texts may have a licence key that is on record: asked once for all of them."""
    from supportctl.policy.credentials.keys import beginnings  # late: as above

    found = set[str]()
    for some in texts:
        for _, reading in some.readings:
            found.update(*beginnings(reading))
        if len(found) > BEGINNINGS:
            return True  # too many to ask for at once: it is asked for fewer texts
    return bool(found) and licences.has_beginning(db, found)


def secrets_in(db: Desk, text: str) -> Iterator["Secret"]:
    """The credentials in a text, and the licence keys that are on record."""
    from supportctl.policy.credentials.reading import Reading  # late: as above

    return _secrets_of(db, Reading(text), keys=True)


def _secrets_of(db: Desk, reading: "Reading", *, keys: bool) -> Iterator["Secret"]:
    """The secrets in a text, without licence keys if it is known that it has none."""
    from supportctl.policy.credentials.find import find_secrets  # late: as above
    from supportctl.policy.credentials.keys import beginnings, key_candidates
    from supportctl.policy.credentials.reading import Secret

    yield from find_secrets(reading.source, reading)
    if not keys or not any(licences.has_beginning(db, some) for some in beginnings(reading)):
        return
    candidates = key_candidates(reading.source, reading)
    while some := list(islice(candidates, ASKED)):
        known = licences.known_keys(db, list({folded for _, _, folded in some}))
        yield from (Secret(start, end, "licence-key") for start, end, folded in some if folded in known)
