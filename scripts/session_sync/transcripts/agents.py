"""The agents whose transcripts are archived: a new one is a module with the protocol `Source` and a line here."""

from __future__ import annotations

from session_sync.transcripts.sources.claude import source as claude
from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.gemini import source as gemini
from session_sync.transcripts.sources.opencode import source as opencode
from session_sync.transcripts.sources.source import Source

SOURCES: dict[str, Source] = {"claude": claude, "codex": codex, "gemini": gemini, "opencode": opencode}
