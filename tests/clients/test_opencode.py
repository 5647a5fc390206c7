"""opencode: what it writes of a session, of a child session and of a fork is in the archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients import archive, chat_api, mock_model, opencode
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

TALK = with_tool(opencode.SHELL, command=COMMAND, description="Show the last change")


@pytest.fixture
def model() -> Iterator[Model]:
    with mock_model.running(chat_api) as model:
        yield model


@pytest.fixture
def client(model: Model, sealed_home: Path, project: Path) -> Program:
    return opencode.client(opencode.install(PREFIX), sealed_home, project, model.url)


def test_a_session_that_goes_on_and_its_fork(client: Program, model: Model, project: Path, tmp_path: Path) -> None:
    model.script = following(TALK)
    assert FOUND in client.run(FIRST)
    assert EXPLAINED in client.run("--continue", SECOND)
    assert MOON in client.run("--continue", "--fork", FORKED)
    origin, fork = archive.synced(tmp_path / "archive")
    archive.check(origin, FIRST, THOUGHT, LOOKING, COMMAND, SUBJECT, FOUND, SECOND, EXPLAINED)
    assert FORKED not in origin.text
    assert [origin.text.count(said) for said in (THOUGHT, LOOKING, FOUND, SECOND, EXPLAINED)] == [1] * 5
    archive.check(fork, FORKED, MOON)
    facts = origin.json
    assert (facts["source"], facts["client"], facts["cwd"]) == ("opencode", opencode.VERSION, str(project))
    assert facts["tokens"] == {"input": 3 * 70, "output": 3 * 9}


def test_a_child_session_is_linked_from_its_parent(client: Program, model: Model, tmp_path: Path) -> None:
    arguments = {"description": "Count gulls", "prompt": TASK, "subagent_type": "general"}
    spawn = Turn(tool="task", arguments=arguments)
    model.script = following({TASK: [Turn(COUNTED)], DELEGATING: [spawn, Turn(REPORTED)]})
    assert REPORTED in client.run(DELEGATING)
    parent, child = archive.synced(tmp_path / "archive")
    archive.check(parent, DELEGATING, TASK, COUNTED, REPORTED)
    archive.check(child, TASK, COUNTED)
    assert child.json["parent"]["session_id"] == parent.json["source_session_id"]
    assert child.path in parent.links
    assert parent.path in child.links
