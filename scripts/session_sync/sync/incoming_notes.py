"""Finds the notes to this user that new commits of a shared tree bring in its session logs.

A fixed number of git commands does it: one tells what all commits changed, one reads all changed logs.
File names, authors and logs are other users': they are told apart by place alone, never by what they look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from session_sync.git import objects
from session_sync.git.failure import GitError
from session_sync.git.run import Git
from session_sync.home import files, paths
from session_sync.identity.user import Identity
from session_sync.logs import session_log
from session_sync.sync import notes
from session_sync.sync.notes import Note

_LOGS = ":(glob)**/session-logs/**/*.md"
_OPTIONS = (
    *("--reverse", "--encoding=UTF-8", "--no-show-signature", "--no-color", "--format=%H%x00%an%x00%ae%x00%as"),
    *("-c", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv"),
)
FIRST_LOOK = "--since=14.days"  # in a tree that was never searched
LARGEST_LOG = 2_000_000  # bytes
MOST_OF_COMMIT = 20  # notes that are taken of one commit
MOST_AT_ONCE = 100  # notes that are taken at one time
UNCHECKED = "cannot be checked here"
SIGNATURES = {  # by git's letter for them, %G?
    "G": "verified",
    "U": "signed, but its key is not trusted",
    "B": "BAD: the commit was changed after it was signed",
    "N": "not signed",
    **dict.fromkeys("XYR", "signed with an expired/revoked key"),
}
_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_GONE = re.compile(r"Invalid revision range|bad object|unknown revision")  # the history was rewritten
_MENTION = re.compile(rb"(?:note|message)\W+for\W", re.IGNORECASE)


class Received(NamedTuple):
    """How many notes were stored, and how many were not because there are too many."""

    new: int
    passed_over: int


class _Change(NamedTuple):
    """What a commit did to a log: its blobs in the commit's parents, and the one it has now."""

    path: str
    before: list[str]
    after: str


class _Commit(NamedTuple):
    id: str
    author: str
    email: str
    date: str
    changes: list[_Change]


class _Log(NamedTuple):
    """A log that holds notes to this user: (addressee, text) of each."""

    machine: str
    user: str
    notes: list[tuple[str, str]]


def receive_notes(root: Path, upstream: str, who: Identity, own_machine: str, progress: Callable[[], None]) -> Received:
    """Store the notes to `who` that came to the shared tree at `root` since the last time, unless they are too many.

    `upstream` is the id of the commit the tree was brought to. Logs of `own_machine` are passed over. `progress` is
    called as it goes. Raises GitError.
    """
    seen = _seen(root)
    if seen == upstream:
        return Received(0, 0)
    commits = _commits(root, seen, upstream)
    logs = _logs(root, commits, notes.names_of(who), progress)
    found, passed_over = _some(commits, logs, own_machine.lower(), str(root), progress)
    signatures = _signatures(root, {note.commit: note.email for note in found})
    count = sum(notes.store(replace(note, signature=signatures[note.commit])) for note in found)
    place = paths.notes_seen(root)
    files.make_private_dir(place.parent)
    files.write_atomic(place, upstream.encode(), durable=False)
    return Received(count, passed_over)


def _seen(root: Path) -> str:
    """The commit up to which the tree was searched, or ""."""
    try:
        text = paths.notes_seen(root).read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return text if _ID.fullmatch(text) else ""


def _commits(root: Path, seen: str, upstream: str) -> list[_Commit]:
    """The commits that came after `seen` and changed logs, oldest first."""
    if seen:
        try:
            return _parsed(_log(root, f"{seen}..{upstream}"))
        except GitError as error:
            if not _GONE.search(error.detail):
                raise
    return _parsed(_log(root, FIRST_LOOK, upstream))


def _log(root: Path, *revisions: str) -> bytes:
    git = Git(tree=root, settings={"log.showRoot": "true", "log.follow": "false"})
    return git.run("log", *_OPTIONS, *revisions, "--", _LOGS, keep_lock=False)


def _parsed(answer: bytes) -> list[_Commit]:
    """The commits in the answer of `git log --raw -z`, whose fields end with NUL, which none of them can hold."""
    commits: list[_Commit] = []
    fields = iter(answer.decode(errors="surrogateescape").split("\0"))
    for one in fields:
        text = one.lstrip("\n")
        if text.startswith(":"):
            parents = len(text) - len(text.lstrip(":"))  # more than one in a merge
            ids = text.split(" ")[parents + 1 : -1]
            commits[-1].changes.append(_Change(next(fields), ids[:-1], ids[-1]))
        elif text:
            commits.append(_Commit(text, next(fields), next(fields), next(fields), []))
    return commits


