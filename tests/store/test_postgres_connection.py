"""The connection to a server, as far as it needs none."""

from concurrent.futures import ThreadPoolExecutor

from supportctl.store.postgres import connection
from supportctl.store.postgres.connection import giving_up_after


def test_how_long_one_thread_waits_is_not_how_long_another_does() -> None:
    """A check reads for as long as it takes, while another of its threads ends what must end soon."""
    with giving_up_after(10), ThreadPoolExecutor(1) as other:
        assert connection._patience.until > 0
        assert other.submit(lambda: connection._patience.until).result() == 0
