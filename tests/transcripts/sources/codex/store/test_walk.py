"""All rollouts are found, also behind links of the user's own; what is not understood is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.search import Search
from support.codex_sessions import CHILD, PARENT, THREAD, fixture, read, rollout, view


def found(home: Path) -> tuple[list[str], list[str]]:
    """The threads in `home`, and what is told."""
    search = Search()
    threads = sorted(one.session_id for one in codex.find(home, search))
    return threads, [problem.removeprefix(f"{home}/") for problem in search.problems]


def elsewhere(home: Path, thread: str) -> Path:
    return rollout(home.parent / "elsewhere", thread, fixture("reverted"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "sessions").mkdir(parents=True)
    return tmp_path / "home"


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_folder_that_is_a_link_is_followed(home: Path, levels: int) -> None:
    path = elsewhere(home, THREAD)
    real = path.parents[levels - 1]
    link = home / "sessions" / real.relative_to(home.parent / "elsewhere" / "sessions")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(real)
    assert found(home) == ([THREAD], [])
    (transcript,) = codex.find(home, Search())
    session, messages = read(transcript)
    assert len(view(messages)) == 4
    assert session.raw[0].path == f"sessions/2026/11/21/{path.name}"


def test_rollout_that_is_a_link_is_read(home: Path) -> None:
    path = elsewhere(home, THREAD)
    link = home / "sessions" / path.name
    link.symlink_to(path)
    assert found(home) == ([THREAD], [])
    (transcript,) = codex.find(home, Search())
    assert len(view(read(transcript)[1])) == 4
    assert list(codex.find(link, Search())) == [transcript]


def test_each_real_file_is_found_once(home: Path) -> None:
    path = rollout(home, THREAD, fixture("reverted"))
    day = elsewhere(home, PARENT).parent
    (home / "sessions" / "2025").symlink_to(day)
    (home / "sessions" / "2024").symlink_to(day)
    (home / "sessions" / path.name.replace(THREAD, CHILD)).symlink_to(path)
    (home / "sessions" / "again").symlink_to(day / path.name.replace(THREAD, PARENT))
    (day / "loop").symlink_to(home / "sessions")
    (day / "itself").symlink_to(day)
    assert found(home) == (sorted([THREAD, PARENT]), [])


def test_link_that_leads_nowhere_is_named(home: Path) -> None:
    (home / "sessions" / "2025").symlink_to("gone")
    (home / "sessions" / "self").symlink_to("self")
    os.mkfifo(home / "pipe")
    (home / "sessions" / "pipe").symlink_to(home / "pipe")
    threads, problems = found(home)
    assert threads == []
    assert sorted(problems) == [
        "sessions/2025: a link that leads nowhere",
        "sessions/pipe: a link that leads to neither a folder nor a regular file",
        "sessions/self: a link that leads nowhere",
    ]


def test_link_to_what_is_anothers_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "sessions" / "2026").symlink_to(elsewhere(home, THREAD).parent)
    monkeypatch.setattr(os, "getuid", lambda: 12345, raising=False)
    assert found(home) == ([], ["sessions/2026: a link that leads to what belongs to another user"])


def test_store_of_which_nothing_is_understood_is_told(home: Path) -> None:
    for name in ("a.db", "b.bin"):
        (home / "sessions" / name).write_bytes(b"new")
    assert found(home) == ([], ["sessions: 2 files, of which none is a rollout that is known"])


def test_folder_of_which_nothing_is_understood_is_told(home: Path) -> None:
    rollout(home, THREAD, fixture("reverted"))
    (home / "sessions" / "new").mkdir()
    (home / "sessions" / "new" / "x.jsonl").write_bytes(b'{"v": 9}\n')
    (home / "sessions" / "notes.txt").write_bytes(b"mine")
    (home / "sessions" / "empty.jsonl").write_bytes(b"")
    assert found(home) == ([THREAD], ["sessions/new: 1 file, of which none is a rollout that is known"])


@pytest.mark.parametrize("files", [[], [".DS_Store"], ["empty.jsonl"]])
def test_nothing_to_understand_is_no_problem(home: Path, files: list[str]) -> None:
    for name in files:
        (home / "sessions" / name).write_bytes(b"x" * (name[0] == "."))
    assert found(home) == ([], [])


@pytest.mark.parametrize("name", [f"{THREAD}.jsonl", f"session_{THREAD}.jsonl", f"rollout-new_{THREAD}.jsonl"])
def test_rollout_of_another_name_is_known_by_its_content(home: Path, name: str) -> None:
    folder = home / "sessions" / "openai" / "2026-01-01"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(fixture("legacy"))
    assert found(home) == ([THREAD], [])


def test_document_of_another_name_is_known_by_its_content(home: Path) -> None:
    (home / "sessions" / "first.json").write_text(json.dumps({"session": {"id": "1"}, "items": []}, indent=1))
    assert found(home) == (["first"], [])


def test_home_of_a_client_that_has_no_sessions_yet_is_no_problem(home: Path) -> None:
    (home / "sessions").rmdir()
    (home / "config.toml").write_bytes(b"a = 1")
    (home / "history.jsonl").write_bytes(b'{"session_id": "1", "ts": 1, "text": "hello"}\n')
    assert found(home) == ([], [])
