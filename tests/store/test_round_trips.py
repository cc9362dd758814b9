"""What a command costs on a shared desk: its messages to the server are counted at the wire, each a trip there and back.

The schema of the desk and the time of the server are read in the first of them.
"""

from collections.abc import Iterator

import postgres
import pytest
import wire
from conftest import Program

from supportctl.store.desk import SCHEMA_VERSION

pytestmark = pytest.mark.about_the_server


@pytest.fixture
def remote(staffed: Program) -> Iterator[tuple[Program, wire.Wire]]:
    """A desk with tickets, as the program reaches it over a wire that is watched."""
    staffed.all(
        [["log", "--from", f"{name}@example.com", "--subject", "Help"] for name in ("site", "site", "starter", "new")]
    )
    staffed.all([["reply", "4", "--body", "x", "--close"], ["assign", "2", "kim"]])
    server = postgres.given()
    with wire.between(server.port) as watched:
        staffed.env["SUPPORTCTL_DB"] = staffed.address.replace(f":{server.port}/", f":{watched.port}/")
        yield staffed, watched


@pytest.mark.parametrize(
    ("trips", "command"),
    [
        (1, ["lookup", "site@example.com"]),
        (1, ["lookup", "nobody@example.com"]),
        (1, ["lookup", "SITE-0001-AAAA"]),
        (1, ["check", "7.7.3.0"]),
        (1, ["breaches"]),
        (1, ["queue"]),
        (1, ["queue", "--limit", "2"]),
        (1, ["queue", "--mine"]),
        (1, ["show", "1"]),
        (1, ["show", "1-3"]),
        (1, ["next"]),
        (2, ["log", "--from", "site@example.com", "--subject", "x", "--body", "y"]),
        (2, ["log", "--from", "site@example.com", "--subject", "x", "--version", "7.7.3.0"]),
        (3, ["log", "--from", "stranger@example.com", "--subject", "x"]),  # and whether that is a slip
        (2, ["reply", "1", "--body", "x"]),
        (2, ["reply", "1", "--body", "x", "--wait"]),
        (2, ["reply", "1", "--body", "x", "--close"]),
        (2, ["reply", "1", "--from", "site@example.com", "--body", "x"]),
        (2, ["note", "1", "--body", "x"]),
        (2, ["note", "1-3", "--body", "x"]),
        (2, ["assign", "1", "kim"]),
        (2, ["assign", "1-3", "lee"]),
        (2, ["assign", "2", "-"]),
        (2, ["close", "1", "--reason", "x"]),
        (2, ["reopen", "4"]),
        (2, ["edit", "1", "--topic", "bug"]),
        (2, ["spam", "1"]),
        (3, ["merge", "1", "2"]),  # the doubts about it come before
        (2, ["next", "--take"]),
    ],
    ids=lambda value: "-".join(value[:4]) if isinstance(value, list) else None,
)
@pytest.mark.parametrize("now", ["", None], ids=["now", "dated"])
def test_a_command_makes_few_trips(
    remote: tuple[Program, wire.Wire], trips: int, command: list[str], now: str | None
) -> None:
    desk, watched = remote
    if now is not None:
        desk.env["SUPPORTCTL_NOW"] = now
    ran = desk(*command)
    assert ran.code in (0, 3), ran.err
    assert (watched.trips, len(watched.handshakes)) == (trips, 1), "\n\n".join(watched.asked)


@pytest.mark.parametrize(
    "command", [["show", "1"], ["queue"], ["reply", "1", "--body", "x"], ["hours", "holiday", "add", "2026-03-06"]]
)
@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (SCHEMA_VERSION + 1, "is newer than this program. Upgrade supportctl"),
        (SCHEMA_VERSION - 1, "`supportctl db migrate`"),
    ],
)
def test_a_desk_of_another_schema_is_refused(staffed: Program, command: list[str], schema: int, said: str) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help"]])
    staffed.sql("update desk set schema = :schema", {"schema": schema})
    before = staffed.dump()
    ran = staffed(*command)
    assert (ran.code, ran.out, said in ran.err) == (6, "", True), ran.err
    assert staffed.dump() == before


def test_a_newer_desk_is_refused_even_where_what_is_asked_does_not_fit_it(staffed: Program) -> None:
    staffed.sql("update desk set schema = :schema", {"schema": SCHEMA_VERSION + 1})
    staffed.sql("alter table policies rename column data to rules")
    ran = staffed("check", "7.7.3.0")
    assert (ran.code, "is newer than this program" in ran.err) == (6, True), ran.err


ROWS = 2_000
FILES = {
    "customers": ("email", "c{n}@example.com"),
    "licences": ("key,tier,delivery_email", "KEY-{n:08d},PRO,c{n}@example.com"),
    "releases": ("product,version", "remote-utilities,8.{n}.0.0"),
    "tickets": (
        "from,subject,body,channel,received_at,external_id",
        "c{n}@example.com,S,Help {n} naïve words w{n},forum,2026-01-01T00:00:00Z,x{n}",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_an_import_makes_a_few_trips_a_thousand_rows(remote: tuple[Program, wire.Wire], kind: str) -> None:
    desk, watched = remote
    header, line = FILES[kind]
    file = desk.desk.with_name(f"{kind}.csv")
    file.write_text("\n".join([header, *(line.format(n=n) for n in range(ROWS))]), encoding="utf-8")
    assert desk.json("import", kind, file)["added"] == ROWS
    assert watched.trips < 8 + 14 * ROWS / 1000, "\n\n".join(said[-300:] for said in watched.asked)
