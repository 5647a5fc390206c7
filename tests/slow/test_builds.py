"""The launcher's environment as pip builds it where there is no uv: ten seconds each."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.launcher import build
from support.plugin_copy import NO_UV, PROGRESS, Env, Plugin


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    made = Plugin(tmp_path / "launched")
    made.program("uv", NO_UV)
    return made


def test_the_first_start_builds_with_pip_and_later_ones_need_no_index(plugin: Plugin) -> None:
    before = plugin.tree()
    first = plugin.start()
    assert (first.code, first.err) == (0, PROGRESS)
    assert first.facts["text"] == "hello"
    assert plugin.tree() == before
    second = plugin.start(env={"PIP_FIND_LINKS": "/nowhere", "PATH": "/usr/bin:/bin"})
    assert (second.code, second.err) == (0, "")
    assert second.facts["prefix"] == first.facts["prefix"] == str(plugin.environments / plugin.kept()[0])


def test_a_download_that_does_not_match_the_lock_is_refused(plugin: Plugin) -> None:
    plugin.lock.write_text(f"greeting==1.0 --hash=sha256:{'0' * 64}\n")
    assert refusal(plugin) == "a download did not match the lock file and was refused; update the plugin"


def test_a_package_without_a_hash_in_the_lock_is_refused(plugin: Plugin) -> None:
    plugin.lock.write_text("greeting==1.0\n")
    assert "Hashes are required" in refusal(plugin)


def test_a_package_that_some_systems_have_not_may_be_missing(plugin: Plugin) -> None:
    plugin.lock.write_text(f"{build.OPTIONAL}==1.0 \\\n    --hash=sha256:{'0' * 64}\n{plugin.lock.read_text()}")
    assert plugin.start().facts["text"] == "hello"
    assert plugin.start().err == ""  # it is whole


def test_any_other_package_must_be_there(plugin: Plugin) -> None:
    plugin.lock.write_text(f"farewell==1.0 --hash=sha256:{'0' * 64}\n{plugin.lock.read_text()}")
    assert "No matching distribution found for farewell==1.0" in refusal(plugin)


def test_without_a_network_one_line_says_so(plugin: Plugin) -> None:
    index = "http://127.0.0.1:9/simple"
    offline = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_RETRIES": "1", "PIP_INDEX_URL": index}
    assert refusal(plugin, offline) == "cannot reach the package index; connect once and run again"


def refusal(plugin: Plugin, env: Env | None = None) -> str:
    """The one line of a start that fails and leaves nothing, without where the details are."""
    started = plugin.start(env=env)
    details = f"; details are in {plugin.home / 'logs' / 'environment.log'}\n"
    assert (started.code, started.out) == (1, "")
    assert started.err.startswith(PROGRESS + "session-sync: ")
    assert started.err.endswith(details)
    assert plugin.kept() == []
    return started.err[len(PROGRESS) + len("session-sync: ") : -len(details)]
