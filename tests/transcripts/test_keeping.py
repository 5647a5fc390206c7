"""No source that shrinks makes the archive shrink."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.archive import hidden_json
from session_sync.transcripts.session import Message
from support import agents, gemini_sessions, opencode_sessions
from support.archives import Export, Run, report
from support.opencode_sessions import asked, change
from support.templates import expand

GONE = "*No longer in the transcript; kept from an earlier export.*"
Damage = Callable[[Path], object]


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


def rewrite(path: Path, lines: list[str]) -> None:
    path.write_text("".join(lines))


def head(export: Export) -> hidden_json.SessionHead:
    (path,) = hidden_json.session_files(export.out)
    return hidden_json.verified_head(path)


def messages(export: Export) -> list[Message]:
    (path,) = hidden_json.session_files(export.out)
    return list(hidden_json.messages(path))


def texts(export: Export, gone: bool) -> list[str]:
    """What was said, as far as it is gone or not."""
    return [one.text for one in messages(export) if one.text and one.is_gone == gone]


@pytest.fixture
def transcript(export: Export) -> Path:
    """A Claude session of three prompts, which is archived."""
    path = agents.claude(export.home, 1, "One", "Two", "Three")
    export()
    return path


def test_what_a_source_loses_stays(export: Export, transcript: Path) -> None:
    names = export.files().keys()
    rewrite(transcript, lines_of(transcript)[8:])
    export()
    assert export.files().keys() == names
    assert texts(export, gone=True) == ["One", "Answer 0 to One", "Two", "Answer 1 to Two"]
    assert texts(export, gone=False) == ["Three", "Answer 2 to Three"]
    (markdown,) = export.markdown()
    assert markdown.read_text().startswith("# One\n")
    assert markdown.read_text().count(GONE) == 1
    assert markdown.read_text().index(GONE) < markdown.read_text().index("Answer 0 to One")
    assert (head(export).gone, head(export).message_count, head(export).prompts) == (6, 9, 3)
    before = export.times()
    assert export()["exported"] == []
    assert export.times() == before


def new_ids(path: Path) -> None:
    """Write a resumed session anew: other ids, and only the last prompt."""
    rewrite(
        path, [json.dumps({**json.loads(line), "uuid": f"new{n}"}) + "\n" for n, line in enumerate(lines_of(path))][8:]
    )


@pytest.mark.parametrize(
    ("damage", "left"),
    [
        (lambda path: path.write_bytes(b""), []),
        (lambda path: path.write_bytes(b"\n"), []),
        (lambda path: path.write_bytes(b'{"type":"mode","mode":"x"}\n'), []),
        (lambda path: path.write_bytes(b'{"type":"custom-title","customTitle":"Stub"}\n'), []),
        (lambda path: path.write_bytes(b"\0" * path.stat().st_size), []),
        (lambda path: path.write_bytes(path.read_bytes()[:400]), ["One"]),
        (lambda path: rewrite(path, lines_of(path)[:5]), ["One", "Answer 0 to One", "Two"]),
        (lambda path: rewrite(path, lines_of(path)[8:]), ["Three", "Answer 2 to Three"]),
        (new_ids, ["Three", "Answer 2 to Three"]),
        (lambda path: rewrite(path, [line for line in lines_of(path) if "Two" not in line]),
         ["One", "Answer 0 to One", "Three", "Answer 2 to Three"]),
        (lambda path: rewrite(path, lines_of(path)[::-1]),
         ["Answer 2 to Three", "Three", "Answer 1 to Two", "Two", "Answer 0 to One", "One"]),
    ],
)  # fmt: skip
def test_however_a_claude_session_shrinks(
    export: Export, transcript: Path, run_verb: Run, damage: Damage, left: list[str]
) -> None:
    whole, before, names = transcript.read_bytes(), texts(export, gone=False), export.files().keys()
    damage(transcript)
    export()
    assert export.files().keys() == names
    assert texts(export, gone=False) == left
    assert texts(export, gone=True) == [one for one in before if one not in left]
    assert report(run_verb, "verify", export.out, 0)["problems"] == []
    again = export.times()
    assert export()["exported"] == []
    assert export.times() == again
    transcript.write_bytes(whole)
    export()
    assert (texts(export, gone=False), texts(export, gone=True), head(export).gone) == (before, [], 0)


def test_what_is_gone_stays_while_the_session_goes_on(export: Export, transcript: Path) -> None:
    rewrite(transcript, lines_of(transcript)[8:])
    export()
    (markdown,) = export.markdown()
    gone = texts(export, gone=True)
    later = agents.claude_lines(agents.session_id(1), ["Later"], "/work/pilot", minute=30)
    with transcript.open("a") as stream:
        stream.writelines(json.dumps({**line, "uuid": f"later{n}"}) + "\n" for n, line in enumerate(later))
    export()
    assert texts(export, gone=True) == gone
    assert texts(export, gone=False)[-2:] == ["Later", "Answer 0 to Later"]
    assert markdown.read_text().count(GONE) == 1


def test_a_message_that_lost_its_words_stands_beside_what_it_was(export: Export, transcript: Path) -> None:
    rewrite(transcript, [line.replace('"content": "done"', '"content": "[cleared]"') for line in lines_of(transcript)])
    export()
    outputs = [(call.output, one.is_gone) for one in messages(export) for call in one.tool_calls]
    assert sorted(outputs) == [("[cleared]", False)] * 3 + [("done", True)] * 3
    assert not texts(export, gone=True)


def test_the_facts_that_are_lost_stay(export: Export, transcript: Path) -> None:
    with transcript.open("a") as stream:
        stream.write(
            json.dumps({"type": "custom-title", "customTitle": "Mine", "sessionId": agents.session_id(1)}) + "\n"
        )
    export()
    before = head(export)
    transcript.write_bytes(b'{"type":"mode","mode":"x"}\n')
    export()
    after = head(export)
    for name in ("title", "cwd", "project", "git", "started", "ended", "models", "tokens", "client", "prompts"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.raw != before.raw


def test_the_same_word_said_again_is_another_message(export: Export) -> None:
    path = agents.claude(export.home, 1, "continue", "Two")
    export()
    later = agents.claude_lines(agents.session_id(1), ["continue"], "/work/pilot", minute=30)
    rewrite(path, [json.dumps({**line, "uuid": f"later{n}"}) + "\n" for n, line in enumerate(later)])
    export()
    assert texts(export, gone=False)[0] == "continue"
    assert texts(export, gone=True)[0] == "continue"


def test_a_customers_session_whose_file_becomes_anothers_stays_with_the_customer(export: Export) -> None:
    path = agents.claude(export.home, 1, "Ours", cwd="/work/CUST-acme-x")
    export()
    agents.write_lines(path, agents.claude_lines(agents.session_id(1), ["Theirs"], "/work/pilot", minute=9)[2:])
    export()
    assert (head(export).project, texts(export, gone=True)[0]) == ("CUST-acme-x", "Ours")


def test_what_is_gone_is_redacted_by_the_rules_of_now(export: Export) -> None:
    mail = "grace.hopper@brightwater.io"
    path = agents.claude(export.home, 1, f"write to {mail} at once", "Two")
    config = export.home / ".session-sync" / "config.yaml"
    config.write_text("policies:\n- {match: '*', policy: 'off'}\n")
    export()
    config.write_text("policies:\n- {match: '*', policy: standard}\n")
    rewrite(path, lines_of(path)[4:])
    export()
    assert mail.encode() not in b"".join(export.files().values())
    assert "write to [REDACTED:email" in texts(export, gone=True)[0]
    assert sum(one.is_gone for one in messages(export)) == 3


def test_looser_rules_bring_back_what_the_source_still_has(export: Export) -> None:
    path = agents.claude(export.home, 1, "write to grace.hopper@brightwater.io at once", "Two")
    export()
    (export.home / ".session-sync" / "config.yaml").write_text("policies:\n- {match: '*', policy: 'off'}\n")
    rewrite(path, lines_of(path)[:4])
    export()
    assert texts(export, gone=False)[0] == "write to grace.hopper@brightwater.io at once"
    assert texts(export, gone=True) == ["Two", "Answer 1 to Two"]


def test_a_value_that_was_half_written_is_not_kept_beside_the_whole(export: Export) -> None:
    token = expand("ghp_<<alnum:36>>", "token")
    database = make_opencode(export.home, f"take {token[:9]}")
    export()
    change(
        database,
        "UPDATE part SET data = ?, time_updated = 9",
        json.dumps({"type": "text", "text": f"take {token} now"}),
    )
    touch(database)
    export()
    assert [one.is_gone for one in messages(export)] == [False]
    assert texts(export, gone=False)[0].startswith("take [REDACTED")


def test_verify_tells_what_only_the_archive_has(export: Export, transcript: Path, run_verb: Run) -> None:
    rewrite(transcript, lines_of(transcript)[4:])
    export()
    assert (found := report(run_verb, "verify", export.out, 0)).items() >= {"gone": 3, "shrunk_sessions": 1}.items(), (
        found
    )
    said = run_verb("export", "verify", str(export.out)).out
    assert "3 messages of 1 session are no longer in their source; the archive keeps them\n" in said


def test_a_codex_session_that_shrinks(export: Export) -> None:
    path = agents.codex(export.home, 1, "One", "Two")
    export()
    for lines, left in ((lines_of(path)[:3], ["One", "Answer to One"]), ([], [])):
        rewrite(path, lines)
        export()
        assert texts(export, gone=False) == left
        assert {*texts(export, gone=True), *left} == {"One", "Answer to One", "Two", "Answer to Two"}
    assert head(export).project == "pilot"


def touch(path: Path) -> None:
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 10**9))


def make_opencode(home: Path, *prompts: str) -> Path:
    database = home / ".local" / "share" / "opencode" / "opencode.db"
    opencode_sessions.create(database)
    opencode_sessions.add_session(database, *(asked({"type": "text", "text": one}) for one in prompts))
    return database


@pytest.mark.parametrize(
    ("statement", "gone"),
    [
        ("DELETE FROM message WHERE id = 'm0'", ["One"]),
        ("DELETE FROM part WHERE message_id = 'm0'", ["One"]),
        ("DELETE FROM message", ["One", "Two"]),
        ("UPDATE part SET data = '{}', time_updated = 9 WHERE message_id = 'm1'", ["Two"]),
        ("UPDATE part SET data = replace(data, 'One', 'One and more'), time_updated = 9", []),
    ],
)
def test_rows_of_opencode_that_are_gone(export: Export, statement: str, gone: list[str]) -> None:
    database = make_opencode(export.home, "One", "Two")
    export()
    change(database, statement)
    touch(database)
    export(code=int("part" not in statement))  # parts without their message are told
    assert texts(export, gone=True) == gone
    assert head(export).title == "t"


@pytest.mark.parametrize("left", [slice(2, None), slice(0, 1), slice(0, 0)])
def test_a_gemini_log_that_is_written_anew(export: Export, left: slice) -> None:
    chats = export.home / ".gemini" / "tmp" / "pilot" / "chats"
    chats.mkdir(parents=True)
    said: list[Any] = [gemini_sessions.said(f"id{number}", f"Prompt {number}") for number in range(4)]
    gemini_sessions.put(chats, gemini_sessions.MAIN, *said)
    export()
    gemini_sessions.put(chats, gemini_sessions.MAIN, *said[left])
    export()
    here = [one["content"] for one in said[left]]
    assert texts(export, gone=False) == here
    assert sorted([*texts(export, gone=True), *here]) == [one["content"] for one in said]


def test_a_gemini_session_that_is_left_in_the_log_of_prompts_alone_is_not_there_twice(export: Export) -> None:
    chats = export.home / ".gemini" / "tmp" / "pilot" / "chats"
    chats.mkdir(parents=True)
    path = gemini_sessions.put(chats, gemini_sessions.MAIN, gemini_sessions.said("a", "Hello"))
    prompts = [
        {
            "sessionId": session_id,
            "messageId": 0,
            "type": "user",
            "message": "Hello",
            "timestamp": "2026-01-02T03:04:05Z",
        }
        for session_id in (gemini_sessions.MAIN["sessionId"], "11111111-aaaa-4000-8000-000000000000")
    ]
    (chats.parent / "logs.json").write_text(json.dumps(prompts))
    assert len(export()["exported"]) == 2
    before = export.files()
    path.unlink()  # the client keeps its sessions for a while only
    report = export()
    assert [len(one) for one in report["left_out"].values()] == [1]
    assert export.files() == before
    assert export()["left_out"] == {}
