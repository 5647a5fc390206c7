"""The agents whose transcripts are archived: a new one is a module with the protocol `Source` and a line here."""

from __future__ import annotations

from session_sync.sources import Source, claude, codex, gemini, opencode

SOURCES: dict[str, Source] = {"claude": claude, "codex": codex, "gemini": gemini, "opencode": opencode}
