"""Reads a user's own rules from a file of gitleaks (its TOML, old form and new).

What gitleaks would search everywhere is searched near a rule's keywords: up to scanner.BEFORE bytes before the end of
one, or as far behind it as the longest match is long and rule.REACH more. `commits` and unknown
keys are ignored, and so is a rule's `path`: it is used for every file. An allowlist's `paths` let no log pass:
`.piiignore` is the place for paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from session_sync.scan.scanner.allowlist import SECRET, TARGETS, Allowlist
from session_sync.scan.scanner.candidate import CONTEXT
from session_sync.scan.scanner.gitleaks import go_regex, regex_shape, toml_table
from session_sync.scan.scanner.gitleaks.toml_table import Table
from session_sync.scan.scanner.rule import BEFORE, OVERLAP, REACH, Rule
from session_sync.text.lines import counted

DEPTH = 2  # how many files may extend each other behind the first
_FARTHEST = OVERLAP - BEFORE - CONTEXT  # bytes of a rule's reach: with what is before it, no more than is seen at once
_CONDITIONS = {"": False, "OR": False, "||": False, "AND": True, "&&": True}
_ESCAPED = re.compile(rf"[{re.escape(regex_shape.ESCAPED)}\x00-\x1f\x7f]+")


@dataclass
class _Content:
    """What a file and those that it extends say; of each rule the tables, the one that goes before first."""

    rules: dict[str, list[Table]] = field(default_factory=dict)
    allowlists: list[Table] = field(default_factory=list)
    disabled: set[str] = field(default_factory=set)


def load(path: Path) -> list[Rule]:
    """The rules of the file at `path` and of those that it extends, in the order in which they are written.

    Raises UsageError, which names the file and the rule, where gitleaks would not take the file or a rule of it cannot
    be honoured here.
    """
    content = _content(path, ())
    everywhere = [
        (table.texts("targetrules"), table, allowed) for table in content.allowlists for allowed in _one(table)
    ]
    for targets, table, _ in everywhere:
        for target in set(targets) - content.rules.keys() - content.disabled:
            table.refuse(f"there is no rule {target!r} for the allowlist's targetRules; mend it")
    rules: dict[str, Rule] = {}
    for name, tables in content.rules.items():
        lists = [allowed for targets, _, allowed in everywhere if not targets or name in targets]
        rule = _rule(name, tables, lists)
        if rule.id in rules:
            tables[0].refuse("another rule's id differs only in case or punctuation; rename one")
        rules[rule.id] = rule
    return list(rules.values())


def _content(path: Path, before: tuple[Path, ...]) -> _Content:
    """What the file at `path` says, which the files `before` extend."""
    table = toml_table.read(path)
    content = _Content(allowlists=_allowlists(table))
    for one in table.tables("rules"):
        name = one.text("id")
        if not name:
            table.refuse("a rule has no id; give it one")
        one = one.named(f"rule {name!r}")
        if name in content.rules:
            one.refuse("there are two rules of that id; rename one")
        content.rules[name] = [one]
    extend = table.table("extend")
    if extend.flag("usedefault"):
        extend.refuse(
            "useDefault cannot be honoured, session-sync has rules of its own; write the rules you need into the file"
        )
    content.disabled = set(extend.texts("disabledrules"))
    if extend.text("path"):
        _extend(content, path.parent / extend.text("path"), (*before, _resolved(path)))
    return content


def _extend(content: _Content, path: Path, before: tuple[Path, ...]) -> None:
    """Add to `content` what the file at `path` says, where `content` does not say it itself."""
    if len(before) > DEPTH or _resolved(path) in before:
        mistake = (
            f"extends {path}, but at most {DEPTH} files may extend another and none itself; put the rules into one"
        )
        Table({}, str(before[-1])).refuse(mistake)
    base = _content(path, before)
    for name, tables in base.rules.items():
        if name not in content.disabled:
            content.rules[name] = [*content.rules.get(name, []), *tables]
    content.allowlists += base.allowlists
    content.disabled |= base.disabled


def _resolved(path: Path) -> Path:
    """`path` without links; as it is where there can be no such file."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
        return path


