"""A person's own words in the results of tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Message
from support.gemini_sessions import MAIN, put, read, said

QUESTIONS = {"questions": [{"question": "Which test?", "header": "Test"}, {"question": "Why?", "header": "Why"}]}


def words(chats: Path, name: str, args: Any, output: str) -> list[str]:
    answer = {"functionResponse": {"id": "t", "name": name, "response": {"output": output}}}
    call = {"id": "t", "name": name, "args": args, "status": "success", "result": [answer]}
    items = read(put(chats, MAIN, said("a", "go"), said("b", "", "gemini", toolCalls=[call])))[1]
    return [one.text for one in items if isinstance(one, Message) and one.kind == "words"]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (
            {"0": "the red one", "1": "it is loose"},
            ["**Q:** Which test?\n**A:** the red one\n\n**Q:** Why?\n**A:** it is loose"],
        ),
        ({"1": "it is loose"}, ["**Q:** Why?\n**A:** it is loose"]),
        ({}, []),
        ([1], []),
    ],
)
def test_answers_to_questions_are_the_persons(chats: Path, answers: Any, told: list[str]) -> None:
    assert words(chats, "ask_user", QUESTIONS, json.dumps({"answers": answers})) == told
    assert words(chats, "read_file", QUESTIONS, json.dumps({"answers": answers})) == []


@pytest.mark.parametrize("output", ["User dismissed ask_user dialog.", "{", "[" * 5000])
def test_what_holds_no_answers_is_none(chats: Path, output: str) -> None:
    assert words(chats, "ask_user", QUESTIONS, output) == []


def test_why_a_plan_is_not_accepted_is_the_persons(chats: Path) -> None:
    rejected = "Plan rejected. User feedback: keep it\nshort\n\nThe plan is stored at: /p.md\nRevise the plan."
    assert words(chats, "exit_plan_mode", {}, rejected) == ["keep it\nshort"]
    assert words(chats, "exit_plan_mode", {}, "Plan approved. Switching to Default mode") == []
