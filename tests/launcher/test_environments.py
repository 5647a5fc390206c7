"""An environment is used only if it holds what the lock file pins, and works."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.plugin_copy import PROGRESS, Plugin


@pytest.mark.parametrize("loss", ["interpreter", "base"])
def test_an_environment_whose_python_went_away_is_built_again(plugin: Plugin, loss: str) -> None:
    prefix = Path(plugin.start().facts["prefix"])
    for name in [each for each in (prefix / "bin").iterdir() if each.name.startswith("python")]:
        name.unlink()
        if loss == "interpreter":
            name.symlink_to("/nowhere/python")
    again = plugin.start()
    assert (again.err, again.facts["prefix"]) == (PROGRESS, str(prefix))
    assert plugin.kept() == [prefix.name]


def test_half_an_environment_is_never_used(plugin: Plugin) -> None:
    prefix = Path(plugin.start().facts["prefix"])
    (prefix / "requirements.lock").unlink()
    assert plugin.start().facts["prefix"] == str(prefix)
    assert plugin.builds() == 2
