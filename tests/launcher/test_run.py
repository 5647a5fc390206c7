"""The launcher as users start it, once its environment is there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from support.plugin_copy import MODULES, PROGRESS, SCRIPTS, Plugin

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
    plugin = Plugin(tmp_path / "launched")
    plugin.no_python_elsewhere()
    started = plugin.start(env={"PATH": "/nowhere"})
    assert (started.code, started.out) == (1, "")
    assert started.err == "session-sync: Python 3.11 or newer is missing; install it and run again\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("python3", "#!/bin/sh\necho SyntaxError >&2\nexit 1\n"),  # what an old one says to a program for a new one
        ("python3", "#!/bin/sh\necho 'pyenv: python3: command not found' >&2\nexit 127\n"),
        ("python3", "no program"),
        ("python", "#!/bin/sh\nexit 49\n"),  # opens a shop
    ],
)
def test_a_python_that_will_not_do_is_passed_over(tmp_path: Path, name: str, text: str) -> None:
    plugin = Plugin(tmp_path / "launched")
    plugin.no_python_elsewhere()
    good = tmp_path / "good"
    good.mkdir()
    (plugin.programs / "python3").rename(good / "python3")
    plugin.program(name, text)
    started = plugin.start(env={"PATH": f"{plugin.programs}:{good}"})
    assert (started.code, started.err) == (0, PROGRESS)


@pytest.mark.parametrize("name", ["python", "python3.{1}"])
def test_a_python_of_any_name_will_do(tmp_path: Path, name: str) -> None:
    plugin = Plugin(tmp_path / "launched")
    plugin.no_python_elsewhere()
    (plugin.programs / "python3").rename(plugin.programs / name.format(*sys.version_info))
    assert plugin.start(env={"PATH": str(plugin.programs)}).code == 0


@pytest.mark.parametrize("folder", [".pyenv/versions/3.11.7/bin", ".local/share/uv/python/cpython-3.11/bin"])
def test_a_python_that_a_version_manager_keeps_will_do(tmp_path: Path, folder: str) -> None:
    plugin = Plugin(tmp_path / "launched")
    plugin.no_python_elsewhere()
    (tmp_path / "user" / folder).mkdir(parents=True)
    (plugin.programs / "python3").rename(tmp_path / "user" / folder / "python3")
    assert plugin.start(env={"PATH": str(plugin.programs), "HOME": str(tmp_path / "user")}).code == 0


def test_no_other_program_is_needed(plugin: Plugin) -> None:
    """There is no `cmp`, say: not even where the lock file changed meanwhile, nor a Python but the environment's."""
    plugin.no_python_elsewhere()
    (plugin.programs / "python3").unlink()
    alone = {"PATH": str(plugin.programs)}
    assert (plugin.start(by=("/bin/sh",), env=alone).err, plugin.builds()) == ("", 1)
    plugin.lock.write_text(plugin.lock.read_text() + "# another version\n")
    assert plugin.start(by=("/bin/sh",), env=alone).facts["text"] == "hello"


@pytest.mark.parametrize("path", ["", None])
def test_an_empty_path_is_no_obstacle(plugin: Plugin, path: str | None) -> None:
    env = {name: value for name, value in plugin.env().items() if name != "PATH"}
    command = ["/bin/sh", plugin.launcher, "say-hello"]
    given = env if path is None else {**env, "PATH": path}
    done = subprocess.run(command, input=b"", capture_output=True, check=False, env=given)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_obstacle(plugin: Plugin, closed: str) -> None:
    command = ["sh", "-c", f'"$0" say-hello {closed}', plugin.launcher]
    done = subprocess.run(command, input=b"", capture_output=True, check=False, env=plugin.env())
    assert (done.returncode, done.stderr) == (0, b"")
    assert (b"hello" in done.stdout) == (">&- " not in f"{closed} ".replace("2>&-", ""))


def test_a_checkout_and_a_home_may_have_any_name(plugin: Plugin, tmp_path: Path) -> None:
    odd = tmp_path / "a 'b' \"c\" $d\n\u00fc"
    odd.mkdir()
    (odd / "home").symlink_to(plugin.home)
    plugin.root.rename(odd / "plugin")
    env = plugin.env({"SESSION_SYNC_HOME": str(odd / "home")})
    command = [odd / "plugin" / "scripts" / "run", "say-hello"]
    done = subprocess.run(command, input=b"", capture_output=True, check=False, env=env)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("path", [SCRIPTS / "run", *(SCRIPTS / "session_sync" / f"{m}.py" for m in MODULES)])
def test_python_3_9_can_read_what_runs_before_the_environment(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 9))
    assert "from __future__ import annotations" in text or path.stem in ("run", "__init__")
