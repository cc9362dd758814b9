"""What `watch` says where there is no terminal."""

import pytest
from conftest import Program


@pytest.mark.parametrize("args", [[], ["--json"], ["-o", "table"]])
def test_without_a_terminal_it_says_what_to_use(staffed: Program, args: list[str]) -> None:
    ran = staffed("watch", *args)
    assert (ran.code, ran.out) == (2, "") and ran.err.count("\n") == 1
    assert args or "supportctl queue" in ran.err
