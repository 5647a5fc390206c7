"""A narrative outlives a start that can have no environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.plugin_copy import Env, Plugin

NARRATIVE = "## Session Summary\n\nWhat nobody else knows: ü.\n"


@pytest.fixture
def unable(plugin: Plugin, tmp_path: Path) -> Plugin:
    """A plugin with the verbs `save` and `say-hello`, whose home is a file."""
    (plugin.root / "scripts" / "save.py").write_text("")
    plugin.home.write_text("a file")
    (tmp_path / "temporary").mkdir()
    return plugin


@pytest.fixture
def env(tmp_path: Path) -> Env:
    return {"HOME": str(tmp_path / "user"), "TMPDIR": str(tmp_path / "temporary")}


def told(err: str) -> Path:
    """The draft that the one line of an error names."""
    assert err.count("\n") == 1
    found = re.fullmatch(r"session-sync: .+; not saved yet: run the same with --draft (.+\.md)\n", err)
    assert found, err
    return Path(found[1])


def test_a_narrative_becomes_a_private_draft_and_the_error_names_it(unable: Plugin, env: Env, tmp_path: Path) -> None:
    started = unable.start("save", "--topic", "x", stdin=NARRATIVE, env=env)
    assert (started.code, started.out) == (1, "")
    draft = told(started.err)
    assert draft.parent == tmp_path / "user" / ".session-sync" / "drafts"
    assert draft.read_text() == NARRATIVE
    assert (draft.stat().st_mode & 0o777, draft.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_it_is_kept_elsewhere_when_the_user_s_folder_takes_nothing(unable: Plugin, env: Env, tmp_path: Path) -> None:
    (tmp_path / "user").write_text("a file")
    draft = told(unable.start("save", stdin=NARRATIVE, env=env).err)
    assert draft.parent.parent == tmp_path / "temporary"
    assert draft.read_text() == NARRATIVE
    assert (draft.stat().st_mode & 0o777, draft.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize(
    ("arguments", "stdin", "end"),
    [
        (("save", "--draft", "/d.md"), NARRATIVE, "; the draft is kept\n"),
        (("save", "--draft=/d.md"), NARRATIVE, "; the draft is kept\n"),
        (("save",), " \n", ""),
        (("say-hello",), NARRATIVE, ""),
    ],
)
def test_where_there_is_no_narrative_on_standard_input_none_is_written(
    unable: Plugin, env: Env, tmp_path: Path, arguments: tuple[str, ...], stdin: str, end: str
) -> None:
    started = unable.start(*arguments, stdin=stdin, env=env)
    assert started.code == 1
    assert started.err.endswith(end or " and run again\n")
    assert not list(tmp_path.rglob("unsaved-*"))
