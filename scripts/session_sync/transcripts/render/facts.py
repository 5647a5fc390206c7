"""The facts of a session as rows of a table: Markdown that shows them as they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from session_sync.text.markdown import link, plain
from session_sync.transcripts.render.clock import minute
from session_sync.transcripts.session import Link, Session

_MOST_PLACES = 5


def fact_rows(session: Session, links: Callable[[str], str | None]) -> list[tuple[str, str]]:
    """The rows of the table of facts, those that are known."""
    git, place = session.git, " · ".join(plain(part) for part in (session.machine, session.system) if part)
    branch = plain("@".join(part for part in (git.branch, git.commit[:12]) if part)) if git else ""
    rows = [
        ("Agent", plain(f"{session.source} {session.client}")),
        ("User", plain(session.user)),
        ("Machine", place),
        ("Project", plain(session.project)),
        ("Directory", plain(session.cwd)),
        ("Other directories", _places(session.cwds)),
        ("Git", " · ".join(part for part in (branch, plain(git.remote)) if part) if git else ""),
        ("Time", _span(session.started, session.ended)),
        ("Models", plain(", ".join(session.models))),
        ("Tokens", _tokens(session)),
        ("Started by", _session(session.parent, links)),
        ("Continues", _session(session.fork, links)),
        ("Session", plain(session.source_session_id)),
    ]
    return [(name, fact) for name, fact in rows if fact]


def _places(cwds: list[str]) -> str:
    """The first few of the directories that the session went to later, and how many there are besides."""
    more = f" · {len(cwds) - _MOST_PLACES:,} more" if len(cwds) > _MOST_PLACES else ""
    return " · ".join(map(plain, cwds[:_MOST_PLACES])) + more


def _session(other: Link | None, links: Callable[[str], str | None]) -> str:
    """Another session, as a link if it can be reached."""
    if other is None:
        return ""
    path = links(other.session_id)
    name = link(other.session_id, path) if path else plain(other.session_id)
    return f"{name} after {plain(other.at, 40)}" if other.at else name


def _tokens(session: Session) -> str:
    """What the session cost, with separators of thousands."""
    tokens = session.tokens
    counts = [
        (tokens.input, "in"),
        (tokens.output, "out"),
        (tokens.reasoning, "of them reasoning"),
        (tokens.cache_read, "from the cache"),
        (tokens.cache_write, "into the cache"),
    ]
    return " · ".join(f"{count:,} {name}" for count, name in counts if count)


def _span(started: str, ended: str) -> str:
    """From when to when, and how long that was."""
    begin, end = minute(started), minute(ended)
    if not begin or not end:
        return f"{begin or end} UTC" if begin or end else ""
    until = end if end[:10] != begin[:10] else end[11:]
    span = f"{begin} UTC" if begin == end else f"{begin} - {until} UTC"
    try:
        seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()
    except (ValueError, TypeError):
        return span
    hours, minutes = divmod(round(max(0, seconds) / 60), 60)
    return f"{span} ({f'{hours:,} h ' if hours else ''}{minutes} min)"
