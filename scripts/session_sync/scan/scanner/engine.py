"""Finds the anchors of all rules in one pass, with what was compiled once, for all policies, and then kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from session_sync.home import files, paths
from session_sync.scan.scanner import anchors, rule, rule_files
from session_sync.scan.scanner.anchors import Anchor, Finder, Runs
from session_sync.scan.scanner.rule import Rule

_FORMAT = b"7\n"  # of the kept file: this, a hash of the rest, a line of JSON, what the finder keeps
Wanted = Callable[[Rule], bool]
# The types that loose policies do not look for: their anchors, mostly digits, slow the search for all others down.
_STRICTER = frozenset({"email", "phone", "ssn", "iban", "ip"})
_Owners = dict[Anchor, list[int]]  # the anchors, and the numbers of the rules that have them


def fastest() -> type[Finder]:
    """The fastest finder that this system has."""
    try:
        from session_sync.scan.scanner.hyperscan_engine import HyperscanFinder
    except ImportError:  # it has no package of Hyperscan
        from session_sync.scan.scanner.python_engine import PythonFinder

        return PythonFinder
    return HyperscanFinder


class _Part(NamedTuple):
    """Anchors with their owners, and what finds them."""

    owners: _Owners
    finder: Finder


class Engine:
    """All rules, of which those `wanted` are looked for, and what finds their anchors, part by part."""

    def __init__(self, rules: Sequence[Rule], parts: Iterable[_Part], wanted: Wanted | None = None) -> None:
        self.rules = rules
        self.wanted = frozenset(number for number, one in enumerate(rules) if wanted is None or wanted(one))
        self.left_out = 0  # times that a user's own rule took too long to be searched for in the whole of a text
        searched = [(self._wanted_owners(part), part.finder) for part in parts]
        self._searched = [(owners, finder) for owners, finder in searched if owners]
        self._unanchored = [number for number in self.wanted if rules[number].go and not rules[number].anchors]

    def hits(self, data: bytes) -> dict[int, Runs]:
        """Where anchors end in `data`, in the order of the first ones, by the number of their rule."""
        found = {number: [(0, len(data))] for number in self._unanchored}
        for owners, finder in self._searched:
            for anchor, places in finder.ends(data, owners).items():
                for number in owners[anchor]:
                    found[number] = sorted([*found[number], *places]) if number in found else places
        return found

    def _wanted_owners(self, part: _Part) -> dict[int, list[int]]:
        """The numbers of the wanted rules that have each of the part's anchors, by the anchor's number."""
        owners = {anchor: self.wanted.intersection(each) for anchor, each in enumerate(part.owners.values())}
        return {anchor: sorted(numbers) for anchor, numbers in owners.items() if numbers}


def compiled(rules: Sequence[Rule], finder: type[Finder] | None = None) -> Engine:
    """An engine for `rules`; takes a second for all."""
    return Engine(rules, _compiled(rules, finder or fastest()))


def _compiled(rules: Sequence[Rule], finder: type[Finder]) -> list[_Part]:
    """The anchors of `rules` in two parts: those that every policy looks for, and those of stricter ones alone."""
    shared: tuple[_Owners, _Owners] = {}, {}
    for anchor, numbers in anchors.of_rules(rules).items():
        shared[all(rules[number].type in _STRICTER for number in numbers)][anchor] = numbers
    return [_Part(owners, finder.compiled(list(owners))) for owners in shared if owners]


def load(own: Path | None = None, regional: bool = False, wanted: Wanted | None = None) -> Engine:
    """The engine of our rules and those in the gitleaks file `own`, which looks for those `wanted`.

    See rule_files.load.
    """
    path = paths.rules_file(rule_files.version(own, regional))
    try:
        rules, parts = _read(path)
    except (OSError, ValueError, TypeError):  # not there yet, of another finder, or damaged
        rules = rule_files.load(own, regional)
        parts = _compiled(rules, fastest())
        _keep(path, rules, parts)
    return Engine(rules, parts, wanted)


def _keep(path: Path, rules: Sequence[Rule], parts: Sequence[_Part]) -> None:
    """Write all this to `path`, and remove what was kept for rules that are no more."""
    files.make_private_dir(path.parent)
    for old in path.parent.glob("rules-*.compiled"):
        old.unlink(missing_ok=True)
    dumps = [part.finder.dump() for part in parts]
    listed = {
        "rules": [asdict(one) for one in rules],
        "parts": [(list(part.owners.items()), len(dump)) for part, dump in zip(parts, dumps, strict=True)],
    }
    body = json.dumps(listed).encode() + b"\n" + b"".join(dumps)
    files.write_atomic(path, _FORMAT + hashlib.sha256(body).digest() + body, durable=False)


def _read(path: Path) -> tuple[list[Rule], list[_Part]]:
    """What is kept at `path`; raises ValueError or TypeError when the file is damaged."""
    data = path.read_bytes()
    begin = len(_FORMAT) + hashlib.sha256().digest_size
    body = data[begin:]
    if data[:begin] != _FORMAT + hashlib.sha256(body).digest():
        raise ValueError
    line, kept = body.split(b"\n", 1)
    listed = json.loads(line)
    parts = []
    for described, size in listed["parts"]:
        owners = {Anchor(*anchor): numbers for anchor, numbers in described}
        parts.append(_Part(owners, fastest().of_kept(list(owners), kept[:size])))
        kept = kept[size:]
    return rule.of_content(listed["rules"]), parts
