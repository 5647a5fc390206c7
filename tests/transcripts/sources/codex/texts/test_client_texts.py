"""Goals, reviews and notices, as a reader is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.transcripts.sources.codex.format.kinds import DROPPED_EVENTS, DROPPED_ITEMS, EVENTS, ITEMS, STATES
from support.codex_sessions import Line, completed, event, item, read_lines


def told(tmp_path: Path, *lines: Line) -> list[tuple[str, str]]:
    _, messages = read_lines(tmp_path, *lines)
    assert {one.role for one in messages} <= {"system"}
    return [(one.kind, one.text) for one in messages if not one.hidden]


def goal(**facts: object) -> Line:
    return event(type="thread_goal_updated", threadId="1", goal=facts)


def test_goal_is_told_when_it_changes(tmp_path: Path) -> None:
    lines = [goal(objective="Ship it", status="active", tokensUsed=number) for number in (1, 2)]
    lines += [goal(objective="Ship it", status="complete"), event(type="thread_goal_cleared")]
    assert told(tmp_path, *lines) == [
        ("goal", "Ship it"),
        ("goal", "Ship it (complete)"),
        ("goal", "The goal was cleared."),
    ]


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"user_facing_hint": "current changes", "target": {"type": "uncommittedChanges"}}, "current changes"),
        ({"target": {"type": "baseBranch", "branch": "main"}}, "the changes since the branch main"),
        ({"target": {"type": "commit", "sha": "abc", "title": "Tie"}}, "the commit abc Tie"),
        ({"target": {"type": "custom", "instructions": "the knots"}}, "the knots"),
        ({"prompt": "the old way", "target": 7}, "the old way"),
        ({}, "the changes"),
    ],
)
def test_review_that_was_asked_for(tmp_path: Path, facts: Line, wanted: str) -> None:
    assert told(tmp_path, event(type="entered_review_mode", **facts)) == [("review", f"Review of {wanted}")]


def test_what_a_review_found(tmp_path: Path) -> None:
    place = {"absolute_file_path": "/w.c", "line_range": {"start": 1, "end": 2}}
    found = {"title": "[P1] A knot", "body": "It is\n\nloose.", "code_location": place}
    output = {"findings": [found, "x"], "overall_correctness": "incorrect", "overall_explanation": "One."}
    ((kind, text),) = told(tmp_path, event(type="exited_review_mode", review_output=output))
    assert kind == "review"
    wanted = "The review was ended: incorrect\n\nOne.\n\n- [P1] A knot — /w.c:1-2\n\n  It is\n\n  loose.\n\n- "
    assert text == wanted


def test_review_that_found_nothing_and_review_items(tmp_path: Path) -> None:
    lines = [
        completed(type="EnteredReviewMode", id="1", review="current changes"),
        completed(type="exitedReviewMode", id="2", review="All is well."),
    ]
    ended = event(type="exited_review_mode", review_output=None)
    assert told(tmp_path / "event", ended) == [("review", "The review was ended.")]
    assert [text for _, text in told(tmp_path / "items", *lines)] == [
        "Review of current changes",
        "The review was ended: All is well.",
    ]


def test_notices_and_what_hooks_said(tmp_path: Path) -> None:
    lines = [
        event(type="deprecation_notice", summary="Old", details="Use new"),
        event(type="guardian_assessment", status="denied", rationale="too bold"),
        event(type="guardian_assessment", status="in_progress"),
        event(type="hook_completed", run={"entries": [{"kind": "feedback", "text": "Tests fail"}]}),
        event(type="hook_completed", run={"entries": []}),
    ]
    assert told(tmp_path, *lines) == [
        ("notice", "Deprecation notice: Old, Use new"),
        ("notice", "Guardian assessment: denied, too bold"),
        ("hook", "Tests fail"),
    ]


def test_name_that_was_given_is_the_title(tmp_path: Path) -> None:
    session, _ = read_lines(tmp_path, event(type="thread_name_updated", thread_name="The  loom"))
    assert session.title == "The loom"


def test_no_type_that_we_know_is_unknown(tmp_path: Path) -> None:
    lines = [*(event(type=one) for one in EVENTS - {"item_completed", "raw_response_item"})]
    lines += [*(item(type=one) for one in ITEMS - {"message"}), *({"type": one, "payload": {}} for one in STATES)]
    session, _ = read_lines(tmp_path, *lines)
    assert session.lines.unknown == {}
    assert session.lines.read == len(lines)
    assert set(DROPPED_EVENTS.values()) | set(DROPPED_ITEMS.values()) <= session.lines.dropped.keys()


def test_item_that_stands_in_an_event(tmp_path: Path) -> None:
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}
    _, messages = read_lines(tmp_path, event(type="raw_response_item", item=message))
    assert [one.text for one in messages] == ["hello"]


def test_review_that_two_records_tell_is_there_once(tmp_path: Path) -> None:
    lines = [
        event(type="entered_review_mode", user_facing_hint="current changes"),
        completed(type="EnteredReviewMode", id="1", review="current changes"),
        event(type="exited_review_mode", review_output={"overall_correctness": "correct"}),
        completed(type="ExitedReviewMode", id="2", review="All is well."),
    ]
    assert told(tmp_path, *lines) == [
        ("review", "Review of current changes"),
        ("review", "The review was ended: correct"),
    ]


def test_conversation_by_voice_is_one_like_any_other(tmp_path: Path) -> None:
    parts = [{"type": "realtime_session_started"}, {"type": "transcript_segment", "role": "user", "text": "Any knots?"}]
    parts += [{"type": "transcript_segment", "role": "assistant", "text": "Two."}, {"type": "realtime_session_closed"}]
    session, messages = read_lines(tmp_path, *({"type": "realtime_item", "payload": one} for one in parts))
    assert [(one.role, one.text) for one in messages] == [("user", "Any knots?"), ("assistant", "Two.")]
    assert session.lines.dropped == {"turn mark": 2}
