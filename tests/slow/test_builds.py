"""The launcher's environment as pip builds it where there is no uv: ten seconds each."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from session_sync.launcher import build
from support.plugin_copy import BASE, NO_UV, PROGRESS, Env, Plugin


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


@pytest.mark.parametrize("where", ["variables", "the user's file", "a file that a variable names"])
def test_settings_of_pip_for_other_places_shape_nothing(plugin: Plugin, tmp_path: Path, where: str) -> None:
    shaping = {"target": tmp_path / "target", "prefix": tmp_path / "prefix", "root": tmp_path / "root", "user": 1}
    shaping |= {"no-deps": 1, "dry-run": 1, "require-virtualenv": 1, "no-binary": ":all:", "constraint": "/nowhere"}
    env: dict[str, str] = {"HOME": str(tmp_path)}
    if where == "variables":
        env |= {f"PIP_{name.upper().replace('-', '_')}": str(value) for name, value in shaping.items()}
    else:
        file = tmp_path / (".config/pip/pip.conf" if where == "the user's file" else "named.conf")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in shaping.items()))
        env |= {"XDG_CONFIG_HOME": str(tmp_path / ".config"), "PIP_CONFIG_FILE": str(file)}
    (tmp_path / ".pydistutils.cfg").write_text(f"[install]\nprefix={tmp_path / 'prefix'}\n")
    assert plugin.start(env=env).facts["text"] == "hello"
    assert [name for name in ("target", "prefix", "root") if (tmp_path / name).exists()] == []


def test_a_package_index_that_only_pip_s_file_names_is_used(plugin: Plugin, tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(f"[install]\nno-index = true\nfind-links = {plugin.wheels}\n")
    env = {name: value for name, value in plugin.env().items() if not name.startswith("PIP_")}
    env["PIP_CONFIG_FILE"] = str(settings)
    done = subprocess.run([plugin.launcher, "say-hello"], input=b"", capture_output=True, check=False, env=env)
    assert (done.returncode, done.stderr.decode()) == (0, PROGRESS)


def test_a_uv_that_installs_elsewhere_is_noticed_and_pip_does_it(plugin: Plugin) -> None:
    plugin.program("uv", f'#!/bin/sh\n[ $1 = venv ] || exit 0\nfor last; do :; done\nexec {BASE} -m venv "$last"\n')
    assert plugin.start().facts["text"] == "hello"


def test_a_build_that_meets_a_full_disk_leaves_nothing_and_the_next_one_works(plugin: Plugin) -> None:
    started = plugin.start(by=("sh", "-c", 'ulimit -f 100; exec "$0" say-hello'))
    assert (started.code, started.out, plugin.kept()) == (1, "", [])
    assert started.err.count("\n") == 2
    assert started.err.startswith(PROGRESS + "session-sync: cannot prepare the Python environment: ")
    assert plugin.start().facts["text"] == "hello"


def test_a_python_that_hangs_is_passed_over(plugin: Plugin, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (plugin.programs / "python3").rename(tmp_path / "good" / "python3")
    plugin.program("python3", "#!/bin/sh\nexec sleep 600\n")
    started = plugin.start(env={"PATH": f"{plugin.programs}:{tmp_path / 'good'}:/usr/bin:/bin"})
    assert (started.code, started.err) == (0, PROGRESS)


def refusal(plugin: Plugin, env: Env | None = None) -> str:
    """The one line of a start that fails and leaves nothing, without where the details are."""
    started = plugin.start(env=env)
    details = f"; details are in {plugin.home / 'logs' / 'environment.log'}\n"
    assert (started.code, started.out) == (1, "")
    assert started.err.startswith(PROGRESS + "session-sync: ")
    assert started.err.endswith(details)
    assert plugin.kept() == []
    return started.err[len(PROGRESS) + len("session-sync: ") : -len(details)]
