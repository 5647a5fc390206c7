"""Which sessions hold secrets, for programs and for people, and never a value.

schemas/scan-sessions-report.json describes `SessionsReport`; the lines for people are made from it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from session_sync.errors import DONE, FAILED
from session_sync.home import paths
from session_sync.scan.explanation import Explanation
from session_sync.scan.files.report import SkippedPath, UnscannableFile
from session_sync.text.lines import counted, printable

_MOST_SHOWN = 20  # secrets of a session that people are shown
_SHORT = 8  # hex digits of a tag that people are shown


class HeldSecret(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value in a session: where it is first, how often it is there, and in how many sessions it is.

    `line` is 0 in a store that has no lines; there `message` is the number of the message. `tag` is the value's keyed
    hash.
    """

    type: str
    rule: str
    tag: str
    file: str
    line: int
    count: int
    sessions: int
    message: int = 0
    explanation: Explanation | None = None


class HoldingSession(msgspec.Struct, frozen=True):
    """A session that holds secrets, those with a form of their own first.

    `changed` is when its transcript last changed (RFC 3339).
    """

    source: str
    session_id: str
    title: str
    folder: str
    changed: str
    secrets: list[HeldSecret]


class SessionsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found in `looked_at` sessions, the newest first; `values` counts different ones."""

    looked_at: int
    values: int
    ignored: int
    sessions: list[HoldingSession]
    unscannable: list[UnscannableFile]
    skipped: list[SkippedPath]
    problems: list[str]  # what could not be looked into, as a search for transcripts tells it
    status: str
    code: int


def report(
    looked_at: int,
    ignored: int,
    sessions: list[HoldingSession],
    unscannable: list[UnscannableFile],
    skipped: list[SkippedPath],
    problems: list[str],
) -> SessionsReport:
    """The report; it fails when something could not be judged."""
    failed = bool(unscannable or problems)
    return SessionsReport(
        status="failed" if failed else "found" if sessions else "done",
        code=FAILED if sessions or failed else DONE,
        looked_at=looked_at,
        values=len({secret.tag for session in sessions for secret in session.secrets}),
        ignored=ignored,
        sessions=sessions,
        unscannable=unscannable,
        skipped=skipped,
        problems=problems,
    )


def lines(told: SessionsReport) -> Iterator[str]:
    """The report for people, before the summary."""
    for session in told.sessions:
        when = datetime.fromisoformat(session.changed).astimezone().strftime("%Y-%m-%d %H:%M")
        where = f"  {_short(session.folder)}" if session.folder else ""
        yield f"{session.source}  {when}{where}  {session.title}"
        for secret in session.secrets[:_MOST_SHOWN]:
            yield f"  {_place(secret)}: {secret.type} ({secret.rule}) #{secret.tag[:_SHORT]}{_often(secret)}"
            if secret.explanation:
                yield from secret.explanation.lines()
        if len(session.secrets) > _MOST_SHOWN:
            yield f"  and {len(session.secrets) - _MOST_SHOWN} more; --json tells them all"
    for failed in told.unscannable:
        yield f"{_short(failed.file)}:{failed.line}: not scanned: {failed.reason}"
    for problem in told.problems:
        yield f"not looked into: {problem}"


def summary(told: SessionsReport) -> Iterator[str]:
    """The last lines for people: how much it is, and what to do."""
    clean = counted(told.looked_at, "session", ",")
    if told.sessions:
        yield f"{counted(told.values, 'secret')} in {len(told.sessions):,} of {clean}{_more(told)}"
        yield "rotate each one where it was issued: whoever reads these files has it; #tags tell which are the same"
        yield "export and sync-logs keep them out of what they write; the agents' own files stay as they are"
        entry = "- {value: TAG, reason: WHY}"
        yield f"what is no leak: add {entry} to {_short(str(paths.ignore_file()))}, with the whole tag from --json"
    else:
        yield f"no secrets in {clean}{_more(told)}"


def _more(told: SessionsReport) -> str:
    more = {
        "ignored by .piiignore": told.ignored,
        "could not be scanned": len(told.unscannable) + len(told.problems),
        "skipped": len(told.skipped),
    }
    return "".join(f"; {number} {what}" for what, number in more.items() if number)


def _place(secret: HeldSecret) -> str:
    place = f" message {secret.message}" if secret.message else str(secret.line)
    return f"{_short(secret.file)}:{place}"


def _often(secret: HeldSecret) -> str:
    often = f", {secret.count} times" if secret.count > 1 else ""
    return f"{often}; in {secret.sessions} sessions" if secret.sessions > 1 else often


def _short(path: str) -> str:
    """`path` as people write it, `~` for their own folder."""
    home = str(Path.home())
    return printable(f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path)
