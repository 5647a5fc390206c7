"""A shared tree's slash commands, copied to the user's own folder; what the user made or changed there stays.

We remember what we put there, by the ids that git gives the contents: a file is ours while it has one of them. They
are remembered before the file is written, so that a kill at any moment leaves no copy that counts as the user's.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from session_sync.git import objects
from session_sync.git.run import Git
from session_sync.home import files, paths

FOLDER = ".claude/commands/"  # in the tree
LARGEST_COMMAND = 256 * 1024  # bytes
MOST_COMMANDS = 100  # commands of a tree
MOST_TOLD = 20  # commands that are named when they are not copied
USERS_OWN = "user's own"
BUILT_IN = frozenset(  # our own and those of clients: a user's command of the same name is run in their place
    {
        *("save", "sync", "sync-logs", "search", "browse"),
        *("add-dir", "agents", "bashes", "branch", "bug", "clear", "color", "compact", "config", "context", "cost"),
        *("doctor", "exit", "export", "fast", "feedback", "fork", "help", "hooks", "ide", "init", "login", "logout"),
        *("mcp", "memory", "model", "output-style", "permissions", "plan", "plugin", "pr-comments"),
        *("privacy-settings", "release-notes", "rename", "resume", "review", "rewind", "security-review", "skills"),
        *("stats", "status", "statusline", "tasks", "terminal-setup", "theme", "todos", "upgrade", "usage", "vim"),
    }
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.md")
_REGULAR = (b"100644", b"100755")


@dataclass(frozen=True)
class Copied:
    """What came: (name, author of its last change), and what did not: (name, why). Names and authors are foreign."""

    copied: list[tuple[str, str]] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)


class _File(msgspec.Struct):
    """A file that we put there: the tree it is from, and the ids of what it may hold (two while it is replaced)."""

    tree: str
    blobs: list[str]


class _State(msgspec.Struct):
    """What is remembered of all copies."""

    files: dict[str, _File] = msgspec.field(default_factory=dict)
    told: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)  # tree -> name -> id reported as kept
    done: dict[str, str] = msgspec.field(default_factory=dict)  # tree -> hash of the listing that was handled last


class _Kept(Exception):
    """A command is not copied; the message says why."""


class _Entry(NamedTuple):
    """A Markdown file in the tree's folder; `fault` says why it is not copied, "" when it can be."""

    name: str
    blob: str
    fault: str


def copy_commands(root: Path, commit: str) -> Copied:
    """Copy the commands in `commit` of the tree at `root` to the user's folder, under the lock. Raises GitError."""
    listing = Git(tree=root).run("ls-tree", "-z", "-l", "--full-tree", commit, FOLDER)
    digest, state, tree = hashlib.sha256(listing).hexdigest(), _read(), os.path.abspath(root)
    if state.done.get(tree) == digest:
        return Copied()
    copied, kept, failed = list[tuple[str, str]](), list[tuple[str, str]](), False
    told = state.told.setdefault(tree, {})
    folder = _UserFolder(tree, state)
    for entry in _entries(listing):
        try:
            if folder.needs(entry):
                data = Git(tree=root).run("cat-file", "blob", entry.blob)
                folder.put(entry, data)
                told.pop(entry.name, None)
                copied.append((entry.name, _author(root, commit, entry.name)))
        except _Kept as reason:
            if told.get(entry.name) != entry.blob:
                kept.append((entry.name, str(reason)))
            told[entry.name] = entry.blob
        except OSError as error:
            failed = True
            kept.append((entry.name, error.strerror or type(error).__name__))
    if not failed:
        state.done[tree] = digest
    _write(state)
    return Copied(copied, _shortened(kept))


