"""An environment is used only if it holds what the lock file pins, and works."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from session_sync.launcher import environments, launch
from support.plugin_copy import DAMAGED, Plugin, wait_until


@pytest.mark.parametrize("loss", ["interpreter", "base"])
def test_an_environment_whose_python_went_away_is_built_again(plugin: Plugin, loss: str) -> None:
    prefix = Path(plugin.start().facts["prefix"])
    for name in [each for each in (prefix / "bin").iterdir() if each.name.startswith("python")]:
        name.unlink()
        if loss == "interpreter":
            name.symlink_to("/nowhere/python")
    again = plugin.start()
    assert (again.err, again.facts["prefix"]) == (DAMAGED, str(prefix))
    assert plugin.kept() == [prefix.name]


def test_half_an_environment_is_never_used(plugin: Plugin) -> None:
    prefix = Path(plugin.start().facts["prefix"])
    (prefix / "requirements.lock").unlink()
    assert plugin.start().facts["prefix"] == str(prefix)
    assert plugin.builds() == 2


LATE = """
from session_sync import cli

def main(_):
    import greeting
    return 0

raise SystemExit(cli.run(main))
"""


def damage(prefix: Path, text: str | None) -> None:
    """Remove the module that the verb imports, or put `text` in its place."""
    [module] = prefix.glob("lib/*/site-packages/greeting.py")
    module.unlink()
    if text is not None:
        module.write_text(text)


@pytest.mark.parametrize("text", [None, "raise ImportError('greeting.so: file too short')\n", "TEXT = ("])
def test_a_damaged_environment_is_built_again_once_and_the_verb_runs(plugin: Plugin, text: str | None) -> None:
    prefix = Path(plugin.start().facts["prefix"])
    damage(prefix, text)
    again = plugin.start(stdin="read me\n")
    assert (again.code, again.err) == (0, DAMAGED)
    assert (again.facts["text"], again.facts["stdin"]) == ("hello", "read me\n")
    assert plugin.start().err == ""
    assert (plugin.builds(), plugin.kept()) == (2, [prefix.name])


def test_a_verb_that_meets_the_damage_at_work_is_not_begun_twice(plugin: Plugin) -> None:
    (plugin.root / "scripts" / "say_hello.py").write_text(LATE)
    assert plugin.start().code == 0
    damage(plugin.environments / plugin.kept()[0], "import no_such_module\n")
    again = plugin.start()
    told = "session-sync: the Python environment was damaged and is mended; run the same again\n"
    assert (again.code, again.err) == (1, DAMAGED + told)
    assert (plugin.start().code, plugin.builds()) == (0, 2)


def test_a_plugin_that_is_not_whole_is_told_and_builds_nothing(plugin: Plugin) -> None:
    assert plugin.start().code == 0
    (plugin.root / "scripts" / "say_hello.py").write_text("import session_sync.no_such_module\n")
    for _ in range(2):
        started = plugin.start()
        assert (started.code, started.out, plugin.builds()) == (1, "", 1)
        assert started.err.startswith("session-sync: the plugin is not whole (ModuleNotFoundError: No module named ")
        assert started.err.endswith("; install it again\n")


def test_a_damaged_environment_that_cannot_be_built_again_is_one_line_each_time(plugin: Plugin) -> None:
    damage(Path(plugin.start().facts["prefix"]), None)
    plugin.program("uv", "#!/bin/sh\nexit 1\n")
    plugin.program("python3", "#!/bin/sh\nexit 1\n")
    hidden = {"PIP_FIND_LINKS": "/nowhere"}
    for _ in range(2):
        started = plugin.start(env=hidden)
        assert (started.code, started.out, started.err.count("\n")) == (1, "", 2)
        assert started.err.startswith(DAMAGED)


def test_a_ready_environment_is_used_without_a_lock_and_without_writing(plugin: Plugin) -> None:
    assert plugin.start().code == 0
    plugin.hold_builds()
    plugin.lock.write_text((text := plugin.lock.read_text()) + "# another version\n")
    building = plugin.start_aside("another version")
    wait_until(lambda: plugin.builds() == 2)
    plugin.lock.write_text(text)
    plugin.environments.chmod(0o500)
    try:
        assert (started := plugin.start()).code == 0, started.err
    finally:
        plugin.environments.chmod(0o700)
        plugin.release_builds()
        assert building.wait(120) == 0


def test_environments_of_another_user_are_used_and_new_ones_built_beside_them(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after one run as root in the user's home."""
    prefix = Path(plugin.start().facts["prefix"])
    monkeypatch.setenv("SESSION_SYNC_HOME", str(plugin.home))
    assert environments.folder() == plugin.environments
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert environments.folder() == plugin.home / "environments-12345"
    assert environments.find(plugin.lock) == prefix
    shutil.copytree(prefix, own := plugin.home / "environments-12345" / "own", symlinks=True)
    assert environments.find(plugin.lock) == own


def test_a_damaged_environment_of_another_user_is_replaced_once(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = Path(plugin.start().facts["prefix"])
    damage(prefix, "import no_such_module\n")
    for name, value in plugin.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    monkeypatch.setattr(launch, "LOCK", plugin.lock)
    (plugin.home / "environments-12345").mkdir()
    for _ in range(2):
        launch._examine(prefix, ImportError())
        assert plugin.builds() == 2
    assert environments.find(plugin.lock) == plugin.home / "environments-12345" / prefix.name
    assert plugin.kept() == [prefix.name]


def test_one_that_is_built_again_on_another_python_is_gone(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = Path(plugin.start().facts["prefix"])
    damage(old := prefix.rename(prefix.with_name("0-cpython-310")), "import no_such_module\n")
    for name, value in plugin.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(launch, "LOCK", plugin.lock)
    launch._examine(old, ImportError())
    assert plugin.kept() == [prefix.name]


def test_the_launcher_finds_the_environments_of_the_user_s_own(plugin: Plugin) -> None:
    assert plugin.start().code == 0
    plugin.environments.rename(plugin.home / f"environments-{os.getuid()}")
    plugin.environments.write_text("of somebody else")
    assert "environments-" in plugin.start().facts["prefix"]
