"""The gate of a shared tree: it holds files of all kinds, a folder may be a customer's, all share a .piiignore."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path

from session_sync.errors import UsageError
from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.identity import belongs
from session_sync.scan import gate, ignore, policy
from session_sync.scan.gate import FILE_NAME, Findings, Gate, Judgement
from session_sync.scan.ignore import Ignore
from session_sync.scan.policy import Policy

_PASSWORD = "secret:password"  # its rules look for words, which programs are full of  # noqa: S105
_MARKED = (  # the mark of UTF-32 begins with that of UTF-16
    ((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-32"),
    ((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf-16"),
)
_CONTROLS = bytes({*range(32), 127} - set(b"\b\t\n\f\r\x1b"))
_MOST_CONTROLS = 0.05  # of the characters of a text; compressed and encrypted data has 0.11


@dataclass(frozen=True, kw_only=True)
class TreeGate(Gate):
    """The gate of the shared tree at `root`."""

    root: Path = field(repr=False)

    def check_file(self, name: str, project: str, data: bytes, before: bytes, may_be_binary: bool) -> Judgement:
        """What withholds the file `name`: what is in `data` and not in `before`, the committed bytes.

        What is not text can only be let through, as pictures are, or not at all.
        """
        level = self._level(name, project)
        if level.is_off:
            return Judgement([])
        if may_be_binary and _is_binary(data):
            return self._judge_binary(name, data, level, before)
        return self.judge(name, data, level, before.decode(errors="replace"))

    def check_name(self, name: str, project: str) -> Findings:
        """What keeps the very `name` of a file from being told."""
        level = self._level(name, project)
        return [] if level.is_off else self.judge_name(name, level).findings

    def judges(self, name: str, project: str) -> bool:
        """Whether there is anything that would withhold the file `name` of `project`."""
        return not self._level(name, project).is_off

    def customer(self, name: str) -> str:
        """The customer's project that the file's place makes it belong to, "" for any other."""
        return belongs.customer_of(self.root, name.rpartition("/")[0], self.settings)

    def _level(self, name: str, project: str) -> Policy:
        """The policy for a file: that of its `project`, or of the customer in whose place it is."""
        level, owner = policy.of_project(project, self.settings), self.customer(name)
        return policy.union(level, policy.of_project(owner, self.settings)) if owner else level

    def _judge_binary(self, name: str, data: bytes, level: Policy, before: bytes) -> Judgement:
        """The same for what is not UTF-8; in what is not text at all, only what is hardly found by chance counts."""
        text, is_text = _guess(data)
        known = _guess(before)[0] if _is_binary(before) else before.decode()
        judged = self.judge_text(name, text, level, known)
        counting = [one for one in judged.findings if is_text or one[0] == FILE_NAME or _is_shaped(one[1])]
        return judged._replace(findings=counting)


def load(settings: Config, email: str, root: Path) -> tuple[TreeGate, list[str]]:
    """The gate of the shared tree at `root` for the user with this address, and warnings.

    Its .piiignore may be wrong by others' doing. Then nothing is ignored, and the next pull may mend it.
    """
    try:
        ignored, warnings = ignore.load(root / paths.ignore_file().name).narrow()
    except UsageError as error:
        ignored, warnings = Ignore(), [f"nothing is ignored: {error}"]
    return TreeGate(settings, ignored, gate.own_values(email), root=root), warnings


def _is_shaped(kind: str) -> bool:
    """Whether findings of this type have a fixed form."""
    return kind.startswith("secret:") and kind != _PASSWORD


def _is_binary(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return b"\0" in data


def _guess(data: bytes) -> tuple[str, bool]:
    """`data` as text, and whether it is written as such: what programs made has many control characters.

    It may be text in an older encoding, whose letters beyond ASCII come out wrong, or programs' data with texts in it.
    """
    encoding = _wide_encoding(data)
    text = data.decode(encoding, errors="replace").replace("\0", "") if encoding else data.decode("latin-1")
    seen = text.encode() if encoding else data
    controls = len(seen) - len(seen.translate(None, _CONTROLS))
    return text, controls <= _MOST_CONTROLS * len(seen)


def _wide_encoding(data: bytes) -> str:
    """The encoding in which every letter takes two or four bytes, by its mark or by the zeros; "" for none."""
    for marks, encoding in _MARKED:
        if data.startswith(marks):
            return encoding
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if data[first::2].count(0) * 4 > len(data):
            return encoding
    return ""
