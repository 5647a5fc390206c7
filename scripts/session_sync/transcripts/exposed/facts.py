"""By what people know a session: what it is called or was first asked, and where."""

from __future__ import annotations

from typing import NamedTuple

from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.redactor import Redactor
from session_sync.transcripts.render.title import MOST_CHARACTERS, title
from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.source import Transcript

_MOST = 200  # messages in which a first prompt is looked for
_LONGEST = 2 * MOST_CHARACTERS  # of a prompt that are redacted: what is cut off may be half a value


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
                prompts.append(redactor.text(item.text[:_LONGEST]))
                if title(session, prompts) != title(session, ()):
                    break
    except Exception:  # noqa: BLE001 - a session that cannot be read is told without its title
        prompts = []
    redactor.facts(session)  # before a title is cut, and again when its lines are joined
    return SessionFacts(redactor.text(title(session, prompts)), session.cwd)
