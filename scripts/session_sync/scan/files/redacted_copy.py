"""Writes copies of files without what a policy blocks. Never overwrites."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

from session_sync import progress
from session_sync.errors import UsageError, UserError
from session_sync.home import files, paths
from session_sync.scan import redact
from session_sync.scan.files import redacted_bytes, targets
from session_sync.scan.files.report import Results
from session_sync.scan.files.targets import STANDARD, ScanTarget
from session_sync.scan.policy import Policy
from session_sync.scan.scanner.scanner import Scanner
from session_sync.scan.scanner.stream import Unscannable


def write_copy(name: str, out: str, scanner: Scanner, policy: Policy, is_quiet: bool) -> Results:
    """Write what `name` names to `out`, a file or folder apart from it, without what `policy` blocks.

    What cannot be judged is not copied but reported. Raises UsageError when `out` is not such a place.
    """
    results = Results(scanner)
    target = targets.resolve(name)
    if out == STANDARD and target.is_folder:
        raise UsageError(f"{name} is a folder; name another one to write to: --redact OUT")
    if out != STANDARD and not target.is_stream:
        _refuse_overlap(target, Path(out))
    results.add_left_out(target)
    sources = [file[0] for file in target.files] or [target.root] * target.is_stream
    for path in progress.shown(sources, len(sources), is_quiet):
        try:
            data = redacted_bytes.redact(_read(target, path), scanner, policy)
            if out == STANDARD:
                sys.stdout.buffer.write(data)
            else:
                _put(data, _place(target, path, paths.expanded(out), scanner, policy))
        except (Unscannable, OSError, UserError) as error:
            results.add_failure(target.shown(path), error)
        else:
            results.files += 1
    return results


def _refuse_overlap(target: ScanTarget, out: Path) -> None:
    """Raise UsageError when `out` is within the target, or around it."""
    source, place = Path(os.fsdecode(target.root)).resolve(), out.expanduser().resolve()
    if place == source or (target.is_folder and place.is_relative_to(source)) or source.is_relative_to(place):
        raise UsageError(f"{out} must be apart from what is redacted; name another place with --redact")
    if not target.is_folder and place.is_dir():
        raise UsageError(f"{out} is a folder; name the file to write")
    if target.is_folder and place.exists() and not place.is_dir():
        raise UsageError(f"{out} is not a folder; name another with --redact")


def _read(target: ScanTarget, path: bytes) -> bytes:
    if target.name == STANDARD:
        return sys.stdin.buffer.read()
    if target.is_stream:
        return Path(os.fsdecode(path)).read_bytes()
    with files.open_regular(path, follow=not target.is_folder) as content:
        return content.read()


def _place(target: ScanTarget, path: bytes, out: Path, scanner: Scanner, policy: Policy) -> Path:
    """Where a file's copy goes; below a folder its name is redacted. Raises UserError when a link leads elsewhere."""
    if not target.is_folder:
        return out
    name = PurePosixPath(*[redact.redact_name(part, scanner, policy) for part in target.relative(path).split("/")])
    for folder in list(name.parents)[:-1]:
        if (out / folder).is_symlink():
            raise UserError("a link in the folder to write to leads elsewhere; remove it, or name another place")
    return out / name


def _put(data: bytes, place: Path) -> None:
    """Write `data` to the new file `place`; raises UserError when another file is there. One with `data` may be."""
    files.make_private_dir(place.parent)
    if not files.create_new(place, data, durable=False) and not _holds(place, data):
        raise UserError("the copy would overwrite another file; name another place with --redact")


def _holds(path: Path, data: bytes) -> bool:
    """Whether `path` is a file with exactly `data`: an interrupted run wrote it."""
    try:
        with files.open_regular(path, follow=False) as content:
            return content.read(len(data) + 1) == data
    except OSError:
        return False
