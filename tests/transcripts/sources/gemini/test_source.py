from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from session_sync.transcripts.session import Link, Message, Session, ToolOutput
from session_sync.transcripts.sources.gemini import source as gemini
from session_sync.transcripts.sources.pairing import paired
from session_sync.transcripts.sources.shapes import path_text
from session_sync.transcripts.sources.source import Transcript
from support.homes import FIXTURES

RECORDED = FIXTURES / "gemini"
DIRECTORY = "/home/ada/code/widget"
TOOL = "session-2026-11-20T20-37-69674949.jsonl"
COMMAND = "session-2026-11-20T20-34-6bc89c85.jsonl"
RESUMED = "session-2026-11-21T18-08-ebd62464.jsonl"
DOCUMENT = "session-2025-10-02T08-00-5f2c1a70.json"
MAIN = {"sessionId": "11112222-3333", "projectHash": "0", "startTime": "2026-01-02T03:04:05.000Z", "kind": "main"}


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """The folder of a project's session files, in a client's folder."""
    folder = tmp_path / ".gemini" / "tmp" / "widget" / "chats"
    folder.mkdir(parents=True)
    (folder.parent / ".project_root").write_text(DIRECTORY)
    (tmp_path / ".gemini" / "projects.json").write_text(json.dumps({"projects": {DIRECTORY: "widget"}}))
    return folder


def put(chats: Path, *lines: Any, name: str = "session-2026-01-02T03-04-11112222.jsonl") -> Path:
    """A log of `lines`: bytes as they are, all else as JSON."""
    path = chats / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in lines))
    return path


def said(identity: str, text: Any, kind: str = "user", **more: Any) -> dict[str, Any]:
    return {"id": identity, "timestamp": "2026-01-02T03:05:00.000Z", "type": kind, "content": text, **more}


def read(path: Path) -> tuple[Session, list[Message | ToolOutput]]:
    (transcript,) = gemini.find(path)
    session = Session("gemini", transcript.session_id)
    items = list(gemini.read(transcript, session))
    lines = session.lines
    assert lines.read == lines.kept + sum(lines.dropped.values())
    msgspec.json.encode([session, items])
    return session, items


def texts(path: Path, hidden: str = "") -> list[str]:
    return [one.text for one in read(path)[1] if isinstance(one, Message) and one.hidden == hidden]


def test_a_session_with_a_tool(chats: Path) -> None:
    session, items = read(Path(shutil.copy(RECORDED / TOOL, chats)))
    messages = list(paired(items))
    assert [(one.role, one.text, one.hidden) for one in messages[1:]] == [
        ("user", "[shell] session B", ""),
        ("assistant", "", ""),
        ("assistant", "Mock gemini answer to: tool result", ""),
    ]
    assert messages[0].hidden == "injected"
    (call,) = messages[2].tool_calls
    assert (call.name, call.status) == ("run_shell_command", "ok")
    assert call.input == {"command": "echo hello-from-gemini-shell", "description": "say hello"}
    assert "hello-from-gemini-shell" in call.output
    assert messages[2].thinking == "**Planning** think about it"
    assert session.source_session_id == "69674949-942b-4b76-b6da-c6934356d771"
    assert (session.cwd, session.models) == (DIRECTORY, ["gemini-2.5-flash"])
    assert (session.started, session.ended) == ("2026-11-20T20:37:12.125Z", "2026-11-20T20:37:13.332Z")
    assert (session.tokens.input, session.tokens.output, session.tokens.reasoning) == (200, 50, 10)
    assert (session.lines.read, session.lines.dropped) == (11, {"an earlier version of a message": 1})
    data = (RECORDED / TOOL).read_bytes()
    assert (session.raw[0].path, session.raw[0].size) == (TOOL, len(data))
    assert session.raw[0].sha256 == hashlib.sha256(data).hexdigest()


def test_a_command_is_shown_as_it_was_typed(chats: Path) -> None:
    path = Path(shutil.copy(RECORDED / COMMAND, chats))
    assert texts(path)[0] == "/save my notes"
    assert texts(path, "injected")[1] == "GEMINICMD save my notes"


def test_a_resumed_session_holds_each_message_once_with_its_first_time(chats: Path) -> None:
    session, items = read(Path(shutil.copy(RECORDED / RESUMED, chats)))
    shown = [one for one in items if isinstance(one, Message) and not one.hidden]
    assert [one.text for one in shown] == [
        "[shell] first",
        "",
        "Mock gemini answer to: tool result",
        "second prompt",
        "Mock gemini answer to: second prompt",
    ]
    assert shown[0].time == "2026-11-21T18:08:25.025Z"
    assert shown[1].tool_calls[0].status == "ok"
    assert session.tokens.input == 300
    assert not [one for one in items if isinstance(one, ToolOutput)]


