"""The machines that sync with the log repositories, by what each says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from session_sync.errors import DONE, masked
from session_sync.git.failure import GitError
from session_sync.sync_logs import round as rounds
from session_sync.sync_logs.repository import manifest
from session_sync.sync_logs.repository.remote import https_url
from session_sync.sync_logs.repository.repository import Repository
from session_sync.sync_logs.repository.request import Request

SHOWN = ("hostname", "user", "platform", "model")


def list_machines(request: Request, progress: Callable[[], None]) -> dict[str, Any]:
    """The report: all machines on every remote, or as last seen where one is out of reach. The lock must be held."""
    found: dict[str, dict[str, Any]] = {}
    warnings = []
    for name, url in rounds.repositories().repositories.items():
        repository = Repository(name, https_url(url) if request.https else url, progress)
        repository.prepare()
        try:
            repository.fetch()
            found.update(manifest.read(repository, repository.machines()))
        except GitError as error:
            warnings.append(f"as last seen: {masked(repository.url)}: {error}")
            found.update(manifest.read(repository, repository.machines(), fetch=False))
    machines = [
        {"machine": uuid, **{key: str(facts.get(key, "")) for key in SHOWN}} for uuid, facts in sorted(found.items())
    ]
    lines = [
        f"{one['machine']}  {one['hostname']}  {one['user']}  {one['platform']} {one['model']}" for one in machines
    ]
    lines += [f"[WARNING] {text}" for text in warnings]
    return {"status": "done", "code": DONE, "machines": machines, "warnings": warnings, "summary": lines}
