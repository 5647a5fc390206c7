from __future__ import annotations

import pytest

from session_sync import network


def test_refusals_are_read_from_porcelain() -> None:
    answer = (
        "To /x\n \trefs/heads/a:refs/heads/a\tabc..def\n"
        "!\trefs/proposals/main:refs/heads/main\t[rejected] (fetch first)\nDone\n"
    )
    assert network.refusals(answer) == {"refs/heads/main": "[rejected] (fetch first)"}
    assert network.taken(answer) == {"refs/heads/a"}


@pytest.mark.parametrize(
    ("flag", "taken"), [(" ", True), ("*", True), ("=", True), ("!", False), ("+", False), ("", False)]
)
def test_a_push_counts_only_when_git_says_so(flag: str, taken: bool) -> None:
    answer = f"To /x\n{flag}\trefs/heads/a:refs/heads/a\t[new branch]\nDone\n"
    assert ("refs/heads/a" in network.taken(answer)) == taken
