"""What becomes of each line of a transcript."""

from __future__ import annotations

import json

from session_sync.transcripts.session import Git
from support.claude_sessions import Made, answer, boundary, summary, user


def attached(uuid: str, kind: str, **fields: object) -> dict[str, object]:
    return {"type": "attachment", "uuid": uuid, "attachment": {"type": kind, **fields}}


def test_two_clients_on_one_session_show_as_branches(made: Made) -> None:
    read = made.read(
        "s",
        user("a", content="one"),
        {
            "type": "attachment",
            "uuid": "att",
            "parentUuid": "a",
            "attachment": {"type": "skill_listing", "y": "z" * 3000},
        },
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
    read = made.read("s", user("a"), user("b", "a"), boundary("k", "a"), summary("c", "k", "sum"), user("d", "c", "on"))
    assert [(one.id, one.parent_id, one.kind, one.text, one.hidden) for one in read.messages[2:]] == [
        ("k", "", "compaction", "sum", ""),
        ("d", "", "", "on", ""),
    ]


def test_a_line_that_stands_twice_is_read_once(made: Made) -> None:
    read = made.read("s", user("a", content="once"), user("a", content="once"))
    assert (read.told, read.session.lines.dropped) == ([("user", "once")], {"duplicate": 1})


def test_a_prompt_that_waited_is_shown(made: Made) -> None:
    queued = {"type": "queued_command", "prompt": "and this", "commandMode": "prompt"}
    notice = {"type": "queued_command", "prompt": "<task-notification>", "commandMode": "task-notification"}
    read = made.read(
        "s",
        {"type": "attachment", "uuid": "a", "attachment": queued},
        {"type": "attachment", "uuid": "b", "attachment": notice},
    )
    assert read.told == [("user", "and this")]


def test_context_is_kept_whole_but_for_what_the_client_tells_every_model(made: Made) -> None:
    read = made.read(
        "s",
        attached("a", "date") | {"rendered": [{"content": "today"}]},
        attached("b", "news", x="y" * 9000),
        attached("c", "skill_listing", content="short"),
        attached("d", "skill_listing", content="z" * 9000),
        attached("e", "prompt_snapshot"),
        {"type": "attachment", "uuid": "f", "attachment": "only words"},
    )
    told = ["today", json.dumps({"type": "news", "x": "y" * 9000}), '{"type": "skill_listing", "content": "short"}']
    assert [one.text for one in read.messages] == [*told, '"only words"']
    assert {one.hidden for one in read.messages} == {"injected"}
    assert read.session.lines.dropped == {"tool descriptions": 1, "system prompt": 1}


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


def test_records_of_any_type_tell_where_the_session_was(made: Made) -> None:
    told = {"cwd": "/first", "gitBranch": "topic", "version": "9.1"}
    lines = [{"type": "brand-new", **told}, {"type": "mode", "cwd": "/second"}, user("a", content="go", cwd="/third")]
    session = made.read("s", *lines).session
    assert (session.cwd, session.cwds, session.client) == ("/first", ["/second", "/third"], "9.1")
    assert session.git == Git(branch="topic")
