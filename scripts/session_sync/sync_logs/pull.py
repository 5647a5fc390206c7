"""Brings other machines' logs into machines/<uuid>/, read-only, at the cost of what changed since the last pull."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from session_sync.errors import DEFERRED, DONE, FAILED, STATUS, SessionSyncError, masked, worst
from session_sync.git.failure import GitError
from session_sync.home import config, files, paths
from session_sync.home.lock import Result
from session_sync.identity import machine, project
from session_sync.sync_logs.repository import manifest
from session_sync.sync_logs.repository.remote import https_url
from session_sync.sync_logs.repository.repository import Repository
from session_sync.sync_logs.repository.request import Request
from session_sync.text.lines import counted

READ_ONLY = 0o400
BATCH = 256  # files in memory at once
# A file where another commit had a folder, or a name that this system does not take: no later pull would do better.
_UNFIT = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}
_TOPS = ("projects", "history")


@dataclass
class Pulled:
    """What a pull brought: files written, the machines they are of, and what was refused with the reason.

    `removed` are copies of files that were purged from a machine's branch.
    """

    files: int = 0
    removed: int = 0
    machines: set[str] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)


class PulledReport(msgspec.Struct, frozen=True):
    """What came from one log repository: so many files, of the machines with these UUIDs."""

    repository: str
    files: int
    machines: list[str]


class PullReport(msgspec.Struct):
    """What came from all of them."""

    status: str
    code: int
    pulled: list[PulledReport]
    summary: list[str]


def pull_all(request: Request, progress: Callable[[], None]) -> PullReport:
    """Pull from every repository; returns the report. The round's lock must be held."""
    own, settings = machine.load().uuid, config.load()
    codes, pulled, lines = [DONE], list[PulledReport](), list[str]()
    for name, url in settings.repositories.items():
        repository = Repository(name, https_url(url) if request.https else url, progress)
        shown = masked(repository.url)
        try:
            repository.prepare()
            repository.fetch()
            got = pull(repository, own, request.wants, everything=not request.is_filtered)
        except GitError as error:
            codes.append(DEFERRED if error.unreachable or error.contended else FAILED)
            lines.append(f"pull {STATUS[codes[-1]]}: {shown}: {error}")
            continue
        except (SessionSyncError, OSError) as error:
            codes.append(error.code if isinstance(error, SessionSyncError) else FAILED)
            lines.append(f"pull {STATUS[codes[-1]]}: {shown}: {_unwritten(error)}")
            continue
        pulled.append(PulledReport(name, got.files, sorted(got.machines)))
        lines.append(f"pulled {counted(got.files, 'file')} of {counted(len(got.machines), 'machine')} from {shown}")
        if got.removed:
            lines.append(f"removed {_copies(got.removed)} purged from {shown} by a rewrite of its history")
        lines += [f"[WARNING] refused {path}: {reason}" for path, reason in got.refused]
    code = worst(codes)
    return PullReport(STATUS[code], code, pulled, lines)


def joined(synced: Result, pulled: Result) -> Result:
    """One report, encoded, of a round and a pull."""
    code = worst([synced["code"], pulled["code"]])
    lines = [*synced["summary"], *pulled["summary"]]
    return {**synced, "pulled": pulled["pulled"], "code": code, "status": STATUS[code], "summary": lines}


def pull(repository: Repository, own: str, wants: Callable[[str], bool], everything: bool) -> Pulled:
    """Write what other machines' branches hold beyond the last pull and `wants(project)` asks for.

    Copies of what was purged from a branch go; else nothing is ever removed here. `everything` says that no filter is
    on, so that the next pull may start from here.
    Everything in the branches is another's text: it is written where its machine belongs, or refused.
    """
    pulled = Pulled()
    for uuid, commit in repository.machines().items():
        if uuid == own:
            continue
        marker = f"refs/pulled/{uuid}"
        since = repository.resolve(marker)
        if since and not paths.pulled(uuid).is_dir():
            repository.run("update-ref", "-d", marker)  # first: this pull may not bring it all
            since = ""
        if since == commit or (since and repository.is_ancestor(commit, since)):
            continue  # nothing new, or a remote that was restored from a backup
        if since and not repository.is_ancestor(since, commit):
            pulled.removed += _remove_purged(repository, uuid, since, commit)
        _write(repository, uuid, _changes(repository, uuid, since, commit, wants, pulled), pulled)
        if everything:
            repository.run("update-ref", marker, commit)
    return pulled


def _unwritten(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    return f"cannot write {paths.home() / 'machines'}: {error.strerror}; the next pull brings what is missing"


def _copies(number: int) -> str:
    return "1 copy of a file that was" if number == 1 else f"{number} copies of files that were"


def _remove_purged(repository: Repository, uuid: str, since: str, commit: str) -> int:
    """Remove our copies of what the rewritten branch does not have any more; returns how many there were."""
    old, new = (repository.tree(f"{one}:machines/{uuid}") for one in (since, commit))
    removed = 0
    for path in old.keys() - new.keys():
        parts = safe_parts(path)
        with suppress(OSError):  # never pulled: filtered out, or refused
            if parts:
                paths.pulled(uuid).joinpath(*parts).unlink()
                removed += 1
    return removed


def _changes(
    repository: Repository, uuid: str, since: str, commit: str, wants: Callable[[str], bool], pulled: Pulled
) -> list[tuple[str, list[str]]]:
    """(blob, path components) of each file of machine `uuid` that was added or changed."""
    empty = repository.run("mktree").decode().strip()
    new = f"{commit}:machines/{uuid}"
    old = f"{since}:machines/{uuid}" if since else empty
    if not repository.resolve(new):
        return []
    fields = repository.run("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=d", old, new).split(b"\0")
    found = []
    for meta, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, blob, _ = meta.decode().split()
        parts = safe_parts(path)
        if not mode.startswith("100") or parts is None:
            pulled.refused.append(
                (f"{uuid}/{path.decode(errors='backslashreplace')}", "not a plain file with a safe name")
            )
        elif parts == [manifest.NAME.decode()] or (parts[0] in _TOPS and (parts[0] != "projects" or wants(parts[1]))):
            found.append((blob, parts))
    return found


def safe_parts(path: bytes) -> list[str] | None:
    """The components of a path from a repository, or None when it could lead anywhere but below its machine."""
    try:
        parts = path.decode("utf-8").split("/")
    except UnicodeDecodeError:
        return None
    for part in parts:
        if (
            part in ("", ".", "..")
            or len(part.encode()) > 255
            or not part.isprintable()
            or set(part) & set('\\:*?"<>|')
        ):
            return None
        if part.lower() == ".git" or part.endswith((".", " ")) or project.is_reserved(part):
            return None
    if parts != [manifest.NAME.decode()] and (len(parts) < 3 or parts[0] not in _TOPS):
        return None
    return parts


def _write(repository: Repository, uuid: str, changes: list[tuple[str, list[str]]], pulled: Pulled) -> None:
    for start in range(0, len(changes), BATCH):
        batch = changes[start : start + BATCH]
        for (_, parts), data in zip(batch, repository.read_blobs([blob for blob, _ in batch]), strict=True):
            target = paths.pulled(uuid).joinpath(*parts)
            try:
                files.make_private_dir(target.parent)
                files.write_atomic(target, data, mode=READ_ONLY, durable=False)
            except OSError as error:
                if error.errno not in _UNFIT:
                    raise
                pulled.refused.append((f"{uuid}/{'/'.join(parts)}", error.strerror or type(error).__name__))
                continue
            pulled.files += 1
            pulled.machines.add(uuid)