def test_the_last_version_of_a_message_counts_in_the_place_of_the_first(chats: Path) -> None:
    tokens = {"tokens": {"input": 5, "output": 1, "cached": 0}}
    path = put(
        chats,
        MAIN,
        said("a", "first", "gemini", **tokens),
        said("b", "second"),
        said("a", "changed", "gemini", **tokens),
    )
    assert texts(path) == ["changed", "second"]
    assert read(path)[0].tokens.input == 5


def test_a_rewind_takes_messages_back(chats: Path) -> None:
    path = put(
        chats, MAIN, said("a", "one"), said("b", "two"), said("c", "three"), {"$rewindTo": "b"}, said("d", "four")
    )
    assert texts(path) == ["one", "four"]
    assert texts(path, "reverted") == ["two", "three"]


def test_a_rewind_to_an_unknown_message_takes_all_back_as_in_the_client(chats: Path) -> None:
    path = put(chats, MAIN, said("a", "one"), {"$rewindTo": "nowhere"}, said("a", "again"))
    assert (texts(path), texts(path, "reverted")) == (["again"], ["one"])


def test_a_compressed_history_leaves_what_was_said_in_its_place(chats: Path) -> None:
    summary = said("s", [{"text": "<state_snapshot>all of it</state_snapshot>"}])
    path = put(
        chats,
        MAIN,
        said("a", "one"),
        said("b", "two"),
        {"$set": {"messages": [summary, said("b", "two")]}},
        said("c", "three"),
        {"$rewindTo": "b"},
    )
    assert texts(path) == ["one"]
    assert texts(path, "reverted") == ["two", "three"]
    assert texts(path, "injected") == ["<state_snapshot>all of it</state_snapshot>"]


def test_messages_that_are_only_in_a_history_are_kept(chats: Path) -> None:
    path = put(chats, MAIN, {"$set": {"messages": [said("a", "one"), said("b", "lone \ud83d half")]}})
    assert texts(path) == ["one", "lone � half"]


def test_a_title_is_the_summary(chats: Path) -> None:
    path = put(chats, MAIN, said("a", "one"), {"$set": {"summary": "Broken build"}})
    assert read(path)[0].title == "Broken build"


def test_an_older_document(chats: Path) -> None:
    session, items = read(Path(shutil.copy(RECORDED / DOCUMENT, chats)))
    messages = [one for one in items if isinstance(one, Message)]
    assert [(one.role, one.text) for one in messages] == [
        ("user", "Why does the build fail?"),
        ("assistant", "A header is missing."),
        ("system", "Request cancelled."),
    ]
    assert (messages[1].tool_calls[0].status, messages[1].tool_calls[0].output) == ("error", "File not found.")
    tokens = session.tokens
    assert (tokens.input, tokens.cache_read, tokens.output, tokens.reasoning) == (200, 1000, 50, 20)
    assert (session.lines.read, session.cwd) == (4, DIRECTORY)
    assert session.source_session_id == "5f2c1a70-0000-4000-8000-000000000001"


@pytest.mark.parametrize("size", [0, 10, 300, 900, 1500])
def test_of_a_document_cut_off_the_whole_messages_are_read(chats: Path, size: int) -> None:
    path = chats / DOCUMENT
    path.write_bytes((RECORDED / DOCUMENT).read_bytes()[:size])
    session, items = read(path)
    assert session.problems
    assert [one.text for one in items if isinstance(one, Message) and one.role == "user"] == (
        ["Why does the build fail?"] if size > 400 else []
    )


def test_what_is_no_message_in_a_document_does_not_stop_the_rest(chats: Path) -> None:
    path = put(chats, {**MAIN, "messages": [said("a", "one"), 7, said("c", "three")]}, name="session-x.json")
    assert texts(path) == ["one", "three"]
    assert read(path)[0].lines.dropped == {"not a record": 1}


def test_half_a_surrogate_in_a_document_does_not_stop_the_rest(chats: Path) -> None:
    messages = [said("a", "one"), said("b", "lone \ud800"), said("c", "three")]
    path = put(chats, {**MAIN, "messages": messages}, name="session-x.json")
    assert texts(path) == ["one", "lone �", "three"]
    assert read(path)[0].source_session_id == "11112222-3333"


