"""Decides whether the exact bytes of a log may leave the machine. Fails closed."""

from __future__ import annotations

from collections.abc import Collection

from session_sync import project, scanner
from session_sync.index import Findings

UNREADABLE = "undecodable"
MOST_FINDINGS = 100  # told of one file; one is enough to withhold it
FILE_NAME = 0  # the line number of a finding in the log's own name


def check(name: str, data: bytes, file_name: str, allowed: Collection[str]) -> Findings:
    """What withholds a log of project `name`: (line, type) of its findings, never a value; [] lets it pass.

    `data` is what would be committed, `allowed` holds values that are the user's own choice to publish.
    """
    if not project.is_customer(name):
        return []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [(data.count(b"\n", 0, error.start) + 1, UNREADABLE)]
    found = {(FILE_NAME, kind) for kind, _ in _findings(file_name, allowed)}
    line, at = 1, 0
    for kind, start in _findings(text, allowed)[:MOST_FINDINGS]:
        line, at = line + text.count("\n", at, start), start
        found.add((line, kind))
    return sorted(found)


def shown_name(name: str, findings: Findings) -> str:
    """The log's name for reports; hidden when the name itself is what was found."""
    kinds = [kind for line, kind in findings if line == FILE_NAME]
    return f"{name[:10]}-[{'-'.join(kinds)}].md" if kinds else name


def _findings(text: str, allowed: Collection[str]) -> list[tuple[str, int]]:
    found = scanner.scan(text)
    kept = (one for one in found if text[one.start : one.end].casefold() not in allowed)
    return [(one.type, one.start) for one in sorted(kept, key=lambda one: one.start)]
