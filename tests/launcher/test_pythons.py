"""An environment stands on a Python that is new enough and has what we need of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from session_sync.errors import UserError
from session_sync.launcher import launch, pythons
from support.plugin_copy import BASE, Plugin

Found = Callable[[], "str | None"]


@pytest.fixture
def old_python(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """The running Python is too old, and others are looked for on the plugin's PATH alone."""
    for name, value in plugin.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(plugin.programs))
    monkeypatch.setattr(pythons, "PLACES", ())
    plugin.program("old", "#!/bin/sh\necho '[[3, 9], \"/old\", []]'\n")
    monkeypatch.setattr("sys.executable", str(plugin.programs / "old"))
    (plugin.programs / "python3").unlink()
    return plugin


def test_an_old_python_finds_a_newer_one_behind_dead_shims(old_python: Plugin) -> None:
    old_python.program("python3.14", "#!/bin/sh\nexit 127\n")
    old_python.program("python3.13", "#!/bin/sh\necho nonsense\n")
    (old_python.programs / "python3.12").symlink_to(BASE)
    python = launch.provide(old_python.lock)
    assert python.parents[1].name == old_python.kept()[0]


def test_a_python_that_does_not_answer_is_passed_over(old_python: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "TIMEOUT", 0.05)
    old_python.program("python3.14", "#!/bin/sh\nexec sleep 600\n")
    assert pythons.base(()) is None


def test_no_python_that_is_new_enough_is_one_line(old_python: Plugin) -> None:
    (old_python.programs / "uv").unlink()
    with pytest.raises(UserError, match=r"^Python 3\.11 or newer is missing; install it, or uv, and run again$"):
        launch.provide(old_python.lock)
    assert old_python.kept() == []


@pytest.mark.parametrize("name", ["python3.12", "python3", "python"])
def test_a_python_without_a_part_names_it_and_the_package(old_python: Plugin, name: str) -> None:
    """Debian has venv in a package of its own, and a Python built by hand may lack sqlite3."""
    (old_python.programs / "uv").unlink()
    old_python.program(name, '#!/bin/sh\necho \'[[3, 12], "/usr/bin/python3.12", ["ensurepip", "venv"]]\'\n')
    with pytest.raises(UserError, match=r"^/usr/bin/python3\.12 lacks ensurepip, venv; .*apt install python3-venv"):
        launch.provide(old_python.lock)
    assert old_python.kept() == []


def test_a_whole_python_behind_one_without_a_part_is_used(old_python: Plugin) -> None:
    old_python.program("python3.14", '#!/bin/sh\necho \'[[3, 14], "/half", ["sqlite3"]]\'\n')
    (old_python.programs / "python3.11").symlink_to(BASE)
    assert pythons.base(("sqlite3",)) == str(BASE)


def test_the_parts_are_really_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "NAMES", ())
    assert pythons.base(("json",)) == str(BASE)
    with pytest.raises(UserError, match="lacks no_such_part;"):
        pythons.base(("json", "no_such_part"))
