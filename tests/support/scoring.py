"""Scores a scanner on labelled texts: tests/evaluation/*.yaml, in the syntax of templates.py.

A finding is right when it overlaps a label of its class: a type of personal data, `password`, or `secret` for all other
secrets (a password found as a secret is right, and the other way round). A finding that overlaps an unscored value only
is neither right nor wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import yaml

from session_sync.scan.scanner.scanner import Finding
from support.homes import ROOT
from support.templates import Labelled, labelled

EVALUATION = ROOT / "tests" / "evaluation"
EXACT = EVALUATION / "exact"
_BESIDE = 12  # characters around a value that a finding may take: a quote, a sign
Scan = Callable[[str], list[Finding]]


class Case(NamedTuple):
    """A text with what a scanner should find in it."""

    id: str
    text: str
    labels: list[Labelled]


@dataclass
class Score:
    """Counts by class, and what went wrong: (case, class, value)."""

    right: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    false: list[tuple[str, str, str]] = field(default_factory=list)
    clean: int = 0
    flagged: set[str] = field(default_factory=set)

    def f1(self, kind: str) -> float:
        """The F1 of a class."""
        wrong = sum(one[1] == kind for one in self.missed) + sum(one[1] == kind for one in self.false)
        return 2 * self.right[kind] / max(1, 2 * self.right[kind] + wrong)

    def kinds(self) -> list[str]:
        """The classes that occur."""
        return sorted({*self.right, *(one[1] for one in self.missed), *(one[1] for one in self.false)})


def cases(folder: Path) -> list[Case]:
    """All cases of the YAML files in `folder`."""
    entries = [one for path in sorted(folder.glob("*.yaml")) for one in yaml.load(path.read_bytes(), yaml.CSafeLoader)]
    return [Case(one["id"], *labelled(one["text"], one["id"])) for one in entries]


def score(scan: Scan, tried: Iterable[Case]) -> Score:
    """What `scan` gets right and wrong."""
    result = Score()
    for case in tried:
        found = scan(case.text)
        wanted = [label for label in case.labels if label.type != "-"]
        for label in wanted:
            if any(_same(one.type, label.type) and _overlap(one, label) for one in found):
                result.right[kind(label.type)] += 1
            else:
                result.missed.append((case.id, kind(label.type), case.text[label.start : label.end]))
        wrong = [one for one in found if not any(_excuses(one, label) for label in case.labels)]
        result.false += [(case.id, kind(one.type), case.text[one.start : one.end]) for one in wrong]
        result.clean += not wanted
        if wrong and not wanted:
            result.flagged.add(case.id)
    return result


def faults(case: Case, found: Iterable[Finding]) -> list[str]:
    """What is wrong with the findings in `case`, where every value counts to its last character."""
    found = list(found)
    said = []
    for label in case.labels:
        mine = [one for one in found if _same(one.type, label.type) and _overlap(one, label)]
        covered = {place for one in mine for place in range(one.start, one.end)}
        if label.type != "-" and not covered.issuperset(range(label.start, label.end)):
            said.append(f"{'in part' if mine else 'missed'}: {case.text[label.start : label.end]!r}")
    for one in found:
        beside = set(range(one.start, one.end)).difference(*(range(*label[1:]) for label in case.labels))
        if len(beside) == one.end - one.start:
            said.append(f"false: {one.rule} {case.text[one.start : one.end]!r}")
        elif len(beside) > _BESIDE:
            said.append(f"too wide: {one.rule} {case.text[one.start : one.end]!r}")
    return said


def kind(type: str) -> str:
    """The class that a type is scored as."""
    return "password" if type == "secret:password" else type.partition(":")[0]


def _same(one: str, other: str) -> bool:
    return one.partition(":")[0] == other.partition(":")[0]


def _overlap(one: Finding, label: Labelled) -> bool:
    return one.start < label.end and label.start < one.end


def _excuses(one: Finding, label: Labelled) -> bool:
    return _overlap(one, label) and (label.type == "-" or _same(one.type, label.type))
