"""Reads the journals of Claude Code's workflows: when each of their agents began, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources import media, shapes

_STEPS = frozenset(("launched", "started", "completed", "finished", "done", "failed", "skipped"))
HasTranscript = Callable[[str], bool]  # whether the agent of an id has a transcript


class Journal:
    """Takes the records of one journal; what an agent without a transcript said stands nowhere else."""

    def __init__(self, session: Session, has_transcript: HasTranscript) -> None:
        self._session = session
        self._has_transcript = has_transcript
        self._labels: dict[str, str] = {}  # of agents, by their ids

    def take(self, record: dict[str, Any]) -> Message | None:
        """The message that a record makes, if it makes one."""
        kind = shapes.text(record.get("type")) or shapes.text(record.get("event"))
        agent = shapes.text(record.get("agentId"))
        if kind == "started" and agent:
            self._labels.setdefault(agent, shapes.text(record.get("label")))
        if kind == "result" and record.get("result") is not None:
            return self._result(agent, record["result"])
        if kind in _STEPS or kind == "result":
            self._session.drop("journal of a workflow")
            return None
        self._session.keep(unknown=f"journal {shapes.counted_name(kind, 'without a type')}")
        return Message("record", hidden="unknown", record=media.without_data(record, []))

    def _result(self, agent: str, result: Any) -> Message | None:
        if self._has_transcript(agent):
            self._session.drop("in the subagent's session")
            return None
        self._session.keep()
        text = result if isinstance(result, str) else json.dumps(media.without_data(result, []), ensure_ascii=False)
        return Message("system", text=text, kind="agent", sender=self._labels.get(agent) or agent)
