"""The machine's own branch: what it stands on before a round commits, and who else writes to it.

Only this machine writes machines/<uuid>. A remote branch that holds what we never wrote means that another machine
has the same UUID: a copied disk, a cloned container, or two containers that were given one UUID on purpose.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from session_sync.errors import Deferred
from session_sync.git.failure import GitError
from session_sync.git.fast_import import blob_id
from session_sync.home import files
from session_sync.identity.machine import Machine, renew, renew_nonce
from session_sync.logs import session_log
from session_sync.logs.store import Log
from session_sync.sync_logs.repository import history, manifest
from session_sync.sync_logs.repository.history import Author, Tree, tree
from session_sync.sync_logs.repository.repository import Repository, acknowledged, branch, remote_branch
from session_sync.text.lines import counted


@dataclass(frozen=True)
class Settled:
    """The machine whose branch is to be written, whether anything moved, and what to tell the user."""

    machine: Machine
    moved: bool = False
    warnings: tuple[str, ...] = ()


def known(repository: Repository, machine: Machine) -> Tree:
    """What is committed already: on our branch, or on the remote under a UUID that this machine had before."""
    found: Tree = {}
    for uuid in reversed(machine.previous_uuids):
        found.update(tree(repository, remote_branch(uuid), uuid))
    return {**found, **tree(repository, branch(machine.uuid), machine.uuid)}


class LastPush(NamedTuple):
    """Whether the push that was last acknowledged went to this remote, and came from a home at this place."""

    same_remote: bool = True
    same_home: bool = True


def settle(repository: Repository, machine: Machine, author: Author, last: LastPush) -> Settled:
    """Make our branch something that the remote's can be advanced to; called after a fetch."""
    rewritten = [uuid for uuid in (machine.uuid, *machine.previous_uuids) if history.is_rewritten(repository, uuid)]
    told = tuple(history.follow(repository, uuid, author) for uuid in rewritten)
    settled = _fit(repository, machine, author, last)
    return replace(settled, moved=settled.moved or bool(told), warnings=(*told, *settled.warnings))


def _fit(repository: Repository, machine: Machine, author: Author, last: LastPush) -> Settled:
    """The same, when no history was rewritten."""
    ours, theirs, confirmed = repository.ids(
        [branch(machine.uuid), remote_branch(machine.uuid), acknowledged(machine.uuid)]
    )
    if not theirs:
        told = (history.lost(repository, machine.uuid),) if confirmed else ()
        moved = not ours and _carry_over(repository, machine, author)
        return Settled(machine, moved, told if last.same_remote else ())
    if ours and repository.is_ancestor(theirs, ours):
        is_older = last.same_remote and history.is_older(repository, machine.uuid)
        return Settled(machine, False, (history.restored(repository),) if is_older else ())
    is_related = bool(ours and repository.merge_base(ours, theirs))
    if _nonce(repository, machine.uuid, theirs) == machine.nonce and (last.same_home or not is_related):
        return _go_on(repository, machine, author, ours, theirs)
    return _make_room(repository, machine, author, ours, theirs)


def _go_on(repository: Repository, machine: Machine, author: Author, ours: str, theirs: str) -> Settled:
    """Stand on what this machine itself pushed and knows no more: its git directory was lost, or its home restored.

    A restored home gets a new nonce: was it a copy of one that still works, then that one notices.
    """
    if not ours or not repository.merge_base(ours, theirs):
        repository.run("update-ref", branch(machine.uuid), theirs)
        return Settled(machine, moved=True)
    if repository.is_ancestor(ours, theirs):
        repository.run("update-ref", branch(machine.uuid), theirs)
    else:
        _join(repository, machine, author, ours, theirs)
    text = "the remote has newer work of this machine (its home was restored from a backup?): went on from there"
    return Settled(renew_nonce(), True, (text,))


def _make_room(repository: Repository, machine: Machine, author: Author, ours: str, theirs: str) -> Settled:
    """Get out of the way of another machine that has our UUID."""
    if machine.fixed:
        _join(repository, machine, author, ours, theirs)
        text = (
            f"another machine syncs as {machine.uuid} too, or this home was restored from a backup again; "
            "give each machine a SESSION_SYNC_MACHINE_UUID of its own"
        )
        return Settled(machine, True, (text,))
    renewed = renew("its branch holds what this machine did not write")
    _carry_over(repository, renewed, author)
    text = f"another machine uses the UUID {machine.uuid}; this one is {renewed.uuid} from now on"
    return Settled(renewed, True, (text,))


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
