"""Questions beside the conversation."""

from __future__ import annotations

import pytest

from session_sync.transcripts.session import Link
from support.claude_sessions import Made, answer, found, user

WORDS = "<system-reminder>This is a side question from the user. You must answer it.</system-reminder>\n\nWhy so?"
NAME = "s/subagents/agent-aside_question-0123456789abcdef"


@pytest.mark.parametrize("asked", [WORDS, [{"type": "text", "text": WORDS}], "Why so?"])
def test_of_an_aside_the_question_and_its_answer_are_read(made: Made, asked: object) -> None:
    made.write("s", user("a", content="go"), answer("b", "a", "gone"))
    made.write(NAME, user("a", content="go"), answer("b", "a", "gone"), user("q", "b", asked), answer("r", "q", "So."))
    read = made.read(NAME.replace("/subagents", ""))
    assert read.told == [("user", "Why so?"), ("assistant", "So.")]
    assert read.session.parent == Link("s")
    assert read.session.fork == Link("s", "b")


def test_of_an_aside_whose_session_is_gone_all_is_read(made: Made) -> None:
    made.write(NAME, user("a", content="go"), user("q", "a", WORDS))
    assert list(found(made.root)) == [NAME.replace("/subagents", "")]
    assert made.read(NAME.replace("/subagents", "")).told == [("user", "go"), ("user", "Why so?")]
