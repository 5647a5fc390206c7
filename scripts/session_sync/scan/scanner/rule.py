"""What a rule of the scanner is, and how rules/*.yaml becomes rules (schemas/rules.json documents the fields)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_sync.scan.scanner import go_regex, macros
from session_sync.scan.scanner.allowlist import Allowlist

VALUE = "value"  # the named group of a pattern that holds the value; without one it is the whole match
BEFORE = 120
REACH = 400
OVERLAP = 1 << 15  # bytes seen around those that are judged: more than any rule reaches
_LEFT = rf"(?:(?<![A-Za-z0-9])|{macros.ESCAPED})"
BY_SURROUNDINGS = frozenset({"secret:generic", "secret:password"})  # types of what has no form of its own


@dataclass(frozen=True)
class Rule:
    """How one kind of value is found: near an anchor, by a pattern, and only if the validator agrees."""

    id: str
    type: str
    anchors: tuple[str, ...]  # regular expressions, see schemas/rules.json; one of them ends in or before each value
    pattern: str  # searched from `before` the end of an anchor to `reach` behind it, or everywhere without anchors
    go: bool = False  # the pattern is one of Go, not of Python
    heads: tuple[str, ...] = ()  # in lower case: a match begins with one of these, in any case
    validator: str = ""
    entropy: float = 0.0  # least bits per character of the value
    before: int = BEFORE  # bytes before the end of an anchor that a pattern may need
    reach: int = REACH  # bytes behind it
    ignore_case: bool = False  # of the anchors; a pattern says (?i:...) itself
    bounded: bool = True  # no letter or digit may touch the match
    inline: bool = False  # a credential that a team may keep in its logs with `credentials: inline`
    secret_group: int = 0  # of Go's pattern: the number of the group that holds the value, if not the first
    allowlists: tuple[Allowlist, ...] = ()
    scattered: bool = False  # several values may follow one anchor at a distance
    regional: bool = False  # wanted only where the settings name a region besides the default

    @property
    def is_by_surroundings(self) -> bool:
        """Whether only what stands around a value tells what it is."""
        return self.type in BY_SURROUNDINGS

    @functools.cached_property
    def regex(self) -> re.Pattern[str]:
        """Python's pattern, compiled when it is first needed."""
        pattern = rf"{_LEFT}(?:{self.pattern})(?![A-Za-z0-9])" if self.bounded else self.pattern
        return re.compile(pattern, 0 if self.type == "email" else re.ASCII)  # 中ghp_... is a token, üser@... a mailbox

    def matches(self, text: str, start: int) -> Iterator[re.Match[str]]:
        """The matches of the pattern in `text` that begin at `start` or later."""
        return go_regex.matches(self.pattern, text, start) if self.go else self.regex.finditer(text, start)

    def place(self, match: re.Match[str]) -> tuple[int, int]:
        """Where the value of `match` begins and ends."""
        return self._go_place(match) if self.go else match.span(self._group)

    def _go_place(self, match: re.Match[str]) -> tuple[int, int]:
        """As gitleaks has it: the first group that is not empty, without line ends around it."""
        groups = [self.secret_group] if self.secret_group else range(1, go_regex.groups(self.pattern) + 1)
        start, end = next((match.span(one) for one in groups if match[one]), match.span())
        value = match.string[start:end]
        return end - len(value.lstrip("\n")), start + len(value.rstrip("\n"))

    @functools.cached_property
    def _group(self) -> str | int:
        return VALUE if VALUE in self.regex.groupindex else 0


def of_file(path: Path) -> list[dict[str, Any]]:
    """The rules of a YAML file as they are written, with the meaning of their macros, and examples included."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: list[dict[str, Any]] = yaml.load(path.read_bytes(), loader)  # noqa: S506 - both loaders are safe
    for one in content:
        one["pattern"] = macros.filled_in(one["pattern"])
        one["anchors"] = [macros.filled_in(anchor) for anchor in one.get("anchors", ())]
    return content


def of_content(content: Iterable[dict[str, Any]]) -> list[Rule]:
    """The rules that `content` describes; examples and whatever else the schema allows are left out."""
    rules = []
    for one in content:
        known: dict[str, Any] = {name: value for name, value in one.items() if name in Rule.__dataclass_fields__}
        known["anchors"] = tuple(known.get("anchors", ()))
        known["heads"] = tuple(known.get("heads", ()))
        known["allowlists"] = tuple(Allowlist(**entry) for entry in known.get("allowlists", ()))
        rules.append(Rule(**known))
    return rules