def test_a_subagent_names_its_parent_and_its_parent_names_it(chats: Path) -> None:
    call = {"id": "t", "name": "investigate", "args": {}, "status": "success", "result": "none", "agentId": "k3x9ab"}
    parent = put(chats, MAIN, said("a", "", "gemini", toolCalls=[call]))
    (chats / "11112222-3333").mkdir()
    child = Path(shutil.copy(RECORDED / "k3x9ab.jsonl", chats / "11112222-3333"))
    session, items = read(child)
    assert session.parent == Link("11112222-3333")
    assert session.source_session_id == "11112222-3333/k3x9ab"
    assert (session.cwd, len(items)) == (DIRECTORY, 2)
    session, items = read(parent)
    assert isinstance(items[0], Message)
    assert items[0].tool_calls[0].session_id == "11112222-3333/k3x9ab"
    assert session.source_session_id == "11112222-3333"


def test_the_output_of_a_call_that_was_never_told_of_comes_from_the_answer(chats: Path) -> None:
    answer = {"functionResponse": {"id": "t", "name": "ls", "response": {"error": "no such folder"}}}
    call = {"id": "t", "name": "ls", "args": {"path": "x"}, "status": "executing"}
    path = put(chats, MAIN, said("a", "", "gemini", toolCalls=[call]), said("b", [answer]), said("c", [answer]))
    messages = list(paired(read(path)[1]))
    assert [(one.tool_calls[0].status, one.tool_calls[0].output) for one in messages] == [("error", "no such folder")]


def test_pictures_become_attachments_without_their_bytes(chats: Path) -> None:
    data = bytes(range(256)) * 4
    coded = base64.b64encode(data).decode()
    inline = {"inlineData": {"mimeType": "image/png", "data": coded}}
    call = {
        "id": "t",
        "name": "see",
        "args": {"url": f"data:image/png;base64,{coded}"},
        "status": "success",
        "result": [{"functionResponse": {"id": "t", "response": {"output": "seen"}, "parts": [inline]}}],
    }
    path = put(chats, MAIN, said("a", [{"text": "look"}, inline]), said("b", "", "gemini", toolCalls=[call]))
    session, items = read(path)
    assert coded[:40].encode() not in msgspec.json.encode([session, items])
    first, second = items
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    for one in (*first.attachments, *second.tool_calls[0].attachments):
        assert (one.kind, one.media_type, one.size) == ("image", "image/png", len(data))
        assert one.sha256 == hashlib.sha256(data).hexdigest()
    assert (len(first.attachments), len(second.tool_calls[0].attachments)) == (1, 2)


def test_unknown_records_are_kept_and_counted(chats: Path) -> None:
    path = put(chats, MAIN, {"id": "a", "type": "hologram", "x": 1}, {"y": 2}, said("b", [{"smell": "roses"}, "hi"]))
    session, items = read(path)
    records = [one.record for one in items if isinstance(one, Message) and one.hidden == "unknown"]
    assert records == [{"id": "a", "type": "hologram", "x": 1}, {"y": 2}, [{"smell": "roses"}]]
    assert session.lines.unknown == {"hologram": 1, "record": 1}


HOSTILE = (
    b"\0\0\0\0\n",
    b"\xff\xfe\xff\n",
    b"[1, 2]\n",
    b'"text"\n',
    b"{\n",
    b"\n",
    b'{"id":"n","type":"user","content":"a\0b"}\n',
    b'{"id":"u","type":"user","content":"lone \\ud800 half"}\n',
    b'{"id":"s","type":"user","content":"one"}{"id":"s2","type":"user","content":"two"}\n',
    b'{"id":"d","type":"user","content":' + b"[" * 700 + b"]" * 700 + b"}\n",
    b'{"id":"d2","type":"user","x":"\\ud800","content":' + b'{"a":' * 700 + b"1" + b"}" * 700 + b"}\n",
    {"id": {"not": "text"}, "type": ["user"], "content": 5},
    {"id": "t", "type": {"x": 1}, "content": {"text": 5}, "timestamp": 10**30},
    {"id": "g", "type": "gemini", "content": None, "toolCalls": {"x": 1}, "thoughts": "x", "tokens": [1], "model": 5},
    {"id": "h", "type": "gemini", "content": [None, 5, [], {}], "toolCalls": [1, {}, {"args": 10**40, "result": 5}]},
    {"id": "i", "type": "gemini", "tokens": {"input": -5, "output": 10**40, "cached": "x", "thoughts": True}},
    {"id": "j", "type": "gemini", "thoughts": [5, {"subject": [], "description": {}}], "toolCalls": [{"status": []}]},
    {"id": "k", "type": "user", "content": [{"functionResponse": {"id": 5, "response": 7, "parts": 9}}]},
    {"id": "l", "type": "user", "content": [{"inlineData": {"data": 5}}, {"fileData": {"fileUri": 9}}]},
    {"$set": 5},
    {"$set": {"messages": 5, "sessionId": {"x": 1}, "summary": 7, "directories": 8, "startTime": []}},
    {"$set": {"messages": [5, None, {"id": 3}]}},
    {"$rewindTo": {"x": 1}},
    {"sessionId": 5, "projectHash": []},
)


