"""Codex's rollouts: found, and read into messages that hold everything once."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import zstandard

from session_sync.transcripts.session import Session, Tokens
from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.search import Search
from support.codex_sessions import (
    REVERT,
    ROLLOUTS,
    THREAD,
    fixture,
    item,
    read,
    read_fixture,
    read_lines,
    rollout,
    said,
    view,
)


def test_paginated_rollout_gives_everything_once(tmp_path: Path) -> None:
    session, messages = read_fixture(tmp_path, "paginated")
    assert view(messages) == [
        ("user", "Which files are there?"),
        ("assistant", "Answer 2: Which files are there?"),
        ("user", "Make a file"),
        ("assistant", "Answer 4: Make a file"),
    ]
    assert [one.thinking for one in messages if one.thinking] == [
        *["**Thinking** about: Which files are there?"] * 2,
        *["**Thinking** about: Make a file"] * 2,
    ]
    listed, patched = [call for one in messages for call in one.tool_calls]
    assert (listed.name, listed.input, listed.status) == ("exec_command", {"cmd": "echo notes.txt; ls"}, "ok")
    assert listed.output == "notes.txt\n"
    assert patched.name == "apply_patch"
    assert patched.input.startswith("*** Begin Patch")
    assert patched.output == "unsupported custom tool call: apply_patch"
    assert session.lines.dropped["duplicate"] == 9


@pytest.mark.parametrize("name", ["legacy", "converted"])
def test_legacy_events_and_their_conversion_read_the_same(tmp_path: Path, name: str) -> None:
    session, messages = read_fixture(tmp_path, name)
    assert view(messages) == [
        ("user", "Show me the folder"),
        ("assistant", "Answer 47: Show me the folder"),
        ("user", "And now the tests"),
        ("assistant", "Answer 48: And now the tests"),
    ]
    assert len([one for one in messages if one.thinking]) == 3
    (call,) = [call for one in messages for call in one.tool_calls]
    assert call.output.endswith("Output:\nnotes.txt\n")
    assert session.tokens == Tokens(input=1641, output=150, cache_read=1500, reasoning=30)


def test_rollout_of_0_60_resumed_by_0_169(tmp_path: Path) -> None:
    session, messages = read_fixture(tmp_path, "v0.60")
    assert view(messages) == [
        ("user", "Show me the folder"),
        ("assistant", "Answer 50: Show me the folder"),
        ("user", "Go on where we were"),
        ("assistant", "Answer 67: Go on where we were"),
    ]
    (call,) = [call for one in messages for call in one.tool_calls]
    assert (call.name, call.output, call.status) == ("shell", "notes.txt\n", "ok")
    assert session.lines.dropped["snapshot"] == 1
    assert session.tokens == Tokens(input=1666, output=150, cache_read=1500, reasoning=30)


def test_revert_hides_what_it_took_back_and_goes_on(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    rollout(tmp_path, THREAD, fixture("reverting"), "2026/11/22", suffix=f"_{REVERT}")
    (found,) = codex.find(tmp_path, Search())
    session, messages = read(found)
    assert [(one.text, one.hidden) for one in messages] == [
        ("Plan the gearbox", ""),
        ("A plan with three shafts", ""),
        ("Use plastic gears", "reverted"),
        ("Plastic gears it is", "reverted"),
        ("Use steel gears", ""),
        ("Steel gears it is", ""),
    ]
    assert session.fork is None
    assert session.tokens == Tokens(input=300, output=30)
    assert len(session.raw) == 2


def test_file_of_a_reverted_revert_is_hidden_as_a_whole(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    rollout(tmp_path, THREAD, fixture("reverting"), suffix=f"_{REVERT}")
    last = fixture("reverting").replace(b"steel", b"wooden").replace(b"Steel", b"Wooden")
    rollout(tmp_path, THREAD, last, suffix=f"_{REVERT.replace('7bbb', '7eee')}")
    (found,) = codex.find(tmp_path, Search())
    _, messages = read(found)
    assert [one.text for one in messages if not one.hidden] == [
        *("Plan the gearbox", "A plan with three shafts", "Use wooden gears", "Wooden gears it is"),
    ]
    assert [one.text for one in messages if one.hidden] == [
        *("Use plastic gears", "Plastic gears it is", "Use steel gears", "Steel gears it is"),
    ]


def test_session_of_a_lost_first_file_is_what_the_second_holds(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted")).unlink()
    rollout(tmp_path, THREAD, fixture("reverting"), suffix=f"_{REVERT}")
    (found,) = codex.find(tmp_path, Search())
    _, messages = read(found)
    assert view(messages) == [("user", "Use steel gears"), ("assistant", "Steel gears it is")]


def test_one_file_that_cannot_be_read_does_not_hide_the_other(tmp_path: Path) -> None:
    first = rollout(tmp_path, THREAD, fixture("reverted"))
    rollout(tmp_path, THREAD, fixture("reverting"), suffix=f"_{REVERT}")
    (found,) = codex.find(tmp_path, Search())
    first.unlink()
    session, messages = read(found)
    assert ("user", "Use steel gears") in view(messages)
    assert [(one.line, one.reason) for one in session.problems] == [(0, "unreadable")]


def test_roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sealed_home: Path) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    assert codex.roots() == [tmp_path]
    monkeypatch.delenv("CODEX_HOME")
    assert codex.roots() == [sealed_home / ".codex"]


def test_fingerprint_changes_with_the_files_and_not_with_their_place(tmp_path: Path) -> None:
    path = rollout(tmp_path, THREAD, fixture("reverted"))
    (before,) = codex.find(tmp_path, Search())
    moved = tmp_path / "archived_sessions" / path.name
    moved.parent.mkdir()
    path.rename(moved)
    (after,) = codex.find(tmp_path, Search())
    assert (after.fingerprint, after.path) == (before.fingerprint, str(moved))
    moved.write_bytes(fixture("reverted") + fixture("reverting"))
    assert next(iter(codex.find(tmp_path, Search()))).fingerprint != before.fingerprint
    second = rollout(tmp_path, THREAD, fixture("reverting"), suffix=f"_{REVERT}")
    (whole,) = codex.find(tmp_path, Search())
    second.write_bytes(fixture("reverting") + b"\n")
    assert next(iter(codex.find(tmp_path, Search()))).fingerprint != whole.fingerprint


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [found for key in keys for found in _nodes(value[key])]


@pytest.mark.parametrize("name", [path.stem for path in sorted(ROLLOUTS.glob("*.jsonl")) if path.stem != "damaged"])
def test_any_value_anywhere_breaks_nothing(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    values = [None, True, -1, 1 << 70, 1.5, "", "x", [], [[]], {}, {"text": 1}, [None, {"type": 7}], "\ud800", "\0"]
    lines = [json.loads(line) for line in fixture(name).splitlines()]
    for _ in range(25):
        changed = json.loads(json.dumps(lines))
        for line in changed:
            for container, key in chance.sample(nodes := _nodes(line), min(len(nodes), chance.randrange(3))):
                if isinstance(container, list) and key >= len(container):
                    continue
                container[key] = chance.choice(values)
        session, _ = read_lines(tmp_path, *changed)
        assert session.lines.read == len(lines)


def test_empty_rollout_gives_nothing(tmp_path: Path) -> None:
    session, messages = read_lines(tmp_path)
    assert (messages, session.lines.read) == ([], 0)


def test_rollout_that_is_gone_is_an_error(tmp_path: Path) -> None:
    path = rollout(tmp_path, THREAD, fixture("legacy"))
    (found,) = codex.find(tmp_path, Search())
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read(found)


def test_memory_does_not_grow_with_the_rollout(tmp_path: Path) -> None:
    turn = "\n".join(
        json.dumps(line)
        for line in [
            said("x" * 2000),
            item(type="function_call", name="exec", arguments="{}", call_id="c1"),
            item(type="function_call_output", call_id="c1", output="y" * 20_000),
        ]
    )
    path = rollout(tmp_path, THREAD, zstandard.compress((turn + "\n").encode() * 2000), end=".zst")
    (found,) = codex.find(path, Search())
    tracemalloc.start()
    try:
        session = Session("codex", found.session_id)
        count = sum(1 for _ in codex.read(found, session))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 6000
    assert peak < 8 << 20
    assert session.raw[0].size == len(turn + "\n") * 2000


def test_huge_picture_in_one_line_is_streamed(tmp_path: Path) -> None:
    text = io.BytesIO()
    text.write(json.dumps(said("hello")).encode() + b"\n")
    huge = json.dumps(item(type="function_call_output", call_id="c", output="OUT")).encode()
    text.write(huge.replace(b"OUT", b"z" * (20 << 20)) + b"\n")
    (found,) = codex.find(rollout(tmp_path, THREAD, text.getvalue()), Search())
    session, messages = read(found)
    assert [one.reason for one in session.problems] == ["long values cut"]
    assert messages[1].tool_calls[0].output.startswith("zzz")
