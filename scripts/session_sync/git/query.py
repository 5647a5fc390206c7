"""What git knows of the user and of the repository around a folder. "" or None where there is nothing to know.

That git does not answer is no answer: who asks whose a repository is gets Untold, and must not guess.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from session_sync.errors import UserError
from session_sync.git import discovery
from session_sync.git.discovery import Untold
from session_sync.git.failure import GitError
from session_sync.git.run import Git

_ADVICE = re.compile(r"^\s*(git config --global --add safe\.directory .+)$", re.MULTILINE)
_NO_WORKTREE = ("must be run in a work tree", "cannot use bare repository")
_REMOTES = r"^(remote\..*\.(url|pushurl)|url\..*\.(pushinsteadof|insteadof))$"
_REPLACED = (".insteadof", ".pushinsteadof")


def config_value(key: str, directory: Path | None = None) -> str:
    """The git setting `key` as seen from `directory`, by default from no repository at all; "" when unset.

    What a repository says of its user must not decide anything: it may be somebody else's.
    """
    where = [] if directory else [f"--git-dir={os.devnull}"]
    try:
        return os.fsdecode(Git(tree=directory).run(*where, "config", "--get", key)).strip()
    except UserError:  # also when there is no git
        return ""


def common_dir(directory: Path) -> Path | None:
    """The git directory that all worktrees of the repository around `directory` share, None when there is none.

    Raises Untold when there is one, and git does not read it.
    """
    holder = discovery.holder(directory)
    if holder is None:
        return None
    found = (holder / _ask(holder, _reader(holder), "rev-parse", "--git-common-dir")).resolve()
    own = holder / ".git"
    if own.is_dir() and not (own / "commondir").exists() and found != own.resolve():
        raise Untold(f"git finds no repository in {own}, which is damaged; mend it, or remove it if it is none")
    return found


def worktree(directory: Path) -> Path | None:
    """The work tree around `directory`, linked or not, None when there is none, or none that git reads."""
    try:
        return trusted_worktree(directory)
    except Untold:
        return None


def trusted_worktree(directory: Path) -> Path | None:
    """The work tree around `directory`, or None. Raises Untold when there is one that git does not work in."""
    holder = discovery.holder(directory)
    if holder is None:
        return None
    try:
        return Path(_ask(holder, Git(tree=holder), "rev-parse", "--show-toplevel"))
    except Untold as error:
        if any(reason in str(error) for reason in _NO_WORKTREE):
            return None
        raise


def remotes(directory: Path) -> dict[str, list[tuple[str, ...]]]:
    """The remotes of the repository around `directory`: by name, each URL as it is written and as git replaces it.

    Raises Untold when git does not read them.
    """
    holder = discovery.holder(directory)
    found: dict[str, list[tuple[str, ...]]] = {}
    if holder is None:
        return found
    said = _ask(holder, _reader(holder), "config", "-z", "--get-regexp", _REMOTES, expected=(0, 1))
    pairs = [(key, value) for key, _, value in (one.partition("\n") for one in said.split("\0")) if key]
    for key, value in pairs:
        if key.startswith("remote."):
            name = key.removeprefix("remote.").rpartition(".")[0]
            found.setdefault(name, []).append(tuple(dict.fromkeys([value, *_replaced(value, pairs)])))
    return found


def _replaced(url: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What git makes of `url` by the settings url.*.insteadOf and pushInsteadOf among `pairs`: the longest fits."""
    for kind in _REPLACED:
        fitting = [(value, key) for key, value in pairs if key.endswith(kind) and url.startswith(value)]
        if fitting:
            value, key = max(fitting, key=lambda one: len(one[0]))
            yield key.removeprefix("url.").removesuffix(kind) + url.removeprefix(value)


def _reader(holder: Path) -> Git:
    """Git for what the folder `holder` has; a bare repository must be named, or git is not to look at it."""
    return Git(holder) if discovery.is_bare(holder) else Git(tree=holder)


def _ask(holder: Path, git: Git, *arguments: str, expected: Sequence[int] = (0,)) -> str:
    """What git answers about the repository that the folder `holder` has; raises Untold where it does not."""
    try:
        return os.fsdecode(git.run(*arguments, expected=expected)).removesuffix("\n")
    except GitError as error:
        raise Untold(_why(holder, error)) from None
    except UserError as error:
        raise Untold(f"{holder} holds a repository, but {error}") from None


def _why(holder: Path, error: GitError) -> str:
    """Why git does not read what `holder` has, and what to do, in one line."""
    if "dubious ownership" in error.detail:
        advised = _ADVICE.search(error.detail)
        add = advised[1] if advised else f"git config --global --add safe.directory {shlex.quote(str(holder))}"
        return f"{holder} belongs to another user; if you trust them: {add}"
    return f"git does not read {holder}: {str(error).partition(' failed: ')[2] or error}; mend that"


def check_version(least: tuple[int, int] = (2, 31)) -> None:
    """Raise UserError when git is older than `least`; settings in the environment came with 2.31."""
    found = re.search(r"(\d+)\.(\d+)", Git().run("version").decode())
    if found and (int(found[1]), int(found[2])) < least:
        raise UserError(f"git {found[0]} is too old; install git {least[0]}.{least[1]} or later")
