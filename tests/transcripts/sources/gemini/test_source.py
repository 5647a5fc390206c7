from __future__ import annotations

import hashlib
import json
import shutil
import tracemalloc
from pathlib import Path

import pytest

from session_sync.transcripts.session import Link, Message, Session, ToolOutput
from session_sync.transcripts.sources.gemini import source as gemini
from session_sync.transcripts.sources.pairing import paired
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript
from support.gemini_sessions import DIRECTORY, DOCUMENT, MAIN, RECORDED, RESUMED, TOOL, put, read, said


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


def test_a_title_is_the_summary(chats: Path) -> None:
    path = put(chats, MAIN, said("a", "one"), {"$set": {"summary": "Broken build"}})
    assert read(path)[0].title == "Broken build"


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
    found = {one.session_id: one for one in gemini.find(tmp_path / root, Search())}
    assert sorted(found) == ["parent/k3x9ab", Path(DOCUMENT).stem, Path(TOOL).stem]
    state = (chats / TOOL).stat()
    expected = f"{state.st_size}-{state.st_mtime_ns}"
    assert found[Path(TOOL).stem] == Transcript(
        "gemini", Path(TOOL).stem, str(chats / TOOL), expected, state.st_mtime_ns
    )


def test_a_document_that_the_client_made_into_a_log_is_one_session(chats: Path) -> None:
    put(chats, MAIN, name="session-x.jsonl")
    put(chats, MAIN, name="session-x.json")
    assert [Path(one.path).name for one in gemini.find(chats, Search())] == ["session-x.jsonl"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert list(gemini.find(tmp_path / "none", Search())) == []
    (tmp_path / "notes.txt").write_text("x")
    assert list(gemini.find(tmp_path / "notes.txt", Search())) == []


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
    (transcript,) = gemini.find(path, Search())
    path.unlink()
    with pytest.raises(OSError, match="No such file"):
        list(gemini.read(transcript, Session("gemini", "x")))


def test_memory_does_not_grow_with_the_file(chats: Path) -> None:
    text = "word " * 20_000
    path = put(chats, MAIN, *(said(str(number), text) for number in range(300)))
    (transcript,) = gemini.find(path, Search())
    assert path.stat().st_size > 30_000_000
    tracemalloc.start()
    for _ in gemini.read(transcript, Session("gemini", "x")):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8_000_000
