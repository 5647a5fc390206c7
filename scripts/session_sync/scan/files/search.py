"""Searches files and folders for what a policy blocks."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import os
from collections.abc import Iterable
from pathlib import Path

from session_sync import progress
from session_sync.home import files
from session_sync.scan import ignore
from session_sync.scan.explanation import Explainer
from session_sync.scan.files import examination, passages, targets
from session_sync.scan.files.report import Explanations, Results
from session_sync.scan.files.targets import STANDARD, ScanTarget
from session_sync.scan.files.verdicts import Known, Verdicts
from session_sync.scan.gate import FILE_NAME
from session_sync.scan.ignore import Ignore
from session_sync.scan.policy import Policy
from session_sync.scan.scanner.scanner import Scanner, outer
from session_sync.scan.scanner.stream import Scan, Unscannable


class Search:
    """A search with `scanner` for what `policy` blocks; what is found is remembered in `known`.

    With an `explainer`, all that is told is explained.
    """

    def __init__(
        self, scanner: Scanner, policy: Policy, known: Verdicts, is_quiet: bool, explainer: Explainer | None = None
    ) -> None:
        self._scanner = scanner
        self._policy = policy
        self._known = known
        self._results = Results(scanner)
        self._is_quiet = is_quiet
        self._explainer = explainer

    def run(self, names: Iterable[str]) -> Results:
        """Search all that `names` name; UsageError before that for a missing file or a wrong .piiignore."""
        rules_of = functools.cache(lambda folder: ignore.load(Path(os.fsdecode(folder)) / ".piiignore"))
        wanted = [targets.resolve(name) for name in dict.fromkeys(names)]
        for target, rules in [(target, rules_of(target.folder)) for target in wanted]:
            if target.is_stream:
                self._stream(target)
            else:
                self._files(target, rules)
        return self._results

    def _files(self, target: ScanTarget, rules: Ignore) -> None:
        self._results.add_left_out(target)
        self._known.load(target.root, target.is_folder)
        dirty = [(file[0], self._known.of_unchanged(file)) for file in self._known.not_clean(target.files)]
        changed = [path for path, findings in dirty if findings is None]
        unchanged = len(target.files) - len(changed)
        self._results.files += unchanged
        if self._known.count > unchanged:
            self._known.keep_only({file[0] for file in target.files})
        fresh = {path: self._examined(target, path) for path in progress.shown(changed, len(changed), self._is_quiet)}
        for path in target.folders:
            self._judge(target, rules, path, examination.examine_name(path, self._scanner), is_file=False)
        for path, findings in dirty:
            self._judge(target, rules, path, findings or fresh.get(path, ()))

    def _examined(self, target: ScanTarget, path: bytes) -> tuple[Known, ...]:
        """What is in a new or changed file."""
        try:
            findings = examination.examine(path, self._scanner, self._known, follow=not target.is_folder)
        except (Unscannable, OSError) as error:
            self._results.add_failure(target.shown(path), error)
            return ()
        self._results.files += 1
        return findings

    def _judge(
        self, target: ScanTarget, rules: Ignore, path: bytes, findings: Iterable[Known], is_file: bool = True
    ) -> None:
        """Add those findings in a file, or in a folder's name, that count."""
        found = list(findings)
        blocked = [one for one in found if self._policy.blocks(one.finding)]
        ignored = [one for one in blocked if rules.covers_tag(target.relative(path), one.finding, one.tag)]
        self._results.ignored += len(_outer(ignored))
        counting = {one.finding for one in blocked if one not in ignored}
        remaining = set(ignore.remaining(counting, [one.finding for one in ignored]))
        left = _outer(one for one in blocked if one.finding in remaining)
        if left:
            explained = self._explained(path, left, found, follow=not target.is_folder)
            self._results.add_findings(target.shown(path), left, is_file, explained)

    def _explained(self, path: bytes, told: list[Known], found: list[Known], follow: bool) -> Explanations:
        """Why what is `told` of the file at `path` and of its name counts; nothing of what cannot be read again."""
        if self._explainer is None:
            return {}
        name = io.BytesIO(os.fsdecode(os.path.basename(path)).encode(errors="surrogatepass"))
        explained = passages.explained(self._explainer, name, *_parts(told, found, of_name=True))
        inside, every = _parts(told, found, of_name=False)
        with contextlib.suppress(OSError):
            if inside:
                with files.open_regular(path, follow) as content:
                    explained |= passages.explained(self._explainer, content, inside, every)
        return explained

    def _stream(self, target: ScanTarget) -> None:
        """Scan what can be read only once."""
        try:
            with open(0 if target.name == STANDARD else target.root, "rb", closefd=target.name != STANDARD) as source:
                content = io.BytesIO(source.read()) if self._explainer else source
                found = list(examination.examine_stream(Scan(content, self._scanner)))
        except (Unscannable, OSError) as error:
            self._results.add_failure(target.name, error)
            return
        self._results.files += 1
        told = _outer(one for one in found if self._policy.blocks(one.finding))
        explained = None
        if self._explainer:
            content.seek(0)
            explained = passages.explained(self._explainer, content, told, found)
        self._results.add_findings(target.name, told, explained=explained)


def _parts(told: list[Known], found: list[Known], of_name: bool) -> tuple[list[Known], list[Known]]:
    """Those of both that are in the name of a file, or else in the file."""
    told, found = ([one for one in some if (one.line == FILE_NAME) == of_name] for some in (told, found))
    return told, found


def _outer(findings: Iterable[Known]) -> list[Known]:
    """`findings`, in order, without those that lie within another, be it in the name or in the content."""
    kept: list[Known] = []
    for _, group in itertools.groupby(findings, lambda one: one.line == FILE_NAME):
        part = list(group)
        shown = set(outer(one.finding for one in part))
        kept += [one for one in part if one.finding in shown]
    return kept