@pytest.mark.parametrize("seed", range(12))
def test_hostile_lines_are_counted_and_stop_nothing(chats: Path, seed: int) -> None:
    lines: list[Any] = [*HOSTILE, *(said(f"good {number}", f"good {number}") for number in range(8))]
    random.Random(seed).shuffle(lines)
    path = put(chats, MAIN, *lines, said("last", "the last"), b'{"id":"cut","type":"us')
    session, items = read(path)
    shown = {one.text for one in items if isinstance(one, Message)}
    assert {"the last", "ab", "one", "two", "lone � half", *(f"good {number}" for number in range(8))} <= shown
    assert session.problems


def test_standard_roots(sealed_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gemini.roots() == [sealed_home / ".gemini"]
    monkeypatch.setenv("GEMINI_CLI_HOME", "/elsewhere")
    assert gemini.roots() == [Path("/elsewhere/.gemini")]


@pytest.mark.parametrize("root", ["", ".gemini", ".gemini/tmp", ".gemini/tmp/widget", ".gemini/tmp/widget/chats"])
def test_sessions_are_found_from_any_folder_above_them(chats: Path, tmp_path: Path, root: str) -> None:
    for name in (TOOL, DOCUMENT):
        shutil.copy(RECORDED / name, chats)
    put(chats, MAIN, name="parent/k3x9ab.jsonl")
    put(chats, MAIN, name="other.jsonl")
    (chats / "session-folder.jsonl").mkdir()
    (chats / "session-link.jsonl").symlink_to(chats / TOOL)
    found = {one.session_id: one for one in gemini.find(tmp_path / root)}
    assert sorted(found) == ["parent/k3x9ab", Path(DOCUMENT).stem, Path(TOOL).stem]
    state = (chats / TOOL).stat()
    expected = f"{state.st_size}-{state.st_mtime_ns}"
    assert found[Path(TOOL).stem] == Transcript(
        "gemini", Path(TOOL).stem, str(chats / TOOL), expected, state.st_mtime_ns
    )


def test_a_document_that_the_client_made_into_a_log_is_one_session(chats: Path) -> None:
    put(chats, MAIN, name="session-x.jsonl")
    put(chats, MAIN, name="session-x.json")
    assert [Path(one.path).name for one in gemini.find(chats)] == ["session-x.jsonl"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert list(gemini.find(tmp_path / "none")) == []
    (tmp_path / "notes.txt").write_text("x")
    assert list(gemini.find(tmp_path / "notes.txt")) == []


def test_a_name_that_is_no_text_is_escaped() -> None:
    assert path_text("session-\udcff") == "session-\\xff"


def test_the_folder_of_a_hashed_project_is_known_by_its_hash(tmp_path: Path) -> None:
    hashed = hashlib.sha256(b"/home/ada/other").hexdigest()
    chats = tmp_path / "tmp" / hashed / "chats"
    chats.mkdir(parents=True)
    (tmp_path / "projects.json").write_text(json.dumps({"projects": {DIRECTORY: "widget", "/home/ada/other": "o"}}))
    assert read(put(chats, {**MAIN, "projectHash": hashed}))[0].cwd == "/home/ada/other"
    (tmp_path / "projects.json").write_text("[")
    assert read(put(chats, {**MAIN, "projectHash": hashed}))[0].cwd == ""


def test_a_file_that_is_gone_is_an_error(chats: Path) -> None:
    path = put(chats, MAIN)
    (transcript,) = gemini.find(path)
    path.unlink()
    with pytest.raises(OSError, match="No such file"):
        list(gemini.read(transcript, Session("gemini", "x")))


def test_a_file_that_shrinks_while_it_is_read_is_named(chats: Path) -> None:
    path = put(chats, MAIN, said("a", "one"), said("b", "x" * 2_000_000), said("c", "three"))
    (transcript,) = gemini.find(path)
    session = Session("gemini", "x")
    items = gemini.read(transcript, session)
    assert isinstance(next(items), Message)
    os.truncate(path, 1000)
    list(items)
    assert {one.reason for one in session.problems} == {"gone while it was read"}


def test_memory_does_not_grow_with_the_file(chats: Path) -> None:
    text = "word " * 20_000
    path = put(chats, MAIN, *(said(str(number), text) for number in range(300)))
    (transcript,) = gemini.find(path)
    assert path.stat().st_size > 30_000_000
    tracemalloc.start()
    for _ in gemini.read(transcript, Session("gemini", "x")):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8_000_000
