"""Gemini CLI: what it writes of a session and of a subagent is in the archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients import archive, gemini, gemini_api, mock_model
from clients.conftest import PREFIX
from clients.conversation import (
    COMMAND,
    COUNTED,
    DELEGATING,
    EXPLAINED,
    FIRST,
    FORKED,
    FOUND,
    LOOKING,
    REPORTED,
    SECOND,
    SUBJECT,
    TASK,
    THOUGHT,
    following,
    with_tool,
)
from clients.mock_model import Model, Turn
from clients.program import Program

TALK = with_tool(gemini.SHELL, command=COMMAND, description="Show the last change")


@pytest.fixture
def model() -> Iterator[Model]:
    with mock_model.running(gemini_api) as model:
        yield model


@pytest.fixture
def client(model: Model, sealed_home: Path, project: Path) -> Program:
    return gemini.client(gemini.install(PREFIX), sealed_home, project, model.url)


def with_first_prompt(sessions: list[archive.Archived]) -> archive.Archived:
    """The conversation; a resumption in another minute than the start leaves a second file with nothing said in it."""
    [found] = [session for session in sessions if FIRST in session.text]
    return found


def recorded(home: Path) -> list[Path]:
    """The session files, oldest first."""
    return sorted((home / ".gemini" / "tmp").glob("*/chats/session-*.jsonl"))


def test_a_session_and_its_resumption(client: Program, model: Model, project: Path, tmp_path: Path) -> None:
    model.script = following(TALK)
    assert FOUND in client.run("-p", FIRST)
    assert EXPLAINED in client.run("--resume", "latest", "-p", SECOND)
    session = with_first_prompt(archive.synced(tmp_path / "archive"))
    archive.check(session, FIRST, THOUGHT, LOOKING, COMMAND, SUBJECT, FOUND, SECOND, EXPLAINED)
    assert [session.text.count(said) for said in (LOOKING, FOUND, SECOND, EXPLAINED)] == [1] * 4
    facts = session.json
    assert (facts["source"], facts["models"], facts["cwd"]) == ("gemini", [gemini.MODEL], str(project))
    assert facts["tokens"] == {"input": 3 * 70, "output": 3 * (9 + 4), "reasoning": 3 * 4}


def test_a_session_that_the_client_loses_stays_in_the_archive(
    client: Program, model: Model, sealed_home: Path, tmp_path: Path
) -> None:
    """The client deletes a session that was resumed in another minute than it began, at its next start."""
    model.script = following(TALK)
    client.run("-p", FIRST)
    [path] = recorded(sealed_home)
    path.rename(path.with_name(f"session-2026-01-01T00-00-{path.stem[-8:]}.jsonl"))
    client.run("--resume", "latest", "-p", SECOND)
    before = with_first_prompt(archive.synced(tmp_path / "archive"))
    archive.check(before, FIRST, FOUND, SECOND, EXPLAINED)
    client.run("-p", FORKED)
    assert not any(FIRST.encode() in path.read_bytes() for path in recorded(sealed_home))
    assert with_first_prompt(archive.synced(tmp_path / "archive")).text == before.text


def test_a_subagent_is_a_session_that_its_parent_links_to(client: Program, model: Model, tmp_path: Path) -> None:
    invoke = Turn(tool="invoke_agent", arguments={"agent_name": "generalist", "prompt": TASK})
    complete = Turn(tool="complete_task", arguments={"result": {"response": COUNTED}})
    model.script = following({TASK: [complete], DELEGATING: [invoke, Turn(REPORTED)]})
    assert REPORTED in client.run("-p", DELEGATING)
    parent, child = archive.synced(tmp_path / "archive")
    archive.check(parent, DELEGATING, TASK, COUNTED, REPORTED)
    archive.check(child, TASK, COUNTED)
    assert child.json["parent"]["session_id"] == parent.json["source_session_id"]
    assert child.path in parent.links
    assert parent.path in child.links
