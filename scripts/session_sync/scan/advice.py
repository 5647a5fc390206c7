"""How to go on with a file that is withheld: what to change in it, or what to add to .piiignore; never a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from session_sync.scan.gate import FILE_NAME, UNDECODABLE, UNSCANNABLE

_REASON = "say here why this is no leak"  # a reason as any other: the entry counts as it is
_MOST_LINES = 20  # that people are told of one file
_SPECIAL = "*?["  # what a glob takes for more than itself


class Advice(NamedTuple):
    """What lets a file go: a change in it, or a line for .piiignore; "" where no entry can help, or be told."""

    change: str
    piiignore: str


def of(name: str, line: int, kind: str, may_be_told: bool) -> Advice:
    """The advice on a finding of type `kind` in `line` of the file `name`, whose path .piiignore counts from."""
    if kind in (UNDECODABLE, UNSCANNABLE):
        return Advice("save it as plain UTF-8 text", "")
    change = "rename it" if line == FILE_NAME else "remove or replace it"
    return Advice(change, entry(name, kind) if may_be_told else "")


def entry(name: str, kind: str) -> str:
    """The line of a .piiignore that lets what is of type `kind` pass in the file `name` and in no other."""
    keys = {"path": _glob(name), "rule": kind, "reason": _REASON}
    return "- {" + ", ".join(f"{key}: {_quoted(text)}" for key, text in keys.items()) + "}"


def told(file: str, findings: Sequence[tuple[int, str]], advice: Advice, place: str) -> str:
    """One line for people on `findings` of one type in `file`; `place` is the path of the .piiignore."""
    where = [f"{_line(line)}: {kind}" for line, kind in findings[:_MOST_LINES]]
    more = f" and {len(findings) - _MOST_LINES} more" if len(findings) > _MOST_LINES else ""
    ignoring = f", or add to {place}: {advice.piiignore}" if advice.piiignore else ""
    return f"{file}: {', '.join(where)}{more}; {advice.change}{ignoring}"


def _line(number: int) -> str:
    return f"line {number}" if number != FILE_NAME else "its name"


def _glob(name: str) -> str:
    """A glob that fits `name`, and as few others as can be: it has no backslashes, and YAML no half surrogates."""
    return "".join(f"[{one}]" if one in _SPECIAL else "?" if one == "\\" or _is_half(one) else one for one in name)


def _quoted(text: str) -> str:
    """`text` in quotes for YAML, in characters that a terminal shows."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character == '"':
        return '\\"'
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _is_half(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
