"""The order of work (3.4, 4.6): the lines in which requests wait, and their order within a line."""

from supportctl.policy.verdict import Standing


def line(standing: str, channel: str) -> int:
    """The line a request waits in: 0 entitled tickets, 1 entitled posts (4.6), 2 best effort (4.3), 3 not entitled.

    Within a line the lower rank goes first (2.1, 3.4), then the earlier due time, then the lower number.
    """
    if standing == Standing.ENTITLED:
        return 0 if channel == "ticket" else 1
    return 2 if standing == Standing.BEST_EFFORT else 3
