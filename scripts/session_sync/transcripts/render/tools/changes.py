"""Shows what was changed in files as differences, and counts their lines."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from session_sync.text.markdown import code, fence
from session_sync.text.visible import visible

_PAIRS = (("old_string", "new_string"), ("oldString", "newString"))
CHANGES = ("edits", "changes", *(before for before, _ in _PAIRS))  # what inputs call the changes that are shown
_CONTEXT = 3  # lines around a change that are shown
_MOST_CELLS = 4_000  # lines before times lines after, within which the smallest difference is looked for
_MOST_FILES = 50
_SIGNS = {"add": "+", "delete": "-"}


class Change(NamedTuple):
    """Differences as Markdown, and how many lines they add and remove."""

    markdown: str = ""
    added: int = 0
    removed: int = 0

    def plus(self, other: Change) -> Change:
        """Both, one after the other."""
        return Change(self.markdown + other.markdown, self.added + other.added, self.removed + other.removed)

    @property
    def counts(self) -> str:
        """Both numbers, each after its sign; "" where no line is."""
        if not self.added and not self.removed:
            return ""
        return f"+{self.added:,} −{self.removed:,}"  # noqa: RUF001 - as wide as the plus


def of_patch(text: str) -> Change:
    """A text that is a difference already."""
    lines = f"\n{text}"
    return Change(fence(text, "diff"), lines.count("\n+"), lines.count("\n-"))


def taken_change(rest: dict[str, Any]) -> Change:
    """The changes in an input, taken out of it; one without lines when it has none."""
    edits, changes = rest.get("edits"), rest.get("changes")
    if isinstance(edits, list) and edits:
        found = [_taken_pair(dict(edit)) if isinstance(edit, dict) else Change() for edit in edits]
        if all(one.markdown for one in found):
            del rest["edits"]
            return _together(found)
    if isinstance(changes, dict) and changes:
        found = [_of_file(path, one) for path, one in list(changes.items())[:_MOST_FILES]]
        if all(one.markdown for one in found) and len(found) == len(changes):
            del rest["changes"]
            return _together(found)
    return _taken_pair(rest)


def of_hunks(hunks: Any) -> Change:
    """What was really changed, as a list of hunks that each have `lines`; one without lines when it is none."""
    if not isinstance(hunks, list):
        return Change()
    lines: list[str] = []
    for hunk in hunks:
        given = hunk.get("lines") if isinstance(hunk, dict) else None
        if not isinstance(given, list) or not all(isinstance(line, str) for line in given):
            return Change()
        lines += given
    return of_patch("\n".join(lines)) if lines else Change()


def _together(changes: list[Change]) -> Change:
    whole = Change()
    for one in changes:
        whole = whole.plus(one)
    return whole


def _of_file(path: str, change: Any) -> Change:
    """The change of one file as Codex tells it: a difference, or the content of a new or removed file."""
    if not isinstance(change, dict):
        return Change()
    kind, inner = _typed_change(change)
    text = next((inner[key] for key in ("unified_diff", "diff", "content") if isinstance(inner.get(key), str)), None)
    if text is None:
        return Change()
    if kind in _SIGNS and "unified_diff" not in inner and not text.startswith("@@"):
        text = "\n".join(_SIGNS[kind] + line for line in _lines(text))
    found = of_patch(text)
    return found._replace(markdown=f"{code(path)}:\n\n{found.markdown}")


def _typed_change(change: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What kind of change it is, and what is known of it: `{"type": "add", ...}`, `{"add": {...}}` and mixtures."""
    kind = change.get("type") or next(iter(change), "")
    name = kind.get("type") if isinstance(kind, dict) else kind
    inner = change.get(name) if isinstance(name, str) else None
    return name if isinstance(name, str) else "", inner if isinstance(inner, dict) else change


def _taken_pair(edit: dict[str, Any]) -> Change:
    """The difference between the old and the new text of an `edit`, both taken out of it."""
    for before, after in _PAIRS:
        if before in edit and isinstance(edit[before], str) and isinstance(edit.get(after), str):
            return of_patch(_difference(_lines(edit.pop(before)), _lines(edit.pop(after))))
    return Change()


def _difference(before: list[str], after: list[str]) -> str:
    """The lines of both, with some around them that they share."""
    begin = _common(before, after)
    end = _common(before[begin:][::-1], after[begin:][::-1])
    above, below = before[:begin][-_CONTEXT:], before[len(before) - end :][:_CONTEXT]
    old, new = before[begin : len(before) - end], after[begin : len(after) - end]
    lines = [f" {line}" for line in above] + _middle(old, new) + [f" {line}" for line in below]
    return "\n".join(lines)


def _middle(old: list[str], new: list[str]) -> list[str]:
    """Lines of which the first and the last differ; if they are few, those between that are the same stay."""
    shared = set(old).intersection(new) if 0 < len(old) * len(new) <= _MOST_CELLS else None
    if not shared:
        return [f"-{line}" for line in old] + [f"+{line}" for line in new]
    same = _same(old, new, shared)
    found, i, j = [], 0, 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and old[i] == new[j]:
            found.append(f" {old[i]}")
            i, j = i + 1, j + 1
        elif i < len(old) and (j == len(new) or same[i + 1][j] >= same[i][j + 1]):
            found.append(f"-{old[i]}")
            i += 1
        else:
            found.append(f"+{new[j]}")
            j += 1
    return found


def _same(old: list[str], new: list[str], shared: set[str]) -> list[list[int]]:
    """For each place in `old` and `new`, which have `shared` lines, how many are the same from there on."""
    backwards = new[::-1]
    row = [0] * (len(new) + 1)
    rows = [row]
    for line in reversed(old):
        if line in shared:
            row = _row(line, backwards, row)
        rows.append(row)
    return [row[::-1] for row in reversed(rows)]


def _row(line: str, backwards: list[str], below: list[int]) -> list[int]:
    """The row above the one `below`, from its end to its beginning: its first `line` is compared with all others."""
    row, most, diagonal = [0], 0, 0
    for other, down in zip(backwards, islice(below, 1, None), strict=True):
        if line == other:
            most = diagonal + 1
        elif down > most:
            most = down
        row.append(most)
        diagonal = down
    return row


def _common(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    number = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        number += 1
    return number


def _lines(text: str) -> list[str]:
    return visible(text).removesuffix("\n").split("\n") if text else []
