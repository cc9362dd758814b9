"""What words and filters find: the same whichever of them leads, and from no table that is walked."""

from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from conftest import opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportctl.desk.tickets.as_of import ticket_at
from supportctl.desk.tickets.events import close, merge, merge_doubts, reply
from supportctl.desk.tickets.filters import TicketFilter
from supportctl.desk.tickets.queue import SORTS, queue, totals
from supportctl.desk.tickets.receive import Received, log_request
from supportctl.policy.ticket import Ticket
from supportctl.policy.triage import queue_position
from supportctl.store import full_text, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.sqlite import find

START = 1_772_814_600
NOW = START + 20 * 86400
WORDS = ("host", "printer", "black", "screen", "slow")
CHANNELS = ("ticket", "forum", "email")
PRODUCTS = ("remote-utilities", "remote-utilities-server")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of sixty tickets that differ in everything that can be asked for."""
    with opened(tmp_path_factory.mktemp("desk") / "desk.db", create=True) as db:
        for n in range(60):
            _ticket(db, n)
        yield db


def _ticket(db: Desk, n: int) -> None:
    at = START + n * 3600
    actor = Actor("tess", "tess", at, at)
    number = log_request(
        db,
        Received(
            sender=f"{('ann', 'bob', 'joann')[n % 3]}@example.{('com', 'org')[n % 2]}",
            subject=" ".join(word for i, word in enumerate(WORDS) if n % (i + 1) == 0),
            body=f"unique{n}",
            received_at=at,
            channel=CHANNELS[n % 7 % 3],
            product=PRODUCTS[n % 11 == 0],
            topic=(None, "usage", "hardware")[n % 5 % 3],
            assignee=(None, "kim", "lee")[n // 20],
            tags=(("vip",) if n % 13 == 0 else ()) + (("new", "vipers") if n % 4 == 0 else ()),
        ),
        actor,
    ).ticket.id
    later = Actor("tess", "tess", at + 60, at + 60)
    if n % 3 == 1:
        reply(db, {number: "Look here"}, at + (60 if n % 2 else 9 * 86400), later)
    if n % 4 == 1:
        close(db, [number], "no answer needed", Actor("tess", "tess", NOW, NOW))
    if n % 19 == 18:
        merge(db, [number], number - 1, later, agreed=merge_doubts(db, [number], number - 1))


VALUES = {
    "status": ["open", "waiting", "closed", "merged"],
    "tier": ["FREE", "PRO"],
    "channel": [*CHANNELS, "phone"],
    "product": list(PRODUCTS),
    "topic": ["usage", "hardware", "network"],
    "assignee": ["kim", "lee", "nobody", "-"],
    "tag": ["vip", "new", "vipers", "none", "%", '"'],
    "sla": list(tickets.SLA),
    "from": ["ann@example.com", "BOB@example.org", "ann", "example.org", "zed"],
}
PASSES: dict[str, Callable[[Ticket, str], bool]] = {
    "assignee": lambda ticket, value: (ticket.assignee or "-") == value,
    "tag": lambda ticket, value: value in ticket.tags,
    "from": lambda ticket, value: value.lower() in (ticket.sender, *_parts(ticket.sender, value.lower())),
    "tier": lambda ticket, value: ticket.target.tier == value,
    "sla": lambda ticket, value: ticket.sla(NOW) == value,
}


def _parts(sender: str, value: str) -> list[str]:
    return [value] if "@" not in value and value in sender else []


filters = st.dictionaries(st.sampled_from(sorted(VALUES)), st.none(), max_size=3).flatmap(
    lambda fields: st.fixed_dictionaries(
        {field: st.lists(st.sampled_from(VALUES[field]), min_size=1, max_size=2, unique=True) for field in fields}
    )
)


@given(
    asked=filters,
    words=st.lists(st.sampled_from([*WORDS, "look", "missing"]), max_size=3, unique=True),
    bounds=st.sampled_from([(1, 1, 1), (2, 3, 5), (4000, 50, 5000), (1, 50, 5000), (1, 0, 5000), (30, 5, 20)]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
def test_the_same_is_found_whatever_leads(
    db: Desk,
    asked: dict[str, list[str]],
    words: list[str],
    bounds: tuple[int, int, int],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for place, name, bound in zip((full_text, find, find), ("RANKED", "FEW", "SOME"), bounds, strict=True):
            patch.setattr(place, name, bound)
        hits = db.full_text.find_tickets([f'"{word}"' for word in words], asked, NOW, 1000)
        some = db.full_text.find_tickets([f'"{word}"' for word in words], asked, NOW, 3)
    assert sorted(hit.id for hit in hits) == [
        ticket.id for ticket in _all(db) if _holds(db, ticket, words) and _passes(ticket, asked)
    ]
    assert some == hits[:3]
    assert all(hit.rank is not None for hit in hits) or [hit.id for hit in hits] == sorted(
        (hit.id for hit in hits), reverse=True
    )


@given(
    asked=st.builds(
        TicketFilter,
        tiers=st.lists(st.sampled_from(["FREE", "PRO"]), max_size=2, unique=True),
        channels=st.lists(st.sampled_from(CHANNELS), max_size=2, unique=True),
        assignee=st.sampled_from([None, "", "kim", "KIM", "nobody"]),
        statuses=st.lists(st.sampled_from(["open", "waiting", "closed"]), max_size=2, unique=True),
    ),
    at=st.sampled_from([NOW, NOW - 86400, START + 30 * 3600]),
    sort=st.sampled_from(sorted(SORTS)),
    limit=st.sampled_from([None, 1, 5, 100]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_the_queue_is_what_is_not_closed_in_the_order_asked_for(
    db: Desk, asked: TicketFilter, at: int, sort: str, limit: int | None
) -> None:
    then = [ticket for now in _all(db) if (ticket := ticket_at(db, now, at)) and ticket.closed_at is None]
    in_order = sorted(sorted(filter(asked.takes, then), key=queue_position), key=SORTS[sort])
    assert [seen.ticket for seen in islice(queue(db, at, asked, sort, limit), limit)] == in_order[:limit]
    count, due = totals(db, at, asked)
    waiting = [ticket.id for ticket in in_order if ticket.unanswered and ticket.target.due_at is not None]
    assert (count, {seen.ticket.id for seen in due}) == (len(in_order), {*waiting})


def _all(db: Desk) -> list[Ticket]:
    return [ticket for ticket, _ in tickets.every(db, NOW)]


def _holds(db: Desk, ticket: Ticket, words: list[str]) -> bool:
    text = " ".join([ticket.subject, *(text.body for text in tickets.texts(db, ticket.id).values())]).lower()
    return all(word in text.split() for word in words)


def _passes(ticket: Ticket, asked: dict[str, list[str]]) -> bool:
    return all(
        any(PASSES[field](ticket, value) if field in PASSES else _told(ticket, field) == value for value in values)
        for field, values in asked.items()
    )


def _told(ticket: Ticket, field: str) -> object:
    return getattr(ticket.target if field in tickets.OWED else ticket, field)
