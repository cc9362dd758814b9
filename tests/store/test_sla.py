"""The SLA state, said in SQL for lists and reports: the same as the policy's own words for it, whatever the times."""

from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from supportctl.policy.ticket import sla
from supportctl.store.sqlite.connection import in_memory
from supportctl.store.tickets import SLA

MOMENT = st.integers(0, 3)  # close together, so that many are the same
_STATES = (
    f"select {', '.join(SLA.values())}"
    " from (select :due as due_at, :answered as first_response_at, :closed as closed_at) t"
)


@given(st.none() | MOMENT, st.none() | MOMENT, st.none() | MOMENT, MOMENT)
def test_a_ticket_meets_the_condition_of_its_sla_state_and_no_other(
    due: int | None, answered: int | None, closed: int | None, at: int
) -> None:
    asked = {"due": due, "answered": answered, "closed": closed, "at": at}
    with closing(in_memory()) as db:
        found = dict(zip(SLA, db.execute(_STATES, asked).fetchone(), strict=True))
    assert [state for state, holds in found.items() if holds] == [sla(due, answered, closed, at)]
