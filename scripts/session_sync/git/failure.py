"""What git said when it failed, in one line: the cause, what mends it, and whether another try may."""

from __future__ import annotations

import re
from typing import NamedTuple

from session_sync.errors import UserError, masked
from session_sync.git.causes import ADDRESS, CAUSES, FOR_NOW, MOVED, Cause, Kind
from session_sync.text.visible import one_line

LONGEST = 400  # characters of what git or the remote said that are told
_CONTENDED = re.compile(
    r"\[[^]]+\] \((?:fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|incorrect old)"
)
_NEVER = re.compile(r"; cannot create")  # of a ref: a branch of that name is in the way
# What git adds to every failure, and what tells nothing.
_NOISE = re.compile(
    r"^(?:fatal: Could not read from remote repository|Please make sure you have|and the repository exists|"
    r"fatal: [Tt]he remote end hung up|error: failed to push some refs|hint:|warning:|fatal: git-http-push failed|"
    r"fatal: unable to fork|To |Done$|[!=*+ -]\t|remote:|\W*$)"
)
_SEVERED = re.compile(r"remote end hung up|Could not read from remote repository")
_WORDS = re.compile(r"^(?:remote:|ERROR:|fatal: remote error:|error: remote unpack failed:) *(.*[^\W_].*?)\s*$")
_ROUTINE = re.compile(
    r"(?:Enumerating|Counting|Compressing|Total|Resolving|Receiving|Unpacking|Updating|Checking|Finding|Processing)\b"
    r".*\d|error: hook declined to update"
)


class Diagnosis(NamedTuple):
    """What a failure is: the line that tells the cause, and what mends it, "" when nobody can say."""

    kind: Kind
    line: str
    fix: str = ""


class GitError(UserError):
    """A git command failed; `detail` is all that it said, with credentials masked.

    `found` is what is known better than by these words; `address` is how the user changes the remote's address.
    """

    def __init__(
        self, command: str, detail: str, *, found: Diagnosis | None = None, address: str = "correct its address"
    ) -> None:
        self.command = command
        self.detail = masked(detail)
        self.found = found or diagnose(self.detail)
        fix = masked(self.found.fix.replace(ADDRESS, address))
        super().__init__(f"git {command} failed: {masked(self.found.line)}" + (f"; {fix}" if fix else ""))

    @property
    def contended(self) -> bool:
        """Somebody else was quicker, or the server was busy: worth another try."""
        return self.found.kind is Kind.BUSY

    @property
    def refused(self) -> bool:
        """Only the user can fix that."""
        return self.found.kind is Kind.USER

    @property
    def unreachable(self) -> bool:
        """The remote cannot be reached now, or has no time."""
        return self.found.kind in (Kind.UNREACHABLE, Kind.BUSY)

    @property
    def moved(self) -> bool:
        """The remote sent git elsewhere, where git did not go."""
        return bool(MOVED.said.search(self.detail))


def is_contention(refusal: str) -> bool:
    """Whether a refused ref, as `network.Line.push` tells it, was only refused because somebody else was quicker."""
    return bool(_CONTENDED.match(refusal)) and not _NEVER.search(refusal)


def diagnose(detail: str) -> Diagnosis:
    """What the failure is of which git said `detail`."""
    detail = detail.replace("\r\n", "\n")  # as ssh ends its lines
    words = remote_words(detail)
    if words and FOR_NOW.search(words):
        return Diagnosis(Kind.UNREACHABLE, f"the remote says: {words}")
    for cause in CAUSES:
        found = cause.said.search(detail)
        if found:
            return _known(cause, found, words)
    if words:
        return Diagnosis(Kind.USER, f"the remote says: {words}")
    line = _telling_line(detail)
    if _SEVERED.search(line):
        return Diagnosis(Kind.BUSY, line)
    return Diagnosis(Kind.UNKNOWN, line or "it said nothing; is the disk full?")


def remote_words(detail: str) -> str:
    """What the remote's own people or programs said, as one line, without the counting of objects and ornaments."""
    found = [match[1] for match in map(_WORDS.match, detail.splitlines()) if match]
    return one_line(" ".join(line for line in dict.fromkeys(found) if not _ROUTINE.match(line)), LONGEST).rstrip(".")


def _known(cause: Cause, found: re.Match[str], words: str) -> Diagnosis:
    line = found.expand(cause.told) if cause.told else _line_at(found)
    said = one_line(line, LONGEST)
    if words and words not in said:
        said = f"the remote says: {words}" if _WORDS.match(line) else f"{said}; the remote says: {words}"
    return Diagnosis(cause.kind, said, found.expand(cause.fix))


def _line_at(found: re.Match[str]) -> str:
    """The line in which something was found."""
    start = found.string.rfind("\n", 0, found.start()) + 1
    return found.string[start:].split("\n", 1)[0]


def _telling_line(detail: str) -> str:
    """The line that tells the cause: git's last word but for what it says of every failure."""
    said = [line.strip() for line in detail.splitlines() if line.strip()]
    telling = [line for line in said if not _NOISE.match(line)]
    fatal = [line for line in telling if line.startswith(("fatal:", "error:", "ssh:"))]
    lines = fatal or telling or [line for line in said if line.startswith("fatal:")] or said
    return one_line(lines[-1], LONGEST) if lines else ""
