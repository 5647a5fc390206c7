"""`export sync` and `export sync-repo`, as users run them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from support import agents
from support.archives import Export, Run, schema


@pytest.fixture
def export(run_verb: Run, sealed_home: Path, tmp_path: Path) -> Export:
    return Export(run_verb, sealed_home, tmp_path / "out")


def test_a_session_becomes_markdown_and_json_where_it_belongs(export: Export) -> None:
    agents.claude(export.home, 1, "Fix the parser", cwd=str(export.home / "code" / "pilot"))
    report = export("--user", "ada", "--system", "laptop")
    folder = "history/ada/claude/laptop/code/pilot"
    name = "2026-11-20-1000-fix-the-parser"
    assert sorted(export.files()) == [f"{folder}/.{name}.json", f"{folder}/{name}.md"]
    text = (export.out / folder / f"{name}.md").read_text()
    assert text.startswith("# Fix the parser\n")
    for part in ("Fix the parser", "Answer 0 to Fix the parser", "run 0", "done"):
        assert part in text
    assert [one["path"] for one in report["exported"]] == [f"{folder}/{name}.md"]
    jsonschema.validate(report, schema("export-report"))
    session = json.loads((export.out / folder / f".{name}.json").read_bytes())
    jsonschema.validate(session, schema("session"))
    assert session["lines"]["read"] == session["lines"]["kept"] == 4
    assert session["tokens"] == {"input": 20, "output": 4}


def test_a_busy_archive_is_left_to_the_next_run(export: Export) -> None:
    from filelock import FileLock

    agents.claude(export.home, 1, "One")
    export()
    agents.claude(export.home, 2, "Two")
    (index,) = (export.home / ".session-sync" / "state").glob("archive-*.sqlite")
    with FileLock(index.with_suffix(".lock")):
        assert export("--wait", "0", code=75)["status"] == "deferred"
    assert len(export()["exported"]) == 1


def test_only_what_is_asked_for_is_exported(export: Export, run_verb: Run) -> None:
    old = agents.claude(export.home, 1, "Old")
    agents.claude(export.home, 2, "New")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    preview = export("--dry-run")
    assert len(preview["would_export"]) == 2
    assert not export.out.exists() or export.files() == {}
    assert len(export("--since", "7d")["exported"]) == 1
    assert len(export("--since", "2001-01-01")["exported"]) == 1
    assert len(export.markdown()) == 2
    agents.codex(export.home, 3, "Codex")
    assert len(export("--max-files", "1")["exported"]) == 1
    report = export("--source", f"codex={export.home / '.codex'}")
    assert report["found"] == 1


def test_one_of_anything_is_told_in_the_singular(run_verb: Run, sealed_home: Path, tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        return run_verb("export", "sync", "--out", str(tmp_path / "out"), *arguments).out

    path = agents.claude(sealed_home, 1, "Fix the parser")
    agents.write_lines(path, agents.claude_lines(agents.session_id(1), ["Fix the parser"], "/work/pilot")[:1])
    to = f"to {tmp_path / 'out'}"
    assert f"would export 1 of 1 session {to}\n" in said("--dry-run")
    assert f"exported 1 of 1 session (1 message, 0 sessions unchanged) {to} in " in said()
    assert f"exported 0 of 1 session (0 messages, 1 session unchanged) {to} in " in said()
    empty = path.with_name(f"{agents.session_id(2)}.jsonl")
    empty.touch()
    os.utime(empty, (1_000_000_000, 1_000_000_000))
    assert "\n1 more changed but not asked for\n" in said("--since", "7d")
    assert "\n1 session left out: empty\n" in said()


def test_wrong_usage_is_one_line_that_says_what_to_do(run_verb: Run, tmp_path: Path) -> None:
    for arguments in (
        ("sync",),
        ("sync", "--out", str(tmp_path), "--source", "notepad=/x"),
        ("sync", "--out", str(tmp_path), "--source", "claude=/nowhere"),
        ("sync", "--out", str(tmp_path), "--since", "yesterday"),
        ("sync", "--out", str(tmp_path), "--since", "999999w"),
        ("sync", "--out", str(tmp_path), "--max-files", "0"),
        ("sync-repo", str(tmp_path)),
        ("sync-repo", str(tmp_path / "nowhere")),
        ("verify", str(tmp_path / "nowhere")),
        ("stats", str(tmp_path / "nowhere")),
        ("everything",),
        (),
    ):
        ran = run_verb("export", *arguments)
        assert ran.code == 2, arguments
        assert ran.err.count("\n") == 1, ran.err
        assert ran.err.startswith("session-sync: ")


def test_a_folder_that_cannot_be_written_is_told(export: Export) -> None:
    agents.claude(export.home, 1, "One")
    export.out.write_text("a file")
    assert "out" in export(code=1)["error"]
