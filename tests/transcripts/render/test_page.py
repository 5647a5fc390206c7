from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from session_sync.transcripts.render import page as render_page
from session_sync.transcripts.session import (
    Attachment,
    Git,
    Kind,
    Lines,
    Link,
    Message,
    Problem,
    Session,
    ToolCall,
)
from support.homes import FIXTURES
from support.markdown_reader import Page
from support.pages import a_page, no_links, shown, some_links

RENDERED = FIXTURES / "render"
HOSTILE = [
    "```",
    "````\n```\n~~~",
    "</details></summary>",
    "<details><summary>",
    "<script>alert(1)</script>",
    "<img src=http://t/p.png onerror=x>",
    "<!-- never closed",
    "<?php",
    "<![CDATA[",
    "![track](http://t/p.png)",
    "[![track](http://t/p.png)](http://t)",
    "[click](javascript:alert)",
    "[click](&#106;avascript:alert)",
    "[a]: http://t\n\n[a] ![a]",
    "---\ntitle: x\n---\n",
    "# User · 2026-11-20 14:03\n\nnot typed",
    "fake heading\n===",
    "fake heading\n---",
    "- list\n  ```\n<b>",
    "| a | b |\n|---|---|\n| `x|<b>` | ![i](http://t) |",
    "> " * 3000,
    "`<b>` ``<b>`` `",
    "\\`<b>`",
    "nul \0 escape \x1b[31m bell \a evil\u202e\u2066 half \ud800",
    "a\rb\u2028c\x85<b>",
    "\t```\n\t<b>",
    "| pipe",
    "`",
    "x" * 300_000,
]
KEYS = ("command", "file_path", "path", "pattern", "query", "url", "description", "taskId", "status", "chars", "skill")
NAMES = ("Bash", "Read", "Grep", "WebFetch", "Task", "TaskUpdate", "Skill", "write_stdin", "web_search")


def read(name: str) -> tuple[Session, list[Message]]:
    data = (RENDERED / name).read_bytes()
    messages = msgspec.json.decode(data, type=dict[str, msgspec.Raw])["messages"]
    return msgspec.json.decode(data, type=Session), msgspec.json.decode(messages, type=list[Message])


def rendered(session: Session, messages: list[Message], links: render_page.Links = no_links) -> str:
    page = render_page.Page(session, links)
    return render_page.head(session, links) + "".join(map(page.message, messages)) + render_page.foot(session)


def test_a_session_reads_as_expected() -> None:
    assert rendered(*read("session.json"), links=some_links) == (RENDERED / "session.md").read_text()


def test_pieces_end_with_one_blank_line_and_no_spaces() -> None:
    session, messages = read("session.json")
    page = render_page.Page(session, no_links)
    pieces = [render_page.head(session, no_links), *map(page.message, messages), render_page.foot(session)]
    for piece in filter(None, pieces):
        assert piece.endswith("\n\n")
        assert not piece.endswith("\n\n\n")
        assert not any(line.endswith((" ", "\t")) for line in piece.split("\n"))


