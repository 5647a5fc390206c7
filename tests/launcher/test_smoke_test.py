"""What a lock file pins for this computer is there and can be imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.launcher import build, smoke_test
from support.homes import ROOT
from support.plugin_copy import Plugin

LOCK = """\
plain==1.0 \\
    --hash=sha256:00
one-line==1.0 --hash=sha256:00
here==1.0 ; sys_platform != 'amiga' or platform_machine == 'x' \\
    --hash=sha256:00
elsewhere==2.0 ; sys_platform == 'amiga' \\
    --hash=sha256:00
    # via plain==3
new.enough==1.0 ; python_full_version >= '3.11'
last==1
"""


def test_what_a_lock_pins_for_another_computer_is_not_required() -> None:
    assert list(smoke_test.required(LOCK)) == ["plain", "one-line", "here", "new.enough", "last"]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_conditions_of_our_locks_can_be_told(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "msgspec" in list(smoke_test.required(text))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_all_that_the_running_environment_holds_passes() -> None:
    found = smoke_test.check((ROOT / "requirements.lock").read_text())
    assert any(Path(module).name == "__init__.py" and "msgspec" in module for module in found)


@pytest.fixture
def built(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> tuple[Plugin, Path]:
    assert plugin.start().code == 0
    monkeypatch.setenv("SESSION_SYNC_HOME", str(plugin.home))
    return plugin, plugin.environments / plugin.kept()[0]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("no package", "PackageNotFoundError"),
        ("no module", "ImportError: greeting.py of greeting is missing"),
        ("broken module", "SyntaxError"),
    ],
)
def test_a_damage_is_found(built: tuple[Plugin, Path], damage: str, said: str) -> None:
    plugin, environment = built
    [module] = environment.glob("lib/*/site-packages/greeting.py")
    if damage == "no package":
        plugin.lock.write_text(f"{plugin.lock.read_text()}farewell==1.0 --hash=sha256:{'0' * 64}\n")
    elif damage == "no module":
        module.unlink()
    elif damage == "broken module":
        module.write_text("TEXT = (")
    with pytest.raises(UserError, match=said):
        build.check(environment, plugin.lock)
