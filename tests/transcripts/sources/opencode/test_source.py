from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Link
from session_sync.transcripts.sources.opencode import source as opencode
from session_sync.transcripts.sources.search import Search
from support.opencode_sessions import CHILD, FIXTURE, SHELL, TASK, add_session, answered, asked, change, read, text


def test_a_session_with_a_tool(database: Path) -> None:
    session, messages = read(database, SHELL)
    assert [(one.role, one.text) for one in messages] == [
        ("user", '"[shell] run it"'),
        ("assistant", ""),
        ("assistant", 'Mock opencode answer to: "[shell] run it"'),
    ]
    (call,) = messages[1].tool_calls
    assert (call.name, call.status, call.output) == ("bash", "ok", "hello-from-opencode\n")
    assert call.input == {"command": "echo hello-from-opencode", "description": "say hello"}
    assert messages[2].thinking == "thinking about it"
    assert (session.title, session.cwd) == ('Mock opencode answer to: "[shell] run it"', "/home/ada/code/widget")
    assert (session.client, session.models, session.tokens.input) == ("1.18.33", ["mock-model"], 200)
    assert (session.started, session.ended) == ("2026-11-21T17:55:10.226Z", "2026-11-21T17:55:12.459Z")
    assert (session.lines.read, session.lines.dropped) == (11, {"step": 4})


def test_the_raw_reference_is_over_the_rows_in_order(database: Path) -> None:
    data = b""
    for message in (one for one in FIXTURE["message"] if one["session_id"] == SHELL):
        data += json.dumps(message["data"]).encode()
        data += b"".join(
            json.dumps(one["data"]).encode() for one in FIXTURE["part"] if one["message_id"] == message["id"]
        )
    (raw,) = read(database, SHELL)[0].raw
    assert (raw.path, raw.size) == (f"opencode.db#{SHELL}", len(data))
    assert raw.sha256 == hashlib.sha256(data).hexdigest()


def test_a_task_names_its_session_and_that_its_parent(database: Path) -> None:
    calls = [call for one in read(database, TASK)[1] for call in one.tool_calls]
    assert [one.session_id for one in calls] == [CHILD]
    assert read(database, CHILD)[0].parent == Link(TASK)


@pytest.mark.parametrize("root", ["", ".local/share", ".local/share/opencode", ".local/share/opencode/opencode.db"])
def test_sessions_are_found_from_any_folder_above_them(database: Path, tmp_path: Path, root: str) -> None:
    found = list(opencode.find(tmp_path / root, Search()))
    assert [one.session_id for one in found] == [SHELL, TASK, CHILD]
    assert found[0].modified == 1795283712487 * 1_000_000
    assert {one.path for one in found} == {str(database)}


def test_a_fingerprint_changes_with_what_belongs_to_the_session_alone(database: Path) -> None:
    def fingerprints() -> list[str]:
        return [one.fingerprint for one in opencode.find(database, Search())]

    seen = [fingerprints()]
    for statement in (
        "UPDATE part SET time_updated = time_updated + 9000 WHERE session_id = ?",
        "DELETE FROM part WHERE id = (SELECT max(id) FROM part WHERE session_id = ?)",
        "UPDATE message SET time_updated = time_updated + 9000 WHERE session_id = ?",
        "UPDATE session SET time_updated = time_updated + 9000 WHERE id = ?",
    ):
        change(database, statement, SHELL)
        seen.append(fingerprints())
    assert len({one[0] for one in seen}) == 5
    assert len({tuple(one[1:]) for one in seen}) == 1


def test_what_was_reverted_is_marked(database: Path) -> None:
    add_session(
        database,
        asked(text("one")),
        answered(text("two")),
        asked(text("three")),
        revert=json.dumps({"messageID": "m1", "snapshot": "x"}),
    )
    assert [(one.text, one.hidden) for one in read(database, "mine")[1]] == [
        ("one", ""),
        ("two", "reverted"),
        ("three", "reverted"),
    ]


