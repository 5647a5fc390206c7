"""What a scan found, for programs and for people: which type is where, by which rule it was found, and never a value.

schemas/scan-report.json describes `ScanReport`; the lines for people are made from it here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from session_sync.errors import DONE, FAILED, UserError
from session_sync.scan.explanation import Explanation
from session_sync.scan.files.targets import ScanTarget
from session_sync.scan.files.verdicts import Known
from session_sync.scan.gate import FILE_NAME, HIDDEN_NAME
from session_sync.scan.scanner.scanner import Scanner
from session_sync.scan.scanner.stream import Unscannable
from session_sync.text.lines import counted, printable

Explanations = Mapping[Known, Explanation]
WHOLE_FILE = 0  # the line of what is wrong with a file as a whole


class ReportedFinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding in a file, or on line 0 in its name; `start` and `end` count characters from the beginning of that.

    `tag` is the value's keyed hash, 32 hex digits; an `explanation` is there when it was asked for.
    """

    file: str
    line: int
    type: str
    rule: str
    start: int
    end: int
    tag: str
    explanation: Explanation | None = None


class UnscannableFile(msgspec.Struct, frozen=True):
    """What could not be scanned, or not be redacted; line 0 is the file as a whole."""

    file: str
    line: int
    reason: str


class SkippedPath(msgspec.Struct, frozen=True):
    """What was passed over: a link, or whatever else is not a regular file."""

    file: str
    reason: str


class ScanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `files` counts those that were scanned, `ignored` the findings that a .piiignore covers."""

    status: str
    code: int
    files: int
    ignored: int
    findings: list[ReportedFinding]
    unscannable: list[UnscannableFile]
    skipped: list[SkippedPath]


class CopyReport(ScanReport, frozen=True, kw_only=True):
    """What became of copies: `redacted` of them are there now. It has no findings."""

    redacted: int


@dataclass
class Results:
    """What a scan has come upon so far; `dirty` counts the files that hold something, or whose names do."""

    scanner: Scanner  # for the names of files
    files: int = 0
    dirty: int = 0
    ignored: int = 0
    findings: list[ReportedFinding] = field(default_factory=list)
    unscannable: list[UnscannableFile] = field(default_factory=list)
    skipped: list[SkippedPath] = field(default_factory=list)

    def add_findings(
        self, name: str, findings: Iterable[Known], is_file: bool = True, explained: Explanations | None = None
    ) -> None:
        """The file `name`, or else the name of the folder, holds `findings`, of which some may be `explained`."""
        shown = self._shown(name)
        why = explained or {}
        found = [
            ReportedFinding(shown, line, one.type, one.rule, one.start, one.end, tag, why.get(Known(one, line, tag)))
            for one, line, tag in findings
        ]
        self.findings += found
        self.dirty += is_file and bool(found)

    def add_failure(self, name: str, error: Unscannable | OSError | UserError) -> None:
        """The file `name` could not be scanned or redacted because of `error`."""
        if isinstance(error, Unscannable):
            self._add_unscannable(name, error.line, error.reason)
        else:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self._add_unscannable(name, WHOLE_FILE, reason or type(error).__name__)

    def add_left_out(self, target: ScanTarget) -> None:
        """What is below `target` but not among its files."""
        self.skipped += [SkippedPath(self._shown(target.shown(path)), reason) for path, reason in target.skipped]
        for path, reason in target.unreadable:
            self._add_unscannable(target.shown(path), WHOLE_FILE, reason)

    def report(self) -> ScanReport:
        """The report of a search."""
        return ScanReport(
            status="failed" if self.unscannable else "found" if self.findings else "done",
            code=FAILED if self.findings or self.unscannable else DONE,
            files=self.files,
            ignored=self.ignored,
            findings=self.findings,
            unscannable=self.unscannable,
            skipped=self.skipped,
        )

    def copy_report(self) -> CopyReport:
        """The report of copies, when `files` are those that were copied."""
        return CopyReport(**msgspec.structs.asdict(self.report()), redacted=self.files)

    def _add_unscannable(self, name: str, line: int, reason: str) -> None:
        self.unscannable.append(UnscannableFile(self._shown(name), line, reason))

    def _shown(self, name: str) -> str:
        """`name` in one visible line; hidden when it holds what is looked for."""
        return HIDDEN_NAME if self.scanner.scan(name) else printable(name)


def lines(report: ScanReport) -> Iterator[str]:
    """What people are told, before the summary."""
    for found in report.findings:
        where = ", in its name" if found.line == FILE_NAME else ""
        yield f"{found.file}:{found.line}: {found.type} ({found.rule}){where}"
        if found.explanation:
            yield from found.explanation.lines()
    for failed in report.unscannable:
        yield f"{failed.file}:{failed.line}: not scanned: {failed.reason}"
    for skipped in report.skipped:
        yield f"{skipped.file}: skipped: {skipped.reason}"


def summary_line(report: ScanReport, dirty: int) -> str:
    """The last line for people; `dirty` is the number of files that hold something."""
    if isinstance(report, CopyReport):
        parts = [f"{counted(report.redacted, 'file')} redacted"]
    else:
        found = f"{counted(len(report.findings), 'finding')} in {counted(dirty, 'file')}"
        parts = [found, f"{counted(report.files - dirty, 'file')} clean"]
    more = {
        "ignored by .piiignore": report.ignored,
        "could not be scanned": len(report.unscannable),
        "skipped": len(report.skipped),
    }
    return "; ".join([*parts, *(f"{number} {what}" for what, number in more.items() if number)])
