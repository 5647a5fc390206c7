"""What people are told of a round."""

from __future__ import annotations

from support.homes import Home, Remote


def test_status_tells_of_commits_that_wait(home: Home, remote: Remote) -> None:
    away = remote.path.rename(remote.path.with_name("away.git"))
    home.save("one", code=75)
    assert "commits that have not been pushed yet" in home.sync("--status").out
    away.rename(remote.path)
    assert f"pushed what was waiting: {remote.path} has 1 session log (" in home.sync().out
    assert "not pushed yet" not in home.sync("--status").out
