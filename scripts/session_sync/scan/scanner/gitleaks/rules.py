"""Makes rules of a user's file of gitleaks.

A rule is searched for from rule.BEFORE bytes before the end of a keyword to as far behind it as its longest match is
long, or everywhere if it has no keywords. Its `path` and `required` do not narrow it, and what an allowlist lets pass
by path or commit does not pass here: `.piiignore` is the place for paths. One with `skipReport` only helps others and
is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from session_sync.errors import UsageError
from session_sync.scan.scanner import go_regex
from session_sync.scan.scanner.allowlist import SECRET, Allowlist
from session_sync.scan.scanner.candidate import CONTEXT
from session_sync.scan.scanner.gitleaks import config
from session_sync.scan.scanner.gitleaks.config import Allowing, Content
from session_sync.scan.scanner.rule import BEFORE, OVERLAP, REACH, Rule
from session_sync.text.lines import counted

MOST = 500_000  # instructions of all regular expressions, of which gitleaks' own file has a third
_FARTHEST = OVERLAP - BEFORE - CONTEXT  # bytes behind a keyword: with what is before it, no more is seen at once
_SHARED = 1 << 24  # characters of global allowlists, which every rule gets
_SHORTEST, _LONGEST = 2, 100  # characters of a keyword that are searched for
_CONDITIONS = {"": False, "OR": False, "||": False, "AND": True, "&&": True}
_ESCAPED = re.compile(r"[\"'\\/<>&=\x00-\x1f\x7f]+")  # what JSON may write otherwise: a raw log does not hold it
_Parts = list[config.Rule]


@dataclass
class Reading:
    """The rules of a file, and for each part that cannot be used a line with the reason."""

    by_id: dict[str, Rule] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    steps: int = 0  # of all expressions

    @property
    def rules(self) -> list[Rule]:
        """In the order in which they are written."""
        return list(self.by_id.values())

    def refuse(self, what: str, why: object) -> None:
        """Note that `what` is not used."""
        self.refused.append(" ".join(f"{what} is not used: {why}".split()))

    def checked(self, pattern: str) -> str:
        """`pattern`; raises ValueError when it cannot be used."""
        if self.steps > MOST:
            raise ValueError("the regular expressions before it are too many or too large")
        try:
            self.steps += go_regex.size(pattern)
        except go_regex.TooLarge:
            self.steps += go_regex.LARGEST
            raise
        return pattern


def load(path: Path) -> Reading:
    """What the file at `path` and those that it extends say.

    Raises UsageError, which names the file, when one is no file of gitleaks or nothing here can search for its rules.
    """
    if not go_regex.is_available():
        raise UsageError(
            f"{path}: rules in gitleaks' form need google-re2, which has no package for this system; "
            "take `rules` out of config.yaml"
        )
    contents = list(config.read(path))
    reading = Reading()
    parts = _parts(contents, reading)
    general = [entry for content in contents for entry in _allowlists(content, "an allowlist", reading)]
    for name in dict.fromkeys(name for targets, _ in general for name in targets if name not in parts):
        reading.refuse(f"an allowlist for rule {name!r}", "there is no such rule")
    if sum(len(repr(allowed)) for _, allowed in general) * len(parts) > _SHARED:
        general = []
        reading.refuse("the global allowlist", "it is too large for so many rules")
    for name, described in parts.items():
        shared = [allowed for targets, allowed in general if not targets or name in targets]
        try:
            _add(name, described, shared, reading)
        except ValueError as error:
            reading.refuse(f"rule {name!r}", error)
    return reading


def _parts(contents: Sequence[Content], reading: Reading) -> dict[str, _Parts]:
    """The rules by their ids: what each file says about it, the one that goes before first."""
    parts: dict[str, _Parts] = {}
    disabled: set[str] = set()
    for content in contents:
        if content.extend.use_default:
            reading.refuse("useDefault", "gitleaks' own rules are not here; extend its file by `path`")
        here = _rules(content, reading)
        for name in (one for one in here if one not in disabled):
            parts.setdefault(name, []).append(here[name])
        disabled.update(content.extend.disabled_rules)
    return parts


def _rules(content: Content, reading: Reading) -> dict[str, config.Rule]:
    """The rules of one file by their ids."""
    rules: dict[str, config.Rule] = {}
    for number, raw in enumerate(content.rules, 1):
        try:
            one = config.converted(raw, config.Rule)
            if one.id in rules:
                raise ValueError(f"there is another with the id {one.id!r}")
            rules[one.id] = one
        except ValueError as error:
            reading.refuse(f"rule {number}", error)
    return rules


def _add(name: str, parts: _Parts, shared: Sequence[Allowlist], reading: Reading) -> None:
    """Add the rule that `parts` describe together; raises ValueError when it cannot be used."""
    if any(part.skip_report for part in parts):
        return
    words = re.findall("[a-z0-9]+", name.lower())
    pattern = reading.checked(next((part.regex for part in parts if part.regex), ""))
    if not pattern:
        raise ValueError("it has no regex, and files are not judged by their path alone")
    id_ = "-".join(["user", *words])
    if not words or id_ in reading.by_id:
        raise ValueError("its id has no letter or digit, or differs from another only in case or punctuation")
    own = [allowed for part in parts for _, allowed in _allowlists(part, f"an allowlist of rule {name!r}", reading)]
    reading.by_id[id_] = Rule(
        id=id_,
        type="secret:" + "_".join(words),
        anchors=_anchors([word for part in parts for word in part.keywords]),
        pattern=pattern,
        go=True,
        entropy=next((part.entropy for part in parts if part.entropy), 0.0),
        reach=min(_FARTHEST, REACH + go_regex.width(pattern)),
        ignore_case=True,
        bounded=False,
        secret_group=_group(parts, pattern),
        allowlists=(*own, *shared),
    )


def _group(parts: _Parts, pattern: str) -> int:
    group = next((part.secret_group for part in parts if part.secret_group), 0)
    if group > go_regex.groups(pattern):
        raise ValueError(f"its secretGroup is {group}, but its regex has {counted(go_regex.groups(pattern), 'group')}")
    return group


def _anchors(keywords: Sequence[str]) -> tuple[str, ...]:
    """`keywords` as patterns of Hyperscan; none where one is too short to be rare."""
    words = [_searchable(word) for word in keywords]
    if min(map(len, words), default=0) < _SHORTEST:
        return ()
    return tuple(dict.fromkeys(re.escape(word) for word in words))


def _searchable(keyword: str) -> str:
    """The longest part of `keyword` that a log holds as it is."""
    return max(_ESCAPED.split(keyword), key=len)[:_LONGEST]


def _allowlists(table: Allowing, what: str, reading: Reading) -> Iterator[tuple[list[str], Allowlist]]:
    """The allowlists in `table`, each with the ids of the rules that it is for: none means all."""
    old = [] if table.allowlist is None else [table.allowlist]
    for raw in (*old, *table.allowlists):
        try:
            one = config.converted(raw, config.Allowlist)
            yield one.target_rules, _allowlist(one, reading)
        except ValueError as error:
            reading.refuse(what, error)


def _allowlist(table: config.Allowlist, reading: Reading) -> Allowlist:
    every = _CONDITIONS.get(table.condition.upper())
    if every is None:
        raise ValueError(f"its condition is {table.condition!r}, not AND or OR")
    regexes = tuple(map(reading.checked, table.regexes))
    if every and (table.paths or table.commits):  # which hold for no log
        return Allowlist()
    return Allowlist(regexes, table.regex_target or SECRET, tuple(table.stopwords), every)
