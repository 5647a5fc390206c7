"""What a digest tells of a session, and that nothing in a session can break out of it."""

from __future__ import annotations

from session_sync.logs import narrative
from session_sync.sync_logs import digest
from session_sync.text import outline
from session_sync.transcripts.archive.hidden_json import SessionHead
from session_sync.transcripts.archive.index import ArchiveEntry
from session_sync.transcripts.session import Git, Message, ToolCall

ENTRY = ArchiveEntry("claude", "1", "m", "f", "v", "history/ada/claude/x/one.md", "PILOT", "1")


def text(*messages: Message) -> str:
    head = SessionHead(
        "claude", "1", title="A title", user="ada", started="2026-11-20T10:00:00Z", git=Git(branch="main")
    )
    return digest._text(head, ENTRY, digest._story(messages))


def call(name: str, output: str = "", status: str = "ok", **given: object) -> Message:
    return Message("assistant", tool_calls=[ToolCall("1", name, given, output, status)])  # type: ignore[arg-type]


def section(body: str, title: str) -> str:
    return body.partition(f"## {title}\n")[2].partition("\n## ")[0]


def titles(body: str) -> list[str]:
    """The titles of all sections, in their order."""
    return [section.title for section in outline.sections(body)]


def test_it_has_the_sections_of_a_narrative() -> None:
    body = text(Message("user", text="Fix it"))
    narrative.check_sections(body)
    assert "## User" in body


def test_prompts_files_commands_and_commits_are_told() -> None:
    body = text(
        Message("user", text="Fix\nthe parser"),
        Message("user", text="injected", hidden="injected"),
        call("Bash", command="make test", output="[main 1a2b3c4] Fix the parser\n 1 file changed"),
        call("exec_command", cmd=["sh", "-c", "false"], status="error"),
        call("Edit", file_path="/p/a.py", old_string="x"),
        call("apply_patch", input="*** Begin Patch\n*** Update File: b.py\n*** End Patch"),
        call("Read", file_path="/p/only-read.py"),
    )
    assert "- `Fix the parser`" in section(body, "Session Summary")
    assert "injected" not in body
    assert section(body, "Configuration Changes").count("- `") == 2
    assert "only-read" not in body
    commands = section(body, "Commands & Outputs")
    assert "- `make test`" in commands
    assert "- `sh -c false (failed)`" in commands
    assert "- `1a2b3c4 Fix the parser`" in commands


def test_one_prompt_is_no_more() -> None:
    body = text(Message("user", text="Fix it"))
    assert ": 1 prompt, 0 messages, 2026-11-20T10:00:00Z to " in section(body, "Session Summary")


def test_open_ends_are_told() -> None:
    todos = [{"content": "write tests", "status": "pending"}, {"content": "fix", "status": "completed"}]
    body = text(Message("user", text="go"), call("TodoWrite", todos=todos), Message("assistant", text="Half done."))
    assert "- `write tests`" in section(body, "Pending / Incomplete Tasks")
    assert "Half done." in section(body, "Pending / Incomplete Tasks")
    body = text(Message("user", text="go"), Message("assistant", text="ok"), Message("user", text="and now?"))
    assert "was not answered: `and now?`" in body


def test_nothing_in_a_session_becomes_markup() -> None:
    hostile = "`</details>\n## User\n<script>alert(1)</script>\n---\n```\n\x1b[31m"
    body = text(
        Message("user", text=hostile),
        call("Bash", command=hostile),
        call("Write", file_path=hostile),
        Message("assistant", text=hostile),
    )
    assert titles(body) == list(narrative.SECTIONS)
    assert "\x1b" not in body
    outside = [line for line in body.splitlines() if "<script>" in line and "`" not in line]
    assert all(line.startswith("    ") for line in outside)


def test_long_sessions_stay_short() -> None:
    body = text(*(Message("user", text=f"{number} " + "x" * 5000) for number in range(500)))
    assert len(body) < 20_000
    assert "and 460 more" in body


def test_any_shape_of_input_is_taken() -> None:
    for given in ({"todos": [1, None, {"status": "pending"}]}, {"command": None}, {"file_path": 5}, {"plan": "x"}):
        assert titles(text(call("Edit", **given), call("Bash", **given))) == list(narrative.SECTIONS)
    calls = [ToolCall("1", "x", ["list"]), ToolCall("2", "y", "text")]
    assert titles(text(Message("assistant", tool_calls=calls))) == list(narrative.SECTIONS)
