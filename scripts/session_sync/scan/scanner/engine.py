"""Finds the anchors of all rules in one pass (Hyperscan), from a database that is compiled once and then kept.

Hyperscan is fast as long as what it looks for is rare. What must stand behind frequent words such as `pass` or `@` is a
lookahead at the end of their anchor: `re` checks it where the word ends, which takes half a microsecond.

Measured with the literals of all anchors, in MB per CPU-second: Hyperscan 500, Aho-Corasick 36 to 74.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import hyperscan

from session_sync.home import files, paths
from session_sync.scan.scanner import rule, rule_files
from session_sync.scan.scanner.rule import Rule

_FORMAT = b"5\n"  # of the kept file: this, a hash of the rest, a line of JSON (the rules), the database
_APART = 28  # bytes; ends that are no further apart are in one region of every rule: its `before` and `reach` are more
_Runs = list[tuple[int, int]]  # first and last end of an anchor, of ends that are close to each other
_LOOKAHEAD = "(?="
_Anchor = tuple[str, bool]  # (expression, whether case is ignored)
_Anchors = dict[_Anchor, list[int]]  # the numbers of an anchor's rules


@dataclass(frozen=True)
class _Follower:
    """What must stand behind a place where Hyperscan found the front of an anchor."""

    expression: str
    ignore_case: bool

    @functools.cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """The expression, compiled when it is first needed: that takes milliseconds."""
        return re.compile(self.expression.encode(), re.IGNORECASE if self.ignore_case else 0)


class Engine:
    """All rules and the compiled database of their anchors, of which some rules share one."""

    def __init__(self, rules: Sequence[Rule], database: hyperscan.Database) -> None:
        self.rules = rules
        self.database = database
        anchors = _anchors(rules)
        self._owners = list(anchors.values())
        self._unanchored = [number for number, one in enumerate(rules) if one.go and not one.anchors]
        self._followers = [_follower(one) for one in anchors]

    def hits(self, data: bytes) -> dict[int, _Runs]:
        """Where anchors end in `data`, in the order of the first ones, by the number of their rule."""
        found = {number: [(0, len(data))] for number in self._unanchored}
        for anchor, places in self._ends(data).items():
            for number in self._owners[anchor]:
                found[number] = sorted([*found[number], *places]) if number in found else places
        return found

    def _ends(self, data: bytes) -> dict[int, _Runs]:
        """Where anchors end in `data`, by the anchor's number."""
        followers = self._followers
        runs: dict[int, _Runs] = defaultdict(list)
        first: dict[int, int] = {}
        last: dict[int, int] = {}

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            follower = followers[number]
            if follower is not None and not follower.pattern.match(data, end):
                return
            before = last.get(number, -1)
            if before < 0 or end > before + _APART:
                if before >= 0:
                    runs[number].append((first[number], before))
                first[number] = end
            last[number] = end

        self.database.scan(data, match_event_handler=note)
        for number, end in last.items():
            runs[number].append((first[number], end))
        return runs


def compiled(rules: Sequence[Rule]) -> Engine:
    """An engine for `rules`; takes a second for all."""
    return Engine(rules, _compile(list(_anchors(rules))))


def load(
    own: Path | None = None, regional: bool = False, name: str = "", wanted: Callable[[Rule], bool] | None = None
) -> Engine:
    """The engine of our rules and those in the gitleaks file `own`; see rule_files.load.

    Only of those that are `wanted`; `name` tells this choice from others and must be a part of a file's name.
    """
    path = _place(rule_files.version(own, regional), name)
    try:
        return _read(path)
    except (OSError, ValueError, TypeError, hyperscan.error):  # not there yet, of another Hyperscan, or damaged
        made = compiled([one for one in rule_files.load(own, regional) if wanted is None or wanted(one)])
    _keep(made, path)
    return made


def _place(version: str, name: str) -> Path:
    """Where the engine for a choice of the rules of `version` is kept."""
    whole = paths.rules_file(version)
    return whole.with_name(f"{whole.stem}.{name}{whole.suffix}") if name else whole


def _keep(made: Engine, path: Path) -> None:
    """Write `made` to `path`, and remove what was kept for rules that are no more."""
    version = path.name.split(".")[0]
    files.make_private_dir(path.parent)
    for old in path.parent.glob("rules-*.compiled"):
        if old.name.split(".")[0] != version:
            old.unlink(missing_ok=True)
    body = json.dumps([asdict(one) for one in made.rules]).encode() + b"\n" + hyperscan.dumpb(made.database)
    files.write_atomic(path, _FORMAT + hashlib.sha256(body).digest() + body, durable=False)


def _read(path: Path) -> Engine:
    """The engine kept at `path`; raises ValueError, TypeError or hyperscan.error when the file is damaged."""
    data = path.read_bytes()
    begin = len(_FORMAT) + hashlib.sha256().digest_size
    body = data[begin:]
    if data[:begin] != _FORMAT + hashlib.sha256(body).digest():
        raise ValueError
    listed, kept = body.split(b"\n", 1)
    database = hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return Engine(rule.of_content(json.loads(listed)), database)


def _compile(anchors: Sequence[_Anchor]) -> hyperscan.Database:
    database = hyperscan.Database()
    expressions = [_front(anchor).encode() for anchor, _ in anchors] or [b"\\x00{9}"]  # a database cannot be empty
    database.compile(
        expressions=expressions,
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[hyperscan.HS_FLAG_CASELESS if ignore_case else 0 for _, ignore_case in anchors] or [0],
    )
    return database


def _anchors(rules: Sequence[Rule]) -> _Anchors:
    """The anchors of all rules."""
    anchors: _Anchors = {}
    for number, one in enumerate(rules):
        for anchor in one.anchors:
            anchors.setdefault((anchor, one.ignore_case), []).append(number)
    return anchors


def _front(anchor: str) -> str:
    """`anchor` without its lookahead."""
    return anchor.partition(_LOOKAHEAD)[0]


def _follower(anchor: _Anchor) -> _Follower | None:
    expression, ignore_case = anchor
    front = _front(expression)
    return _Follower(expression[len(front) :], ignore_case) if front != expression else None
