"""First start: writes the remote into config.yaml, and makes a local bare repository when none is given."""

from __future__ import annotations

import json
import re

from session_sync.errors import UsageError, masked
from session_sync.git.run import Git
from session_sync.home import config, files, paths


def initialize(remote: str | None) -> str:
    """Make sure that a default remote is configured; returns its URL. Running it again changes nothing.

    Raises UsageError when config.yaml names another remote already: moving is the user's decision.
    """
    wanted = _resolved(remote) if remote is not None else None
    settings = config.load()
    present = settings.repositories.get(config.DEFAULT)
    if present and wanted and present != wanted:
        raise UsageError(f"config.yaml has the remote {masked(present)} already; change it there")
    if present:
        return present
    chosen = wanted or _local_remote()
    _append(f"remote: {json.dumps(chosen)}\n")
    return chosen


def _resolved(remote: str) -> str:
    """`remote` as it means the same from everywhere; raises UsageError when it can be none."""
    if not remote.strip() or remote.startswith("-"):
        raise UsageError(f"{remote!r} is not a remote; give a URL or a path")
    if re.match(r"[\w+.-]{2,}:", remote) or re.match(r"[^/]+@[^/]+:", remote):
        return remote  # a URL, or host:path
    path = paths.expanded(remote).absolute()
    if not path.exists():
        raise UsageError(f"there is no repository at {path}; make one with: git init --bare {path}")
    return str(path)


def _local_remote() -> str:
    """The bare repository on this machine; made when missing, and ready for partial clones."""
    path = paths.local_remote()
    if not (path / "HEAD").is_file():
        files.make_private_dir(path.parent)
        Git().run("init", "--quiet", "--bare", "--initial-branch=main", "--", str(path))
        Git(path).run("config", "uploadpack.allowFilter", "true")
    return str(path)


def _append(line: str) -> None:
    """Put `line` before what config.yaml holds, whose comments and order stay."""
    path = paths.config_file()
    files.make_private_dir(path.parent)
    before = (
        path.read_bytes()
        if path.exists()
        else b"# Settings of session-sync; every key: scripts/session_sync/schemas/config.json\n"
    )
    content = line.encode() + before if path.exists() else before + line.encode()
    config.parse(content)
    files.write_atomic(path, content)
