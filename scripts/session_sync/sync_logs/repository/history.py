"""What became of the remote's branches since it acknowledged ours: a rewrite is followed, never undone.

`refs/acknowledged/...` name the commits that the remote has confirmed. A branch that does not hold its own any more was
rewritten, unless it stands on an older one: then the remote was restored from a backup.
"""

from __future__ import annotations

from session_sync.errors import UserError, masked
from session_sync.git import objects
from session_sync.sync_logs.repository import manifest
from session_sync.sync_logs.repository.purged import Purge, Purged
from session_sync.sync_logs.repository.repository import (
    ACKNOWLEDGED_MAIN,
    Repository,
    acknowledged,
    branch,
    remote_branch,
)
from session_sync.text.lines import counted

MAIN_NAME = "main"
# What a forge puts into a new repository: no sign that somebody else works in it.
STARTERS = ("readme", "license", "licence", "copying", ".gitignore", ".gitattributes", "contributing", "security")
Author = tuple[str, str]
Tree = dict[bytes, str]


def view(repository: Repository) -> str:
    """The name of the branch that is the merged view: `main`, or what that was renamed to."""
    others = _other_branches(repository)
    if MAIN_NAME in others:
        return MAIN_NAME
    held = repository.ids([f"refs/remotes/origin/{name}:machines" for name in others])
    renamed = [name for name, folder in zip(others, held, strict=True) if folder]
    return renamed[0] if len(renamed) == 1 else MAIN_NAME


def lost(repository: Repository, uuid: str) -> str:
    """What to say of a remote that does not have our branch any more; raises UserError when it holds something else."""
    where, others = masked(repository.url), _other_branches(repository)
    if not others and not repository.machines():
        return f"{where} is empty, though it had this machine's logs (made again or lost?): all is pushed again"
    if not repository.machines() and not any(_fits(repository, name) for name in others):
        text = f"{where} holds no session logs any more but something else ({', '.join(sorted(others)[:3])})"
        raise UserError(f"{text}; nothing was pushed; set the log repository's address in config.yaml")
    return f"{where} has lost the branch machines/{uuid}: it is pushed again"


def restored(repository: Repository) -> str:
    """What to say of a remote that stands on an older state of our branch."""
    return f"{masked(repository.url)} is older than what it had (restored from a backup?): what it lacks is pushed"


def is_older(repository: Repository, uuid: str) -> bool:
    """Whether the remote's branch of `uuid` stands on a commit before the one that it acknowledged."""
    theirs, last = repository.ids([remote_branch(uuid), acknowledged(uuid)])
    return bool(theirs and last) and theirs != last and repository.is_ancestor(theirs, last)


def is_rewritten(repository: Repository, uuid: str) -> bool:
    """Whether the remote's branch of `uuid` left what it had acknowledged.

    One that is gone counts only where `main` was rewritten and still has files of it: somebody cleaned up, and did not
    just lose a branch.
    """
    theirs, last = repository.ids([remote_branch(uuid), acknowledged(uuid)])
    if last and not theirs:
        merged = f"refs/remotes/origin/{view(repository)}"
        main, ours, before = repository.ids([merged, f"{merged}:machines/{uuid}", ACKNOWLEDGED_MAIN])
        return bool(ours) and _diverged(repository, before, main)
    return _diverged(repository, last, theirs)


def follow(repository: Repository, uuid: str, author: Author) -> str:
    """Stand on the rewritten branch of `uuid`, with what was committed here and never pushed; returns what to tell.

    Our earlier state stays under a ref here. What the remote had and has no longer is purged.
    """
    ours, theirs, last = repository.ids([branch(uuid), remote_branch(uuid), acknowledged(uuid)])
    kept = f"refs/kept/{uuid}/{(ours or last)[:16]}"
    before, here = tree(repository, last, uuid), tree(repository, ours, uuid)
    there = tree(repository, theirs or f"refs/remotes/origin/{view(repository)}", uuid)
    gone = {key: oid for key, oid in before.items() if there.get(key) != oid}
    Purge(repository.name).update(_sized(repository, gone), there)
    repository.run("update-ref", kept, ours or last)
    unpushed = {key: oid for key, oid in here.items() if key not in before and key not in there}
    _stand_on(repository, uuid, author, theirs, unpushed)
    confirmed = ["update-ref", acknowledged(uuid), theirs] if theirs else ["update-ref", "-d", acknowledged(uuid)]
    repository.run(*confirmed)
    where = f"the history of machines/{uuid} was rewritten on {masked(repository.url)}"
    return f"{where}, and {counted(len(gone), 'file')} purged: it is followed; what was here before is kept as {kept}"


def tree(repository: Repository, ref: str, uuid: str) -> Tree:
    """The files of machine `uuid` at `ref`, without its manifest, by their path below machines/<uuid>/."""
    found = repository.tree(f"{ref}:machines/{uuid}") if ref else {}
    found.pop(manifest.NAME, None)
    return found


def _stand_on(repository: Repository, uuid: str, author: Author, theirs: str, unpushed: Tree) -> None:
    if unpushed:
        message = f"chore(logs): carry over {counted(len(unpushed), 'file')} that had not been pushed"
        changes = [("100644", oid, f"machines/{uuid}/".encode() + key) for key, oid in unpushed.items()]
        with repository.importer() as importer:
            importer.commit(branch(uuid), author, message, [theirs] if theirs else [], changes)
    elif theirs:
        repository.run("update-ref", branch(uuid), theirs)
    else:
        repository.run("update-ref", "-d", branch(uuid))


def _sized(repository: Repository, gone: Tree) -> dict[bytes, Purged]:
    kinds = objects.kinds(repository.local, gone.values())
    return {key: Purged(oid, kind.size if kind else -1) for (key, oid), kind in zip(gone.items(), kinds, strict=True)}


def _diverged(repository: Repository, last: str, now: str) -> bool:
    if not last or not now:
        return False
    return not repository.is_ancestor(last, now) and not repository.is_ancestor(now, last)


def _other_branches(repository: Repository) -> list[str]:
    """The remote's branches that are no machine's."""
    listing = repository.run("for-each-ref", "--format=%(refname:lstrip=3)", "refs/remotes/origin").decode()
    return [name for name in listing.splitlines() if not name.startswith("machines/")]


def _fits(repository: Repository, name: str) -> bool:
    """Whether branch `name` holds machines' logs, or nothing but what a forge begins with."""
    listing = repository.run("ls-tree", "--name-only", "-z", f"refs/remotes/origin/{name}")
    tops = listing.decode(errors="replace").lower().split("\0")[:-1]
    return all(top == "machines" or top.startswith(STARTERS) for top in tops)
