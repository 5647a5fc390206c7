"""Searches the transcripts that lie in the agents' own folders for what must be rotated, session by session."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from session_sync.home import paths
from session_sync.scan import from_config, ignore, redact, tags
from session_sync.scan.explanation import Explainer, Explanation
from session_sync.scan.files.report import SkippedPath, UnscannableFile
from session_sync.scan.files.verdicts import Known
from session_sync.scan.ignore import Ignore
from session_sync.scan.policy import Policy
from session_sync.scan.scanner.rule import BY_SURROUNDINGS
from session_sync.scan.scanner.scanner import Finding, Scanner, outer
from session_sync.transcripts.exposed import examination, facts, report
from session_sync.transcripts.exposed.examination import NO_TEXT, Counts, Examined, Sought
from session_sync.transcripts.exposed.parts import Part
from session_sync.transcripts.exposed.report import HeldSecret, HoldingSession, SessionsReport
from session_sync.transcripts.redactor import Redactor
from session_sync.transcripts.run import find_all
from session_sync.transcripts.sources.source import Transcript

_SHORTEST = 4  # characters of a value that is looked for in what is told of its session


@dataclass
class _Held:
    """A value in a session: where it is first, and how often."""

    examined: Examined
    first: Known
    count: int = 0
    explanation: Explanation | None = None


@dataclass
class _Session:
    """A session with its subagents: the values in it by their tags."""

    transcripts: list[Transcript]
    held: dict[str, _Held] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """When it last changed (ns since the epoch)."""
        return max(one.modified for one in self.transcripts)


def is_secret(finding: Finding) -> bool:
    """Whether `finding` is something that gives access."""
    return finding.type.startswith("secret:")


def search(roots: Sequence[tuple[str, Path]], sought: Sought) -> SessionsReport:
    """Search the transcripts in `roots`, (source, place); raises UsageError for a wrong .piiignore."""
    rules = ignore.load(paths.ignore_file())
    found = find_all(roots)
    sessions: dict[tuple[str, str], _Session] = {}
    for transcript in found.transcripts:
        sessions.setdefault(_key(transcript), _Session([])).transcripts.append(transcript)
    told = _Telling(from_config.scanner(sought.settings), sought.is_explained)
    ignored = 0
    for examined in examination.examined(found.transcripts, sought):
        told.note_failure(examined)
        counting, passing = _judged(examined, sought.counts, rules)
        ignored += passing
        held = sessions[_key(examined.part.transcript)].held
        for one in counting:
            held.setdefault(one.tag, _Held(examined, one)).count += 1
    holding = sorted((one for one in sessions.values() if one.held), key=lambda one: -one.changed)
    in_sessions = Counter(tag for one in holding for tag in one.held)
    return report.report(
        len(sessions),
        ignored,
        [told.session(one, in_sessions) for one in holding],
        told.unscannable,
        told.skipped,
        [told.text(problem) for _, problem in found.unreadable],
    )


def _key(transcript: Transcript) -> tuple[str, str]:
    """The same for a session and its subagents."""
    return transcript.source, transcript.session_id.partition("/")[0]


def _judged(examined: Examined, counts: Counts, rules: Ignore) -> tuple[list[Known], int]:
    """What counts in a part, without what is within that, and how much would if the `rules` did not let it pass."""
    counting = [one for one in examined.findings if counts(one.finding)]
    if not counting:
        return [], 0
    name = _name(examined.part)
    passing = [one for one in counting if rules.covers_tag(name, one.finding, one.tag)]
    ignored = [one.finding for one in passing]
    shown = set(outer(ignore.remaining([one.finding for one in counting if one not in passing], ignored)))
    return [one for one in counting if one.finding in shown], len(outer(ignored))


def _name(part: Part) -> str:
    """The path of a part as .piiignore has it: relative to the user's folder, with `/`."""
    return os.path.relpath(part.path, Path.home()).replace(os.sep, "/")


def _is_vague(item: tuple[str, _Held]) -> bool:
    """Whether only what stands around a value tells that it is a secret."""
    return item[1].first.finding.type in BY_SURROUNDINGS


def _without(text: str, held: Mapping[str, _Held]) -> str:
    """`text` without the values that are `held`, of which only the tags are known: it may tell one that no rule finds.

    A password in a title has nothing around it that says so.
    """
    for size in sorted({one.first.finding.end - one.first.finding.start for one in held.values()}, reverse=True):
        at = 0
        while size >= _SHORTEST and at + size <= len(text):
            value = text[at : at + size]
            one = held.get(tags.tag(value))
            shown = redact.mark(one.first.finding.type, value) if one else value[0]
            text = f"{text[:at]}{shown}{text[at + size :]}" if one else text
            at += len(shown)
    return text


class _Telling:
    """Makes the report's parts, in which nothing is that `scanner` finds."""

    def __init__(self, scanner: Scanner, is_explained: bool) -> None:
        self._redactor = Redactor(scanner, Policy("strict"))
        self._explainer = Explainer(scanner) if is_explained else None
        self.text = self._redactor.text
        self.unscannable: list[UnscannableFile] = []
        self.skipped: list[SkippedPath] = []

    def note_failure(self, examined: Examined) -> None:
        """Take down why nothing is known of a part, if so."""
        path = examined.part.path
        if examined.error == NO_TEXT:
            self.skipped.append(SkippedPath(self.text(path), examined.error))
        elif examined.error:
            self.unscannable.append(UnscannableFile(self.text(path), examined.line, examined.error))

    def session(self, session: _Session, in_sessions: Counter[str]) -> HoldingSession:
        """What is told of `session`; `in_sessions` counts in how many sessions a value is."""
        first = session.transcripts[0]
        known = facts.of(first, self._redactor)
        self._explain(session)
        return HoldingSession(
            first.source,
            _without(self.text(_key(first)[1]), session.held),
            _without(known.title, session.held),
            _without(known.folder, session.held),
            datetime.fromtimestamp(session.changed / 1e9, UTC).isoformat(timespec="seconds"),
            [self._secret(tag, session, in_sessions[tag]) for tag, _ in sorted(session.held.items(), key=_is_vague)],
        )

    def _secret(self, tag: str, session: _Session, sessions: int) -> HeldSecret:
        held = session.held[tag]
        part, finding, line = held.examined.part, held.first.finding, held.first.line
        path = _without(self.text(part.path), session.held)
        place = (0, line) if part.is_read else (line, 0)
        return HeldSecret(
            finding.type, finding.rule, tag, path, place[0], held.count, sessions, place[1], held.explanation
        )

    def _explain(self, session: _Session) -> None:
        """Add to what `session` holds why it counts, where that is asked for."""
        if self._explainer is None:
            return
        by_part: dict[Part, list[_Held]] = {}
        for held in session.held.values():
            by_part.setdefault(held.examined.part, []).append(held)
        for some in by_part.values():
            why = examination.explained(self._explainer, some[0].examined, [one.first for one in some])
            for one in some:
                one.explanation = why.get(one.first)
