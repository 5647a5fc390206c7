"""The folder that rounds have in a user's git directory, with the rights that git gives its own files there.

Other users may work in the same tree, and their rounds need these files too: so core.sharedRepository and the user's
umask decide, and not the strict umask that holds at home.
"""

from __future__ import annotations

import os
import shlex
import stat
from contextlib import suppress
from pathlib import Path

from session_sync import system
from session_sync.errors import UserError

_NAME = "session-sync"
_GROUP, _EVERYBODY = 0o660, 0o664
_SHARING = {
    **dict.fromkeys(("", "umask", "false", "no", "off", "0"), 0),
    **dict.fromkeys(("group", "true", "yes", "on", "1"), _GROUP),
    **dict.fromkeys(("all", "world", "everybody", "2"), _EVERYBODY),
}


def place(git_dir: Path) -> Path:
    """Where it is in `git_dir`."""
    return git_dir / _NAME


def make(git_dir: Path, shared: str) -> Path:
    """Make it, or make what is ours in it usable for those whom git lets in; `shared` is core.sharedRepository.

    Raises UserError for one that belongs to somebody else and is closed to us.
    """
    folder = place(git_dir)
    with suppress(FileExistsError):
        folder.mkdir()
    if os.name != "posix":
        return folder
    try:
        share(folder, shared)
        for entry in folder.iterdir():
            share(entry, shared)
    except PermissionError:
        raise _closed(folder) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise _closed(folder)
    return folder


def share(path: Path, shared: str) -> None:
    """Give a file or folder of ours the rights that git would give it; another user's stays as it is."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return  # a round of another home has removed it
    is_folder = stat.S_ISDIR(found.st_mode)
    if os.name != "posix" or found.st_uid != os.geteuid() or not (is_folder or stat.S_ISREG(found.st_mode)):
        return
    wanted = mode(shared, is_folder)
    if stat.S_IMODE(found.st_mode) & ~stat.S_ISGID != wanted & ~stat.S_ISGID:
        path.chmod(wanted | stat.S_IMODE(found.st_mode) & stat.S_ISGID)


def mode(shared: str, is_folder: bool = False) -> int:
    """The rights of a new file or folder in a repository with core.sharedRepository `shared`; see git-config(1)."""
    own = 0o666 & ~system.users_umask()
    word = shared.lower()
    if word in _SHARING:
        rights = own | _SHARING[word]
    else:
        try:
            rights = int(word, 8) & 0o666
        except ValueError:
            rights = own  # git itself will say what is wrong with it
    if is_folder:
        rights |= (rights & 0o444) >> 2
        rights |= stat.S_ISGID if word not in _SHARING or _SHARING[word] else 0
    return rights


def _closed(folder: Path) -> UserError:
    return UserError(
        f"{folder} is another user's and closed to you, as earlier versions left it; have them run "
        f"chmod -R g+rwX {shlex.quote(str(folder))}, or sync there themselves once"
    )
