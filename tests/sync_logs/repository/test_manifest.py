from __future__ import annotations

import json
from pathlib import Path

from session_sync.identity import machine, user
from session_sync.sync_logs.repository import manifest
from session_sync.sync_logs.repository.repository import Repository, branch
from support.homes import MACHINE, OTHER_MACHINE

KEYS = (b"projects/PILOT/a.md", b"projects/PILOT/b.md", b"projects/\xff/c.md", b"history/ada/claude/x.md")


def put(repository: Repository, uuid: str, data: bytes) -> None:
    """Have `data` as the manifest on the branch of the machine `uuid`."""
    name = f"machines/{uuid}/{manifest.NAME.decode()}".encode()
    with repository.importer() as importer:
        importer.commit(branch(uuid), ("a", "b"), "m", [], [("100644", importer.blob(data), name)])


def test_it_tells_the_machine_and_how_many_logs_each_project_has() -> None:
    data = manifest.content(machine.load(), user.load(), KEYS)
    facts = json.loads(data)
    assert (facts["machine_uuid"], facts["projects"]) == (MACHINE, {"PILOT": 2, "\ufffd": 1})
    assert manifest.content(machine.load(), user.load(), reversed(KEYS)) == data


def test_what_was_written_is_read_and_another_machines_damage_is_left_out(tmp_path: Path) -> None:
    repository = Repository("default", str(tmp_path))
    repository.prepare()
    put(repository, MACHINE, manifest.content(machine.load(), user.load(), KEYS))
    damaged = [b"", b"{", b"[]", b"\xff", b"[" * 100_000]
    uuids = [f"{number}{OTHER_MACHINE[1:]}" for number in range(len(damaged))]
    for uuid, data in zip(uuids, damaged, strict=True):
        put(repository, uuid, data)
    found = manifest.read(repository, {uuid: branch(uuid) for uuid in (*uuids, MACHINE)})
    assert list(found) == [MACHINE]
    assert found[MACHINE]["nonce"] == machine.load().nonce


def test_a_branch_without_one_is_left_out(tmp_path: Path) -> None:
    repository = Repository("default", str(tmp_path))
    repository.prepare()
    with repository.importer() as importer:
        importer.commit(branch(MACHINE), ("a", "b"), "m", [], [("100644", importer.blob(b"x"), b"x")])
    assert manifest.read(repository, {MACHINE: branch(MACHINE)}) == {}
