"""By what people know a session: what it is called or was first asked, and where."""

from __future__ import annotations

from typing import NamedTuple

from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.redactor import Redactor
from session_sync.transcripts.render.title import title
from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.source import Transcript

_MOST = 200  # messages in which a first prompt is looked for


class SessionFacts(NamedTuple):
    """A session's title and working directory, redacted; "" where it does not tell."""

    title: str
    folder: str


def of(transcript: Transcript, redactor: Redactor) -> SessionFacts:
    """What the beginning of `transcript` tells."""
    session = Session(transcript.source, transcript.session_id)
    prompts: list[str] = []
    try:
        items = SOURCES[transcript.source].read(transcript, session)
        for _, item in zip(range(_MOST), items, strict=False):
            if isinstance(item, Message) and item.is_prompt:
                prompts.append(item.text)
                if title(session, prompts) != title(session, ()):
                    break
    except Exception:  # noqa: BLE001 - a session that cannot be read is told without its title
        prompts = []
    return SessionFacts(redactor.text(title(session, prompts)), redactor.text(session.cwd))
