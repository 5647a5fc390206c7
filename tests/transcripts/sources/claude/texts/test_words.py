"""A person's own words in the results of tools."""

from __future__ import annotations

from typing import Any

import pytest

from support.claude_sessions import Made, result, user

REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the "
    "new_string was NOT written to the file). "
)
NOTE = (
    "\n\nNote: The user's next message may contain a correction or preference. Pay close attention — if they explain "
    "what went wrong or how they'd prefer you to work, consider saving that to memory for future sessions."
)


def said(made: Made, text: Any, **more: Any) -> list[str]:
    read = made.read("s", user("a", content=result("t", text), **more))
    assert len(read.outputs) == 1
    assert {(one.role, one.kind) for one in read.messages} <= {("user", "words")}
    return [one.text for one in read.messages]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (REFUSED + "To tell you how to proceed, the user said:\nno, the\nother: yes", "no, the\nother: yes"),
        (REFUSED + "To tell you how to proceed, the user said:\nno" + NOTE, "no"),
        (REFUSED + "The user provided the following reason for the rejection:  too slow", "too slow"),
        ("Error: " + REFUSED + "The user said:\nno", "no"),
        ("Permission for this tool use was denied. The tool use was rejected. The user said:\nnot that", "not that"),
        (REFUSED + "STOP what you are doing and wait for the user to tell you how to proceed.", None),
        (REFUSED + NOTE, None),
        ("The agent proposed a plan that was rejected by the user.\n\nRejected plan:\nUser feedback: is shown", None),
        ("the log says: the user said: hello", None),
        (
            REFUSED + "To tell you how to proceed, the user said:\nThe user wants to clarify these questions.\n"
            '    Questions asked:\n- "Which?"\n  Answer: both\n- "Why?"\n  (No answer provided)',
            "**Q:** Which?\n**A:** both",
        ),
    ],
)  # fmt: skip
def test_the_reason_of_a_refusal(made: Made, text: str, words: str | None) -> None:
    for content in (text, [{"type": "text", "text": text}]):
        assert said(made, content) == ([] if words is None else [words])


APPROVED = "User has approved your plan. You can now start coding.\n\nYour plan has been saved to: /p.md"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (APPROVED, None),
        (APPROVED + "\n\nUser feedback on this plan: keep it\nshort", "keep it\nshort"),
        (APPROVED + "\n\n## User feedback:\nkeep it short\n\n## Approved Plan:\n# Plan", "keep it short"),
        (APPROVED + "\n\n## Approved Plan:\n# Plan\n\nUser feedback: is shown", None),
    ],
)
def test_what_was_said_when_a_plan_was_approved(made: Made, text: str, words: str | None) -> None:
    assert said(made, text) == ([] if words is None else [words])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'User has answered your questions: "Which test?"="only the shuttle". You can now continue with the user\'s '
            "answers in mind.",
            "**Q:** Which test?\n**A:** only the shuttle",
        ),
        (
            'Your questions have been answered: "A?"="x, y", "B?"="say "no", then go". You can now continue with these '
            "answers in mind.",
            '**Q:** A?\n**A:** x, y\n\n**Q:** B?\n**A:** say "no", then go',
        ),
        (
            'The user answered: "A?"="x" selected preview:\n+---+\n| x | notes: but small, "B?"="y". Read the answers '
            "carefully — they may request clarification",
            "**Q:** A?\n**A:** x\n**Note:** but small\n\n**Q:** B?\n**A:** y",
        ),
        (
            'The user answered: "A?"=(no option selected) notes: neither. Read the answers carefully',
            "**Q:** A?\n**Note:** neither",
        ),
        ("The user responded: do as you like", "do as you like"),
        (
            'The user asked for more questions before you proceed. So far they answered: "A?"="x". They also wrote: '
            '"more". Call Ask again with follow-up questions',
            "**Q:** A?\n**A:** x\n\nmore",
        ),
        ("The user did not answer the questions.", None),
        ("User has answered your questions: . You can now continue", None),
    ],
)
def test_answers_in_the_text(made: Made, text: str, words: str | None) -> None:
    assert said(made, text) == ([] if words is None else [words])


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"answers": {"A?": "x", "B?": ["y", "z"], "C?": 7}}, "**Q:** A?\n**A:** x\n\n**Q:** B?\n**A:** y, z"),
        ({"answers": {"A?": "x"}, "annotations": {"A?": {"notes": "small"}}}, "**Q:** A?\n**A:** x\n**Note:** small"),
        ({"answers": {}}, None),
        ({"answers": "odd", "annotations": [1]}, None),
    ],
)  # fmt: skip
def test_answers_that_the_client_noted(made: Made, outcome: Any, words: str | None) -> None:
    assert said(made, "Answered.", toolUseResult=outcome) == ([] if words is None else [words])


def test_json_that_has_answers_is_no_persons(made: Made) -> None:
    assert said(made, '{"answers": {"a": "b"}}', toolUseResult={"answers": {"a": "b"}}) == []


def test_hostile_answers_take_no_time(made: Made) -> None:
    for text in (
        'User has answered your questions: "' + 'a"="b", "' * 50_000,
        'The user answered: "a"="' + '" notes: ' * 50_000,
    ):
        assert len(said(made, text)) <= 1
