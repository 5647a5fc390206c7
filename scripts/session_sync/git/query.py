"""What git knows of the user and of the repository around a folder. "" or None where there is no answer."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from session_sync.errors import UserError
from session_sync.git.failure import GitError
from session_sync.git.run import Git


def config_value(key: str, directory: Path | None = None) -> str:
    """The git setting `key` as seen from `directory`, by default from no repository at all; "" when unset.

    What a repository says of its user must not decide anything: it may be somebody else's.
    """
    where = [] if directory else [f"--git-dir={os.devnull}"]
    return _ask([*where, "config", "--get", key], directory)


def common_dir(directory: Path) -> Path | None:
    """The git directory that all worktrees of the repository around `directory` share, or None."""
    common = _ask(["rev-parse", "--path-format=absolute", "--git-common-dir"], directory)
    return Path(common) if common else None


def worktree(directory: Path) -> Path | None:
    """The work tree around `directory`, linked or not, or None."""
    top = _ask(["rev-parse", "--show-toplevel"], directory)
    return Path(top) if top else None


def trusted_worktree(directory: Path) -> Path | None:
    """The work tree around `directory`, or None. Raises UserError when there is one that git does not work in."""
    top = worktree(directory)
    if top is None:
        try:
            Git(tree=directory).run("rev-parse")
        except GitError as error:
            if "dubious ownership" not in error.detail:
                return None
            advice = f"git config --global --add safe.directory {directory}"
            raise UserError(f"{directory} belongs to another user; if you trust them: {advice}") from None
    return top


def remotes(directory: Path) -> list[str]:
    """The URLs of all remotes of the repository around `directory`."""
    return [
        line.partition(" ")[2] for line in _ask(["config", "--get-regexp", r"^remote\..*\.url$"], directory).split("\n")
    ]


def _ask(arguments: Sequence[str], directory: Path | None) -> str:
    """One line of git's answer about the user's own repository, or "" for none."""
    try:
        return os.fsdecode(Git(tree=directory).run(*arguments)).strip()
    except UserError:  # also when there is no git
        return ""


def check_version(least: tuple[int, int] = (2, 31)) -> None:
    """Raise UserError when git is older than `least`; settings in the environment came with 2.31."""
    found = re.search(r"(\d+)\.(\d+)", Git().run("version").decode())
    if found and (int(found[1]), int(found[2])) < least:
        raise UserError(f"git {found[0]} is too old; install git {least[0]}.{least[1]} or later")
