"""What the client's own records say."""

from __future__ import annotations

from typing import Any

import pytest

from support.claude_sessions import Made, Read, answer, boundary, summary, user


def system(subtype: str, content: Any = None, uuid: str = "a", **more: Any) -> dict[str, Any]:
    told = {} if content is None else {"content": content}
    return {"type": "system", "uuid": uuid, "subtype": subtype, **told, **more}


def shown(read: Read) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in read.messages if not one.hidden]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"status": 529, "error": {"type": "overloaded_error", "message": "Overloaded"}}, "API error 529: Overloaded"),
        ({"status": 500, "error": {"type": "error", "error": {"type": "x", "message": "Bad"}}}, "API error 500: Bad"),
        ({"cause": {"code": "ECONNRESET"}}, "API error ECONNRESET"),
        ({"message": "no network"}, "API error no network"),
        ("no network", "API error no network"),
        ({}, "API error"),
        (None, "API error"),
        ({"status": True, "error": [1]}, "API error"),
    ],
)  # fmt: skip
def test_errors_of_the_api_are_told(made: Made, error: Any, text: str) -> None:
    read = made.read("s", system("api_error", error=error, level="error"))
    assert [(one.role, *told) for one, told in zip(read.messages, shown(read), strict=True)] == [
        ("system", "notice", text)
    ]


def test_one_error_is_told_once_however_often_it_is_tried(made: Made) -> None:
    tries = [system("api_error", uuid=f"e{number}", error={"status": 529}, retryAttempt=number) for number in range(5)]
    read = made.read("s", *tries, answer("b", "e4", "ok"), system("api_error", uuid="z", error={"status": 529}))
    assert shown(read) == [("notice", "API error 529"), ("", "ok"), ("notice", "API error 529")]
    assert len(read.messages) == 7


@pytest.mark.parametrize(
    ("record", "kind", "text"),
    [
        (system("away_summary", "Two tests were fixed."), "notice", "Two tests were fixed."),
        (system("informational", "Auto mode denied: rm", level="warning"), "notice", "Auto mode denied: rm"),
        (system("model_refusal_fallback", "Went on with x"), "notice", "Went on with x"),
        (system("not_known_yet", "Something happened"), "notice", "Something happened"),
        (system("", "Something failed", level="error"), "notice", "Something failed"),
        (system("local_command", "<command-name>/cost</command-name>"), "command", "/cost"),
        (system("local_command", "<local-command-stdout>$1</local-command-stdout>"), "output", "$1"),
        (system("local_command", "$1"), "output", "$1"),
        (system("stop_hook_summary", hookErrors=["lint failed", {"message": "bad"}]), "hook", "lint failed\nbad"),
        (system("stop_hook_summary", "", stopReason="not yet", preventedContinuation=True), "hook", "not yet"),
    ],
)
def test_what_a_person_would_have_seen_is_shown(made: Made, record: Any, kind: str, text: str) -> None:
    assert shown(made.read("s", record)) == [(kind, text)]


@pytest.mark.parametrize(
    "record",
    [
        system("", "hook completed", level="info"),
        system("bridge_status", "continue at https://x.example/secret"),
        system("informational", "for the model", isMeta=True),
    ],
)
def test_what_says_nothing_to_a_reader_is_kept(made: Made, record: Any) -> None:
    read = made.read("s", record)
    assert [(one.text, one.hidden) for one in read.messages] == [(record["content"], "system")]


@pytest.mark.parametrize(
    "record", [system("turn_duration"), system("stop_hook_summary", hookErrors=[]), system("x", " "), system("x", 7)]
)
def test_mere_state_is_left_out(made: Made, record: Any) -> None:
    read = made.read("s", record)
    assert (read.messages, read.session.lines.dropped) == ([], {"client state": 1})


