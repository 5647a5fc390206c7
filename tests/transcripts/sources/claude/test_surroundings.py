"""Subagents and outputs beside the transcript."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from session_sync.transcripts.session import Link
from session_sync.transcripts.sources.claude.store import put_aside as outputs
from support.claude_sessions import AGENT, EARLY, PARENT, Made, real, result, user


def test_a_subagent_is_a_session_of_its_own() -> None:
    read = real(AGENT)
    assert read.session.parent == Link(PARENT, "toolu_mock0000690")
    assert read.session.title == "do sub"
    assert read.told == [("user", "sub task"), ("assistant", ""), ("assistant", "sub done")]


def test_a_subagent_of_an_earlier_client_is_named_by_the_result() -> None:
    read = real(EARLY)
    assert read.outputs[0].session_id == f"{EARLY}/agent-a7f2a026b6661136f"
    assert read.outputs[1].status == "error"


def test_an_early_subagent_lies_beside_its_session(made: Made) -> None:
    made.write("s", user("a", content="go", sessionId="s"))
    read = made.read("agent-7", user("b", content="task", sessionId="s", isSidechain=True))
    assert read.session.parent == Link("s")
    assert read.told == [("user", "task")]
    call = user("r", "a", result("t1", "done"), toolUseResult={"agentId": "7"}, sessionId="s")
    assert made.read("s", user("a", content="go", sessionId="s"), call).outputs[0].session_id == "agent-7"


def stub(name: str) -> str:
    return f"<persisted-output>\nFull output saved to: /h/s/tool-results/{name}\n\nPreview:\nx\n</persisted-output>"


def put_aside(made: Made, name: str, data: bytes) -> Path:
    path = made.folder / "s" / "tool-results" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_an_output_that_was_put_aside_is_taken_back(made: Made) -> None:
    put_aside(made, "big.txt", b"all of it")
    read = made.read("s", user("a", content=result("t", stub("big.txt"))))
    assert read.outputs[0].output == "all of it"
    assert [raw.path for raw in read.session.raw] == ["s/tool-results/big.txt", "s.jsonl"]


@pytest.mark.parametrize(("more", "told"), [(1, "[1 byte cut]"), (5000, "[5,000 bytes cut]")])
def test_of_a_huge_output_the_beginning_is_taken(made: Made, more: int, told: str) -> None:
    data = b"a" * (outputs.MOST_OUTPUT + more)
    put_aside(made, "huge.txt", data)
    read = made.read("s", user("a", content=result("t", stub("huge.txt"))))
    assert read.outputs[0].output.count("a") < len(data)
    assert read.outputs[0].output.endswith(f"\n{told}")
    assert (read.session.raw[0].size, read.session.raw[0].sha256) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("name", ["../../other.txt", "..", "none.txt", "link.txt", "folder", "a" * 5000])
def test_no_stub_leads_out_of_the_folder_of_outputs(made: Made, tmp_path: Path, name: str) -> None:
    (made.folder / "other.txt").write_text("private")
    inside = put_aside(made, "x.txt", b"")
    (inside.parent / "link.txt").symlink_to(made.folder / "other.txt")
    (inside.parent / "folder").mkdir()
    read = made.read("s", user("a", content=result("t", stub(name))))
    assert read.outputs[0].output == stub(name)


def test_a_linked_folder_of_outputs_is_not_followed(made: Made, tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_text("private")
    (made.folder / "s").mkdir()
    (made.folder / "s" / "tool-results").symlink_to(tmp_path)
    assert made.read("s", user("a", content=result("t", stub("big.txt")))).outputs[0].output == stub("big.txt")


def test_lines_of_another_session_stay_with_that_one(made: Made) -> None:
    made.write("t", user("x", content="of t", sessionId="t"))
    lines = [user("a", content="mine", sessionId="s"), user("x", content="of t", sessionId="t")]
    read = made.read("s", *lines, user("y", content="of nobody", sessionId="gone"))
    assert read.told == [("user", "mine"), ("user", "of nobody")]
    assert read.session.lines.dropped == {"of another session": 1}


def test_a_copied_file_keeps_its_lines(made: Made) -> None:
    made.write("t", user("b", content="other", sessionId="t"))
    assert made.read("copy", user("a", content="mine", sessionId="t")).told == [("user", "mine")]
