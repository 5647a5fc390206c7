"""Pages of sessions for tests."""

from __future__ import annotations

from typing import Any

from session_sync.transcripts.render import page as render_page
from session_sync.transcripts.render.page import Links
from session_sync.transcripts.session import Message, Session, ToolCall
from support.markdown_reader import Page


def no_links(session_id: str) -> str | None:
    return None


def some_links(session_id: str) -> str | None:
    return "../agent.md" if "agent" in session_id or "plan" in session_id else None


def a_page(links: Links = no_links, **facts: Any) -> render_page.Page:
    """A page to which nothing was told yet."""
    return render_page.Page(Session("claude", "id", **facts), links)


def shown(**parts: Any) -> str:
    return a_page().message(Message(**{"role": "assistant", **parts}))


def with_input(value: Any, name: str = "Tool") -> Page:
    return Page(shown(tool_calls=[ToolCall("1", name, value)]))
