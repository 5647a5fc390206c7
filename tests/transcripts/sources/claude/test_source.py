"""What a person finds of their Claude Code sessions: real ones, cut down, and damaged and hostile ones made here."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from session_sync.transcripts.session import Link, Message, Session, ToolOutput
from session_sync.transcripts.sources.claude import forks, surroundings
from session_sync.transcripts.sources.claude import source as claude
from session_sync.transcripts.sources.source import Transcript
from support.homes import FIXTURES

RECORDED = FIXTURES / "claude"
FOLDER = "-home-ada-code-loom"
TOOLS, COMPACTED, PARENT, FORK, EARLY = (f"aaaaaaaa-000{n}-4000-8000-00000000000{n}" for n in range(1, 6))
AGENT = f"{PARENT}/agent-ac3ac1f52089193d1"


class Read:
    """A session that was read."""

    def __init__(self, transcript: Transcript) -> None:
        self.session = Session("claude", transcript.session_id)
        self.items = list(claude.read(transcript, self.session))
        lines = self.session.lines
        assert lines.read == lines.kept + sum(lines.dropped.values())
        msgspec.json.encode([self.session, self.items])  # whatever came in, it can be archived

    @property
    def messages(self) -> list[Message]:
        return [item for item in self.items if isinstance(item, Message)]

    @property
    def outputs(self) -> list[ToolOutput]:
        return [item for item in self.items if isinstance(item, ToolOutput)]

    @property
    def told(self) -> list[tuple[str, str]]:
        """The conversation as it is shown."""
        return [(one.role, one.text) for one in self.messages if not one.hidden]


def found(root: Path) -> dict[str, Transcript]:
    return {one.session_id: one for one in claude.find(root)}


def real(session_id: str) -> Read:
    return Read(found(RECORDED)[session_id])


class Made:
    """Writes transcripts below a configuration folder."""

    def __init__(self, home: Path) -> None:
        self.root = home / ".claude"
        self.folder = self.root / "projects" / "-x"
        self.folder.mkdir(parents=True)

    def write(self, stem: str, *lines: Any) -> Path:
        path = self.folder / f"{stem}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        path.write_bytes(b"".join(line + b"\n" for line in whole))
        return path

    def read(self, stem: str, *lines: Any) -> Read:
        if lines:
            self.write(stem, *lines)
        return Read(found(self.root)[stem])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def line(kind: str, uuid: str, parent: str = "", content: Any = "", second: int = 0, **more: Any) -> dict[str, Any]:
    message = {"id": more.pop("id", ""), "content": content, **more.pop("message", {})}
    time = f"2026-05-01T10:{second // 60:02}:{second % 60:02}.000Z"
    return {"type": kind, "uuid": uuid, "parentUuid": parent or None, "timestamp": time, "message": message, **more}


def user(uuid: str, parent: str = "", content: Any = "", second: int = 0, **more: Any) -> dict[str, Any]:
    return line("user", uuid, parent, content, second, **more)


def answer(uuid: str, parent: str, text: str, second: int = 0, **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return line("assistant", uuid, parent, content, second, **{"id": f"m-{uuid}", **more})


def result(call: str, content: Any) -> list[dict[str, Any]]:
    return [{"type": "tool_result", "tool_use_id": call, "content": content}]


# Real sessions


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
    assert dropped == {"queue operation": 2, "client state": 9, "API request": 5, "injected context": 3}


def test_commands_are_prompts_and_the_summary_is_not() -> None:
    read = real(COMPACTED)
    prompts = [("user", "/clear"), ("user", "second after clear"), ("assistant", "mock reply"), ("user", "/compact")]
    assert read.told == prompts
    hidden = [one for one in read.messages if one.hidden == "system"]
    assert any(one.text.startswith("This session is being continued") for one in hidden)
    assert any(one.text == "Conversation compacted" for one in hidden)


def test_blocks_of_one_answer_are_one_message_counted_once() -> None:
    read = real(PARENT)
    first = next(one for one in read.messages if one.role == "assistant")
    assert (first.thinking, first.text, first.tool_calls[0].name) == ("hmm", "I will delegate", "Agent")
    assert first.tool_calls[0].session_id == AGENT
    assert read.session.tokens.output == 6 * 20
    assert all(one.parent_id == "" for one in read.messages)


def test_a_subagent_is_a_session_of_its_own() -> None:
    read = real(AGENT)
    assert read.session.parent == Link(PARENT, "toolu_mock0000690")
    assert read.session.title == "do sub"
    assert read.told == [("user", "sub task"), ("assistant", ""), ("assistant", "sub done")]


def test_a_subagent_of_an_earlier_client_is_named_by_the_result() -> None:
    read = real(EARLY)
    assert read.outputs[0].session_id == f"{EARLY}/agent-a7f2a026b6661136f"
    assert read.outputs[1].status == "error"


def test_a_fork_has_only_its_own_messages() -> None:
    read = real(FORK)
    assert read.told == [("user", "forked"), ("assistant", "mock reply")]
    assert read.session.fork is not None
    assert read.session.fork.session_id == PARENT
    assert read.session.fork.at.startswith("1d698722")
    assert (read.session.tokens.input, read.session.lines.dropped["in the forked session"]) == (13462, 29)


def test_a_forked_session_keeps_everything() -> None:
    read = real(PARENT)
    assert read.session.fork is None
    assert "in the forked session" not in read.session.lines.dropped


# Where transcripts are


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


def test_links_are_passed_over_but_linked_projects_are_found_once(made: Made, tmp_path: Path) -> None:
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


# Subagents and outputs beside the transcript


def test_an_early_subagent_lies_beside_its_session(made: Made) -> None:
    made.write("s", user("a", content="go", sessionId="s"))
    read = made.read("agent-7", user("b", content="task", sessionId="s", isSidechain=True))
    assert read.session.parent == Link("s")
    assert read.told == [("user", "task")]
    call = user("r", "a", result("t1", "done"), toolUseResult={"agentId": "7"}, sessionId="s")
    assert made.read("s", user("a", content="go", sessionId="s"), call).outputs[0].session_id == "agent-7"


def test_what_a_subagent_said_in_the_sessions_own_file_is_not_shown(made: Made) -> None:
    read = made.read("s", user("a", content="go"), user("b", content="task", isSidechain=True))
    assert read.told == [("user", "go")]
    assert read.messages[1].hidden == "system"


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
    data = b"a" * (surroundings.MOST_OUTPUT + more)
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


# Forks and trees


def history(*names: str, start: int = 0) -> list[dict[str, Any]]:
    """Prompts, each after the one before; `start` is the second of the first."""
    return [
        user(name, before, name, start + place)
        for place, (before, name) in enumerate(zip(("", *names), names, strict=False))
    ]


def own_texts(made: Made, *stems: str) -> list[str]:
    return [" ".join(text for _, text in made.read(stem).told) for stem in stems]


def test_three_sessions_of_one_root_have_each_message_once(made: Made) -> None:
    made.write("p", *history("r", "a", "b"))
    made.write("f", {"type": "queue-operation", "timestamp": "2026-05-01T11:00:00Z"}, *history("r", "a", "f1", "f2"))
    made.write("g", {"type": "queue-operation", "timestamp": "2026-05-01T12:00:00Z"}, *history("r", "a", "f1", "g1"))
    assert own_texts(made, "p", "f", "g") == ["r a b", "f1 f2", "g1"]
    assert made.read("f").session.fork == Link("p", "a")
    assert made.read("g").session.fork == Link("f", "f1")


def test_lines_that_name_their_session_are_copies(made: Made) -> None:
    copied = {**answer("b", "a", "yes", 1), "requestSessionId": "z"}
    made.write("z", *history("a"), answer("b", "a", "yes", 1), *history("later", start=500))
    made.write("c", *history("a"), copied, *history("own", start=60))
    assert own_texts(made, "z", "c") == ["a yes later", "own"]


def test_a_branch_names_the_session_that_it_left(made: Made) -> None:
    made.write("z", *history("x", "a", "b"))
    taken = [{**one, "forkedFrom": {"sessionId": "z", "messageUuid": one["uuid"]}} for one in history("a", "b")]
    read = made.read("c", *taken, *history("own", start=60))
    assert (read.told, read.session.fork) == ([("user", "own")], Link("z", "b"))


def test_a_session_that_was_written_bit_by_bit_is_the_original(made: Made) -> None:
    first, *rest = history("a", "b")
    made.write("z", first, {"type": "last-prompt"}, *rest, *history("later", start=900))
    made.write("c", first, *rest, *history("own", start=60))
    assert own_texts(made, "z", "c") == ["a b later", "own"]


def test_nothing_is_lost_when_it_is_not_known_which_one_is_the_copy(made: Made) -> None:
    made.write("p", *history("a", "b"), *history("p1", start=60))
    made.write("f", *history("a", "b"), *history("f1", start=30))
    assert own_texts(made, "p", "f") == ["a b p1", "a b f1"]
    made.write("same", *history("a", "b"))
    made.write("twin", *history("a", "b"))
    assert own_texts(made, "same", "twin") == ["a b", "a b"]


def test_a_fork_whose_session_is_gone_keeps_everything(tmp_path: Path) -> None:
    shutil.copytree(RECORDED, tmp_path / ".claude")
    (tmp_path / ".claude" / "projects" / FOLDER / f"{PARENT}.jsonl").unlink()
    read = Read(found(tmp_path)[FORK])
    assert read.session.fork is None
    assert [text for role, text in read.told if role == "user"] == ["parent", "resumed prompt", "continued", "forked"]


def test_a_new_fork_is_seen_in_a_folder_that_was_looked_at(made: Made) -> None:
    made.write("p", *history("a", "b"))
    assert made.read("p").session.fork is None
    os.utime(made.folder, ns=(1, 1))
    made.write("f", *history("a", "b"), *history("f1", start=60))
    assert own_texts(made, "p", "f") == ["a b", "f1"]


def test_large_sessions_are_not_compared(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    made.write("p", *history("a", "b"))
    made.write("f", *history("a", "b", "c"))
    monkeypatch.setattr(forks, "LARGEST_SCANNED", 100)
    assert own_texts(made, "p", "f") == ["a b", "a b c"]


def test_two_clients_on_one_session_show_as_branches(made: Made) -> None:
    read = made.read(
        "s",
        user("a", content="one"),
        {"type": "attachment", "uuid": "att", "parentUuid": "a", "attachment": {"type": "x", "y": "z" * 3000}},
        answer("b", "att", "two"),
        user("c", "b", "left"),
        user("d", "b", "right"),
        answer("e", "c", "to left"),
        answer("f", "d", "to right"),
    )
    assert [(one.id, one.parent_id) for one in read.messages] == [
        *(("a", ""), ("b", ""), ("c", ""), ("d", "b"), ("e", "c"), ("f", "d")),
    ]


def test_after_compaction_the_conversation_goes_on(made: Made) -> None:
    boundary = {"type": "system", "uuid": "k", "parentUuid": None, "logicalParentUuid": "a", "content": "Compacted"}
    read = made.read("s", user("a"), user("b", "a"), boundary, user("c", "k", "sum", isCompactSummary=True))
    assert [(one.id, one.parent_id, one.hidden) for one in read.messages[2:]] == [
        ("k", "a", "system"),
        ("c", "", "system"),
    ]


def test_lines_of_another_session_stay_with_that_one(made: Made) -> None:
    made.write("t", user("x", content="of t", sessionId="t"))
    lines = [user("a", content="mine", sessionId="s"), user("x", content="of t", sessionId="t")]
    read = made.read("s", *lines, user("y", content="of nobody", sessionId="gone"))
    assert read.told == [("user", "mine"), ("user", "of nobody")]
    assert read.session.lines.dropped == {"of another session": 1}


def test_a_copied_file_keeps_its_lines(made: Made) -> None:
    made.write("t", user("b", content="other", sessionId="t"))
    assert made.read("copy", user("a", content="mine", sessionId="t")).told == [("user", "mine")]


def test_a_line_that_stands_twice_is_read_once(made: Made) -> None:
    read = made.read("s", user("a", content="once"), user("a", content="once"))
    assert (read.told, read.session.lines.dropped) == ([("user", "once")], {"duplicate": 1})


# What is shown of a line


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain", "plain"),
        (
            "<command-name>/fix</command-name>\n<command-message>fix</command-message> <command-args>it</command-args>",
            "/fix it",
        ),
        ("<command-message>fix</command-message><command-name>/fix</command-name>", "/fix"),
        ("<bash-input>ls -l</bash-input>", "!ls -l"),
        ("<system-reminder>be good</system-reminder>\nreally", "really"),
        ("really\n<system-reminder>a</system-reminder>\n<system-reminder>b</system-reminder>\n", "really"),
        ("what is <system-reminder>x</system-reminder> for?", "what is <system-reminder>x</system-reminder> for?"),
        ("<system-reminder>never closed", "<system-reminder>never closed"),
        ("<system-reminder>be good</system-reminder>", None),
        ("<local-command-stdout>x</local-command-stdout>", None),
        ("<task-notification>x</task-notification>", None),
        ("", None),
    ],
)
def test_what_a_person_wrote_is_shown(made: Made, written: str, shown: str | None) -> None:
    for content in (written, [{"type": "text", "text": written}]):
        read = made.read("s", user("a", content=content))
        assert read.told == ([] if shown is None else [("user", shown)])
        assert len(read.messages) == 1


@pytest.mark.parametrize("mark", [{"isMeta": True}, {"promptSource": "system"}, {"isCompactSummary": True}])
def test_what_the_client_wrote_is_kept_but_not_shown(made: Made, mark: dict[str, Any]) -> None:
    read = made.read("s", user("a", content="text", **mark))
    assert [(one.text, one.hidden) for one in read.messages] == [("text", "system")]


def test_a_prompt_that_waited_is_shown(made: Made) -> None:
    queued = {"type": "queued_command", "prompt": "and this", "commandMode": "prompt"}
    notice = {"type": "queued_command", "prompt": "<task-notification>", "commandMode": "task-notification"}
    read = made.read(
        "s",
        {"type": "attachment", "uuid": "a", "attachment": queued},
        {"type": "attachment", "uuid": "b", "attachment": notice},
    )
    assert read.told == [("user", "and this")]


def test_short_context_is_kept_and_long_context_is_counted(made: Made) -> None:
    short = {"type": "attachment", "uuid": "a", "attachment": {"type": "date"}, "rendered": [{"content": "today"}]}
    read = made.read("s", short, {"type": "attachment", "uuid": "b", "attachment": {"type": "skills", "x": "y" * 9000}})
    assert [(one.text, one.hidden) for one in read.messages] == [("today", "injected")]
    assert read.session.lines.dropped == {"injected context": 1}


def test_pictures_are_named_by_their_bytes(made: Made) -> None:
    data = bytes(range(256)) * 3
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}
    picture["source"]["data"] = base64.b64encode(data).decode()  # type: ignore[index]
    text = {"type": "text", "text": "look"}
    read = made.read("s", user("a", content=[text, picture]), user("b", "a", result("t", [text, picture])))
    assert read.outputs[0].output == "look"
    for attachments in (read.messages[0].attachments, read.outputs[0].attachments):
        (one,) = attachments
        assert (one.kind, one.media_type, one.size) == ("image", "image/png", len(data))
        assert one.sha256 == hashlib.sha256(data).hexdigest()


def test_unknown_records_and_blocks_are_kept_whole_and_counted(made: Made) -> None:
    block = {"type": "hologram", "rays": [1, 2]}
    read = made.read("s", {"type": "brand-new", "payload": {"x": 1}}, user("a", content=[block]), {"no": "type"})
    assert [one.record for one in read.messages] == [
        {"type": "brand-new", "payload": {"x": 1}},
        {"content": [block]},
        {"no": "type"},
    ]
    assert read.session.lines.unknown == {"brand-new": 1, "block hologram": 1, "without a type": 1}
    assert {one.hidden for one in read.messages} == {"unknown"}


def test_the_last_count_of_an_answer_counts_also_when_others_came_between(made: Made) -> None:
    usage = {"input_tokens": 7, "output_tokens": 1, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 3}
    lines = [
        answer("a", "", "x", id="m1", message={"usage": usage}),
        answer("b", "a", "y", id="m1", message={"usage": {**usage, "output_tokens": 40}}),
        user("c", "b", result("t", "out")),
        answer("d", "c", "z", id="m1", message={"usage": {**usage, "output_tokens": 90}}),
    ]
    tokens = made.read("s", *lines).session.tokens
    assert (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write) == (7, 90, 5, 3)


def test_a_persons_title_is_the_best(made: Made) -> None:
    lines: list[Any] = [
        {"type": "agent-name", "agentName": "agent"},
        {"type": "summary", "summary": "of another session", "leafUuid": "elsewhere"},
        user("a", content="x"),
    ]
    assert made.read("s", *lines).session.title == "agent"
    lines.append({"type": "summary", "summary": "summed up", "leafUuid": "a"})
    assert made.read("s", *lines).session.title == "summed up"
    lines.append({"type": "ai-title", "aiTitle": "made up"})
    assert made.read("s", *lines).session.title == "made up"
    lines += [{"type": "custom-title", "customTitle": name} for name in ("given", "given again")]
    assert made.read("s", *lines).session.title == "given again"


# Damage and hostile input


def test_damage_is_named_and_stops_nothing(made: Made) -> None:
    whole = json.dumps(user("b", "a", "spliced")).encode()
    read = made.read(
        "s",
        user("a", content="first"),
        b'{"type":"user", bad json',
        b'{"type":"ass' + whole,
        b"\0" * 300,
        b'{"type":"user","uuid":"u","message":{"content":"\xff\xfe nul \\u0000 lone \\ud83d"}}',
        b"[1,2,3]",
        b"null",
        user("c", "b", "last"),
        b'{"type":"user","uuid":"d","mess',
    )
    assert [text for _, text in read.told] == ["first", "spliced", "\ufffd\ufffd nul \0 lone \ufffd", "last"]
    assert read.session.lines.dropped == {"no JSON": 2, "only NULs": 1, "not a record": 2}
    assert len(read.session.problems) >= 6


@pytest.mark.parametrize("value", [None, 5, 1e300, True, "x", [], [[]], {}, {"a": {}}, [None, 1, "x", {"type": 1}]])
def test_a_wrong_type_anywhere_costs_no_more_than_itself(made: Made, value: Any) -> None:
    base = user("a", content="text", cwd="/x", version="1", sessionId="s", gitBranch="main", attachment={}, content_=1)
    kinds = ["user", "assistant", "system", "attachment", "custom-title", "pr-link", "mode", "new", value]
    lines: list[Any] = [{**base, "type": kind, "uuid": f"{place}"} for place, kind in enumerate(kinds)]
    for name in (*base, "toolUseResult", "isMeta", "customTitle", "promptSource", "logicalParentUuid", "content"):
        lines += [{**base, "uuid": f"{name}{kind}", "type": kind, name: value} for kind in kinds[:4]]
    for name in ("id", "model", "content", "usage"):
        lines.append(line("assistant", f"m{name}", message={name: value}))
    for name in ("type", "text", "input", "id", "name", "tool_use_id", "content", "source", "is_error", "thinking"):
        blocks = [{"type": kind, name: value} for kind in ("text", "tool_use", "tool_result", "image", "thinking")]
        lines += [user(f"b{name}", content=blocks), line("assistant", f"c{name}", content=blocks)]
    read = made.read("s", *lines, user("end", content="still here"))
    assert read.told[-1] == ("user", "still here")
    assert read.session.lines.read == len(lines) + 1


def test_a_name_of_a_wrong_type_leaves_the_rest_of_the_line(made: Made) -> None:
    read = made.read("s", user("a", content="text", cwd=5, version=["x"], isMeta="yes"))
    assert (read.told, read.session.cwd) == ([("user", "text")], "")


def test_a_time_that_is_none_is_left_out(made: Made) -> None:
    times = ["2026-13-01T00:00:00.000Z", "soon", "2026-05-01T10:00:00+02:00", "9" * 5000]
    lines = [{**user(f"u{place}"), "timestamp": time} for place, time in enumerate(times)]
    read = made.read("s", *lines)
    assert [one.time for one in read.messages] == ["", "", "2026-05-01T08:00:00.000Z", ""]
    assert read.session.started == read.session.ended == "2026-05-01T08:00:00.000Z"


def test_hostile_names_are_only_names(made: Made) -> None:
    lines = [user("a", content="x", sessionId="../../x\0" + "y" * 9000, cwd="/../../x\n")]
    lines.append(user("b", "a", result("t", "x"), toolUseResult={"agentId": "../../../etc/passwd"}))
    read = made.read("s", *lines)
    assert (read.session.cwd, read.outputs[0].session_id) == ("/../../x\n", "")


def test_deep_and_numerous_things_are_borne(made: Made) -> None:
    deep: Any = {"type": "tool_result", "tool_use_id": "t", "content": "x"}
    for _ in range(60):
        deep = {"type": "tool_result", "tool_use_id": "t", "content": [deep]}
    nested = b'{"type":"user","uuid":"n","message":{"content":' + b"[" * 50_000 + b"]" * 50_000 + b"}}"
    kinds = [{"type": f"kind {number}"} for number in range(300)]
    read = made.read("s", user("a", content=[deep]), nested, *kinds, user("z", content="end"))
    assert read.told[-1] == ("user", "end")
    assert len(read.session.lines.unknown) == 101
    assert sum(read.session.lines.unknown.values()) == 300


def test_any_input_of_a_tool_can_be_archived(made: Made) -> None:
    deep = b"[" * 200 + b"]" * 200
    given = b'{"big":1' + b"0" * 30 + b',"nan":NaN,"deep":' + deep + b',"lone":"\\ud83d","\\ud83d":1}'
    call = (
        b'{"type":"assistant","uuid":"a","message":{"content":[{"type":"tool_use","id":"t","input":' + given + b"}]}}"
    )
    assert list(made.read("s", call).messages[0].tool_calls[0].input) == ["big", "nan", "deep", "lone", "\ufffd"]


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
