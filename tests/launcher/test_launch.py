"""The launcher: one environment for a lock file, whatever happens meanwhile."""

from __future__ import annotations

import os
import signal

from support.plugin_copy import PROGRESS, Plugin, wait_until


def test_two_starts_at_once_build_once(plugin: Plugin) -> None:
    plugin.hold_builds()
    first = plugin.start_aside("first")
    wait_until(plugin.builds)
    second = plugin.start_aside("second")
    wait_until(lambda: "waiting" in plugin.said("second"))
    plugin.release_builds()
    assert (first.wait(120), second.wait(120)) == (0, 0)
    assert plugin.said("first").startswith(PROGRESS)
    assert plugin.said("second").startswith("session-sync: waiting for another start to finish\n{")
    assert plugin.builds() == 1
    assert len(plugin.kept()) == 1


def test_a_start_after_a_killed_one_builds_at_once_and_tidies(plugin: Plugin) -> None:
    plugin.hold_builds()
    killed = plugin.start_aside("killed")
    wait_until(plugin.builds)
    killed.kill()
    assert killed.wait(120) == -signal.SIGKILL
    assert [name for name in plugin.kept() if name.startswith(".building-")]
    os.killpg(killed.pid, signal.SIGSTOP)  # its uv still lives, as after a kill of the launcher alone
    plugin.release_builds()
    assert plugin.start().facts["text"] == "hello"
    os.killpg(killed.pid, signal.SIGKILL)
    assert len(plugin.kept()) == 1


def test_a_changed_lock_has_an_environment_of_its_own_and_the_old_one_stays(plugin: Plugin) -> None:
    old = plugin.start().facts["prefix"]
    text = plugin.lock.read_text()
    plugin.lock.write_text(text + "# an update\n")
    new = plugin.start().facts["prefix"]
    assert new != old
    plugin.lock.write_text(text)
    assert plugin.start().facts["prefix"] == old
    assert plugin.builds() == 2


def test_a_home_that_cannot_be_written_is_one_line(plugin: Plugin) -> None:
    plugin.home.write_text("a file")
    started = plugin.start()
    assert started.code == 1
    assert started.err.startswith("session-sync: ")
    assert started.err.count("\n") == 1
