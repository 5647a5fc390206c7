from __future__ import annotations

import re
from typing import Any

import pytest

from session_sync.transcripts.session import Kind, Message, ToolCall
from support.markdown_reader import Page
from support.pages import a_page

TIME = "2026-11-20T14:03:00Z"


def shown(kind: Kind, text: str = "", **parts: Any) -> str:
    """The Markdown of a message at 14:03 of a day that was told."""
    page = a_page()
    page.message(Message("user", TIME, text="before"))
    return page.message(Message(**{"role": "system", "time": TIME, "kind": kind, "text": text, **parts}))


def test_command_is_a_line_of_code() -> None:
    assert shown("command", "!make test\n") == "**User ran** `!make test` · 14:03\n\n"


@pytest.mark.parametrize("text", ["/review " + "please " * 20, "!make\n  all", "/ask how do tides come about"])
def test_long_command_is_shown_like_a_prompt(text: str) -> None:
    made = shown("command", text)
    assert made.startswith("## User · 14:03\n\n")
    assert text.strip() in made


def test_output_of_a_command_is_folded_with_its_number_of_lines() -> None:
    page = Page(shown("output", "one\n  two\n\n"))
    assert page.summaries == ["Output (2 lines)"]
    assert page.blocks == [("", "one\n  two\n")]
    assert page.outside == []
    assert shown("output", " \n") == ""


def test_words_of_the_person_stand_in_the_open() -> None:
    page = Page(shown("words", "no, first fix the flaky one", role="user"))
    assert page.headings == [("h2", "User · 14:03 · answered")]
    assert page.outside == ["heading_open", "blockquote_open"]
    assert "no, first fix the flaky one" in page.text


@pytest.mark.parametrize(
    "text", ["**Q:** Which *test*?\n**A:** only <this>\none\n\n**Q:** Why?\n**A:** it fails", "Q: Which?\nA: it fails"]
)
def test_questions_stand_above_their_answers(text: str) -> None:
    page = Page(shown("words", text, role="user"))
    assert page.headings == [("h2", "User · 14:03 · answered")]
    assert "Which" in page.text.partition("it fails")[0]
    assert not re.search(r"\b[QA]:", page.text)
    assert page.dangers() == []


def test_answer_of_several_lines_stays_one() -> None:
    page = Page(shown("words", "**Q:** Which?\n**A:** a\n  b\n**Note:** not `c`", role="user"))
    assert page.blocks == [("text", "a\n  b\n"), ("text", "not `c`\n")]


@pytest.mark.parametrize("text", ["A: x\nQ: y", "no, **Q:** x", "Quick: x"])
def test_words_that_answer_no_question_are_shown_as_typed(text: str) -> None:
    made = shown("words", text)
    assert "**no" not in made
    assert text.splitlines()[0] in made


def test_compaction_is_a_line_across_with_its_summary_folded() -> None:
    page = Page(shown("compaction", "# Summary\n\nso far"))
    assert page.outside == ["hr", "paragraph_open"]
    assert "Conversation compacted · 14:03" in page.text
    assert page.summaries == ["Summary (3 lines)"]
    assert page.headings == [("h4", "Summary")]
    assert Page(shown("compaction")).outside == ["hr", "paragraph_open"]


def test_agent_is_named_and_folded_when_it_says_much() -> None:
    assert shown("agent", "Found *it*.", sender="teammate ada") == "### teammate ada · 14:03\n\nFound *it*.\n\n"
    page = Page(shown("agent", "line\n\n" * 20, sender="teammate ada"))
    assert page.headings == [("h3", "teammate ada · 14:03")]
    assert page.summaries == ["Message (39 lines)"]
    assert page.outside == ["heading_open"]
    assert shown("agent", "x").startswith("### Another agent · 14:03\n")
    assert shown("agent") == ""


def test_json_of_an_agent_is_readable() -> None:
    text = '{"found": ["' + "x" * 100 + '"], "n": 1}'
    (block,) = Page(shown("agent", text)).blocks
    assert block[0] == "json"
    assert block[1].count("\n") == 6


def test_steps_of_an_agent_that_says_nothing_are_folded() -> None:
    page = Page(shown("agent", tool_calls=[ToolCall("1", "Bash", {"command": "ls"})]))
    assert page.summaries == ["Steps", "Ran <code>ls</code>"]