def _rule(name: str, tables: list[Table], everywhere: list[Allowlist]) -> Rule:
    """The rule that `tables` describe together."""
    words = re.findall("[a-z0-9]+", name.lower())
    if not words:
        tables[0].refuse("the id has no letter or digit; rename the rule")
    pattern = _first(tables, "regex")
    if not pattern:
        tables[0].refuse("has no regex; give it one, or remove the rule (files are not judged by their path alone)")
    return Rule(
        id="-".join(["user", *words]),
        type="secret:" + "_".join(words),
        anchors=_anchors(tables, pattern),
        pattern=pattern,
        entropy=next(filter(None, (table.number("entropy", 8) for table in tables)), 0.0),
        reach=_reach(tables[0], pattern),
        ignore_case=True,
        bounded=False,
        secret_group=_group(tables, pattern),
        allowlists=(*(one for table in tables for part in _allowlists(table) for one in _one(part)), *everywhere),
    )


def _reach(table: Table, pattern: str) -> int:
    """How far behind a keyword a match of `pattern` may end."""
    least = regex_shape.least(pattern)
    if REACH + least > _FARTHEST:
        table.refuse(f"a match has {least:,} characters or more; let {_FARTHEST - REACH:,} be enough")
    return min(_FARTHEST, REACH + regex_shape.width(pattern))


def _first(tables: list[Table], key: str) -> str:
    """The first regular expression that is at `key` of one of `tables`, for Python; "" without any."""
    return next((_translated(table, key, table.text(key)) for table in tables if table.text(key)), "")


def _anchors(tables: list[Table], pattern: str) -> tuple[str, ...]:
    """The keywords, else what each match of `pattern` contains, as patterns of Hyperscan."""
    keywords = [word for table in tables for word in table.texts("keywords")]
    words = [_searchable(word) for word in keywords]
    if any(len(word) < 2 for word in words):
        tables[0].refuse("a keyword has less than two characters that can be searched; give it a longer one")
    anchors = tuple(words) or regex_shape.literals(pattern)
    if not anchors:
        tables[0].refuse("it is not clear what text each match contains; give it keywords")
    return tuple(dict.fromkeys(re.escape(word).replace("%", r"\x25") for word in anchors))


def _searchable(keyword: str) -> str:
    """The longest part of `keyword` that a log holds as it is: JSON may write quotes and the like otherwise."""
    part = max(_ESCAPED.split(keyword), key=len)
    return part if len(part) > 1 or not keyword.isprintable() else keyword


def _group(tables: list[Table], pattern: str) -> int:
    """The group that holds the secret; 0, the whole match, where that group is empty in some matches.

    gitleaks takes the first group that is not empty, which one number cannot say; the whole match hides no less.
    """
    groups = re.compile(pattern).groups
    asked = next(filter(None, (int(table.number("secretgroup", 100, whole=True)) for table in tables)), 0)
    if asked > groups:
        tables[0].refuse(f"secretGroup is {asked}, but the regex has {counted(groups, 'group')}; mend it")
    group = asked or min(groups, 1)
    return group if group and regex_shape.is_filled(pattern, group) else 0


def _allowlists(table: Table) -> list[Table]:
    """The allowlists in `table`, in the old form and the new."""
    return [table.table("allowlist"), *table.tables("allowlists")]


def _one(table: Table) -> Iterable[Allowlist]:
    """The allowlist that `table` describes; none where it would never let a thing pass."""
    target = table.text("regextarget") or SECRET
    if target not in TARGETS:
        table.refuse(f"regexTarget is {target!r}; make it one of {', '.join(TARGETS)}")
    condition = table.text("condition").upper()
    if condition not in _CONDITIONS:
        table.refuse(f"an allowlist's condition is {condition!r}; make it AND or OR")
    allowed = Allowlist(
        regexes=tuple(_translated(table, "regexes", one) for one in table.texts("regexes")),
        target=target,
        stopwords=tuple(word for word in table.texts("stopwords") if word),
        paths=tuple(_translated(table, "paths", one) for one in table.texts("paths")),
        every=_CONDITIONS[condition],
    )
    is_never = allowed.every and bool(table.texts("commits"))  # logs have no commits
    if not is_never and (allowed.regexes or allowed.stopwords or allowed.paths):
        yield allowed


def _translated(table: Table, key: str, pattern: str) -> str:
    try:
        return go_regex.translated(pattern)
    except ValueError as error:
        return table.refuse(f"`{key}` {error}")
