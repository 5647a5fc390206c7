from __future__ import annotations

import json
import os
import sqlite3
import time

from support.homes import Home, Remote


def status(home: Home) -> dict[str, object]:
    content: dict[str, object] = json.loads(home.sync("--status", "--json").out)
    return content


def test_before_the_first_push_everything_waits(home: Home) -> None:
    home.put("PILOT", "a.md", b"a")
    (found,) = status(home)["repositories"]  # type: ignore[misc, has-type] # JSON
    assert (found["seconds_since_acknowledged_push"], found["unsynced"]) == (None, 1)
    assert "no push has been acknowledged yet, 1 log waiting" in home.sync("--status").out


def test_after_a_push_its_age_is_told(home: Home) -> None:
    home.save("one")
    (found,) = status(home)["repositories"]  # type: ignore[misc, has-type] # JSON
    assert found["seconds_since_acknowledged_push"] in range(60)
    assert found["unsynced"] == 0


def test_a_clock_that_was_set_back_makes_no_negative_age(home: Home) -> None:
    home.save("one")
    with sqlite3.connect(home.path / "state" / "index-default.sqlite") as database:
        later = str(time.time() + 31_536_000)
        assert database.execute("UPDATE facts SET value = ? WHERE name = 'acknowledged'", [later]).rowcount == 1
    database.close()
    assert "last acknowledged push 0 seconds ago" in home.sync("--status").out
    (found,) = status(home)["repositories"]  # type: ignore[misc, has-type] # JSON
    assert found["seconds_since_acknowledged_push"] == 0


def test_tickets_and_projects_without_a_repository_are_told(home: Home, remote: Remote) -> None:
    (home.path / "config.yaml").write_text(
        f"repositories: {{x: {remote.path}}}\nrouting: [{{match: 'X*', repository: x}}]\n"
    )
    home.put("PILOT", "a.md", b"a")
    os.mkdir(home.path / "spool")
    (home.path / "spool" / "left-x.json").write_text("{}")
    assert ": 1 session log, 1 pending ticket\n" in home.sync("--status").out
    content = status(home)
    assert (content["pending_tickets"], content["unrouted"]) == (1, ["PILOT"])


def test_it_works_offline_and_without_a_remote(home: Home, remote: Remote) -> None:
    home.save("one")
    remote.path.rename(remote.path.with_name("away.git"))
    assert "last acknowledged push" in home.sync("--status").out
    (home.path / "config.yaml").unlink()
    assert "no remote yet" in home.sync("--status").out