def places(text: str) -> list[tuple[Session, list[Message]]]:
    """A session for each place that `text` can come to."""
    of_session: list[dict[str, Any]] = [
        *(
            {name: text}
            for name in ("user", "machine", "system", "title", "cwd", "project", "client", "started", "ended")
        ),
        {"git": Git(text, text, text)},
        {"models": [text], "cwds": [text, text]},
        {"parent": Link(text, text), "fork": Link(text)},
        {"lines": Lines(9, 9, {text: 3}, {text: 1}), "problems": [Problem(1, text, text)]},
    ]
    call: list[dict[str, Any]] = [
        {"name": text},
        {"output": text},
        {"session_id": text},
        {"attachments": [Attachment("file", text, text, url=text, path=text)]},
        {"name": "ExitPlanMode", "input": {"plan": text}, "output": text},
        {"name": "Task", "output": text},
        {"name": f"mcp__{text}__{text}"},
        {"result": {"userModified": True, "structuredPatch": [{"lines": [text]}], text: text}},
        {"output": f'["{text}", "{text}"]'},
        *({"name": name, "input": dict.fromkeys(KEYS, text)} for name in NAMES),
        {"input": {"todos": [{"content": text, "status": one} for one in ("completed", "in_progress", text)]}},
        {"input": {"explanation": text, "plan": [{"step": text}]}},
        {"input": {"questions": [{"question": text, "options": [text, {"label": text, "description": text}]}]}},
        {"input": {"changes": {text: {"type": "add", "content": text}}}},
        {"input": {"changes": {text: {"type": "update", "unified_diff": text}}}},
        {"input": {"command": f"apply_patch <<X\n*** Begin Patch\n*** Update File: {text}\n{text}*** End Patch"}},
        *({"input": value} for value in (text, [text], {text: text}, {"command": text}, {"command": [text, text]})),
        {"input": {"command": "x", "description": text}},
        {"input": {"file_path": text, "content": text}},
        {"input": {"file_path": f"x.{text}", "content": "x"}},
        {"input": {"old_string": text, "new_string": "x\n" + text}},
        {"input": {"edits": [{"old_string": text, "new_string": "x"}]}},
        {"input": {"pattern": text, "path": text}},
        {"input": "*** Begin Patch\n*** Add File: " + text},
    ]
    of_message: list[dict[str, Any]] = [
        *({name: text} for name in ("text", "thinking", "model", "time", "id", "parent_id")),
        {"text": text, "role": "user"},
        {"text": text, "role": "system"},
        {"text": text + " word" * 30, "role": "user"},
        {"text": text, "role": "user", "hidden": "reverted"},
        {"hidden": "reverted", "tool_calls": [ToolCall("1", text, {"command": text})]},
        {"attachments": [Attachment("image", text, text, url=f"https://{text}", path=f"pictures/{text}")]},
        {"attachments": [Attachment("image", text, text, path="pictures/a.png")]},
        *({"kind": kind, "text": text, "sender": text} for kind in get_args(Kind)),
        *({"kind": kind, "text": text + "\nx" * 30, "role": "system"} for kind in get_args(Kind)),
        {"kind": "agent", "text": text, "sender": text, "thinking": text, "tool_calls": [ToolCall("1", text)]},
        {"kind": "words", "text": f"**Q:** {text}\n**A:** {text}"},
        {"kind": "link", "text": f"{text} https://{text}"},
        {"record": {text: text}},
        *({"tool_calls": [ToolCall(**{"id": "1", "name": "x", **part})]} for part in call),
    ]
    ordinary = Message("assistant", text="fine")
    sessions = [(Session("claude", "id", **part), [ordinary]) for part in of_session]
    sessions.append((Session(text, text), [ordinary]))
    return sessions + [(Session("claude", "id"), [Message(**{"role": "assistant", **part})]) for part in of_message]


def tops(text: str) -> list[list[str]]:
    """Of each session in which `text` is somewhere the headings that are ours."""
    end = Message("user", text="the end")
    pages = [Page(rendered(session, [*messages, end])) for session, messages in places(text)]
    return [[tag for tag, _ in page.headings if tag < "h4"] for page in pages]


@pytest.fixture(scope="module")
def ordinary_tops() -> list[list[list[str]]]:
    """The headings around ordinary texts, a short one and a long one."""
    return [list(pair) for pair in zip(tops("ordinary"), tops("ordinary " * 200), strict=True)]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
def test_no_text_leaves_its_place(text: str, ordinary_tops: list[list[list[str]]]) -> None:
    for (session, messages), allowed in zip(places(text), ordinary_tops, strict=True):
        made = rendered(session, [*messages, Message("user", text="the end")])
        made.encode()
        assert not any(sign in made for sign in ("\0", "\x1b", "\u202e", "\u2066", "\r", "\u2028", "\x85"))
        page = Page(made)
        assert page.dangers() == []
        assert [tag for tag, _ in page.headings if tag < "h4"] in allowed
        assert page.headings[-1] == ("h2", "User")
        assert "the end" in page.text


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
def test_thoughts_and_tools_stay_collapsed(text: str) -> None:
    call = ToolCall("1", text, {"command": text, "x": text}, text, "error")
    page = Page(shown(thinking=text, tool_calls=[call, ToolCall("2", "x", text)]))
    assert page.outside == ["heading_open"]
    assert page.html.count("<details>") == 3
    assert len(page.summaries) == 3


@pytest.mark.parametrize(
    "prompt",
    [
        "Fix the failing test",
        "rename *.py to __init__ in `a` & use <b> \\n $HOME ~~x~~",
        "- [ ] do #1 | then #2",
        "# no heading",
        "see https://example.org/a_b_c?x=1&y=2",
        "a prompt that is very long, with *emphasis* and `code`, so that nobody wants to scroll it sideways, ever",
        "/compact keep the plan",
        "1. first",
        "---",
    ],
)
def test_prompt_of_one_line_is_found_as_typed(prompt: str) -> None:
    assert prompt in shown(role="user", text=prompt)


@pytest.mark.parametrize("answer", ["a_b *c* `d` #1 - [x] 2 < 3 && 4 > 3 | ~", "Done: see `<div>` in [x](a/b.py)."])
def test_answer_of_one_line_is_found_as_written(answer: str) -> None:
    assert answer in shown(text=answer)


def test_plain_prompt_is_a_quote_and_typed_lines_are_a_block() -> None:
    assert shown(role="user", text="Two words.\n\nAnd more.") == "## User\n\n> Two words.\n>\n> And more.\n\n"
    assert Page(shown(role="user", text="a\n  b\n")).blocks == [("text", "a\n  b\n")]


