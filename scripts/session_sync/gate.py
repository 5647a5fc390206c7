"""Decides whether the exact bytes of a log may leave the machine. Fails closed."""

from __future__ import annotations

import os
from collections.abc import Collection

from session_sync import project, scanner
from session_sync.index import Findings
from session_sync.store import Log

UNREADABLE = "undecodable"
HIDDEN = "(a name that is withheld)"
MOST_FINDINGS = 100  # told of one file; one is enough to withhold it
FILE_NAME = 0  # the line number of a finding in the log's own name


def check(log: Log, data: bytes, allowed: Collection[str]) -> Findings:
    """What withholds `log` when `data` would be committed: (line, type) of its findings, never a value.

    [] lets it pass. The names of the file and of its project leave as well, and are scanned too. `allowed` holds
    values that are the user's own choice to publish.
    """
    if not project.is_customer(log.project):
        return []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [(data.count(b"\n", 0, error.start) + 1, UNREADABLE)]
    found = {(FILE_NAME, kind) for kind, _ in _findings(os.fsdecode(log.key), allowed)}
    if "\0" in text:
        found.add((text.count("\n", 0, text.index("\0")) + 1, UNREADABLE))  # UTF-16, or no text at all
    line, at = 1, 0
    for kind, start in _findings(text, allowed)[:MOST_FINDINGS]:
        line, at = line + text.count("\n", at, start), start
        found.add((line, kind))
    return sorted(found)


def shown(text: str) -> str:
    """A name or path as reports show it: hidden when it holds what the check looks for."""
    return HIDDEN if _findings(text, ()) else text


def _findings(text: str, allowed: Collection[str]) -> list[tuple[str, int]]:
    found = scanner.scan(text)
    kept = (one for one in found if text[one.start : one.end].casefold() not in allowed)
    return [(one.type, one.start) for one in sorted(kept, key=lambda one: one.start)]
