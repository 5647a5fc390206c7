"""What an archive has is known by its files."""

from __future__ import annotations

import shutil
from pathlib import Path

from support import agents
from support.archives import Export


def test_a_fresh_clone_knows_what_it_has(export: Export, tmp_path: Path, compiled_rules: Path) -> None:
    from support.homes import give_rules

    agents.claude(export.home, 1, "One")
    agents.codex(export.home, 2, "Two")
    export()
    clone = tmp_path / "clone"
    shutil.copytree(export.out, clone)
    other = tmp_path / "other-home"
    give_rules(other, compiled_rules)
    export.out = clone
    before = export.times()
    report = export(SESSION_SYNC_HOME=str(other))
    assert (report["exported"], report["unchanged"]) == ([], 2)
    assert export.times() == before
    agents.claude(export.home, 1, "One", "More")
    assert len(export(SESSION_SYNC_HOME=str(other))["exported"]) == 1
    assert export.times().keys() == before.keys()


def test_a_lost_or_damaged_index_is_made_anew(export: Export) -> None:
    agents.claude(export.home, 1, "One")
    export()
    before = export.times()
    (index,) = (export.home / ".session-sync" / "state").glob("archive-*.sqlite")
    for damage in (index.unlink, lambda: index.write_bytes(b"no database" * 1000)):
        damage()
        assert export()["exported"] == []
        assert export.times() == before


def test_what_somebody_removed_is_exported_again(export: Export) -> None:
    agents.claude(export.home, 1, "One")
    export()
    before = export.files()
    for name in before:
        (export.out / name).unlink()
        assert len(export()["exported"]) == 1
        assert export.files() == before


def test_what_a_killed_run_left_is_mended_also_when_the_index_is_lost(export: Export) -> None:
    """It puts the JSON in place first: the Markdown beside it may still be the earlier one."""
    agents.claude(export.home, 1, "One")
    export()
    (markdown,) = export.markdown()
    earlier = markdown.read_bytes()
    agents.claude(export.home, 1, "One", "More")
    export()
    whole = export.files()
    markdown.write_bytes(earlier)
    (index,) = (export.home / ".session-sync" / "state").glob("archive-*.sqlite")
    index.unlink()
    assert len(export()["exported"]) == 1
    assert export.files() == whole