def test_what_an_agent_did_is_folded_with_what_it_said() -> None:
    call = ToolCall("1", "Bash", {"command": "ls"})
    page = Page(shown("agent", "Looking.", role="assistant", sender="subagent", thinking="hm", tool_calls=[call]))
    assert page.summaries == ["Message (1 line)", "Thinking", "Ran <code>ls</code>"]
    assert page.outside == ["heading_open"]


@pytest.mark.parametrize(("kind", "name"), [("hook", "Hook feedback"), ("context", "Context from the editor")])
def test_what_is_beside_the_conversation_is_folded(kind: Kind, name: str) -> None:
    page = Page(shown(kind, "a <b>\n"))
    assert page.summaries == [f"{name} · 14:03"]
    assert page.blocks == [("text", "a <b>\n")]
    assert page.outside == []
    assert shown(kind) == ""


def test_hook_is_named() -> None:
    assert Page(shown("hook", "x", sender="Stop")).summaries == ["Hook feedback · Stop · 14:03"]


def test_interruption_is_one_line() -> None:
    assert shown("interruption", "[Request interrupted by user]") == "*Interrupted by the user · 14:03*\n\n"


def test_notice_is_one_line_or_folded() -> None:
    assert shown("notice", "API Error: *529*", sender="Codex") == "*Codex: API Error: \\*529\\* · 14:03*\n\n"
    assert shown("notice", "x") == "*Notice: x · 14:03*\n\n"
    page = Page(shown("notice", "first\nsecond"))
    assert page.summaries == ["Notice: first second · 14:03"]
    assert page.blocks == [("text", "first\nsecond\n")]
    assert shown("notice") == ""


@pytest.mark.parametrize(("kind", "name"), [("goal", "Goal"), ("review", "Review")])
def test_goal_and_review_are_a_line_and_the_text(kind: Kind, name: str) -> None:
    made = shown(kind, "all tests pass")
    assert made.startswith(f"**{name}** · 14:03\n\n")
    assert "all tests pass" in Page(made).text
    assert shown(kind) == f"**{name}** · 14:03\n\n"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://git.example.org/a/b/pull/12", "[Pull request #12](https://git.example.org/a/b/pull/12)"),
        ("https://git.example.org/a/b/-/merge_requests/3", "[Pull request #3]"),
        ("The branch: https://git.example.org/a/b.", "[The branch](https://git.example.org/a/b)"),
        ("https://git.example.org/a", "[https://git.example.org/a](https://git.example.org/a)"),
        ("PR (https://git.example.org/a/b/pull/12)", "[PR](https://git.example.org/a/b/pull/12)"),
    ],
)
def test_link_leads_there(text: str, link: str) -> None:
    assert shown("link", text).startswith(f"↳ {link}")


@pytest.mark.parametrize("text", ["javascript:alert(1)", "ftp://git.example.org/a", "https://git.example.org@evil/x"])
def test_link_to_no_page_is_none(text: str) -> None:
    assert Page(shown("link", text)).dangers() == []
    assert "](" not in shown("link", text)


def test_message_that_is_gone_is_shown_as_it_was() -> None:
    assert a_page().message(Message("user", text="x", is_gone=True)) == "## User\n\n> x\n\n"


@pytest.mark.parametrize("kind", ["hook", "context", "interruption", "notice"])
def test_day_is_left_to_the_next_heading(kind: Kind) -> None:
    page = a_page()
    assert "2026" not in page.message(Message("system", TIME, kind=kind, text="x"))
    assert page.message(Message("user", TIME, text="x")).startswith("## User · 2026-11-20 14:03\n")


def test_day_is_told_by_the_next_when_nothing_was_shown() -> None:
    page = a_page()
    assert page.message(Message("system", TIME, kind="agent")) == ""
    assert page.message(Message("user", TIME, text="x")).startswith("## User · 2026-11-20 14:03\n")


def test_answer_after_a_command_has_a_heading() -> None:
    page = a_page()
    given = (Message("assistant", TIME, text="a"), Message("user", TIME, kind="command", text="/cost"))
    assert [page.message(one)[:3] for one in (*given, Message("assistant", TIME, text="b"))] == ["###", "**U", "###"]
    assert page.message(Message("system", TIME, kind="interruption")).startswith("*")
    assert page.message(Message("assistant", TIME, text="b")) == "b\n\n"
