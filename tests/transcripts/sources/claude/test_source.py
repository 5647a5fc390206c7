"""What a person finds of their Claude Code sessions: real ones, cut down, and damaged and hostile ones made here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.claude import source as claude
from support.claude_sessions import FOLDER, RECORDED, TOOLS, Made, answer, found, real, result, user


def test_a_tool_is_shown_with_its_input_and_its_output() -> None:
    read = real(TOOLS)
    assert [role for role, _ in read.told] == ["user", "assistant", "assistant"]
    call = read.messages[-2].tool_calls[0]
    assert (call.name, call.input["description"]) == ("Bash", "x")
    assert [(one.call_id, one.status) for one in read.outputs] == [(call.id, "ok")]
    assert read.outputs[0].output.startswith("hi\nCLAUDE_CODE_CHILD_SESSION=1\n")


def test_facts_of_a_session() -> None:
    session = real(TOOLS).session
    assert (session.cwd, session.client, session.models) == ("/home/ada/code/loom", "2.1.329", ["claude-opus-5-5"])
    assert (session.started, session.ended) == ("2026-11-20T20:19:51.023Z", "2026-11-20T20:19:51.858Z")
    assert (session.tokens.input, session.tokens.output) == (12392 + 12624, 40)
    assert session.git is None  # "HEAD" is no branch
    path = RECORDED / "projects" / FOLDER / f"{TOOLS}.jsonl"
    assert session.raw[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert session.raw[0].path == f"{TOOLS}.jsonl"


def test_what_the_client_keeps_for_itself_is_named_and_left_out() -> None:
    dropped = real(TOOLS).session.lines.dropped
    assert dropped == {"queue operation": 2, "client state": 9, "API request": 5, "system prompt": 3}


def test_hostile_names_are_only_names(made: Made) -> None:
    lines = [user("a", content="x", sessionId="../../x\0" + "y" * 9000, cwd="/../../x\n")]
    lines.append(user("b", "a", result("t", "x"), toolUseResult={"agentId": "../../../etc/passwd"}))
    read = made.read("s", *lines)
    assert (read.session.cwd, read.outputs[0].session_id) == ("/../../x\n", "")


def test_an_empty_file_is_an_empty_session(made: Made) -> None:
    assert made.read("s", b"").items == []


def test_what_is_gone_or_no_file_raises(made: Made) -> None:
    transcript = found(made.write("s", user("a")))["s"]
    Path(transcript.path).unlink()
    with pytest.raises(OSError, match="No such file"):
        list(claude.read(transcript, Session("claude", "s")))


def test_the_message_comes_before_the_rest_of_the_file_is_read(made: Made) -> None:
    path = made.write("s", user("a", content="x", cwd="/w", gitBranch="main"), *[answer("b", "a", "y" * 900)] * 2000)
    session = Session("claude", "s")
    stream = claude.read(found(path)["s"], session)
    assert isinstance(next(stream), Message)
    assert (session.cwd, session.git and session.git.branch, session.lines.read < 10) == ("/w", "main", True)
