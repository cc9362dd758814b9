"""Eight agents at one desk, as processes at the same time: nothing is lost, nothing doubled, whatever the engine."""

import postgres
import pytest
import wire
from bench_shared import Desk, at_once, faults, fill
from conftest import Program

AGENTS, EACH = 8, 6


def test_of_what_eight_agents_do_at_once_nothing_is_lost_and_nothing_doubled(desk: Program) -> None:
    desk.env["SUPPORTCTL_NOW"] = ""
    shared = Desk(desk.address, desk.environment())
    fill(shared, AGENTS * EACH)
    done, _ = at_once(shared, AGENTS, EACH)
    assert [each for each in done if each[1] != 0] == []
    assert len(done) == AGENTS * EACH
    assert list(faults(shared, done)) == []


@pytest.mark.about_the_server
def test_a_number_that_somebody_else_took_meanwhile_costs_one_trip_more(staffed: Program) -> None:
    """The request is not judged again: no decision rests on its number."""
    server = postgres.given()
    logged = ["log", "--from", "site@example.com", "--subject", "x", "--json"]
    with wire.between(server.port) as watched:
        remote = {"SUPPORTCTL_DB": staffed.address.replace(f":{server.port}/", f":{watched.port}/")}

        def overtake(message: str) -> None:
            if "insert into commits" in message:
                watched.before = None
                assert staffed(*logged).json["id"] == 1

        watched.before = overtake
        assert staffed(*logged, env=remote).json["id"] == 2
        assert watched.trips == 3
    assert staffed.sql("select id from tickets order by id") == [(1,), (2,)]
    assert staffed("db", "check").code == 0
