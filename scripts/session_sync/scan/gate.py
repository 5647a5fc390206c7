"""Decides whether the exact bytes of a file may leave the machine. Fails closed."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.scan import from_config, ignore, policy, redact
from session_sync.scan.ignore import Ignore
from session_sync.scan.policy import Policy

if TYPE_CHECKING:  # importing the scanner takes longer than a round in which nothing changed
    from session_sync.identity.machine import Machine
    from session_sync.identity.user import Identity
    from session_sync.scan.scanner.scanner import Finding, Scanner

Findings = list[tuple[int, str]]  # (line, type)
LetThrough = tuple[str, int, str]  # the file's name, the place of the finding in it or in its name, and its type

UNDECODABLE = "undecodable"
UNSCANNABLE = "unscannable"
HIDDEN_NAME = "(a name that is withheld)"
FILE_NAME = 0  # the line of a finding in the file's own name
_MOST_FINDINGS = 100  # told of one file; one is enough to withhold it
_PUBLISHED = Policy("secrets")  # for what a machine says of itself


class Judgement(NamedTuple):
    """What withholds a file, sorted, and what would if the .piiignore did not let it through."""

    findings: Findings
    let_through: frozenset[LetThrough] = frozenset()

    def joined(self, other: Judgement) -> Judgement:
        """What either says."""
        return Judgement(sorted({*self.findings, *other.findings}), self.let_through | other.let_through)


@dataclass(frozen=True)
class Gate:
    """The settings and the user's .piiignore; `allowed` holds values that are the user's own choice to publish."""

    settings: Config
    ignored: Ignore
    allowed: Collection[str] = ()

    @functools.cached_property
    def version(self) -> str:
        """A text that differs whenever the same bytes may get another verdict."""
        return hashlib.sha256(f"{from_config.version(self.settings)} {self!r}".encode()).hexdigest()[:16]

    def check(self, name: str, project: str, data: bytes, redacted: str = "") -> Findings:
        """What withholds `data` as the file `name`: (line, type) of its findings, never a value; [] lets it pass.

        `redacted` is the SHA-256 of what the export wrote by the rules and policies of now. `name` is the path that
        leaves as well, and is scanned too.
        """
        level = policy.of_project(project, self.settings)
        if level.is_off:
            return []
        if redacted and redacted == hashlib.sha256(data).hexdigest():
            return self.judge_name(name, level).findings  # the rest was redacted before it was written
        return self.judge(name, data, level).findings

    def judge(self, name: str, data: bytes, level: Policy, before: str = "") -> Judgement:
        """What of `data`, which must be UTF-8, the policy withholds from leaving as the file `name`.

        Only what is not in `before` counts; where there is such a text, the name has left already.
        """
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            return Judgement([(data.count(b"\n", 0, error.start) + 1, UNDECODABLE)])
        if "\0" in text:  # UTF-16, or not text at all
            return Judgement([(text.count("\n", 0, text.index("\0")) + 1, UNDECODABLE)])
        return self.judge_text(name, text, level, before)

    def judge_text(self, name: str, text: str, level: Policy, before: str) -> Judgement:
        """The same for what was decoded; what the scanner fails on is withheld."""
        try:
            counting, ignored = self._new_findings(name, text, level, before)
            in_name = Judgement([]) if before else self.judge_name(name, level)
        except Exception:  # noqa: BLE001 - whatever is wrong with the scanner, what it did not judge stays here
            return Judgement([(1, UNSCANNABLE)])
        found, line, at = set(in_name.findings), 1, 0
        for one in counting:
            line, at = line + text.count("\n", at, one.start), one.start
            found.add((line, one.type))
        return Judgement(sorted(found), in_name.let_through.union((name, one.start, one.type) for one in ignored))

    def judge_name(self, name: str, level: Policy) -> Judgement:
        """What withholds the very `name` of a file."""
        counting, ignored = self._new_findings(name, name, level)
        found = {(FILE_NAME, one.type) for one in counting}
        return Judgement(sorted(found), frozenset((name, one.start, one.type) for one in ignored))

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

    @functools.cached_property
    def _scanner(self) -> Scanner:
        return from_config.scanner(self.settings)

    def _new_findings(
        self, name: str, text: str, level: Policy, before: str = ""
    ) -> tuple[list[Finding], list[Finding]]:
        """The first findings in `text` whose values are not in `before`: those that count, and those let through."""
        from session_sync.scan.scanner.scanner import outer

        counting: list[Finding] = []
        ignored: list[Finding] = []
        for one in self._scanner.scan(text):
            value = text[one.start : one.end]
            if level.blocks(one) and value.casefold() not in self.allowed:
                (ignored if self.ignored.covers(name, one, value) else counting).append(one)

        def new(found: list[Finding]) -> list[Finding]:
            return list(
                islice((one for one in outer(found) if text[one.start : one.end] not in before), _MOST_FINDINGS)
            )

        return new(ignore.remaining(counting, ignored)), new(ignored)


def load(settings: Config, email: str) -> Gate:
    """The gate of the store for the user with this address; raises UsageError for a wrong .piiignore."""
    return Gate(settings, ignore.load(paths.ignore_file()), own_values(email))


def own_values(email: str) -> frozenset[str]:
    """What the user with this address publishes by choice, as `Gate.allowed` takes it."""
    return frozenset({email.casefold()})
