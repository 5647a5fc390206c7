"""The environment is built whole or not at all, with what this computer has."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.launcher import build, launch
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


@pytest.fixture
def old_python(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """The running Python counts as too old, and others are looked for on PATH."""
    for name, value in plugin.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(plugin.programs))
    monkeypatch.setattr(build, "OLDEST", (99, 0))
    return plugin


def test_an_old_python_finds_a_newer_one_behind_dead_shims(old_python: Plugin) -> None:
    old_python.program("python3.14", "#!/bin/sh\nexit 127\n")
    (old_python.programs / "python3.13").symlink_to(BASE)
    python = launch.provide(old_python.lock)
    assert python.parents[1].name == old_python.kept()[0]


def test_no_python_that_is_new_enough_is_one_line(old_python: Plugin) -> None:
    (old_python.programs / "uv").unlink()
    with pytest.raises(UserError, match=r"^Python 3\.11 or newer is missing; install it, or uv, and run again$"):
        launch.provide(old_python.lock)
    assert old_python.kept() == []


def test_a_debian_python_without_venv_names_the_package(old_python: Plugin) -> None:
    (old_python.programs / "uv").unlink()
    refusal = "The virtual environment was not created successfully because ensurepip is not"
    old_python.program(
        "python3.12", f'#!/bin/sh\n[ "$2" = -c ] && echo "$0" && exit\necho "{refusal}\navailable."\nexit 1\n'
    )
    with pytest.raises(UserError, match="apt install python3-venv"):
        launch.provide(old_python.lock)
    assert old_python.kept() == []


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("WARNING: x\nERROR: No space left on device\nmore\n", "ERROR: No space left on device"),
        ("Traceback\nValueError: odd\n\n", "ValueError: odd"),
        ("", "it gave no reason"),
    ],
)
def test_any_other_failure_quotes_its_last_words(said: str, line: str) -> None:
    assert build._reason(said).startswith(f"cannot prepare the Python environment: {line}; details are in ")
