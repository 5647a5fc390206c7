"""`export stats` counts what is in an archive."""

from __future__ import annotations

from pathlib import Path

from support.archives import Run, first, report


def test_stats_count_by_source_project_and_day(run_verb: Run, archive: Path) -> None:
    content = report(run_verb, "stats", archive, 0)
    total = content["total"]
    assert [total[name] for name in ("sessions", "prompts", "input", "output", "reasoning")] == [3, 4, 60, 12, 0]
    assert total["messages"] == sum(one["messages"] for one in content["by_project"].values()) == 11
    assert {name: one["sessions"] for name, one in content["by_source"].items()} == {"claude": 2, "codex": 1}
    assert {name: one["prompts"] for name, one in content["by_project"].items()} == {"pilot": 2, "other": 2}
    assert list(content["by_day"]) == ["2026-11-20"]
    assert "total" in run_verb("export", "stats", str(archive)).out


def test_stats_tell_what_they_could_not_read(run_verb: Run, archive: Path) -> None:
    first(archive, ".json").write_bytes(b"")
    content = report(run_verb, "stats", archive, 0)
    assert (content["unreadable"], content["total"]["sessions"]) == (1, 2)
    assert "[WARNING] 1 file could not be read; see: export verify\n" in run_verb("export", "stats", str(archive)).out
