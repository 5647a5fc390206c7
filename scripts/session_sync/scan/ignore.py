"""`.piiignore`: what a user says is not a leak, each entry with its reason.

There is no pragma within a text: whoever wrote the text could have put it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from session_sync.errors import UsageError
from session_sync.home import files, user_yaml
from session_sync.scan import tags
from session_sync.scan.scanner.rule import BY_SURROUNDINGS

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from session_sync.scan.scanner.scanner import Finding

_WANTED = {  # of each key; a message never quotes what stands there, which may be the very value
    "path": "must be a glob relative to this file's folder, such as fixtures/**",
    "rule": "must be a rule or a type, as reports show it",
    "value": "must be the 32 hex digits that reports show for a value",
    "reason": "must say why this is not a leak",
    "expires": "must be a date such as 2027-12-31",
}
_LONGEST = 1_000_000  # bytes
_LITERAL = re.compile(r"\[[^/]\]")  # a character that would mean more outside of brackets
_WILDCARD = re.compile(r"\*|\?|\[[^/]*?\]")


@dataclass(frozen=True)
class IgnoreEntry:
    """What is ignored: findings that all of its keys describe; "" is a key that was not given."""

    reason: str
    path: str = ""
    rule: str = ""
    value: str = ""
    expires: str = ""

    def covers(self, name: str, finding: Finding, tag: str) -> bool:
        """Whether `finding`, whose value has the keyed `tag`, is meant in the file `name`."""
        if self.rule not in ("", finding.rule, finding.type):
            return False
        if self.path and not _matches(self.path, name):
            return False
        return self.value in ("", tag)


@dataclass(frozen=True)
class Ignore:
    """The entries of a .piiignore."""

    entries: tuple[IgnoreEntry, ...] = ()

    def covers(self, name: str, finding: Finding, value: str) -> bool:
        """Whether `finding` of `value` is ignored in the file `name`: its path relative to the .piiignore, with `/`."""
        return self.covers_tag(name, finding, tags.tag(value) if any(entry.value for entry in self.entries) else "")

    def narrow(self) -> tuple[Ignore, list[str]]:
        """The entries that may count in a shared tree, and warnings about the others.

        With an entry for all files, or for all types, anybody could switch off everybody's check.
        """
        kept, warnings = [], []
        for number, entry in enumerate(self.entries):
            if (entry.value or entry.rule) and not _is_for_all(entry.path):
                kept.append(entry)
            else:
                what = f"for {entry.path}, which has no rule and no value," if entry.path else "for all files"
                what = "for all files" if _is_for_all(entry.path) else what
                warnings.append(
                    f"At '[{number}]': an entry {what} does not count in a shared tree's .piiignore; narrow it"
                )
        return Ignore(tuple(kept)), warnings

    def covers_tag(self, name: str, finding: Finding, tag: str) -> bool:
        """The same for a value of which only the keyed tag is known."""
        return any(entry.covers(name, finding, tag) for entry in self.entries)


def remaining(found: Iterable[Finding], ignored: Sequence[Finding]) -> list[Finding]:
    """`found` without what only its surroundings make a secret and an `ignored` secret holds: that is the same value.

    Whoever says that a token of GitHub is no leak means it also where it is assigned to a name such as PASSWORD.
    """
    known = [(one.start, one.end) for one in ignored if one.type.startswith("secret:")]
    return [
        one
        for one in found
        if one.type not in BY_SURROUNDINGS or not any(start <= one.start and one.end <= end for start, end in known)
    ]


def load(path: Path) -> Ignore:
    """The entries of the .piiignore at `path`; none without one. Raises UsageError that names the first bad entry."""
    try:
        with files.open_regular(path, follow=True) as file:
            data = file.read(_LONGEST + 1)
    except FileNotFoundError:
        return Ignore()
    except OSError as error:
        raise UsageError(f"cannot read {path.name}: {error.strerror}; make it a file that you can read") from None
    if len(data) > _LONGEST:
        raise UsageError(f"{path.name} is longer than {_LONGEST:,} bytes; name fewer things in it")
    content = user_yaml.parse(data, path.name, texts=True) or []
    mistake = user_yaml.mistake(content, user_yaml.schema("piiignore"))
    if mistake is not None:
        raise UsageError(f"At '{user_yaml.place(mistake.absolute_path)}': {_told(mistake)} in {path.name}")
    entries = tuple(IgnoreEntry(**entry) for entry in content)
    for number, entry in enumerate(entries):
        if entry.expires:
            _check_date(f"[{number}].expires", entry.expires, path.name)
    return Ignore(entries)


def _told(mistake: ValidationError) -> str:
    """What the `mistake` is, without quoting the file."""
    if mistake.validator == "additionalProperties":
        return f"has a key besides {', '.join(_WANTED)}"
    if mistake.validator in ("required", "anyOf"):
        return "needs a reason" if mistake.validator_value == ["reason"] else "needs a path, a rule or a value"
    key = mistake.absolute_path[-1] if mistake.absolute_path else ""
    if isinstance(key, str) and key in _WANTED:
        return _WANTED[key]
    return "must be a list of entries" if key == "" else f"must have keys: {', '.join(_WANTED)}"


def _check_date(place: str, text: str, name: str) -> None:
    """Raise UsageError unless `text` is a date that has not passed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"At '{place}': {_WANTED['expires']} in {name}") from None
    if day < date.today():
        raise UsageError(f"At '{place}': the entry expired on {day}; remove it or set a later day in {name}")


def _is_for_all(glob: str) -> bool:
    """Whether nothing in `glob` says which files are meant: it has wildcards, dots and slashes; "" is no glob."""
    said, wildcards = _WILDCARD.subn("", _LITERAL.sub("x", glob))
    return bool(wildcards) and not said.strip("./")


def _matches(glob: str, name: str) -> bool:
    """Whether `name` fits `glob`, where `**` stands for any number of folders; the time is linear in `name`."""
    parts = glob.split("/")
    reached = _skipping({0}, parts)  # how many parts may be used up
    for part in name.split("/"):
        stay = {at for at in reached if at < len(parts) and parts[at] == "**"}
        step = {at + 1 for at in reached - stay if at < len(parts) and fnmatchcase(part, parts[at])}
        reached = _skipping(stay | step, parts)
    return len(parts) in reached


def _skipping(reached: set[int], parts: list[str]) -> set[int]:
    """`reached`, and what is reached when each `**` stands for no folder at all."""
    found = set(reached)
    for at, part in enumerate(parts):
        if at in found and part == "**":
            found.add(at + 1)
    return found
