"""The environment is built whole or not at all, with what this computer has."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from session_sync.launcher import build
from support.plugin_copy import BASE, Plugin, wait_until


def test_uv_is_used_where_it_is(plugin: Plugin) -> None:
    assert plugin.start().code == 0
    assert plugin.builds() == 1


def test_everything_is_for_its_owner_alone(plugin: Plugin) -> None:
    assert plugin.start().code == 0
    for folder in (plugin.home, plugin.environments, plugin.environments / plugin.kept()[0]):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert (plugin.home / "logs" / "environment.log").stat().st_mode & 0o777 == 0o600


def test_an_interrupted_start_leaves_nothing(plugin: Plugin) -> None:
    plugin.hold_builds()
    started = plugin.start_aside("interrupted")
    wait_until(plugin.builds)
    os.killpg(started.pid, signal.SIGINT)
    assert started.wait(120) == 130
    assert plugin.said("interrupted").endswith("session-sync: interrupted; the next run finishes the work\n")
    assert plugin.kept() == []


def test_only_the_newest_environments_stay_and_their_bytecode(plugin: Plugin) -> None:
    prefixes = []
    for number in range(build.KEPT + 1):
        plugin.lock.write_text(plugin.lock.read_text() + f"# version {number}\n")
        prefixes.append(Path(plugin.start().facts["prefix"]))
    assert plugin.kept() == sorted(prefix.name for prefix in prefixes[1:])
    bytecode = plugin.home / "cache" / "bytecode"
    compiled = [bytecode.joinpath(*prefix.parts[1:]).is_dir() for prefix in prefixes]
    assert compiled == [False, *[True] * build.KEPT]


def test_an_environment_stands_on_a_versioned_python(plugin: Plugin) -> None:
    prefix = Path(plugin.start().facts["prefix"])
    assert (prefix / "bin" / BASE.name).readlink() == BASE
