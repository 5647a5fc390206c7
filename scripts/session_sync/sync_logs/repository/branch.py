"""The machine's own branch: what it stands on before a round commits, and who else writes to it.

Only this machine writes machines/<uuid>. A remote branch that holds what we never wrote means that another machine
has the same UUID: a copied disk, a cloned container, or two containers that were given one UUID on purpose.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from session_sync.errors import Deferred
from session_sync.git.failure import GitError
from session_sync.git.fast_import import blob_id
from session_sync.home import files
from session_sync.identity.machine import Machine, renew
from session_sync.logs import session_log
from session_sync.logs.store import Log
from session_sync.sync_logs.repository import manifest
from session_sync.sync_logs.repository.repository import Repository, branch, remote_branch
from session_sync.text.lines import counted

Author = tuple[str, str]
Tree = dict[bytes, str]


@dataclass(frozen=True)
class Settled:
    """The machine whose branch is to be written, whether anything moved, and what to tell the user."""

    machine: Machine
    moved: bool = False
    warnings: tuple[str, ...] = ()


def tree(repository: Repository, ref: str, uuid: str) -> Tree:
    """The files of machine `uuid` at `ref`, without its manifest, by their path below machines/<uuid>/."""
    found = repository.tree(f"{ref}:machines/{uuid}") if ref else {}
    found.pop(manifest.NAME, None)
    return found


def known(repository: Repository, machine: Machine) -> Tree:
    """What is committed already: on our branch, or on the remote under a UUID that this machine had before."""
    found: Tree = {}
    for uuid in reversed(machine.previous_uuids):
        found.update(tree(repository, remote_branch(uuid), uuid))
    return {**found, **tree(repository, branch(machine.uuid), machine.uuid)}


def settle(repository: Repository, machine: Machine, author: Author) -> Settled:
    """Make our branch something that the remote's can be advanced to; called after a fetch."""
    ours, theirs = repository.ids([branch(machine.uuid), remote_branch(machine.uuid)])
    if not theirs or (ours and repository.is_ancestor(theirs, ours)):
        return Settled(machine, moved=not ours and _carry_over(repository, machine, author))
    if _is_our_lost_branch(repository, machine, ours, theirs):
        repository.run("update-ref", branch(machine.uuid), theirs)
        return Settled(machine, moved=True)
    if machine.fixed:
        _join(repository, machine, author, ours, theirs)
        text = f"another machine syncs as {machine.uuid} too; give each a SESSION_SYNC_MACHINE_UUID of its own"
        return Settled(machine, True, (text,))
    renewed = renew("its branch holds what this machine did not write")
    _carry_over(repository, renewed, author)
    text = f"another machine uses the UUID {machine.uuid}; this one is {renewed.uuid} from now on"
    return Settled(renewed, True, (text,))


def _is_our_lost_branch(repository: Repository, machine: Machine, ours: str, theirs: str) -> bool:
    """Whether this machine wrote `theirs` before it lost its git directory; a copied disk would share its history."""
    related = ours and repository.merge_base(ours, theirs)
    return not related and _nonce(repository, machine.uuid, theirs) == machine.nonce


def _nonce(repository: Repository, uuid: str, commit: str) -> str:
    return str(manifest.read(repository, {uuid: commit}).get(uuid, {}).get("nonce", ""))


def _carry_over(repository: Repository, machine: Machine, author: Author) -> bool:
    """Start a new UUID's branch with what an earlier one committed here and the remote never got."""
    for uuid in machine.previous_uuids:
        there = tree(repository, remote_branch(uuid), uuid)
        left = {key: oid for key, oid in tree(repository, branch(uuid), uuid).items() if there.get(key) != oid}
        if left:
            message = f"chore(logs): carry over {counted(len(left), 'file')} of {uuid}"
            with repository.importer() as importer:
                changes = [("100644", oid, _below(machine, key)) for key, oid in left.items()]
                importer.commit(branch(machine.uuid), author, message, [], changes)
            return True
    return False


def _join(repository: Repository, machine: Machine, author: Author, ours: str, theirs: str) -> None:
    """Stand on the other writer's commit; where both have a file of one name, ours gets a name of its own."""
    before = tree(repository, repository.merge_base(ours, theirs) if ours else "", machine.uuid)
    there, here = tree(repository, theirs, machine.uuid), tree(repository, ours, machine.uuid)
    changes = []
    for key, oid in here.items():
        if there.get(key) == oid or (key in there and before.get(key) == oid):
            continue
        taken = key in there and there[key] != before.get(key)
        changes.append(("100644", oid, _below(machine, _own_name(key, oid) if taken else key)))
    with repository.importer() as importer:
        parents = [theirs, ours] if ours else [theirs]
        importer.commit(branch(machine.uuid), author, "chore(logs): join another machine's branch", parents, changes)


def reconcile(repository: Repository, machine: Machine, log: Log, blob: str) -> Log | None:
    """Make a log of the store fit `blob`, which our branch has under its name though this store never had it.

    Logs only grow. Where ours holds all of theirs it is an update and returned as it is; where theirs holds all of
    ours, the branch has more already and keeps it (None: nothing to commit); else another writer took the name, and
    ours is renamed. What is in a log of the store is never touched. An archived transcript is made anew from the
    client's: ours is the newer one.
    """
    if log.place:
        return log
    head = repository.resolve(branch(machine.uuid))
    if not head or not repository.blob_at(head, os.fsdecode(_below(machine, log.key))):
        return log  # it is on the branch of a UUID that we had before: no clash
    try:
        theirs = next(repository.read_blobs([blob]))
    except GitError:
        theirs = b"\0"  # out of reach: a name of its own can never be wrong
    with session_log.exclusive() as alone:
        if not alone:
            raise Deferred("saves keep the store busy; the work is kept for the next round")
        path = Path(log.path)
        ours = path.read_bytes()
        if ours.startswith(theirs.rstrip(b"\n")):
            return log
        if theirs.startswith(ours.rstrip(b"\n")):
            return None
        renamed = path.with_name(os.fsdecode(_own_name(os.fsencode(path.name), blob_id(ours))))
        files.create_new(renamed, ours)  # one of this name has these very bytes
        path.unlink()
        return log._replace(name=renamed.name, path=str(renamed))


def _own_name(path: bytes, blob: str) -> bytes:
    """A name that no other content has: two logs that want it are the same log."""
    return path.removesuffix(b".md") + f"-{blob[:16]}.md".encode()


def _below(machine: Machine, key: bytes) -> bytes:
    return f"machines/{machine.uuid}/".encode() + key
