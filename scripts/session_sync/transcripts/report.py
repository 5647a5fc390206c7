"""A run of `export sync` told to programs (schemas/export-report.json) and to people."""

from __future__ import annotations

import functools
from typing import Any

from session_sync.errors import DONE, FAILED
from session_sync.scan import from_config
from session_sync.scan.policy import Policy
from session_sync.text.lines import counted
from session_sync.transcripts.archive.index import Entry
from session_sync.transcripts.redactor import Redactor
from session_sync.transcripts.run import Outcome
from session_sync.transcripts.target import DEFAULT_POLICY, Target

_MOST = 20  # sessions that people are told by name


def report(target: Target, outcome: Outcome, pruned: list[str], seconds: float) -> dict[str, Any]:
    """The report of a run that took `seconds`; "summary" holds the lines for people."""
    code = FAILED if outcome.failed or outcome.unreadable else DONE
    shown = _Shown(target)
    failed = [{**shown.named(one), "reason": shown.text(one.error)} for one in outcome.failed]
    failed += [{"source": name, "transcript": "", "reason": shown.text(reason)} for name, reason in outcome.unreadable]
    content: dict[str, Any] = {
        "status": "failed" if failed else "done",
        "code": code,
        "out": str(target.folder),
        "found": len(outcome.found),
        "exported": [{"source": one.source, "path": one.path} for one in outcome.exported],
        "unchanged": len(outcome.found) - len(outcome.tasks) - outcome.later,
        "later": outcome.later,
        "messages": outcome.messages,
        "left_out": {why: [shown.named(one) for one in entries] for why, entries in sorted(outcome.left_out.items())},
        "damaged": [{**shown.named(one), "lines": lines} for one, lines in outcome.damaged],
        "failed": failed,
        "pruned": pruned,
        "seconds": round(seconds, 3),
    }
    return {**content, "summary": _lines(content)}


def preview(target: Target, outcome: Outcome) -> dict[str, Any]:
    """The report of a dry run."""
    shown = _Shown(target)
    would = [{"source": one.transcript.source, "transcript": shown.text(one.transcript.path)} for one in outcome.tasks]
    lines = [f"would export {one['source']} {one['transcript']}" for one in would]
    lines += [f"would export {len(would)} of {counted(len(outcome.found), 'session')} to {target.folder}"]
    return {
        "status": "done",
        "code": DONE,
        "out": str(target.folder),
        "found": len(outcome.found),
        "would_export": would,
        "summary": lines,
    }


class _Shown:
    """How names that clients and users gave are shown; the scanner is asked only when there are any."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def text(self, text: str) -> str:
        return self._redactor.text(text)

    def named(self, entry: Entry) -> dict[str, Any]:
        return {"source": entry.source, "transcript": self.text(entry.transcript), "path": entry.path}

    @functools.cached_property
    def _redactor(self) -> Redactor:
        policy = Policy(DEFAULT_POLICY)
        return Redactor(from_config.scanner(self._target.settings, policy), policy)


def _lines(content: dict[str, Any]) -> list[str]:
    """The report for people."""
    said = [
        f"exported {len(content['exported'])} of {counted(content['found'], 'session')}"
        f" ({counted(content['messages'], 'message')}, {counted(content['unchanged'], 'session')} unchanged)"
        f" to {content['out']} in {content['seconds']:.1f} s"
    ]
    said += [f"{content['later']} more changed but not asked for"] * bool(content["later"])
    said += [f"{counted(len(sessions), 'session')} left out: {why}" for why, sessions in content["left_out"].items()]
    damaged, failed = content["damaged"], content["failed"]
    said += [
        f"[WARNING] {counted(one['lines'], 'damaged line')} in {one['source']} {one['transcript']};"
        f" what could be read is in {one['path'] or 'no file'}"
        for one in damaged[:_MOST]
    ]
    said += [f"[WARNING] not exported: {one['source']} {one['transcript']}: {one['reason']}" for one in failed[:_MOST]]
    left = max(0, len(damaged) - _MOST) + max(0, len(failed) - _MOST)
    said += [f"[WARNING] and {left} more; --json names all"] * bool(left)
    return said + [f"removed {path}: its transcript is gone" for path in content["pruned"]]
