"""The launcher as users start it, once its environment is there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from support.plugin_copy import MODULES, SCRIPTS, Plugin

_started = list[Path]()  # what the first start of all left: starting again for each test would take half a second


@pytest.fixture
def plugin(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Plugin:
    """A plugin that was started once."""
    made = Plugin(tmp_path / "launched")
    if not _started:
        assert made.start().code == 0
        _started.append(tmp_path_factory.mktemp("started"))
        made.copy_state(made.folder, _started[0])
    else:
        made.copy_state(_started[0], made.folder)
    return made


def test_arguments_stdin_and_exit_code_pass_through(plugin: Plugin) -> None:
    odd = ["a b", "*", "", "-x", "--help", "$HOME", "line\nbreak", "ünï", "'\"\\", "fail"]
    started = plugin.start("say-hello", *odd, stdin="read me\n")
    assert (started.code, started.err) == (7, "")
    assert started.facts["arguments"] == odd
    assert started.facts["stdin"] == "read me\n"
    assert started.facts["program"] == str(plugin.root / "scripts" / "say_hello.py")


def test_a_verb_may_be_spelled_with_an_underscore(plugin: Plugin) -> None:
    assert plugin.start("say_hello").facts["text"] == "hello"


def test_the_verb_is_the_process_that_was_started(plugin: Plugin) -> None:
    started = subprocess.Popen(
        [plugin.launcher, "say-hello"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=plugin.env()
    )
    out, _ = started.communicate(timeout=120)
    assert f'"pid": {started.pid},' in out.decode()


def test_no_python_on_path_is_needed_once_the_environment_is_there(plugin: Plugin) -> None:
    (plugin.programs / "python3").unlink()
    plugin.program("python3", "#!/bin/sh\nexit 99\n")
    assert plugin.start().code == 0


@pytest.mark.parametrize("by", [(), ("sh",), (sys.executable,), (sys.executable, "-I", "-B")])
def test_every_way_to_start_it_works_and_writes_nothing_below_the_plugin(plugin: Plugin, by: tuple[str, ...]) -> None:
    before = plugin.tree()
    started = plugin.start(by=by)
    assert started.facts["prefix"] == str(plugin.environments / plugin.kept()[0])
    assert plugin.tree() == before
    assert plugin.builds() == 1


def test_a_symbolic_link_to_it_works(plugin: Plugin) -> None:
    link = plugin.programs / "session-sync"
    link.symlink_to(plugin.launcher)
    done = subprocess.run([link, "say-hello"], input=b"", capture_output=True, check=False, env=plugin.env())
    assert (done.returncode, done.stderr) == (0, b"")
    assert plugin.builds() == 1


def test_it_works_from_its_own_folder(plugin: Plugin) -> None:
    command, folder = ["sh", "run", "say-hello"], plugin.launcher.parent
    done = subprocess.run(command, cwd=folder, input=b"", capture_output=True, check=False, env=plugin.env())
    assert (done.returncode, done.stderr) == (0, b"")


def test_python_variables_of_the_caller_change_nothing(plugin: Plugin, tmp_path: Path) -> None:
    for name in ("greeting", "json", "pathlib", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('poisoned')\n")
    poison = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nowhere", "PYTHONPLATLIBDIR": "nothing"}
    assert plugin.start(env=poison).facts["text"] == "hello"
    plugin.lock.write_text(plugin.lock.read_text() + "# another version\n")
    assert plugin.start(env=poison).facts["text"] == "hello"


@pytest.mark.parametrize(
    "verb", ["nope", "../say_hello", "say-hello.py", "./say-hello", "-x", "session-sync/cli", "run", "", "*"]
)
def test_an_unknown_verb_is_refused_with_the_list(plugin: Plugin, verb: str) -> None:
    started = plugin.start(verb)
    assert (started.code, started.out) == (2, "")
    assert started.err == f"session-sync: there is no verb {verb!r}; the verbs are say-hello\n"


def test_an_unknown_verb_cannot_drive_the_terminal(plugin: Plugin) -> None:
    started = plugin.start("a\n\x1b[2J")
    assert started.err == "session-sync: there is no verb 'a\\n\\x1b[2J'; the verbs are say-hello\n"


@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_help_names_the_verbs(plugin: Plugin, asked: str) -> None:
    started = plugin.start(asked)
    text = "usage: session-sync VERB [OPTIONS]\nthe verbs are say-hello; each has --help\n"
    assert (started.code, started.out, started.err) == (0, text, "")


def test_without_a_verb_it_asks_for_one(plugin: Plugin) -> None:
    done = subprocess.run([plugin.launcher], capture_output=True, check=False, env=plugin.env())
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"session-sync: name a verb; the verbs are say-hello\n"


def test_a_wrong_verb_builds_nothing(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path / "launched")
    assert plugin.start("nope").code == 2
    assert not plugin.home.exists()


def test_without_any_python_one_line_says_so(tmp_path: Path) -> None:
    started = Plugin(tmp_path / "launched").start(env={"PATH": "/nowhere"})
    assert (started.code, started.out) == (1, "")
    assert started.err == "session-sync: Python is missing; install Python 3.11 or newer and run again\n"


@pytest.mark.parametrize("path", [SCRIPTS / "run", *(SCRIPTS / "session_sync" / f"{m}.py" for m in MODULES)])
def test_python_3_9_can_read_what_runs_before_the_environment(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 9))
    assert "from __future__ import annotations" in text or path.stem in ("run", "__init__")
