from __future__ import annotations

import pytest

from session_sync.text.markdown import table
from session_sync.transcripts.render import page as render_page
from session_sync.transcripts.render.facts import fact_rows
from session_sync.transcripts.session import Git, Link, Session, Tokens
from support.markdown_reader import Page
from support.pages import no_links, some_links


@pytest.mark.parametrize(
    ("started", "ended", "span"),
    [
        ("2026-11-20T14:03:00Z", "2026-11-20T14:04:00Z", "2026-11-20 14:03 - 14:04 UTC (1 min)"),
        ("2026-11-20T14:03:00Z", "2026-11-22T15:04:00Z", "2026-11-20 14:03 - 2026-11-22 15:04 UTC (49 h 1 min)"),
        ("2026-11-20T14:03:00Z", "2026-11-20T99:99:99Z", "2026-11-20 14:03 - 99:99 UTC"),
        ("2026-11-20T14:03:00Z", "2026-11-20T14:03:20Z", "2026-11-20 14:03 UTC (0 min)"),
        ("2026-11-20T14:03:00", "2026-11-20T14:04:00Z", "2026-11-20 14:03 - 14:04 UTC"),
        ("2026-11-20T14:03:00Z", "", "2026-11-20 14:03 UTC"),
    ],
)
def test_time_and_duration(started: str, ended: str, span: str) -> None:
    head = render_page.head(Session("claude", "id", started=started, ended=ended), no_links)
    assert f"| Time | {span} |\n" in head


def test_only_what_is_known_is_a_row() -> None:
    assert fact_rows(Session("claude", "1"), no_links) == [("Agent", "claude"), ("Session", "1")]


def test_a_few_of_the_other_directories_are_told() -> None:
    session = Session("claude", "1", cwds=[f"/code/{number}_*" for number in range(1007)])
    told = dict(fact_rows(session, no_links))["Other directories"]
    assert told == " · ".join(f"/code/{number}\\_\\*" for number in range(5)) + " · 1,002 more"


def test_tokens_are_told_with_their_kinds() -> None:
    session = Session("claude", "1", tokens=Tokens(input=1_234_567, output=20, cache_read=3000))
    assert dict(fact_rows(session, no_links))["Tokens"] == "1,234,567 in · 20 out · 3,000 from the cache"


def test_other_sessions_are_links_where_they_are_there() -> None:
    session = Session("claude", "1", parent=Link("agent", "call9"), fork=Link("gone"))
    rows = dict(fact_rows(session, some_links))
    assert rows["Started by"] == "[agent](../agent.md) after call9"
    assert rows["Continues"] == "gone"


def test_a_fact_cannot_leave_its_cell() -> None:
    hostile = "a|b <script>\n\n# x ![i](http://t/p.png)"
    git = Git(hostile, hostile, "")
    session = Session("claude", "1", cwd=hostile, user=hostile, models=[hostile], git=git)
    page = Page(table(fact_rows(session, no_links)))
    assert page.dangers() == []
    assert page.text.count("![i](http://t/p.png)") == 5
