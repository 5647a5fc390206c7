"""Finds the anchors of all rules in one pass, with what was compiled once, for all policies, and then kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from session_sync.home import files, paths
from session_sync.scan.scanner import anchors, rule, rule_files
from session_sync.scan.scanner.anchors import Anchor, Finder, Runs
from session_sync.scan.scanner.rule import Rule

_FORMAT = b"6\n"  # of the kept file: this, a hash of the rest, a line of JSON, what the finder keeps
Wanted = Callable[[Rule], bool]
_Owners = dict[Anchor, list[int]]  # the anchors, and the numbers of the rules that have them


def fastest() -> type[Finder]:
    """The fastest finder that this system has."""
    try:
        from session_sync.scan.scanner.hyperscan_engine import HyperscanFinder
    except ImportError:  # it has no package of Hyperscan
        from session_sync.scan.scanner.python_engine import PythonFinder

        return PythonFinder
    return HyperscanFinder


class Engine:
    """All rules, of which those `wanted` are looked for, and what finds their anchors."""

    def __init__(self, rules: Sequence[Rule], owners: _Owners, finder: Finder, wanted: Wanted | None = None) -> None:
        self.rules = rules
        self.wanted = frozenset(number for number, one in enumerate(rules) if wanted is None or wanted(one))
        self._finder = finder
        of_wanted = {anchor: [one for one in each if one in self.wanted] for anchor, each in enumerate(owners.values())}
        self._owners = {anchor: numbers for anchor, numbers in of_wanted.items() if numbers}
        self._unanchored = [number for number in self.wanted if rules[number].go and not rules[number].anchors]

    def hits(self, data: bytes) -> dict[int, Runs]:
        """Where anchors end in `data`, in the order of the first ones, by the number of their rule."""
        found = {number: [(0, len(data))] for number in self._unanchored}
        for anchor, places in self._finder.ends(data, self._owners).items():
            for number in self._owners[anchor]:
                found[number] = sorted([*found[number], *places]) if number in found else places
        return found


def compiled(rules: Sequence[Rule], finder: type[Finder] | None = None) -> Engine:
    """An engine for `rules`; takes a second for all."""
    owners = anchors.of_rules(rules)
    return Engine(rules, owners, (finder or fastest()).compiled(list(owners)))


def load(own: Path | None = None, regional: bool = False, wanted: Wanted | None = None) -> Engine:
    """The engine of our rules and those in the gitleaks file `own`, which looks for those `wanted`.

    See rule_files.load.
    """
    path = paths.rules_file(rule_files.version(own, regional))
    try:
        rules, owners, finder = _read(path)
    except (OSError, ValueError, TypeError):  # not there yet, of another finder, or damaged
        rules = rule_files.load(own, regional)
        owners = anchors.of_rules(rules)
        finder = fastest().compiled(list(owners))
        _keep(path, rules, owners, finder)
    return Engine(rules, owners, finder, wanted)


def _keep(path: Path, rules: Sequence[Rule], owners: _Owners, finder: Finder) -> None:
    """Write all this to `path`, and remove what was kept for rules that are no more."""
    files.make_private_dir(path.parent)
    for old in path.parent.glob("rules-*.compiled"):
        old.unlink(missing_ok=True)
    listed = {"rules": [asdict(one) for one in rules], "owners": list(owners.items())}
    body = json.dumps(listed).encode() + b"\n" + finder.dump()
    files.write_atomic(path, _FORMAT + hashlib.sha256(body).digest() + body, durable=False)


def _read(path: Path) -> tuple[list[Rule], _Owners, Finder]:
    """What is kept at `path`; raises ValueError or TypeError when the file is damaged."""
    data = path.read_bytes()
    begin = len(_FORMAT) + hashlib.sha256().digest_size
    body = data[begin:]
    if data[:begin] != _FORMAT + hashlib.sha256(body).digest():
        raise ValueError
    line, kept = body.split(b"\n", 1)
    listed = json.loads(line)
    owners = {Anchor(*anchor): numbers for anchor, numbers in listed["owners"]}
    return rule.of_content(listed["rules"]), owners, fastest().of_kept(list(owners), kept)
