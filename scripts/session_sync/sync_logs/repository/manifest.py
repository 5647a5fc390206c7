"""MACHINE-MANIFEST.json: what a machine says of itself on its branch."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from session_sync.identity.machine import Machine
from session_sync.identity.user import Identity
from session_sync.sync_logs.repository.repository import Repository

NAME = b"MACHINE-MANIFEST.json"


def content(machine: Machine, identity: Identity, keys: Iterable[bytes]) -> bytes:
    """The manifest for a branch that holds the logs `keys`; the same machine and logs give the same bytes."""
    counts = Counter(key.split(b"/")[1].decode(errors="replace") for key in keys if key.startswith(b"projects/"))
    facts = {
        "schema": 1,
        "machine_uuid": machine.uuid,
        "hostname": machine.hostname,
        "platform": machine.platform,
        "model": machine.model,
        "user": identity.user,
        "created": machine.created,
        "previous_uuids": list(machine.previous_uuids),
        "ephemeral": machine.ephemeral,
        "nonce": machine.nonce,
        "projects": dict(sorted(counts.items())),
    }
    return (json.dumps(facts, indent=2) + "\n").encode()


def read(repository: Repository, commits: dict[str, str], fetch: bool = True) -> dict[str, dict[str, Any]]:
    """The manifests on the branches `commits` (machine -> commit); a machine without a sound one is left out.

    Without `fetch` only those that are here already.
    """
    blobs = {uuid: repository.blob_at(commit, f"machines/{uuid}/{NAME.decode()}") for uuid, commit in commits.items()}
    present = [(uuid, blob) for uuid, blob in blobs.items() if blob and (fetch or repository.resolve(blob))]
    found = {}
    for (uuid, _), data in zip(present, repository.read_blobs([blob for _, blob in present]), strict=True):
        try:
            facts = json.loads(data)
        except (ValueError, RecursionError):
            continue  # another machine's damage must not stop ours
        if isinstance(facts, dict):
            found[uuid] = facts
    return found