@pytest.mark.parametrize(
    ("text", "more", "kind", "hidden"),
    [
        ("API Error: 529 Overloaded", {"isApiErrorMessage": True}, "notice", ""),
        ("Prompt is too long", {}, "notice", ""),
        ("No response requested.", {}, "notice", "system"),
    ],
)
def test_what_the_client_says_in_the_models_name(made: Made, text: str, more: Any, kind: str, hidden: str) -> None:
    read = made.read("s", answer("a", "", text, message={"model": "<synthetic>"}, **more))
    assert [(one.role, one.kind, one.text, one.hidden) for one in read.messages] == [("system", kind, text, hidden)]


def test_a_compaction_is_one_message_wherever_its_summary_comes(made: Made) -> None:
    begin = [user("a", content="x"), boundary("k", "a")]
    context = {"type": "attachment", "uuid": "c", "parentUuid": "k", "attachment": {"type": "date"}}
    for lines in ([summary("s", "k", "sum")], [context, summary("s", "c", "sum")]):
        assert shown(made.read("s", *begin, *lines, user("b", "s", "y"))) == [
            ("", "x"),
            ("compaction", "sum"),
            ("", "y"),
        ]
    assert shown(made.read("s", *begin, user("b", "k", "y"))) == [("", "x"), ("compaction", ""), ("", "y")]
    late = made.read("s", user("a", content="x"), summary("s", "a", "sum"), boundary("k", "s"), user("b", "k", "y"))
    assert shown(late) == [("", "x"), ("compaction", "sum"), ("", "y")]


def test_a_second_compaction_that_repeats_the_history_repeats_nothing(made: Made) -> None:
    first = [user("a", content="warp"), answer("b", "a", "fine")]
    read = made.read(
        "s",
        *[*first, boundary("k", "b"), summary("s", "k", "the warp"), user("c", "s", "weft")],
        *[*first, boundary("l", "b"), summary("t", "l", "the weft"), user("d", "t", "shuttle")],
    )
    assert shown(read) == [
        *[("", "warp"), ("", "fine"), ("compaction", "the warp"), ("", "weft")],
        *[("compaction", "the weft"), ("", "shuttle")],
    ]


def test_other_compactions_are_told(made: Made) -> None:
    collapse = {"type": "marble-origami-commit", "summary": "two turns", "timestamp": "2026-05-01T10:00:00.000Z"}
    read = made.read("s", boundary("k", "", "microcompact_boundary"), collapse, user("a", content="on"))
    assert shown(read) == [("compaction", ""), ("compaction", "two turns"), ("", "on")]


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ({"prUrl": "https://x.example/7", "prNumber": 7, "prRepository": "a/loom"}, "a/loom#7 https://x.example/7"),
        ({"prUrl": "https://forge.example/7"}, "https://forge.example/7"),
        ({"prUrl": "https://forge.example/7", "prNumber": "7", "title": 7}, "#7 https://forge.example/7"),
        ({"type": "frame-link", "frameUrl": "https://x.example/1", "title": "A chart"}, "A chart https://x.example/1"),
    ],
)  # fmt: skip
def test_a_link_is_told_once(made: Made, link: Any, text: str) -> None:
    record = {"type": "pr-link", **link}
    read = made.read("s", user("a", content="x"), record, record, answer("b", "a", "y"))
    assert shown(read) == [("", "x"), ("link", text), ("", "y")]
    assert read.session.lines.dropped == {"no new link": 1}


def test_a_count_of_links_is_no_link(made: Made) -> None:
    assert made.read("s", {"type": "frame-link", "artifactCount": 2}).messages == []


@pytest.mark.parametrize(
    "kind", ["agent-setting", "worktree-state", "bridge-session", "agent-color", "file-history-delta", "session-owner"]
)
def test_records_of_newer_clients_are_known(made: Made, kind: str) -> None:
    read = made.read("s", {"type": kind, "sessionId": "s"}, user("a", content="x"))
    assert (len(read.messages), read.session.lines.unknown) == (1, {})
