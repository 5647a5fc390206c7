"""What `export sync` and `sync-repo` tell of a run: to programs (schemas/export-report.json) and to people."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from session_sync.errors import DONE, FAILED
from session_sync.home.config import UNKNOWN
from session_sync.scan.policy import Policy
from session_sync.text.lines import counted
from session_sync.transcripts.archive.index import ArchiveEntry
from session_sync.transcripts.redactor import Redactor
from session_sync.transcripts.run import Plan
from session_sync.transcripts.target import DEFAULT_POLICY, NOT_UNDERSTOOD, ExportTarget, TaskResult

_MOST = 20  # sessions that people are told by name


class WrittenFile(msgspec.Struct):
    """A session of which a file was written, by its Markdown below the archive."""

    source: str
    path: str


class NamedSession(msgspec.Struct, kw_only=True):
    """A transcript by the source's id of it, or by its path; what is not known of it is left out."""

    source: str
    transcript: str
    path: str | UnsetType = UNSET  # of its Markdown below the archive; "" when nothing was written
    lines: int | UnsetType = UNSET  # how many are damaged
    reason: str | UnsetType = UNSET


class ExportReport(msgspec.Struct, kw_only=True):
    """The report of a run."""

    status: str
    code: int
    out: str
    found: int
    exported: list[WrittenFile]
    unchanged: int
    later: int
    messages: int
    left_out: dict[str, list[NamedSession]]  # by the reason
    damaged: list[NamedSession]
    unplaced: list[NamedSession]  # their project is not known
    shrunk: list[NamedSession]  # their sources lost what the archive still has
    unknown: dict[str, dict[str, int]]  # by the source, types of record that we do not know
    failed: list[NamedSession]
    pruned: list[str]
    seconds: float

    def lines(self) -> list[str]:
        """The report for people."""
        said = [
            f"exported {len(self.exported)} of {counted(self.found, 'session')}"
            f" ({counted(self.messages, 'message')}, {counted(self.unchanged, 'session')} unchanged)"
            f" to {self.out} in {self.seconds:.1f} s"
        ]
        said += [f"{self.later} more changed but not asked for"] * bool(self.later)
        said += [f"{counted(len(sessions), 'session')} left out: {why}" for why, sessions in self.left_out.items()]
        said += [
            f"[WARNING] {counted(one.lines or 0, 'damaged line')} in {one.source} {one.transcript};"
            f" what could be read is in {one.path or 'no file'}"
            for one in self.damaged[:_MOST]
        ]
        said += [
            f"[WARNING] the project of {one.source} {one.transcript} cannot be told, so that the strictest policy"
            f" holds; it is in {one.path}"
            for one in self.unplaced[:_MOST]
        ]
        said += [
            f"[WARNING] {one.source} {one.transcript} lost {counted(one.lines or 0, 'message')} since it was archived;"
            f" {one.path} keeps what it lost"
            for one in self.shrunk[:_MOST]
        ]
        said += [
            f"[WARNING] {source}: {counted(number, 'record')} of unknown type, kept in the JSON: {kind}; update"
            " session-sync"
            for source, kinds in self.unknown.items()
            for kind, number in kinds.items()
        ]
        said += [f"[WARNING] not exported: {one.source} {one.transcript}: {one.reason}" for one in self.failed[:_MOST]]
        named = (self.damaged, self.unplaced, self.shrunk, self.failed)
        left = sum(max(0, len(sessions) - _MOST) for sessions in named)
        said += [f"[WARNING] and {left} more; --json names all"] * bool(left)
        return said + [f"removed {path}: its transcript is gone" for path in self.pruned]


class ExportPreview(msgspec.Struct, kw_only=True):
    """The report of a dry run."""

    status: str
    code: int
    out: str
    found: int
    would_export: list[NamedSession]

    def lines(self) -> list[str]:
        """The report for people."""
        said = [f"would export {one.source} {one.transcript}" for one in self.would_export]
        return [*said, f"would export {len(self.would_export)} of {counted(self.found, 'session')} to {self.out}"]


def of_run(
    target: ExportTarget, plan: Plan, results: Sequence[TaskResult], pruned: list[str], seconds: float
) -> ExportReport:
    """The report of a run that took `seconds`."""
    names = _Names(target)
    failed = [names.of(one.entry, reason=names.shown(one.entry.error)) for one in results if one.entry.error]
    failed += [names.of(one.entry, reason=one.left_out) for one in results if one.left_out == NOT_UNDERSTOOD]
    failed += [
        NamedSession(source=source, transcript="", reason=names.shown(reason))
        for source, reason in plan.found.unreadable
    ]
    unknown = _unknown(results, names)
    is_whole = not failed and not unknown
    return ExportReport(
        status="done" if is_whole else "failed",
        code=DONE if is_whole else FAILED,
        out=str(target.folder),
        found=len(plan.found.transcripts),
        exported=[WrittenFile(one.entry.source, one.entry.path) for one in results if one.changed],
        unchanged=plan.unchanged,
        later=plan.later,
        messages=sum(one.messages for one in results),
        left_out=_left_out(results, names),
        damaged=[names.of(one.entry, lines=one.problems) for one in results if one.problems],
        unplaced=[names.of(one.entry) for one in results if one.entry.path and one.entry.project == UNKNOWN],
        shrunk=[names.of(one.entry, lines=one.gone) for one in results if one.gone],
        unknown=unknown,
        failed=failed,
        pruned=pruned,
        seconds=round(seconds, 3),
    )


def of_dry_run(target: ExportTarget, plan: Plan) -> ExportPreview:
    """The report of what a run would do."""
    names = _Names(target)
    transcripts = (task.transcript for task in plan.tasks)
    return ExportPreview(
        status="done",
        code=DONE,
        out=str(target.folder),
        found=len(plan.found.transcripts),
        would_export=[NamedSession(source=one.source, transcript=names.shown(one.path)) for one in transcripts],
    )


def _left_out(results: Iterable[TaskResult], names: _Names) -> dict[str, list[NamedSession]]:
    found: dict[str, list[NamedSession]] = {}
    for one in results:
        if one.left_out and one.left_out != NOT_UNDERSTOOD:
            found.setdefault(one.left_out, []).append(names.of(one.entry))
    return dict(sorted(found.items()))


def _unknown(results: Iterable[TaskResult], names: _Names) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for one in results:
        for kind, number in one.unknown:
            kinds = found.setdefault(one.entry.source, {})
            shown = names.shown(kind)
            kinds[shown] = kinds.get(shown, 0) + number
    return found


class _Names:
    """How names that clients and users gave are shown; the scanner is asked only when there are any."""

    def __init__(self, target: ExportTarget) -> None:
        self._target = target

    def shown(self, text: str) -> str:
        return self._redactor.text(text)

    def of(self, entry: ArchiveEntry, lines: int | UnsetType = UNSET, reason: str | UnsetType = UNSET) -> NamedSession:
        name = self.shown(entry.transcript)
        return NamedSession(source=entry.source, transcript=name, path=entry.path, lines=lines, reason=reason)

    @functools.cached_property
    def _redactor(self) -> Redactor:
        policy = Policy(DEFAULT_POLICY)
        return Redactor.of(self._target.settings, policy)
