from __future__ import annotations

from typing import Any

import pytest

from session_sync.transcripts.session import ToolCall
from support.markdown_reader import Page
from support.pages import shown, with_input

LIST = "- [x] one\n- [ ] **two**\n- [ ] three\n\n"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *(
            (name, {"todos": [{key: text, "status": status} for text, status in zip(*items, strict=True)]})
            for items in [(("one", "two", "three"), ("completed", "in_progress", "pending"))]
            for name, key in (("TodoWrite", "content"), ("write_todos", "description"), ("todowrite", "content"))
        ),
        (
            "update_plan",
            {"plan": [{"step": "one", "status": "Done"}, {"step": "two", "status": "in-progress"}, {"step": "three"}]},
        ),
    ],
)
def test_to_do_list_is_a_list(name: str, given: Any) -> None:
    made = shown(tool_calls=[ToolCall("1", name, given, "Todos have been modified successfully.", "ok")])
    assert LIST in made
    assert "modified" not in made
    assert Page(made).summaries == ["Updated the to-do list (1 of 3 done)"]


def test_failure_of_a_list_is_told() -> None:
    given = {"todos": [{"content": "one", "status": "pending"}]}
    assert "no such list" in shown(tool_calls=[ToolCall("1", "TodoWrite", given, "no such list", "error")])


def test_explanation_stands_above_the_list() -> None:
    given = {"explanation": "# Why\n\n*because*", "plan": [{"step": "one", "status": "completed"}]}
    assert "#### Why\n\n*because*\n\n- [x] one\n\n" in shown(tool_calls=[ToolCall("1", "update_plan", given)])


@pytest.mark.parametrize("todos", [[], [5], [{}], [{"content": ""}], [{"content": 5}], "x", {"a": 1}])
def test_what_is_no_list_is_json(todos: Any) -> None:
    (block,) = with_input({"todos": todos}, "TodoWrite").blocks
    assert block[0] == "json"


def test_long_list_is_cut() -> None:
    todos = [{"content": f"item {number}"} for number in range(5000)]
    made = shown(tool_calls=[ToolCall("1", "TodoWrite", {"todos": todos})])
    assert len(made) < 10_000
    assert "- *… 4,800 more …*" in made


def test_questions_are_readable() -> None:
    options = [{"label": "warp", "description": "the warp test"}, {"label": "weft"}, "both", 5, {"label": ""}]
    page = with_input({"questions": [{"question": "Which?", "options": options}, {"question": "Why?"}]})
    assert page.blocks == []
    for line in ("Which?", "Why?", "warp: the warp test", "weft", "both"):
        assert line in page.text


@pytest.mark.parametrize("questions", [[], {"a": 1}, [5], [{"question": 5}], [{}]])
def test_what_is_no_question_is_json(questions: Any) -> None:
    (block,) = with_input({"questions": questions}, "AskUserQuestion").blocks
    assert block[0] == "json"
