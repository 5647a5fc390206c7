"""What git said when it failed, and what that means: try again, ask the user, or wait for the network."""

from __future__ import annotations

import re

from session_sync.errors import UserError, masked

_CONTENTION = re.compile(
    r"cannot lock ref|failed to update ref|kex_exchange_identification|Connection reset|early EOF|"
    r"remote end hung up|Connection closed by|RPC failed|HTTP (429|5\d\d)|error: (429|5\d\d)|incorrect old value|"
    r"fetch first|non-fast-forward|stale info"
)
_REFUSED = re.compile(
    r"Permission denied|Authentication failed|could not read (Username|Password)|terminal prompts disabled|"
    r"Repository not found|error: 40[13]|Host key verification failed|hook declined|protected branch|"
    r"transport '\w+' not allowed|repository '.*' not found|does not support|mismatched algorithms"
)
_UNREACHABLE = re.compile(
    r"Could not resolve host|Connection refused|[Tt]imed out|Network is unreachable|No route to host|"
    r"Failed to connect|Couldn't connect|does not appear to be a git repository|too slow|said nothing for|"
    r"unable to access|Could not read from remote repository|No such file or directory"
)


class GitError(UserError):
    """A git command failed; `detail` is what it said, with credentials masked."""

    def __init__(self, command: str, detail: str) -> None:
        self.detail = masked(detail)
        said = [line for line in self.detail.splitlines() if line.strip()]
        worth = [line for line in said if line.startswith(("fatal:", "error:", "ssh:"))] or said[-1:]
        if worth and "Could not read from remote repository" in worth[0]:
            worth = said  # ssh said why just before
        super().__init__(f"git {command} failed: {worth[0].strip() if worth else 'it said nothing; is the disk full?'}")

    @property
    def contended(self) -> bool:
        """Somebody else was quicker, or the server was busy: worth another try."""
        return is_contention(self.detail)

    @property
    def refused(self) -> bool:
        """The remote answered no: only the user can fix that."""
        return bool(_REFUSED.search(self.detail))

    @property
    def unreachable(self) -> bool:
        """The remote cannot be reached now."""
        return not self.refused and bool(_UNREACHABLE.search(self.detail))


def is_contention(said: str) -> bool:
    """Whether what git said means that somebody else was quicker, or the server busy."""
    return not _REFUSED.search(said) and bool(_CONTENTION.search(said))
