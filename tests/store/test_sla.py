"""The SLA state, said in SQL for lists and reports: the same as the policy's own words for it, whatever the times."""

from conftest import fresh
from hypothesis import given
from hypothesis import strategies as st

from supportctl.policy.ticket import sla
from supportctl.store.tickets import SLA

MOMENT = st.integers(0, 3)  # close together, so that many are the same
_STATES = (
    f"select {', '.join(SLA.values())}"
    " from (select cast(:due as integer) as due_at, cast(:answered as integer) as first_response_at,"
    " cast(:closed as integer) as closed_at) t"
)


def test_a_ticket_meets_the_condition_of_its_sla_state_and_no_other() -> None:
    with fresh() as db:

        @given(st.none() | MOMENT, st.none() | MOMENT, st.none() | MOMENT, MOMENT)
        def holds(due: int | None, answered: int | None, closed: int | None, at: int) -> None:
            asked = {"due": due, "answered": answered, "closed": closed, "at": at}
            found = dict(zip(SLA, db.execute(_STATES, asked).fetchone(), strict=True))
            assert [state for state, holds in found.items() if holds] == [sla(due, answered, closed, at)]

        holds()
