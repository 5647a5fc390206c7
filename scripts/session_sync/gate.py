"""Decides whether the exact bytes of a log may leave the machine. Fails closed."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from session_sync import configured, ignore, paths, policy, redact
from session_sync.config import Config
from session_sync.errors import UsageError
from session_sync.ignore import Ignore
from session_sync.index import Findings
from session_sync.policy import Policy
from session_sync.store import Log

if TYPE_CHECKING:  # importing the scanner takes longer than a round in which nothing changed
    from session_sync.scanner import Finding, Scanner

UNREADABLE = "undecodable"
UNSCANNABLE = "unscannable"
HIDDEN = "(a name that is withheld)"
MOST_FINDINGS = 100  # told of one file; one is enough to withhold it
FILE_NAME = 0  # the line number of a finding in the log's own name
_PUBLISHED = Policy("secrets")  # for what a machine says of itself


@dataclass(frozen=True)
class Gate:
    """The settings and the user's .piiignore; `allowed` holds values that are the user's own choice to publish."""

    settings: Config
    ignored: Ignore
    allowed: Collection[str] = ()

    @functools.cached_property
    def version(self) -> str:
        """A text that differs whenever the same bytes may get another verdict."""
        return hashlib.sha256(f"{configured.version(self.settings)} {self!r}".encode()).hexdigest()[:16]

    @functools.cached_property
    def _scanner(self) -> Scanner:
        return configured.scanner(self.settings)

    def check(self, log: Log, data: bytes) -> Findings:
        """What withholds `log` when `data` would be committed: (line, type) of its findings, never a value.

        [] lets it pass. The names of the file and of its project leave as well, and are scanned too.
        """
        level = policy.of_project(log.project, self.settings)
        if level.level == policy.LEVELS[0]:
            return []
        if log.redacted and log.redacted == hashlib.sha256(data).hexdigest():
            return self._name_findings(os.fsdecode(log.key), level)  # the rest was redacted before it was written
        return self._check(os.fsdecode(log.key), data, level)

    def check_file(self, name: str, project: str, data: bytes, before: bytes, may_be_binary: bool) -> Findings:
        """What withholds the file `name` of a shared tree: what is in `data` and not in `before`, the committed bytes.

        What is no text can only be let through, as pictures are, or not at all.
        """
        level = policy.of_project(project, self.settings)
        if level.level == policy.LEVELS[0]:
            return []
        if may_be_binary and _is_binary(data):
            return self._name_findings(name, level)
        return self._check(name, data, level, before.decode(errors="replace"))

    def _check(self, name: str, data: bytes, level: Policy, before: str = "") -> Findings:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            return [(data.count(b"\n", 0, error.start) + 1, UNREADABLE)]
        if "\0" in text:
            return [(text.count("\n", 0, text.index("\0")) + 1, UNREADABLE)]  # UTF-16, or no text at all
        try:
            return self._findings(name, text, level, before)
        except Exception:  # noqa: BLE001 - whatever is wrong with the scanner, what it did not judge stays here
            return [(1, UNSCANNABLE)]

    def published(self, text: str) -> str:
        """`text`, which a machine says of itself, without secrets."""
        return redact.redact(text, self._scanner, _PUBLISHED)

    def shown(self, text: str) -> str:
        """A name or path as reports show it: hidden when it holds what the check looks for."""
        return HIDDEN if self._scanner.scan(text) else text

    def _findings(self, name: str, text: str, level: Policy, before: str) -> Findings:
        found = set(self._name_findings(name, level)) if not before else set()
        line, at = 1, 0
        new = (one for one in self._blocked(text, name, level) if text[one.start : one.end] not in before)
        for one in islice(new, MOST_FINDINGS):
            line, at = line + text.count("\n", at, one.start), one.start
            found.add((line, one.type))
        return sorted(found)

    def _name_findings(self, name: str, level: Policy) -> Findings:
        return sorted({(FILE_NAME, one.type) for one in self._blocked(name, name, level)})

    def _blocked(self, text: str, name: str, level: Policy) -> list[Finding]:
        """The findings in `text` that count, in order."""
        from session_sync.scanner import outer

        return outer(
            one
            for one in self._scanner.scan(text)
            if level.blocks(one)
            and text[one.start : one.end].casefold() not in self.allowed
            and not self.ignored.covers(name, one, text[one.start : one.end])
        )


def load(settings: Config, email: str) -> Gate:
    """The gate of the store for the user with this address; raises UsageError for a wrong .piiignore."""
    return Gate(settings, ignore.load(paths.ignore_file()), frozenset({email.casefold()}))


def of_tree(settings: Config, email: str, root: Path) -> tuple[Gate, list[str]]:
    """The gate of the shared tree at `root`, and warnings: its .piiignore may be wrong by others' doing.

    Then nothing is ignored, and the next pull may mend it.
    """
    try:
        ignored, warnings = ignore.load(root / paths.ignore_file().name), []
    except UsageError as error:
        ignored, warnings = Ignore(), [f"nothing is ignored: {error}"]
    return Gate(settings, ignored, frozenset({email.casefold()})), warnings


def _is_binary(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return b"\0" in data
