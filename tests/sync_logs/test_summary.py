"""What people are told of a round."""

from __future__ import annotations

import pytest

from session_sync.sync_logs.summary import _age
from support.homes import Home, Remote


def test_status_tells_of_commits_that_wait(home: Home, remote: Remote) -> None:
    away = remote.path.rename(remote.path.with_name("away.git"))
    home.save("one", code=75)
    assert "commits that have not been pushed yet" in home.sync("--status").out
    away.rename(remote.path)
    assert f"pushed what was waiting: {remote.path} has 1 session log (" in home.sync().out
    assert "not pushed yet" not in home.sync("--status").out


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7200, "2 hours"),
        (172_800, "2 days"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_is_not_one(seconds: int, age: str) -> None:
    assert _age(seconds) == age
