"""Reads what tells the turns of another thread, to know them again in the rollout of one that it started."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources import json_lines, shapes
from session_sync.transcripts.sources.codex.format.lines import RolloutLine, decode
from session_sync.transcripts.sources.codex.format.records import Context, Event
from session_sync.transcripts.sources.codex.replay import Turns, prompt_in
from session_sync.transcripts.sources.codex.store import files as codex_files
from session_sync.transcripts.sources.codex.store.rollout_file import RolloutFile, open_rollout
from session_sync.transcripts.sources.search import Search

_MOST = 100_000  # turns


def turns_of(home: Path, thread: str) -> Turns | None:
    """What tells the turns of `thread`, a rollout in `home`; None if it is not there."""
    files = codex_files.files_of(home, thread, Search())
    return _turns(tuple(files)) if files else None


@lru_cache(maxsize=2)
def _turns(files: tuple[RolloutFile, ...]) -> Turns:
    ids: set[str] = set()
    prompts: set[int] = set()
    for file in files:
        try:
            _add(file.path, ids, prompts)
        except OSError:
            continue
    return Turns(frozenset(ids), frozenset(prompts))


def _add(path: str, ids: set[str], prompts: set[int]) -> None:
    with open_rollout(path) as stream:
        for _, record in json_lines.read(stream, "", Session("", ""), decode, dict[str, object]):
            if len(ids) >= _MOST or not isinstance(record, RolloutLine):
                continue
            payload = record.payload
            if isinstance(payload, Context | Event):
                ids.add(shapes.text(payload.turn_id))
            prompt = prompt_in(payload).strip()
            if prompt:
                prompts.add(hash(prompt))
    ids.discard("")
