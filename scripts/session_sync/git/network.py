"""Talking to a remote: tried again when others were in the way, and what a push was told."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from session_sync.git import redirect
from session_sync.git.causes import ADDRESS, Kind
from session_sync.git.failure import Diagnosis, GitError, diagnose, remote_words
from session_sync.git.run import Git

TRIES = 8
RETRY_LIMIT = 30.0  # seconds after which nothing is tried again: somebody may be waiting
LONGEST_PAUSE = 8.0  # seconds
UNPACKINGS = 4  # tries of a push that the remote could not unpack
_UNPACKING = re.compile(r"\(unpacker error\)|\(migration failure\)")
_NO_ROOM = re.compile(r"No space left|quota|maximum allowed size|fsck|[Pp]ermission denied|Read-only")
_PUSH = (
    *("push", "--porcelain", "--progress", "--no-verify", "--no-follow-tags"),
    "--recurse-submodules=no",
)


@dataclass
class Line:
    """The way to the remote at `url` for `git`, whose `progress` is called while we wait.

    `address` is how the user changes that URL, for errors.
    """

    git: Git
    url: str = ""
    address: str = "correct its address"
    retries: int = 0

    def talk(self, *arguments: str, data: bytes = b"", keep_lock: bool = True) -> bytes:
        """A git command that talks to the remote; tried again when others were in the way. Raises GitError."""
        begin = time.monotonic()
        for attempt in range(TRIES):
            try:
                return self.git.talk(*arguments, data=data, keep_lock=keep_lock)
            except GitError as error:
                late = attempt == TRIES - 1 or time.monotonic() - begin > RETRY_LIMIT
                if refusals(error.detail):
                    raise
                if late or not error.contended:
                    raise self._explained(error) from None
                self.pause(attempt)
        raise AssertionError("unreachable")

    def confirm_empty(self, remote: str) -> None:
        """Raise GitError when no repository was asked that has nothing, but a web page that stands in its place."""
        if self.url.startswith(("http://", "https://")) and redirect.is_web_page(self.git, remote):
            said = f"fatal: {self.url}/info/refs not valid: is this a git repository?"
            raise GitError("fetch", said, address=self.address)

    def push(self, remote: str, *refs: tuple[str, str], signed: bool = False) -> dict[str, str]:
        """Offer (local ref, remote ref) pairs, never by force; what was not taken, with why and the remote's words."""
        options = [*_PUSH] if signed else [*_PUSH, "--no-signed"]
        pairs = [f"{ours}:{theirs}" for ours, theirs in refs]
        for attempt in range(UNPACKINGS):
            answer = self._offer(*options, remote, *pairs)
            if not _UNPACKING.search(answer) or _NO_ROOM.search(answer) or attempt == UNPACKINGS - 1:
                break
            self.pause(attempt)  # pushes of others at the same moment may be in its way
        accepted, refused, words = taken(answer), refusals(answer), remote_words(answer)
        told = {ref: self._told(reason, words) if "remote" in reason else reason for ref, reason in refused.items()}
        return {theirs: told.get(theirs, "git did not push it") for _, theirs in refs if theirs not in accepted}

    def _offer(self, *arguments: str) -> str:
        """What `git push --porcelain` says, also when refs are refused."""
        try:
            return self.talk(*arguments, keep_lock=False).decode(errors="replace")
        except GitError as error:
            if not refusals(error.detail):
                raise
            return error.detail

    def _told(self, reason: str, words: str) -> str:
        """Why a ref was refused, with the remote's `words` and what mends it."""
        said = f"{reason}: {words}" if words else reason
        fix = diagnose(said).fix.replace(ADDRESS, self.address)
        return f"{said}; {fix}" if fix else said

    def _explained(self, error: GitError) -> GitError:
        """The same error with what only the URL tells: where a repository moved, and that a disk is not there."""
        found = error.found
        if error.moved and self.url:
            found = redirect.explain(self.git, self.url) or found
        elif redirect.is_absent_folder(self.url, error.detail):
            found = Diagnosis(Kind.UNREACHABLE, f"there is no {self.url}", f"mount its disk, or else {ADDRESS}")
        return GitError(error.command, error.detail, found=found, address=self.address)

    def remove(self, remote: str, ref: str, commit: str) -> bool:
        """Remove `ref` from the remote, which refuses that unless it is at `commit` there; whether it is gone."""
        lease = f"--force-with-lease={ref}:{commit}"  # for a removal this only compares: nothing else is removed
        try:
            self.talk(*_PUSH, "--no-signed", lease, remote, f":{ref}", keep_lock=False)
        except GitError as error:
            if error.unreachable:
                raise
            return False
        return True

    def pause(self, attempt: int) -> None:
        """Wait before another try: full jitter, so that many machines do not come back together."""
        import random

        self.retries += 1
        self.git.progress()
        time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.25 * 2**attempt)))  # noqa: S311 - no secret


def taken(answer: str) -> set[str]:
    """The remote refs that `git push --porcelain` says are where we want them: new, advanced or up to date."""
    rows = (line.split("\t") for line in answer.splitlines())
    return {row[1].rpartition(":")[2] for row in rows if len(row) > 2 and row[0] in (" ", "*", "=")}


def refusals(answer: str) -> dict[str, str]:
    """The refused refs in the output of `git push --porcelain`: remote ref -> reason."""
    rows = (line.split("\t") for line in answer.splitlines())
    return {row[1].rpartition(":")[2]: row[2] for row in rows if len(row) > 2 and row[0] == "!"}
