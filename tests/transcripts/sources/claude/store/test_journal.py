"""Workflows: their agents, and the journals of what came of them."""

from __future__ import annotations

from pathlib import Path

from session_sync.transcripts.session import Link
from session_sync.transcripts.sources.claude.store.files import of_subagents
from support.claude_sessions import Made, answer, found, result, user

RUN = "s/subagents/workflows/wf_1"


def workflow(made: Made, *journal: object) -> Path:
    main = made.write("s", user("a", content="go"))
    made.write(
        f"{RUN}/agent-a1", user("b", content="review", isSidechain=True, sessionId="s"), answer("c", "b", "fine")
    )
    (made.folder / RUN / "agent-a1.meta.json").write_text('{"description":"weft","toolUseId":"t"}')
    made.write(f"{RUN}/journal", *journal)
    return main


def test_agents_of_a_workflow_are_sessions_of_their_own(made: Made) -> None:
    main = workflow(made)
    assert sorted(found(made.root)) == ["s", "s/workflows/wf_1/agent-a1"]
    one = found(made.root)["s/workflows/wf_1/agent-a1"]
    assert found(Path(one.path)) == {one.session_id: one}
    read = made.read(one.session_id)
    assert (read.session.parent, read.session.title) == (Link("s", "t"), "weft")
    assert read.told == [("user", "review"), ("assistant", "fine")]
    assert of_subagents(main) == [Path(one.path)]
    call = [{"type": "tool_use", "id": "t", "name": "Workflow", "input": {}}]
    done = user("r", "a", result("t2", "ok"), toolUseResult={"agentId": "a1"})
    read = made.read("s", answer("a", "", "x") | {"message": {"id": "m", "content": call}}, done)
    assert read.messages[0].tool_calls[0].session_id == read.outputs[0].session_id == one.session_id


def test_agents_of_one_name_in_two_workflows_are_two_sessions(made: Made) -> None:
    for run in ("wf_1", "wf_2"):
        made.write(f"s/subagents/workflows/{run}/agent-a1", user("b", content=run))
    assert sorted(found(made.root)) == ["s/workflows/wf_1/agent-a1", "s/workflows/wf_2/agent-a1"]


def test_of_a_journal_what_stands_nowhere_else_is_kept(made: Made) -> None:
    workflow(
        made,
        {"type": "launched"},
        {"type": "started", "key": "k", "agentId": "a1", "label": "weft"},
        {"type": "result", "key": "k", "agentId": "a1", "result": {"fine": True}},
        {"event": "started", "agentId": "lost", "label": "warp"},
        {"type": "result", "agentId": "lost", "result": {"flaw": "a loose knot"}},
        {"type": "result", "agentId": "../../s", "result": "words"},
        {"type": "note", "text": "new"},
        b"{",
    )
    read = made.read("s")
    assert [(one.kind, one.sender, one.text) for one in read.messages[1:3]] == [
        ("agent", "warp", '{"flaw": "a loose knot"}'),
        ("agent", "../../s", "words"),
    ]
    assert read.messages[3].record == {"type": "note", "text": "new"}
    dropped = {"journal of a workflow": 3, "in the subagent's session": 1, "no JSON": 1}
    assert (read.session.lines.dropped, read.session.lines.unknown) == (dropped, {"journal note": 1})
    assert [raw.path for raw in read.session.raw] == ["s.jsonl", f"{RUN}/journal.jsonl"]


def test_a_journal_that_grows_makes_the_session_differ(made: Made) -> None:
    workflow(made, {"type": "launched"})
    before = found(made.root)["s"]
    workflow(made, {"type": "launched"}, {"type": "result", "agentId": "x", "result": 1})
    assert found(made.root)["s"].fingerprint != before.fingerprint
    Path(before.more[0]).unlink()
    assert made.read("s").session.problems == []
