"""What the schema of config.yaml cannot tell: rules that look right and would never hold.

Such a rule would let a customer's logs go where everybody's go, without a word.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from unicodedata import normalize

_CLASS = re.compile(r"\[!?\]?[^\]]*\]")  # of characters, in a pattern
_IN_A_NAME = re.compile(r"[\w.*?-]*")  # what projects' names are made of, and wildcards
_IN_A_FOLDERS_NAME = re.compile(r"[^/\\\[\]]*")  # a shared tree's folders are projects by any name
Rule = Mapping[str, str]
Place = tuple[str | int, ...]


class Mistake(NamedTuple):
    """What is wrong at a `place` in config.yaml, and what to do."""

    place: Place
    what: str
    advice: str


def mistakes(content: Mapping[str, Any], repositories: Collection[str], unknown: str) -> Iterator[Mistake]:
    """The rules in the `content` of config.yaml that could never hold.

    No pattern means the project called `unknown`, only its name does.
    """
    for number, rule in enumerate(content.get("routing", [])):
        if rule["repository"] not in repositories:
            what = f"there is no repository {rule['repository']!r}"
            yield Mistake(("routing", number, "repository"), what, "define it under 'repositories'")
        yield from _of_match(("routing", number, "match"), rule["match"], _IN_A_NAME)
    for number, rule in enumerate(content.get("policies", [])):
        yield from _of_match(("policies", number, "match"), rule["match"], _IN_A_FOLDERS_NAME)
    for number, rule in enumerate(content.get("projects", [])):
        yield from _of_path(("projects", number, "path"), rule.get("path", "/"))
        if not re.search(r"\w", rule["project"]):
            yield Mistake(("projects", number, "project"), f"{rule['project']!r} is no name", "give it a letter")
    for name, key in (("routing", "match"), ("policies", "match"), ("projects", "remote"), ("projects", "path")):
        rules = [rule if rule.get(key) != unknown else {} for rule in content.get(name, [])]
        yield from _unreached(name, key, rules)


def _of_match(place: Place, pattern: str, fitting: re.Pattern[str]) -> Iterator[Mistake]:
    if pattern != pattern.strip() or not fitting.fullmatch(_CLASS.sub("", normalize("NFKC", pattern))):
        yield Mistake(place, f"no project has a name like {pattern!r}", "those have letters, digits, '.', '_' and '-'")


def _of_path(place: Place, path: str) -> Iterator[Mistake]:
    """A folder that is not told for sure: ~ is the home, and nothing else stands for anything."""
    absolute = os.path.expanduser(path)
    if path.startswith("~") and absolute == path:
        yield Mistake(place, f"nobody knows the home folder in {path!r}", "write the whole path")
    elif "\0" in path or not (posixpath.isabs(absolute) or ntpath.splitdrive(absolute)[0]):
        yield Mistake(place, f"{path!r} is not a whole path", "begin it with / or ~/; variables are not replaced")


def _unreached(name: str, key: str, rules: Sequence[Rule]) -> Iterator[Mistake]:
    """The rules about all of which an earlier one decides otherwise."""
    for number, rule in enumerate(rules):
        for before, earlier in enumerate(rules[:number]):
            if _covers(earlier.get(key, ""), rule.get(key, ""), key) and _rest(earlier, key) != _rest(rule, key):
                advice = f"put it before {name}[{before}], or remove it"
                yield Mistake((name, number), f"{name}[{before}] holds wherever this rule would", advice)


def _rest(rule: Rule, key: str) -> dict[str, str]:
    return {name: value for name, value in rule.items() if name != key}


def _covers(wide: str, narrow: str, key: str) -> bool:
    """Whether all that `narrow` means is in what `wide` means."""
    if not wide or not narrow:
        return False
    if key == "path":
        outer, inner = (os.path.normpath(os.path.expanduser(one)) for one in (wide, narrow))
        return inner == outer or inner.startswith(f"{outer.rstrip(os.sep)}{os.sep}")
    if "?" in wide or "[" in wide:  # they mean one character, which a * in the other is not
        return wide.casefold() == narrow.casefold()
    return fnmatchcase(narrow.casefold(), wide.casefold())