def test_unknown_rows_are_kept_and_counted(database: Path) -> None:
    add_session(database, asked({"type": "hologram", "x": 1}), ({"role": "oracle"}, [text("omen")]))
    change(database, "INSERT INTO part VALUES ('p', 'none', 'mine', 1, 1, '{\"type\": \"text\"}')")
    change(database, "INSERT INTO session_message VALUES ('s', 'mine', 'prompt', 1, 1, 1, '{\"text\": \"new\"}')")
    session, messages = read(database, "mine")
    records = [one.record for one in messages if one.hidden == "unknown"]
    assert records == [
        {"type": "hologram", "x": 1},
        {"type": "prompt", "text": "new"},
        {"role": "oracle"},
        {"type": "text"},
    ]
    assert session.lines.unknown == {"hologram": 1, "oracle": 1, "part without a message": 1, "prompt": 1}
    assert [one.text for one in messages if one.role == "system"] == ["omen"]


HOSTILE: tuple[Any, ...] = (
    "no JSON",
    "",
    "[]",
    "{}",
    "null",
    5,
    2.5,
    b"\xff\xfe",
    b'{"type":"text","text":"bad \xff byte"}',
    '{"type":"text","text":"lone \\ud800 half"}',
    '{"type":"text","text":"a\0b"}',
    '{"type":"text","text":' + "[" * 700 + "]" * 700 + "}",
    '{"type":"tool","x":"\\ud800","state":{"input":' + '{"a":' * 700 + "1" + "}" * 700 + "}}",
    '{"type":"hologram","x":' + '{"a":' * 900 + "1" + "}" * 900 + "}",
    '{"type":"text","text":"cut off',
    {"type": ["text"], "text": "x"},
    {"type": {"a": 1}},
    {"type": "text", "text": {"x": 1}},
    {"type": "reasoning", "text": 10**40},
    {"type": "tool", "tool": 5, "callID": [], "state": 7},
    {"type": "tool", "state": {"status": [], "input": 5, "output": {}, "metadata": 5, "attachments": {"x": 1}}},
    {"type": "tool", "state": {"attachments": [5, {"url": 5}, {"url": "data:;base64,A"}, {"url": "data:x"}]}},
    {"type": "file", "url": [], "mime": 5, "filename": {}},
    {"type": "retry", "error": 5},
    {"type": "subtask", "prompt": 5},
    {"role": ["user"], "time": 5, "tokens": 5, "summary": "x", "error": 5, "modelID": []},
    {"role": {"x": 1}, "time": {"created": 10**40, "completed": "x"}, "tokens": {"input": -1, "cache": 5}},
    {"role": "assistant", "time": {"created": float("nan")}, "tokens": {"input": 10**40, "cache": {"read": []}}},
)


def test_hostile_rows_are_counted_and_stop_nothing(database: Path) -> None:
    add_session(
        database,
        asked(text("first")),
        *((one, [text(f"below {number}"), *HOSTILE]) for number, one in enumerate(HOSTILE)),
        asked(text("last")),
        revert="no JSON",
        directory=b"\xff",
        title=5,
        time_updated="soon",
    )
    session, messages = read(database, "mine")
    shown = "\n\n".join(one.text for one in messages)
    assert messages[0].text == "first"
    assert messages[-1].text == "last"
    assert [f"below {number}" in shown for number in range(len(HOSTILE))] == [True] * len(HOSTILE)
    assert all(one in shown for one in ("bad � byte", "lone � half", "ab"))
    assert session.lines.read > len(HOSTILE) ** 2
    assert session.problems


def test_standard_roots(sealed_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opencode.roots() == [sealed_home / ".local/share/opencode"]
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert opencode.roots() == [Path("/data/opencode")]


def test_a_folder_of_which_nothing_is_understood_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "auth.json").write_text("{}")
    assert list(opencode.find(tmp_path, search := Search())) == []
    assert search.problems == []
    (tmp_path / "storage" / "session" / "project").mkdir(parents=True)
    (tmp_path / "storage" / "session" / "project" / "ses_1.yaml").write_text("x")
    (tmp_path / "sessions.sqlite").write_text("x")
    assert list(opencode.find(tmp_path, search)) == []
    assert search.problems == [f"{tmp_path}: 2 files, of which none is understood"]


def test_the_database_that_the_environment_names_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    monkeypatch.setenv("OPENCODE_DB", "mine.db")
    assert opencode.roots() == [Path("/data/opencode"), Path("/data/opencode/mine.db")]
    monkeypatch.setenv("OPENCODE_DB", ":memory:")
    assert opencode.roots() == [Path("/data/opencode")]