def _some(
    commits: list[_Commit], logs: dict[str, _Log], own_machine: str, tree: str, progress: Callable[[], None]
) -> tuple[list[Note], int]:
    """The new notes that the commits brought, up to as many as are taken, and how many more there are."""
    found: dict[str, Note] = {}
    beyond = set[str]()
    for commit in commits:
        progress()
        brought = {note.id: note for note in _brought(commit, logs, own_machine, tree)}
        new = [one for one, note in brought.items() if one not in found and not notes.is_known(note)]
        taken = min(MOST_OF_COMMIT, MOST_AT_ONCE - len(found))
        found |= {one: brought[one] for one in new[:taken]}
        beyond.update(new[taken:])
    return list(found.values()), len(beyond - found.keys())


def _brought(commit: _Commit, logs: dict[str, _Log], own_machine: str, tree: str) -> Iterator[Note]:
    """The notes that are in the commit's logs and in none that it changed, also where it moved a log."""
    olds = [logs[blob] for change in commit.changes for blob in change.before if blob in logs]
    before = {pair for old in olds for pair in old.notes}
    facts = {"author": commit.author, "email": commit.email, "date": commit.date, "commit": commit.id}
    for change in commit.changes:
        log = logs.get(change.after)
        if log is None or (own_machine and log.machine.lower() == own_machine):
            continue
        place = {"logged_by": log.user, "path": change.path, "tree": tree, "signature": UNCHECKED}
        for addressee, text in log.notes:
            if (addressee, text) not in before:
                yield Note(addressee=addressee, text=text, **facts, **place)


def _logs(root: Path, commits: list[_Commit], names: frozenset[str], progress: Callable[[], None]) -> dict[str, _Log]:
    """The logs by their blobs, before and after each commit, that hold notes to a user of `names`."""
    blobs = {blob for commit in commits for change in commit.changes for blob in (*change.before, change.after)}
    logs = {}
    for blob, data in _contents(root, blobs):
        progress()
        if not _MENTION.search(data):
            continue
        text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        held = [pair for pair in notes.in_log(text) if notes.is_for(pair[0], names)]
        if held:
            logs[blob] = _Log(session_log.fact_of(text, "machine"), session_log.fact_of(text, "user"), held)
    return logs


def _contents(root: Path, blobs: set[str]) -> Iterator[tuple[str, bytes]]:
    """(id, content) of those `blobs` that are there and no larger than a log."""
    git = Git(tree=root)
    wanted = [one.oid for one in objects.kinds(git, sorted(blobs)) if one and _may_be_log(one)]
    if wanted:
        with objects.reader(git) as read:
            yield from ((oid, read(oid)) for oid in wanted)


def _may_be_log(one: objects.Kind) -> bool:
    return one.kind == "blob" and one.size <= LARGEST_LOG


def _signatures(root: Path, authors: dict[str, str]) -> dict[str, str]:
    """What is known of the signature of each commit in `authors`, which holds the e-mail addresses of their authors."""
    words = dict.fromkeys(authors, UNCHECKED)
    if not authors:
        return words
    git = Git(tree=root)
    command = ["log", "--no-walk", "--stdin", "--encoding=UTF-8", "--no-show-signature", "--format=%H %G? %GS"]
    try:
        data = "".join(f"{commit}\n" for commit in authors).encode()
        answer = git.run(*command, data=data, keep_lock=False)
    except GitError:  # a program that checks signatures did not come back
        return words
    for line in answer.decode(errors="replace").split("\n")[:-1]:
        commit, letter, signer = line.split(" ", 2)
        words[commit] = SIGNATURES.get(letter, UNCHECKED)
        if letter == "G" and authors[commit].casefold() not in re.split(r"[\s<>,]+", signer.casefold()):
            words[commit] += f", signed by {signer}"
    with objects.reader(git) as read:
        for commit in (commit for commit, word in words.items() if word == SIGNATURES["N"]):
            if b"\ngpgsig" in read(commit).partition(b"\n\n")[0]:
                words[commit] = UNCHECKED  # git says "N" also where it has nothing to check with
    return words
