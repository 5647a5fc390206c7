"""Which part of a Codex thread still counts after reverts: a later file goes on from the middle of an earlier one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from session_sync.transcripts.sources.codex import facts as codex_facts
from session_sync.transcripts.sources.codex import files as codex_files
from session_sync.transcripts.sources.codex.lines import decode
from session_sync.transcripts.sources.codex.records import Meta

_LONGEST = 1 << 24  # bytes of a first line
_ALL_OF_IT = 1 << 62


def ends(paths: Sequence[str]) -> dict[str, int]:
    """For each of a thread's files, from which ordinal on it was reverted; the last one of `paths` is all valid."""
    ids = {codex_files.id_of(path): path for path in paths}
    result = dict.fromkeys(paths, 0)  # what no later file goes on from was taken back as a whole
    path, end = paths[-1], _ALL_OF_IT
    while not result[path]:
        result[path] = end
        base, base_end = _base(path)
        following = ids.get(base)
        if following is None or base_end is None or base_end <= 0:
            break
        path, end = following, min(end, base_end)
    return result


def _base(path: str) -> tuple[str, int | None]:
    try:
        with codex_files.opened(path) as stream:
            payload = decode(stream.readline(_LONGEST)).payload
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "", None
    return codex_facts.base_of(payload) if isinstance(payload, Meta) else ("", None)
