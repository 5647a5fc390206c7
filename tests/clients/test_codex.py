"""Codex: what it writes of a session, of a subagent and of a fork is in the archive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients import archive, codex, mock_model, responses_api
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
    MOON,
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

TALK = with_tool(codex.SHELL, cmd=COMMAND)


@pytest.fixture
def model() -> Iterator[Model]:
    with mock_model.running(responses_api) as model:
        yield model


@pytest.fixture
def client(model: Model, sealed_home: Path, project: Path) -> Program:
    return codex.client(codex.install(PREFIX), sealed_home, project, model.url)


def rollouts(home: Path) -> list[Path]:
    """The session files, oldest first."""
    return sorted((home / ".codex" / "sessions").rglob("rollout-*.jsonl"))


def waiting(results: list[str]) -> Turn:
    """Wait for the subagent that was started."""
    agent = json.loads(results[0])["agent_id"]
    return Turn(tool="wait_agent", arguments={"targets": [agent], "timeout_ms": 30_000})


def test_a_resumed_session_is_one_file_with_all_that_was_said(
    client: Program, model: Model, sealed_home: Path, project: Path, tmp_path: Path
) -> None:
    model.script = following(TALK)
    assert FOUND in client.run(FIRST)
    assert EXPLAINED in client.run("resume", "--last", SECOND)
    assert len(rollouts(sealed_home)) == 1
    [session] = archive.synced(tmp_path / "archive")
    archive.check(session, FIRST, THOUGHT, LOOKING, COMMAND, SUBJECT, FOUND, SECOND, EXPLAINED)
    # Codex writes each of these twice: as an event and as a part of the model's answer.
    assert [session.text.count(said) for said in (THOUGHT, LOOKING, FOUND, SECOND, EXPLAINED)] == [1] * 5
    facts = session.json
    assert (facts["source"], facts["client"], facts["models"]) == ("codex", codex.VERSION, ["gpt-5.4"])
    assert (facts["cwd"], facts["git"]["branch"]) == (str(project), "main")
    assert facts["tokens"] == {"input": 3 * 50, "cache_read": 3 * 20, "output": 3 * 9, "reasoning": 3 * 4}


def test_a_subagent_is_a_session_that_its_parent_links_to(client: Program, model: Model, tmp_path: Path) -> None:
    spawn = Turn(tool="spawn_agent", arguments={"message": TASK})
    model.script = following({TASK: [Turn(COUNTED)], DELEGATING: [spawn, waiting, Turn(REPORTED)]})
    assert REPORTED in client.run(DELEGATING)
    parent, child = archive.synced(tmp_path / "archive")
    archive.check(parent, DELEGATING, TASK, REPORTED)
    archive.check(child, TASK, COUNTED)
    assert child.json["parent"]["session_id"] == parent.json["source_session_id"]
    assert child.path in parent.links
    assert parent.path in child.links


def test_a_fork_has_its_own_part_and_a_link_to_the_rest(
    client: Program, model: Model, sealed_home: Path, tmp_path: Path
) -> None:
    model.script = following(TALK)
    client.run(FIRST)
    [first] = rollouts(sealed_home)
    assert MOON in client.run("fork", first.stem[-36:], FORKED)
    origin, fork = archive.synced(tmp_path / "archive")
    archive.check(origin, FIRST, FOUND)
    archive.check(fork, FORKED, MOON)
    assert FORKED not in origin.text
    assert FOUND not in fork.text
    assert fork.json["fork"]["session_id"] == origin.json["source_session_id"]
    assert origin.path in fork.links
