"""Where transcripts are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources.claude import source as claude
from session_sync.transcripts.sources.search import Search
from support.claude_sessions import (
    AGENT,
    COMPACTED,
    EARLY,
    FOLDER,
    FORK,
    PARENT,
    RECORDED,
    TOOLS,
    Made,
    found,
    result,
    user,
)

STUB = "<persisted-output>\nFull output saved to: /h/s/tool-results/o.txt\n</persisted-output>"


def test_transcripts_are_found_from_every_starting_point(tmp_path: Path) -> None:
    shutil.copytree(RECORDED, tmp_path / ".claude")
    everything = found(tmp_path / ".claude")
    assert sorted(everything) == sorted(
        [TOOLS, COMPACTED, PARENT, FORK, EARLY, AGENT, f"{EARLY}/agent-a7f2a026b6661136f"]
    )
    assert found(tmp_path) == found(tmp_path / ".claude" / "projects") == everything
    assert found(tmp_path / ".claude" / "projects" / FOLDER) == everything
    for one in everything.values():
        assert found(Path(one.path)) == {one.session_id: one}
    for root in (tmp_path / ".claude", tmp_path / ".claude" / "projects" / FOLDER):
        assert told(root)[1] == []
    companion = tmp_path / ".claude" / "projects" / FOLDER / PARENT
    told_of = f"subagents: transcripts are not looked for here, such as {AGENT.rpartition('/')[2]}.jsonl"
    assert told(companion) == ([], [told_of])


def test_the_standard_place_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", "/srv/claude")
    assert claude.roots() == [Path("/srv/claude")]
    monkeypatch.delenv("CLAUDE_CONFIG_DIR")
    assert claude.roots() == [Path.home() / ".claude"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert found(tmp_path / "none") == found(tmp_path / "none.jsonl") == {}


def test_one_name_in_two_projects_stays_two_sessions(made: Made) -> None:
    first = made.write("same", user("a", content="first"))
    other = made.root / "projects" / "-y"
    other.mkdir()
    second = Path(shutil.copy(first, other))
    ids = ["same", "same@-y"]
    assert sorted(found(made.root)) == ids
    assert [next(iter(found(path))) for path in (first, second)] == ids
    assert list(found(other)) == ids[1:]


def test_links_within_the_place_are_passed_over_and_linked_projects_found_once(made: Made, tmp_path: Path) -> None:
    path = made.write("own", user("a"))
    (made.folder / "link.jsonl").symlink_to(path)
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(path, outside / "far.jsonl")
    for name in ("-l1", "-l2"):
        (made.root / "projects" / name).symlink_to(outside)
    (made.root / "projects" / "-loop").symlink_to(made.root / "projects")
    (made.root / "projects" / "-again").symlink_to(made.folder)
    assert sorted(found(made.root)) == ["far", "own"]


def test_the_fingerprint_tells_of_every_file_that_is_read(made: Made) -> None:
    path = made.write("s", user("a"))
    prints = {found(made.root)["s"].fingerprint}
    made.write("s/subagents/agent-1", user("b"))
    results = made.folder / "s" / "tool-results"
    results.mkdir()
    for file, text in ((results / "o.txt", "x"), (made.folder / "s/subagents/agent-1.meta.json", "{}"), (path, "{}")):
        file.write_text(text)
        prints.add(found(made.root)["s"].fingerprint)
    assert len(prints) == 4
    moved = made.root / "projects" / "-moved"
    made.folder.rename(moved)
    assert found(made.root)["s"].fingerprint in prints


def told(root: Path) -> tuple[list[str], list[str]]:
    """The sessions below `root`, and what is told of it, without the folders that it is in."""
    search = Search()
    names = sorted(one.session_id for one in claude.find(root, search))
    return names, [problem.rpartition("/")[2] for problem in search.problems]


def test_a_linked_transcript_is_found_once_and_read_with_what_is_beside_it(made: Made, tmp_path: Path) -> None:
    outside = Made(tmp_path / "outside")
    path = outside.write("far", user("a", content="told", cwd="/w"))
    outside.write("far/subagents/agent-a1", user("b", content="task"))
    for name in ("one", "two"):
        (made.folder / f"{name}.jsonl").symlink_to(path)
    ids, problems = told(made.root)
    (name,) = {one.partition("/")[0] for one in ids}
    assert (ids, problems) == ([name, f"{name}/agent-a1"], [])
    assert made.read(name).told == [("user", "told")]
    assert made.read(f"{name}/agent-a1").told == [("user", "task")]
    assert list(found(made.folder / f"{name}.jsonl")) == [name]
    before = found(made.root)[name]
    path.write_bytes(b"{}")
    assert found(made.root)[name].fingerprint != before.fingerprint


def test_what_is_beside_a_link_is_found_there(made: Made, tmp_path: Path) -> None:
    path = made.write("s", user("a", content=result("t", STUB)))
    path.rename(tmp_path / "moved.jsonl")
    path.symlink_to(tmp_path / "moved.jsonl")
    results = made.folder / "s" / "tool-results"
    results.mkdir(parents=True)
    (results / "o.txt").write_text("all of it")
    made.write("s/subagents/agent-a1", user("b"))
    assert told(made.root) == (["s", "s/agent-a1"], [])
    assert made.read("s").outputs[0].output == "all of it"
    (tmp_path / "moved.jsonl").unlink()
    assert told(made.root) == (["s/agent-a1"], ["s.jsonl: a link that leads nowhere"])


def test_links_that_are_not_followed_are_told(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.jsonl").write_text("{}")
    for name, target in (("gone", "nothing"), ("folder", "folder")):
        (made.folder / f"{name}.jsonl").symlink_to(tmp_path / target)
    made.write("s/subagents/agent-a1", user("b"))
    (made.folder / "s" / "tool-results").symlink_to(tmp_path / "folder")
    ids, problems = told(made.root)
    assert ids == ["s/agent-a1"]
    assert sorted(problems) == [
        "folder.jsonl: a link that leads to no regular file",
        "gone.jsonl: a link that leads nowhere",
        "tool-results: a link to a folder, which is not followed",
    ]
    (made.folder / "foreign.jsonl").symlink_to(tmp_path / "file.jsonl")
    one = found(made.root)["foreign"]
    monkeypatch.setattr("os.getuid", lambda: -1)
    assert "foreign.jsonl: a link that leads to what belongs to another user" in told(made.root)[1]
    with pytest.raises(OSError, match="another user"):
        list(claude.read(one, Session("claude", "foreign")))


def test_a_link_as_the_place_itself_is_followed(made: Made, tmp_path: Path) -> None:
    path = made.write("s", user("a", content="told"))
    (tmp_path / "latest").symlink_to(path)
    (tmp_path / "place").symlink_to(made.root)
    assert found(tmp_path / "latest") == found(path)
    assert list(found(tmp_path / "place")) == ["s"]


def test_linked_subagents_are_found_once(made: Made, tmp_path: Path) -> None:
    made.write("s", user("a"))
    made.write("s/subagents/agent-a1", user("b"))
    (tmp_path / "far.jsonl").write_text('{"type":"user","uuid":"c","message":{"content":"far"}}')
    folder = made.folder / "s" / "subagents"
    (folder / "agent-a2.jsonl").symlink_to(folder / "agent-a1.jsonl")
    (folder / "agent-a3.jsonl").symlink_to(tmp_path / "far.jsonl")
    assert sorted(found(made.root)) == ["s", "s/agent-a1", "s/agent-a3"]
    assert made.read("s/agent-a3").told == [("user", "far")]


@pytest.mark.parametrize("helper", ["compact-d4e5f6", "prompt_suggestion-a1b2c3", "extract_memories-0123456789abcdef"])
def test_helper_agents_are_left_out(made: Made, helper: str) -> None:
    made.write("s", user("a"))
    made.write(f"s/subagents/agent-a{helper}", user("b"))
    made.write(f"agent-a{helper}", user("b"))
    left_out = {one.session_id: one.left_out for one in found(made.root).values()}
    assert left_out == {"s": "", f"s/agent-a{helper}": "helper agent", f"agent-a{helper}": "helper agent"}


@pytest.mark.parametrize("name", ["ac0ffee", "acompact", "acompactor-1a2b", "a1b2-acompact-1a", "areviewer-d4e5f6"])
def test_other_agents_stay_sessions(made: Made, name: str) -> None:
    made.write(f"s/subagents/agent-{name}", user("b"))
    assert [one.left_out for one in found(made.root).values()] == [""]


def test_an_agent_that_a_call_started_is_no_helper(made: Made) -> None:
    path = made.write("s/subagents/agent-acompact-d4e5f6", user("b"))
    path.with_suffix(".meta.json").write_text("{}")
    assert [one.left_out for one in found(made.root).values()] == [""]


def test_transcripts_where_none_is_looked_for_are_told(made: Made) -> None:
    name = "0a000000-0000-4000-8000-000000000001"
    made.write("s", user("a"))
    for stem in (f"../{name}", f"backup/{name}", f"s/old/{name}", "subagents/agent-a1", f"s/{name}", "memory/notes"):
        made.write(stem, user("b"))
    made.write("subagents/agent-a2", user("b"))
    made.write("s/workflows/wf_1/agent-a3", user("b"))
    (made.root / "projects" / "-gone").symlink_to(made.root / "nothing")
    deep = "s/subagents" + "/x" * 9
    made.write(f"{deep}/agent-a2", user("b"))
    ids, problems = told(made.root)
    assert ids == ["s"]
    where = "transcripts are not looked for here, such as"
    assert sorted(problems) == sorted(
        [
            *(f"{folder}: {where} {name}.jsonl" for folder in ("projects", "backup", "old", "s")),
            f"subagents: {where} agent-a1.jsonl",
            f"wf_1: {where} agent-a3.jsonl",
            "x: too many folders, or too deep, to look into",
            "-gone: a link that leads nowhere",
        ]
    )


def test_a_file_of_which_nothing_is_understood_is_named(made: Made) -> None:
    session = made.read("s", {"kind": "log", "x": 1}, {"kind": "log", "x": 2}).session
    assert [(one.line, one.reason) for one in session.problems] == [(0, "nothing in it is understood")]