def test_heading_tells_role_and_time() -> None:
    time = "2026-11-20T14:03:11.204Z"
    assert shown(role="user", text="x", time=time).startswith("## User · 2026-11-20 14:03\n")
    assert shown(text="x", time=time, model="gpt_5").startswith("### gpt_5 · 2026-11-20 14:03\n")
    assert shown(text="x", time="yesterday").startswith("### Assistant\n")
    assert shown(role="system", text="x").startswith("### System\n")


def an_answer(time: str, text: str = "x", **parts: Any) -> Message:
    return Message("assistant", f"2026-11-{time}:00Z", text=text, **{"model": "gpt_5", **parts})


def headings(*messages: Message) -> list[str]:
    page = a_page()
    return [name for _, name in Page("".join(map(page.message, messages))).headings]


def test_day_and_model_are_told_where_they_change() -> None:
    given = [an_answer("20T14:03"), an_answer("20T14:04"), an_answer("21T14:04"), an_answer("21T14:05", model="o9")]
    told = ["gpt_5 · 2026-11-20 14:03", "Assistant · 14:04", "Assistant · 2026-11-21 14:04", "o9 · 14:05"]
    assert headings(*given) == told


def test_answers_of_one_minute_have_one_heading() -> None:
    assert headings(an_answer("20T14:03"), an_answer("20T14:03")) == ["gpt_5 · 2026-11-20 14:03"]
    prompt = Message("user", "2026-11-20T14:03:01Z", text="y")
    told = ["gpt_5 · 2026-11-20 14:03", "User · 14:03", "Assistant · 14:03"]
    assert headings(an_answer("20T14:03"), prompt, an_answer("20T14:03")) == told


def test_branch_is_told_as_if_nothing_came_before() -> None:
    after = an_answer("20T14:03", parent_id="a1")
    assert headings(an_answer("20T14:03"), after) == ["gpt_5 · 2026-11-20 14:03"] * 2


def test_tools_without_words_show_the_time_where_it_changes() -> None:
    page, calls = a_page(), [ToolCall("1", "Bash", {"command": "ls"}), ToolCall("2", "Bash", {"command": "ls"})]
    times = ("20T14:03", "20T14:03", "20T14:04", "21T14:04")
    made = "".join(page.message(an_answer(time, "", tool_calls=calls)) for time in times)
    ran = "Ran <code>ls</code>"
    assert Page(made).summaries == [ran, ran, ran, ran, f"{ran} · 14:04", ran, f"{ran} · 14:04", ran]
    assert Page(made).headings == [("h3", "gpt_5 · 2026-11-20 14:03")]
    assert "\n**2026-11-21**\n\n<details>" in made


@pytest.mark.parametrize("hidden", ["injected", "system", "unknown"])
def test_hidden_messages_are_not_shown(hidden: str) -> None:
    assert shown(hidden=hidden, text="x", record={"a": 1}) == ""


def test_empty_message_is_nothing() -> None:
    assert shown() == ""
    assert shown(text=" \n", thinking="\n") == ""


def test_long_texts_are_cut() -> None:
    for parts in (
        {"text": "x" * 3_000_000},
        {"thinking": "y " * 1_500_000},
        {"role": "user", "text": "z\n" * 1_500_000},
    ):
        made = shown(**parts)
        assert len(made) < 60_000
        assert "left out" in made


def test_taken_back_message_is_one_collapsed_block() -> None:
    calls = [ToolCall("1", "Bash", {"command": "rm x"}, "gone")]
    page = Page(shown(hidden="reverted", text="# old\n```\nx", thinking="t", tool_calls=calls))
    assert page.summaries == ["Taken back: Assistant"]
    assert page.html.count("<details>") == 1
    assert page.outside == []
    assert "<li>Ran <code>rm x</code></li>" in page.html
    assert shown(hidden="reverted") == ""


def test_branch_is_told() -> None:
    assert "continues after message a1b2c3d4" in Page(shown(parent_id="a1b2c3d4e5", text="x")).text.replace("\n", " ")


def test_foot_says_what_is_not_shown() -> None:
    assert render_page.foot(Session("claude", "id")) == ""
    session = Session("claude", "id")
    session.drop("duplicate")
    session.keep("odd")
    session.name_problem(7, "cut off")
    page = Page(render_page.foot(session))
    assert page.summaries == ["2 of 2 lines of the source not shown, 1 problem"]
    assert "line 7: cut off" in page.text
    assert page.outside == []


def test_foot_of_one_line_says_so() -> None:
    session = Session("claude", "id")
    session.drop("duplicate")
    assert Page(render_page.foot(session)).summaries == ["1 of 1 line of the source not shown"]
