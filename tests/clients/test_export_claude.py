"""Claude Code: what it writes of a session, of a subagent and of a fork is in the archive."""

from __future__ import annotations

from pathlib import Path

from clients import archive, claude
from clients.claude import NewClaude
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

TALK = with_tool("Bash", command=COMMAND, description="Show the last change")
ALLOWED = ("--allowedTools", "Agent,Bash")


def test_a_session_that_goes_on(new_claude: NewClaude, model: Model, project: Path, tmp_path: Path) -> None:
    client = new_claude(*ALLOWED)
    model.script = following(TALK)
    assert FOUND in client.ask(FIRST)
    assert EXPLAINED in client.ask(SECOND, "--continue")
    [session] = archive.synced(tmp_path / "archive")
    archive.check(session, FIRST, THOUGHT, LOOKING, COMMAND, SUBJECT, FOUND, SECOND, EXPLAINED)
    assert [session.text.count(said) for said in (THOUGHT, LOOKING, FOUND, SECOND, EXPLAINED)] == [1] * 5
    facts = session.json
    assert (facts["source"], facts["client"]) == ("claude", claude.VERSION)
    assert (facts["cwd"], facts["git"]["branch"]) == (str(project), "main")
    assert facts["tokens"] == {"input": 3, "output": 3}


def test_a_subagent_is_a_session_that_its_parent_links_to(new_claude: NewClaude, model: Model, tmp_path: Path) -> None:
    arguments = {"description": "Count gulls", "prompt": TASK, "subagent_type": "general-purpose"}
    spawn = Turn(tool="Agent", arguments=arguments)
    model.script = following({TASK: [Turn(COUNTED)], DELEGATING: [spawn, Turn(REPORTED)]})
    assert REPORTED in new_claude(*ALLOWED).ask(DELEGATING)
    parent, child = archive.synced(tmp_path / "archive")
    archive.check(parent, DELEGATING, TASK, REPORTED)
    archive.check(child, TASK, COUNTED)
    assert child.json["parent"]["session_id"] == parent.json["source_session_id"]
    assert child.path in parent.links
    assert parent.path in child.links


def test_a_fork_does_not_repeat_what_it_copied(new_claude: NewClaude, model: Model, tmp_path: Path) -> None:
    client = new_claude(*ALLOWED)
    model.script = following(TALK)
    client.ask(FIRST)
    assert MOON in client.ask(FORKED, "--continue", "--fork-session")
    origin, fork = archive.synced(tmp_path / "archive")
    archive.check(origin, FIRST, FOUND)
    archive.check(fork, FORKED, MOON)
    assert FORKED not in origin.text
    assert FOUND not in fork.text
    assert fork.json["fork"]["session_id"] == origin.json["source_session_id"]
    assert origin.path in fork.links
