"""The published form of a session."""

from __future__ import annotations

from session_sync.transcripts.session import MOST_PROBLEMS, Session, Tokens


def test_every_line_is_kept_or_dropped() -> None:
    session = Session("claude", "1")
    session.keep()
    session.keep(unknown="new")
    session.drop("duplicate")
    session.drop("duplicate")
    assert (session.lines.read, session.lines.kept) == (4, 2)
    assert (session.lines.dropped, session.lines.unknown) == ({"duplicate": 2}, {"new": 1})


def test_problems_are_named_up_to_a_limit() -> None:
    session = Session("claude", "1")
    for line in range(500):
        session.name_problem(line, "damaged")
    assert len(session.problems) == MOST_PROBLEMS


def test_sessions_share_nothing() -> None:
    one, other = Session("claude", "1"), Session("claude", "2")
    one.drop("x")
    one.tokens.add(Tokens(1, 2, 3, 4, 5))
    one.saw("2026-01-02T00:00:00Z", "opus")
    one.saw("2026-01-01T00:00:00Z", "opus")
    assert (one.started, one.ended, one.models) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", ["opus"])
    assert other == Session("claude", "2")
