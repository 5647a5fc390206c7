from __future__ import annotations

import pytest

from session_sync.wiki.join import join_articles
from session_sync.wiki.text import LogEntry, new_article, refresh_article


def written(name: str) -> LogEntry:
    source = f"projects/pilot/session-logs/2026-11-2{name}-ada-x.md"
    return LogEntry("Pilot", "projects", source, f"topic {name}", f"../../{source}")


BASE = new_article(written("0"), "2026-11-20")


def refreshed(text: str, *names: str, day: str = "2026-11-21") -> str:
    for name in names:
        text = refresh_article(text, written(name), day)
    return text


def test_both_told_of_their_sessions() -> None:
    ours, theirs = refreshed(BASE, "1", "2", day="2026-11-22"), refreshed(BASE, "3")
    expected = refreshed(BASE, "3", "1", "2", day="2026-11-22")
    assert join_articles(BASE, ours, theirs) == expected


def test_both_made_the_article() -> None:
    ours, theirs = (new_article(written(name), "2026-11-21") for name in "12")
    assert join_articles("", ours, theirs) == refreshed(theirs, "1")


@pytest.mark.parametrize("is_ours", [True, False])
def test_one_side_compiled_it(is_ours: bool) -> None:
    compiled = BASE.replace("## Patterns\n", "## Patterns\n\n- always so\n").replace("# Pilot", "# Pilot\n\nA summary.")
    sides = (refreshed(BASE, "1"), compiled)
    assert join_articles(BASE, *(sides if is_ours else sides[::-1])) == refreshed(compiled, "1")


def test_what_the_other_side_took_out_stays_out() -> None:
    base = refreshed(BASE, "1")
    theirs = BASE.replace("# Pilot", "# Pilot\n\nAnew.")
    found = join_articles(base, refreshed(base, "2"), theirs)
    assert found is not None
    assert "topic 1" not in found
    assert "topic 2" in found


def test_two_that_compiled_it_are_for_the_user() -> None:
    assert join_articles(BASE, BASE + "\nours\n", BASE + "\ntheirs\n") is None


def test_windows_line_ends_stay() -> None:
    base = BASE.replace("\n", "\r\n")
    found = join_articles(base, refreshed(base, "1"), refreshed(base, "2"))
    assert found == refreshed(base, "2", "1")
