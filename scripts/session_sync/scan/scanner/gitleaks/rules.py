"""Makes rules of a user's file of gitleaks or betterleaks: each that can be used, with the rest named.

A rule is searched for from rule.BEFORE bytes before the end of a keyword to as far behind it as its longest match is
long, or everywhere if it has no keywords. Its `path` and `required` do not narrow it, and what an allowlist lets pass
by path or commit does not pass here: `.piiignore` is the place for paths. One with `skipReport` only helps others and
is left out.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from session_sync.scan.scanner import go_regex
from session_sync.scan.scanner.allowlist import SECRET, TARGETS, Allowlist
from session_sync.scan.scanner.candidate import CONTEXT
from session_sync.scan.scanner.gitleaks import config, filters, keywords
from session_sync.scan.scanner.gitleaks.config import Table
from session_sync.scan.scanner.rule import BEFORE, OVERLAP, REACH, Rule
from session_sync.text.lines import counted

MOST = 1_000_000  # instructions of all regular expressions, of which gitleaks' own file has a sixth
_TOO_LARGE = 40_000  # instructions that one counts as which RE2 gives up
_FARTHEST = OVERLAP - BEFORE - CONTEXT  # bytes behind a keyword: with what is before it, no more is seen at once
_HIGHEST = 8.0  # bits per byte
_SHARED = 1 << 24  # characters of global allowlists, which every rule gets
_NAMED, _SHOWN = 5, 60  # names that are told for one reason, and characters of each
_CONDITIONS = {"": False, "OR": False, "||": False, "AND": True, "&&": True}
_PATHS = "paths and commits, for which there is .piiignore"
_OURS = "gitleaks' own rules, for which ours stand"


@dataclass
class Reading:
    """The rules of a file, and what of it cannot be used, by the reason."""

    by_id: dict[str, Rule] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    steps: int = 0  # of all expressions

    @property
    def rules(self) -> list[Rule]:
        """In the order in which they are written."""
        return list(self.by_id.values())

    def refuse(self, what: str, why: object) -> None:
        """Note that `what` is not used."""
        self.refused.setdefault(str(why), []).append(what)

    def summary(self) -> str:
        """One line that says what is not used, and why; nothing where all is."""
        reasons = [f"{reason} ({_listed(list(dict.fromkeys(names)))})" for reason, names in self.refused.items()]
        used = f"{counted(len(self.by_id), 'rule')} used beside ours, which are always on"
        return f"{used}; left out: {'; '.join(reasons)}" if reasons else ""

    def usable(self, pattern: str) -> str:
        """`pattern`; raises ValueError, which says why, when it cannot be used."""
        if self.steps > MOST:
            raise ValueError("too many or too large expressions before")
        try:
            self.steps += go_regex.size(pattern)
        except ValueError as error:
            self.steps += _TOO_LARGE if "too large" in str(error) else len(pattern)
            raise
        return pattern


def load(path: Path) -> Reading:
    """What the file at `path` and those that it extends say; raises ValueError when it is no file of gitleaks."""
    reading = Reading()
    contents = list(_contents(path, reading))
    parts = _parts(contents)
    shared = [entry for content in contents for entry in _allowlists(content, "for all rules", reading)]
    for name in dict.fromkeys(name for targets, _ in shared for name in targets if name not in parts):
        reading.refuse(name, "allowlists for rules that are not in the file")
    if sum(len(repr(allowed)) for _, allowed in shared) * len(parts) > _SHARED:
        shared = []
        reading.refuse("for all rules", "allowlists too large for so many rules")
    for name, described in parts.items():
        try:
            _add(name, described, [allowed for targets, allowed in shared if not targets or name in targets], reading)
        except ValueError as error:
            reading.refuse(name, error)
    return reading


def _contents(path: Path, reading: Reading) -> Iterator[Table]:
    """The file at `path`, and those that it extends as far as they can be read."""
    files = config.read(path)
    yield _noted(next(files), reading)
    try:
        for content in files:
            yield _noted(content, reading)
    except ValueError as error:
        reading.refuse("extend.path", error)


def _noted(content: Table, reading: Reading) -> Table:
    """`content`, with a note of what it wants for the whole file and does not get."""
    if content.table("extend").is_true("usedefault"):
        reading.refuse("useDefault", _OURS)
    if "prefilter" in content:
        reading.refuse("prefilter", _PATHS)
    return content


def _parts(contents: Sequence[Table]) -> dict[str, list[Table]]:
    """The rules by their names: what each file says about it, the one that goes before first."""
    parts: dict[str, list[Table]] = {}
    disabled: set[str] = set()
    for content in contents:
        here: dict[str, Table] = {}
        for number, one in enumerate(content.tables("rules"), 1):
            name = one.text("id") or one.text("description") or "rule"
            here[name if name not in here else f"{name} {number}"] = one
        for name in (one for one in here if one not in disabled):
            parts.setdefault(name, []).append(here[name])
        disabled.update(content.table("extend").texts("disabledrules"))
    return parts


def _add(name: str, parts: Sequence[Table], shared: Sequence[Allowlist], reading: Reading) -> None:
    """Add the rule that `parts` describe together; raises ValueError, which says why, when it cannot be used."""
    if any(part.is_true("skipreport") for part in parts):
        return
    words = [word for part in parts for word in part.texts("keywords")]
    pattern = next(filter(None, (part.text("regex") for part in parts)), "")
    if not pattern:
        raise ValueError("no regex")
    if not words and any("path" in part for part in parts):
        raise ValueError("only its path says where it is meant")
    width = go_regex.width(reading.usable(pattern))
    if go_regex.is_in(pattern, ""):
        raise ValueError("it matches everywhere")
    own = [allowed for part in parts for _, allowed in _allowlists(part, name, reading)]
    least = max(_first(parts, "entropy", _HIGHEST), *(filters.parsed(part.text("filter")).entropy for part in parts))
    group = int(_first(parts, "secretgroup", go_regex.groups(pattern)))
    id_ = _id(name, reading)
    reading.by_id[id_] = Rule(
        id=id_,
        type="secret:" + id_.removeprefix("user-").replace("-", "_"),
        anchors=keywords.anchors(words, pattern),
        pattern=pattern,
        go=True,
        entropy=math.nextafter(least, math.inf) if least else 0.0,  # which gitleaks wants to be exceeded
        reach=min(_FARTHEST, REACH + width),
        ignore_case=True,
        bounded=False,
        secret_group=group,
        allowlists=(*own, *shared),
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:_SHOWN] for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _first(parts: Sequence[Table], key: str, most: float) -> float:
    """The number, of `most` or less, that the first file with one says."""
    return next(filter(None, (part.number(key, most) for part in parts)), 0.0)


def _id(name: str, reading: Reading) -> str:
    """An id in our form for the rule `name` that no other has."""
    id_ = "-".join(["user", *(re.findall("[a-z0-9]+", name.lower()) or ["rule"])])
    return id_ if id_ not in reading.by_id else f"{id_}-{len(reading.by_id) + 1}"


def _allowlists(table: Table, whose: str, reading: Reading) -> Iterator[tuple[list[str], Allowlist]]:
    """The allowlists in `table`, each with the names of the rules that it is for: none means all."""
    for one in itertools.chain(table.tables("allowlist"), table.tables("allowlists")):
        yield one.texts("targetrules"), _allowlist(one, whose, reading)
    taken = filters.parsed(table.text("filter"))
    if not taken.is_whole:
        reading.refuse(whose, "parts of filters that are not known here")
    for allowed in taken.allowlists:
        yield [], replace(allowed, regexes=_usable(allowed.regexes, whose, reading))


def _allowlist(table: Table, whose: str, reading: Reading) -> Allowlist:
    """What `table` lets pass: nothing where it is not understood."""
    every, target = _CONDITIONS.get(table.text("condition").upper()), table.text("regextarget") or SECRET
    if every is None or target not in TARGETS:
        reading.refuse(whose, "allowlists with an unknown condition or regexTarget")
        return Allowlist()
    by_path = any(key in table for key in ("paths", "files", "commits"))
    if by_path:
        reading.refuse(whose, _PATHS)
    regexes = _usable(table.texts("regexes"), whose, reading)
    if every and (by_path or ("regexes" in table and not regexes)):
        return Allowlist()
    return Allowlist(regexes, target, tuple(table.texts("stopwords")), every)


def _usable(regexes: Sequence[str], whose: str, reading: Reading) -> tuple[str, ...]:
    """Those of an allowlist's `regexes` that can be used."""
    usable = []
    for one in regexes:
        try:
            usable.append(reading.usable(one))
        except ValueError as error:
            reading.refuse(whose, f"expressions in allowlists: {error}")
    return tuple(usable)
