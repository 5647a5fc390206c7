"""`main`, the merged view of all machine branches: advanced by whoever pushes, and nobody waits for it."""

from __future__ import annotations

from session_sync.home import paths
from session_sync.sync_logs.repository.repository import PROPOSAL, Repository, branch
from session_sync.text.lines import counted


def propose(repository: Repository, machine: str, author: tuple[str, str], view: str) -> bool:
    """Commit the merged view of all branches on top of the remote's `view`; False when that has it all.

    Entries are added and changed, never removed: a branch that lost files takes none from `main`.
    """
    there = f"refs/remotes/origin/{view}"
    heads = {**repository.machines(), machine: branch(machine)}
    uuids = [uuid for uuid in heads if paths.UUID.fullmatch(uuid)]
    ids = repository.ids(
        [name for uuid in uuids for name in (f"{there}:machines/{uuid}", f"{heads[uuid]}:machines/{uuid}")]
    )
    pairs = dict(zip(uuids, zip(ids[::2], ids[1::2], strict=True), strict=True))
    changes = [
        change
        for uuid, (old, new) in pairs.items()
        if new and new != old
        for change in _additions(repository, uuid, old, new)
    ]
    if not changes:
        return False
    main = repository.resolve(there)
    with repository.importer() as importer:
        machines = {path.split(b"/")[1] for _, _, path in changes}
        message = f"chore(logs): merge {counted(len(machines), 'machine')}"
        importer.commit(PROPOSAL, author, message, [main] if main else [], changes)
    return True


def _additions(repository: Repository, uuid: str, old: str, new: str) -> list[tuple[str, str, bytes]]:
    """(mode, object, path) of what turns the machine's tree `old` in main into `new` without removing anything.

    The whole tree where it can be: other machines' files are not here, and git takes no file that it does not have.
    """
    top = f"machines/{uuid}".encode()
    if not old or not repository.run("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=D", old, new):
        return [("040000", new, top)]
    fields = repository.run("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=d", old, new).split(b"\0")
    found = []
    for meta, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, oid, _ = meta.decode().split()
        found.append((mode, oid, top + b"/" + path))
    repository.fetch_blobs([oid for _, oid, _ in found])
    return found
