"""The benchmarks' corpus: its transcripts can be read by our sources, and its list of planted values is true."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.session import Session
from session_sync.transcripts.sources.search import Search
from support.homes import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

import corpus


def _planted(root: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in corpus.truth_of(root).read_text("utf-8").splitlines()]


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        corpus.write(tmp_path / name, 4, seed=3)
    one, two = ([path.read_bytes() for path in corpus.transcripts(tmp_path / name)] for name in ("one", "two"))
    assert one == two
    assert len(one) == 4


def test_planted_values_stand_where_the_list_says(tmp_path: Path) -> None:
    corpus.write(tmp_path / "made", 60)
    planted = _planted(tmp_path / "made")
    assert {one["kind"] for one in planted} == set(corpus.KINDS)
    for one in planted:
        line = (tmp_path / "made" / one["file"]).read_text("utf-8").split("\n")[int(one["line"]) - 1]
        assert one["value"] in line


def test_every_ordinary_session_is_read_without_a_problem(tmp_path: Path) -> None:
    corpus.write(tmp_path, 4)
    for name, folder in (("claude", ".claude"), ("codex", ".codex")):
        for found in SOURCES[name].find(tmp_path / folder, Search()):
            session = Session(name, found.session_id)
            prompts = [one for one in SOURCES[name].read(found, session) if getattr(one, "role", "") == "user"]
            assert prompts
            assert not session.problems
            assert not session.lines.unknown


def test_edges_are_found_as_sessions_of_both_agents(tmp_path: Path) -> None:
    corpus.write(tmp_path, 0, with_edges=True)
    oddities = len(corpus.ODD) + len(corpus.ODD_CWD) + 1
    assert len(list(SOURCES["claude"].find(tmp_path / ".claude", Search()))) == oddities + 3
    assert len(list(SOURCES["codex"].find(tmp_path / ".codex", Search()))) == oddities + 2
