"""Looks through files and folders for what a policy blocks."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterable
from pathlib import Path

from session_sync import progress
from session_sync.errors import UserError
from session_sync.scan import ignore
from session_sync.scan.files import examination, targets
from session_sync.scan.files.examination import ITS_NAME
from session_sync.scan.files.report import WHOLE, Report
from session_sync.scan.files.targets import STANDARD, Target
from session_sync.scan.files.verdicts import Known, Verdicts
from session_sync.scan.ignore import Ignore
from session_sync.scan.policy import Policy
from session_sync.scan.scanner.scanner import Scanner, outer
from session_sync.scan.scanner.stream import Scan, Unscannable


class Search:
    """Fills `report`; what is found by `scanner` is remembered in `known`."""

    def __init__(self, scanner: Scanner, policy: Policy, known: Verdicts, report: Report, is_quiet: bool) -> None:
        self._scanner = scanner
        self._policy = policy
        self._known = known
        self._report = report
        self._is_quiet = is_quiet

    def all(self, names: Iterable[str]) -> None:
        """Look through all that `names` name; UsageError before that for a missing file or a wrong .piiignore."""
        rules_of = functools.cache(lambda folder: ignore.load(Path(os.fsdecode(folder)) / ".piiignore"))
        wanted = [targets.of(name) for name in dict.fromkeys(names)]
        for target, rules in [(target, rules_of(target.folder)) for target in wanted]:
            if target.is_stream:
                self._stream(target)
            else:
                self._files(target, rules)

    def _files(self, target: Target, rules: Ignore) -> None:
        tell_skipped(target, self._report)
        self._known.load(target.root, target.is_folder)
        dirty = [(file[0], self._known.of_unchanged(file)) for file in self._known.not_clean(target.files)]
        changed = [path for path, findings in dirty if findings is None]
        unchanged = len(target.files) - len(changed)
        self._report.files += unchanged
        if self._known.count > unchanged:
            self._known.keep_only({file[0] for file in target.files})
        fresh = {path: self._examined(target, path) for path in progress.shown(changed, len(changed), self._is_quiet)}
        for path in target.folders:
            self._judge(target, rules, path, examination.name(path, self._scanner), is_file=False)
        for path, findings in dirty:
            self._judge(target, rules, path, findings or fresh.get(path, ()))

    def _examined(self, target: Target, path: bytes) -> tuple[Known, ...]:
        """What is in a file that is new or changed."""
        try:
            findings = examination.file(path, self._scanner, self._known, follow=not target.is_folder)
        except (Unscannable, OSError) as error:
            tell_failed(self._report, target.shown(path), error)
            return ()
        self._report.files += 1
        return findings

    def _judge(
        self, target: Target, rules: Ignore, path: bytes, findings: Iterable[Known], is_file: bool = True
    ) -> None:
        """Report those of the findings in a file or in a name that count."""
        blocked = [one for one in findings if self._policy.blocks(one.finding)]
        ignored = [one for one in blocked if rules.covers_tag(target.relative(path), one.finding, one.tag)]
        self._report.ignored += len(_outer(ignored))
        left = _outer(one for one in blocked if one not in ignored)
        if left:
            self._report.add(target.shown(path), left, is_file)

    def _stream(self, target: Target) -> None:
        """Scan what can be read but once."""
        try:
            with open(0 if target.name == STANDARD else target.root, "rb", closefd=target.name != STANDARD) as content:
                findings = list(examination.stream(Scan(content, self._scanner)))
        except (Unscannable, OSError) as error:
            tell_failed(self._report, target.name, error)
            return
        self._report.files += 1
        self._report.add(target.name, _outer(one for one in findings if self._policy.blocks(one.finding)))


def _outer(findings: Iterable[Known]) -> list[Known]:
    """`findings`, in order, without those within another in the name or in the content."""
    kept: list[Known] = []
    for _, group in itertools.groupby(findings, lambda one: one.line == ITS_NAME):
        part = list(group)
        shown = set(outer(one.finding for one in part))
        kept += [one for one in part if one.finding in shown]
    return kept


def tell_failed(report: Report, name: str, error: Unscannable | OSError | UserError) -> None:
    """The file `name` could not be judged or redacted because of `error`."""
    if isinstance(error, Unscannable):
        report.fail(name, error.line, error.reason)
    else:
        report.fail(name, WHOLE, (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__)


def tell_skipped(target: Target, report: Report) -> None:
    """Name what is not looked at in `target`."""
    for path, reason in target.skipped:
        report.skip(target.shown(path), reason)
    for path, reason in target.unreadable:
        report.fail(target.shown(path), WHOLE, reason)
