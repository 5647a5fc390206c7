"""The machines that sync with the log repositories, by what each says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from session_sync.errors import DONE, STATUS, masked
from session_sync.git.failure import GitError
from session_sync.sync_logs.repository import manifest
from session_sync.sync_logs.repository.remote import https_url
from session_sync.sync_logs.repository.repository import Repository
from session_sync.sync_logs.repository.request import Request
from session_sync.sync_logs.round import repositories


class MachineFacts(msgspec.Struct, frozen=True):
    """What a machine says of itself in its manifest; `machine` is its UUID."""

    machine: str
    hostname: str
    user: str
    platform: str
    model: str


class MachinesReport(msgspec.Struct):
    """The machines that sync with the log repositories."""

    status: str
    code: int
    machines: list[MachineFacts]
    warnings: list[str]
    summary: list[str]


def list_machines(request: Request, progress: Callable[[], None]) -> MachinesReport:
    """The report: all machines on every remote, or as last seen where one is out of reach. The lock must be held."""
    found: dict[str, dict[str, Any]] = {}
    warnings = []
    for name, url in repositories().repositories.items():
        repository = Repository(name, https_url(url) if request.https else url, progress)
        repository.prepare()
        try:
            repository.fetch()
            found.update(manifest.read(repository, repository.machines()))
        except GitError as error:
            warnings.append(f"as last seen: {masked(repository.url)}: {error}")
            found.update(manifest.read(repository, repository.machines(), fetch=False))
    said = MachineFacts.__struct_fields__[1:]
    machines = [MachineFacts(uuid, *(str(facts.get(key, "")) for key in said)) for uuid, facts in sorted(found.items())]
    lines = [f"{one.machine}  {one.hostname}  {one.user}  {one.platform} {one.model}" for one in machines]
    lines += [f"[WARNING] {text}" for text in warnings]
    return MachinesReport(STATUS[DONE], DONE, machines, warnings, lines)