class _UserFolder:
    """The user's folder of commands, as the one who copies from `tree` may change it."""

    def __init__(self, tree: str, state: _State) -> None:
        self._tree = tree
        self._state = state
        self._folder = paths.user_commands()
        self._time = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())

    def needs(self, entry: _Entry) -> bool:
        """Whether the file must be written to be the tree's. Raises _Kept when that is not for us to do, OSError."""
        if entry.fault:
            raise _Kept(entry.fault)
        current, known = self._current(entry.name), self._state.files.get(entry.name)
        if current is not None and objects.has_id(current, entry.blob):
            return False
        self._check(current, known)
        return True

    def put(self, entry: _Entry, data: bytes) -> None:
        """Write the file; one of ours that is there is kept among the backups. Raises _Kept, OSError."""
        files.make_private_dir(self._folder)
        current, known = self._current(entry.name), self._state.files.get(entry.name)
        self._check(current, known)
        old = known.blobs if known and current is not None else []
        self._state.files[entry.name] = _File(self._tree, [*old, entry.blob])
        _write(self._state)
        if current is not None:
            self._back_up(entry.name, current)
            files.write_atomic(self._folder / entry.name, data)
        elif not files.create_new(self._folder / entry.name, data):  # the user made it this very moment
            del self._state.files[entry.name]
            raise _Kept(USERS_OWN)
        self._state.files[entry.name].blobs = [entry.blob]

    def _check(self, current: bytes | None, known: _File | None) -> None:
        """Raise _Kept when the file with the bytes `current` is not for this tree to replace."""
        if current is None:
            return
        if known is None or not any(objects.has_id(current, blob) for blob in known.blobs):
            raise _Kept(USERS_OWN)
        if known.tree != self._tree and os.path.isdir(known.tree):
            raise _Kept(f"one from {known.tree} is there already")

    def _current(self, name: str) -> bytes | None:
        """The bytes of the user's file, None when there is none. Raises _Kept for what is never ours, OSError."""
        path = self._folder / name
        if not os.path.lexists(path):
            return None
        if path.is_symlink() or not path.is_file():
            raise _Kept(f"{USERS_OWN}, not a plain file")
        with files.open_regular(path, follow=False) as stream:
            data = stream.read(LARGEST_COMMAND + 1)
        if len(data) > LARGEST_COMMAND:
            raise _Kept(USERS_OWN)
        return data

    def _back_up(self, name: str, data: bytes) -> None:
        for number in itertools.count(1):
            folder = paths.backups() / "commands" / (self._time if number == 1 else f"{self._time}-{number}")
            if files.create_new(files.make_private_dir(folder) / name, data):
                return


def _entries(listing: bytes) -> list[_Entry]:
    """The Markdown files that `git ls-tree -z -l` lists; in place of commands that are too many one that says so."""
    found = list[_Entry]()
    for line in listing.split(b"\0")[:-1]:
        facts, _, path = line.partition(b"\t")
        mode, kind, blob, size = facts.split()
        name = os.fsdecode(path.rpartition(b"/")[2])
        if kind == b"blob" and name.endswith(".md"):
            found.append(_Entry(name, blob.decode(), _fault(name, mode, int(size))))
    commands = [entry for entry in found if not entry.fault]
    if len(commands) <= MOST_COMMANDS:
        return found
    beyond = f"only {MOST_COMMANDS} commands of a tree are copied, and this one has {len(commands)}"
    faulty = (entry for entry in found if entry.fault)
    return [_Entry("the rest", str(len(commands)), beyond), *commands[:MOST_COMMANDS], *faulty]


def _fault(name: str, mode: bytes, size: int) -> str:
    if mode not in _REGULAR:
        return "a link"
    if not _NAME.fullmatch(name):
        return "its name is not made of letters, digits, - and _"
    if name.removesuffix(".md").lower() in BUILT_IN:
        return "the name of a built-in command"
    return f"larger than {LARGEST_COMMAND // 1024} KB" if size > LARGEST_COMMAND else ""


def _shortened(kept: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """So many of the commands that are not copied, and how many more they are."""
    more = [(f"and {len(kept) - MOST_TOLD} more", "for reasons like these")] if len(kept) > MOST_TOLD else []
    return [*kept[:MOST_TOLD], *more]


def _author(root: Path, commit: str, name: str) -> str:
    """Who last changed the command."""
    options = ["-1", "--no-show-signature", "--no-color", "--format=%an"]
    return Git(tree=root).run("log", *options, commit, "--", FOLDER + name).decode(errors="replace").strip()


def _read() -> _State:
    """What is remembered; nothing when that is damaged: then all files count as the user's own."""
    with suppress(FileNotFoundError, msgspec.DecodeError, RecursionError):
        return msgspec.json.decode(paths.copied_commands().read_bytes(), type=_State)
    return _State()


def _write(state: _State) -> None:
    files.make_private_dir(paths.copied_commands().parent)
    files.write_atomic(paths.copied_commands(), msgspec.json.encode(state))
