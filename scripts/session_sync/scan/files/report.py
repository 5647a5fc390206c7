"""What a scan tells: where something of which type is, by which rule it was found, and never a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from session_sync.errors import DONE, FAILED
from session_sync.scan import gate
from session_sync.scan.files.examination import ITS_NAME
from session_sync.scan.files.verdicts import Known
from session_sync.scan.scanner.scanner import Scanner
from session_sync.text.lines import counted, printable

WHOLE = 0  # the line of what is wrong with a file as a whole


@dataclass
class Report:
    """What was found so far; `files` counts those that could be scanned."""

    scanner: Scanner  # for the names of files
    findings: list[dict[str, Any]] = field(default_factory=list)
    unscannable: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    files: int = 0
    dirty: int = 0
    ignored: int = 0
    redacted: int | None = None  # files written, when that was asked for

    def add(self, name: str, findings: Iterable[Known], is_file: bool = True) -> None:
        """The file `name`, or else the name of the folder, holds `findings`."""
        name = self.shown(name)
        rows = [
            {
                "file": name,
                "line": line,
                "type": one.type,
                "rule": one.rule,
                "start": one.start,
                "end": one.end,
                "tag": tag,
            }
            for one, line, tag in findings
        ]
        self.findings += rows
        self.dirty += is_file and bool(rows)

    def fail(self, name: str, line: int, reason: str) -> None:
        """The file `name` could not be judged, or not be redacted."""
        self.unscannable.append({"file": self.shown(name), "line": line, "reason": reason})

    def skip(self, name: str, reason: str) -> None:
        """`name` is no file."""
        self.skipped.append({"file": self.shown(name), "reason": reason})

    @property
    def code(self) -> int:
        return FAILED if self.findings or self.unscannable else DONE

    def content(self) -> dict[str, Any]:
        """The report object, see schemas/scan-report.json."""
        status = "failed" if self.unscannable else "found" if self.findings else "done"
        redacted = {} if self.redacted is None else {"redacted": self.redacted}
        counts = {"files": self.files, "ignored": self.ignored, **redacted}
        lists = {"findings": self.findings, "unscannable": self.unscannable, "skipped": self.skipped}
        return {"status": status, "code": self.code, **counts, **lists}

    def lines(self) -> Iterable[str]:
        """What people are told, before the summary."""
        for one in self.findings:
            where = ", in its name" if one["line"] == ITS_NAME else ""
            yield f"{one['file']}:{one['line']}: {one['type']} ({one['rule']}){where}"
        for one in self.unscannable:
            yield f"{one['file']}:{one['line']}: not scanned: {one['reason']}"
        for one in self.skipped:
            yield f"{one['file']}: skipped: {one['reason']}"

    def summary(self) -> str:
        parts = []
        if self.redacted is not None:
            parts.append(f"{counted(self.redacted, 'file')} redacted")
        else:
            parts.append(f"{counted(len(self.findings), 'finding')} in {counted(self.dirty, 'file')}")
            parts.append(f"{counted(self.files - self.dirty, 'file')} clean")
        for number, what in (
            (self.ignored, "ignored by .piiignore"),
            (len(self.unscannable), "could not be scanned"),
            (len(self.skipped), "skipped"),
        ):
            if number:
                parts.append(f"{number} {what}")
        return "; ".join(parts)

    def shown(self, name: str) -> str:
        """`name` in one visible line; hidden when it holds what is looked for."""
        return gate.HIDDEN if self.scanner.scan(name) else printable(name)
