"""The titles of threads, from the index of renames and the newest database."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.search import Search
from support.codex_sessions import CHILD, THREAD, Line, fixture, read, rollout


def index(home: Path, *entries: Line | str) -> None:
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in entries)
    (home / "session_index.jsonl").write_text(text)


def database(home: Path, name: str, columns: str, *values: str) -> None:
    with sqlite3.connect(home / name) as connection:
        connection.execute(f"CREATE TABLE threads ({columns})")
        connection.execute(f"INSERT INTO threads VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
    connection.close()


def title(home: Path) -> str:
    (found,) = codex.find(home, Search())
    return read(found)[0].title


def test_last_rename_is_the_title_and_changes_one_fingerprint(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    rollout(tmp_path, CHILD, fixture("subagent"))
    before = {one.session_id: one.fingerprint for one in codex.find(tmp_path, Search())}
    index(
        tmp_path, {"id": THREAD, "thread_name": "Old"}, "no json", {"id": 7}, {"id": THREAD, "thread_name": "Gears\n"}
    )
    after = {one.session_id: one for one in codex.find(tmp_path, Search())}
    assert after[CHILD].fingerprint == before[CHILD]
    assert after[THREAD].fingerprint != before[THREAD]
    assert read(after[THREAD])[0].title == "Gears"
    assert read(after[CHILD])[0].title == ""


def test_title_from_the_newest_database(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    database(tmp_path, "state_5.sqlite", "id, title", THREAD, "Older")
    assert title(tmp_path) == "Older"
    database(tmp_path, "state_12.sqlite", "id, title, name", THREAD, "First prompt", "Gears")
    assert title(tmp_path) == "Gears"
    index(tmp_path, {"id": THREAD, "thread_name": "Renamed"})
    assert title(tmp_path) == "Renamed"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda home: (home / "state_5.sqlite").write_bytes(b"no database"),
        lambda home: (home / "state_5.sqlite").mkdir(),
        lambda home: database(home, "state_5.sqlite", "other", "x"),
        lambda home: (home / "session_index.jsonl").mkdir(),
        lambda home: (home / "session_index.jsonl").write_bytes(b'\xff\n{"id":"x","thread_name":"\\ud800"}\n[1]\n'),
    ],
)
def test_no_title_when_there_is_none_to_read(tmp_path: Path, break_it: Callable[[Path], Any]) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    break_it(tmp_path)
    assert title(tmp_path) == ""


def test_database_is_not_written_to(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    database(tmp_path, "state_5.sqlite", "id, title", THREAD, "Gears")
    before = sorted(os.listdir(tmp_path)), (tmp_path / "state_5.sqlite").read_bytes()
    assert title(tmp_path) == "Gears"
    assert (sorted(os.listdir(tmp_path)), (tmp_path / "state_5.sqlite").read_bytes()) == before
