"""Decides whether the exact bytes of a log may leave the machine. Fails closed."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from session_sync.errors import UsageError
from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.identity import belongs
from session_sync.scan import from_config, guessed_text, ignore, policy, redact
from session_sync.scan.ignore import Ignore
from session_sync.scan.policy import Policy
from session_sync.text.lines import counted

if TYPE_CHECKING:  # importing the scanner takes longer than a round in which nothing changed
    from session_sync.identity.machine import Machine
    from session_sync.identity.user import Identity
    from session_sync.scan.scanner.scanner import Finding, Scanner

Findings = list[tuple[int, str]]  # (line, type)

UNDECODABLE = "undecodable"
UNSCANNABLE = "unscannable"
HIDDEN_NAME = "(a name that is withheld)"
MOST_FINDINGS = 100  # told of one file; one is enough to withhold it
FILE_NAME = 0  # the line number of a finding in the log's own name
_PASSWORD = "secret:password"  # its rules look for words, which programs are full of  # noqa: S105
_PUBLISHED = Policy("secrets")  # for what a machine says of itself


@dataclass(frozen=True)
class Gate:
    """The settings and the user's .piiignore; `allowed` holds values that are the user's own choice to publish.

    `root` is that of the shared tree whose files are judged: a customer's folder, or the whole tree may be in one.
    `let_through` gathers the findings that the .piiignore let through: the file's name, the place and the type.
    """

    settings: Config
    ignored: Ignore
    allowed: Collection[str] = ()
    let_through: set[tuple[str, int, str]] = field(default_factory=set, repr=False, compare=False)
    root: Path | None = field(default=None, repr=False)

    @functools.cached_property
    def version(self) -> str:
        """A text that differs whenever the same bytes may get another verdict."""
        return hashlib.sha256(f"{from_config.version(self.settings)} {self!r}".encode()).hexdigest()[:16]

    @functools.cached_property
    def _scanner(self) -> Scanner:
        return from_config.scanner(self.settings)

    def check(self, name: str, project: str, data: bytes, redacted: str = "") -> Findings:
        """What withholds `data` as the file `name`: (line, type) of its findings, never a value; [] lets it pass.

        `redacted` is the SHA-256 of what the export wrote by the rules and policies of now. `name` is the path that
        leaves as well, and is scanned too.
        """
        level = policy.of_project(project, self.settings)
        if level.level == policy.LEVELS[0]:
            return []
        if redacted and redacted == hashlib.sha256(data).hexdigest():
            return self._name_findings(name, level)  # the rest was redacted before it was written
        return self._check(name, data, level)

    def check_file(self, name: str, project: str, data: bytes, before: bytes, may_be_binary: bool) -> Findings:
        """What withholds the file `name` of a shared tree: what is in `data` and not in `before`, the committed bytes.

        What is no text can only be let through, as pictures are, or not at all.
        """
        level = self._level(name, project)
        if level.level == policy.LEVELS[0]:
            return []
        if may_be_binary and _is_binary(data):
            return self._check_binary(name, data, level, before)
        return self._check(name, data, level, before.decode(errors="replace"))

    def check_name(self, name: str, project: str) -> Findings:
        """What keeps the very `name` of a shared tree's file from being told."""
        level = self._level(name, project)
        return self._name_findings(name, level) if level.level != policy.LEVELS[0] else []

    def judges(self, name: str, project: str) -> bool:
        """Whether there is anything that would withhold the file `name` of `project`."""
        return self._level(name, project).level != policy.LEVELS[0]

    def customer(self, name: str) -> str:
        """The customer's project that the place of a shared tree's file makes it belong to, "" for any other."""
        folder = name.rpartition("/")[0]
        return belongs.customer_of(self.root, folder, self.settings) if self.root else ""

    @property
    def warnings(self) -> list[str]:
        """What there is to tell of all that was checked."""
        number = len(self.let_through)
        return [f"{counted(number, 'finding')} let through by .piiignore"] if number else []

    def _level(self, name: str, project: str) -> Policy:
        """The policy for a shared tree's file: that of its `project`, or of the customer in whose place it is."""
        level, owner = policy.of_project(project, self.settings), self.customer(name)
        return policy.union(level, policy.of_project(owner, self.settings)) if owner else level

    def _check(self, name: str, data: bytes, level: Policy, before: str = "") -> Findings:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            return [(data.count(b"\n", 0, error.start) + 1, UNDECODABLE)]
        if "\0" in text:
            return [(text.count("\n", 0, text.index("\0")) + 1, UNDECODABLE)]  # UTF-16, or no text at all
        try:
            return self._findings(name, text, level, before)
        except Exception:  # noqa: BLE001 - whatever is wrong with the scanner, what it did not judge stays here
            return [(1, UNSCANNABLE)]

    def _check_binary(self, name: str, data: bytes, level: Policy, before: bytes) -> Findings:
        """The same for what is not UTF-8; in what is no text at all, only what is hardly found by chance counts."""
        text, is_text = guessed_text.guess(data)
        known = guessed_text.guess(before)[0] if _is_binary(before) else before.decode()
        try:
            found = self._findings(name, text, level, known)
        except Exception:  # noqa: BLE001 - as above
            return [(1, UNSCANNABLE)]
        return [(line, kind) for line, kind in found if is_text or line == FILE_NAME or _is_shaped(kind)]

    def published(self, text: str) -> str:
        """`text`, which a machine says of itself, without secrets."""
        return redact.redact(text, self._scanner, _PUBLISHED)

    def author(self, identity: Identity, machine: Machine) -> tuple[str, str]:
        """Name and address for commits, without secrets."""
        name, address = identity.full_name or identity.user, identity.email or f"{identity.user}@{machine.hostname}"
        return self.published(name), self.published(address)

    def shown(self, text: str) -> str:
        """A name or path as reports show it: hidden when it holds what the check looks for."""
        return HIDDEN_NAME if self._scanner.scan(text) else text

    def _findings(self, name: str, text: str, level: Policy, before: str) -> Findings:
        found = set(self._name_findings(name, level)) if not before else set()
        line, at = 1, 0
        new = (one for one in self._blocked(text, name, level, before) if text[one.start : one.end] not in before)
        for one in islice(new, MOST_FINDINGS):
            line, at = line + text.count("\n", at, one.start), one.start
            found.add((line, one.type))
        return sorted(found)

    def _name_findings(self, name: str, level: Policy) -> Findings:
        return sorted({(FILE_NAME, one.type) for one in self._blocked(name, name, level)})

    def _blocked(self, text: str, name: str, level: Policy, before: str = "") -> list[Finding]:
        """The findings in `text` that count, in order."""
        from session_sync.scan.scanner.scanner import outer

        counted: list[Finding] = []
        ignored: list[Finding] = []
        for one in self._scanner.scan(text):
            value = text[one.start : one.end]
            if level.blocks(one) and value.casefold() not in self.allowed:
                (ignored if self.ignored.covers(name, one, value) else counted).append(one)
        new = (one for one in outer(ignored) if text[one.start : one.end] not in before)
        self.let_through.update((name, one.start, one.type) for one in islice(new, MOST_FINDINGS))
        return outer(counted)


def load(settings: Config, email: str) -> Gate:
    """The gate of the store for the user with this address; raises UsageError for a wrong .piiignore."""
    return Gate(settings, ignore.load(paths.ignore_file()), frozenset({email.casefold()}))


def of_tree(settings: Config, email: str, root: Path) -> tuple[Gate, list[str]]:
    """The gate of the shared tree at `root`, and warnings: its .piiignore may be wrong by others' doing.

    Then nothing is ignored, and the next pull may mend it.
    """
    try:
        ignored, warnings = ignore.load(root / paths.ignore_file().name).narrow()
    except UsageError as error:
        ignored, warnings = Ignore(), [f"nothing is ignored: {error}"]
    return Gate(settings, ignored, frozenset({email.casefold()}), root=root), warnings


def _is_shaped(kind: str) -> bool:
    """Whether findings of this type have a fixed form."""
    return kind.startswith("secret:") and kind != _PASSWORD


def _is_binary(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return b"\0" in data
