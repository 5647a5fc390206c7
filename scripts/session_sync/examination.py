"""Scans one file, as little of it as is needed after an earlier scan."""

from __future__ import annotations

import hashlib
import os
import stat as modes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from session_sync import keyed, verdicts
from session_sync.scan_stream import START, Mark, Scan, Unscannable
from session_sync.scanner import Scanner
from session_sync.verdicts import Known, Verdict, Verdicts

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_BLOCK = 1 << 20


def file(path: bytes, scanner: Scanner, known: Verdicts) -> tuple[Known, ...]:
    """All findings in the regular file at `path`; what was found is remembered in `known`.

    Raises Unscannable when it is no text, OSError when it cannot be read.
    """
    with opened(path) as (content, stat):
        is_sure = verdicts.is_sure(stat)
        earlier = known.earlier(path)
        start, digest = _agreed(content, earlier) if earlier else (START, hashlib.sha256())
        kept = [one for one in earlier.findings if one.finding.start < start.characters] if earlier else []
        scan = Scan(content, scanner, start, digest)
        findings = (*kept, *stream(scan))
        known.record(path, stat, Verdict(findings, scan.settled, digest.digest()), is_sure)
    return findings


def stream(scan: Scan) -> Iterator[Known]:
    """What `scan` finds, with tags in the place of values."""
    return (Known(found.finding, found.line, keyed.tag(found.value)) for found in scan)


@contextmanager
def opened(path: bytes) -> Iterator[tuple[BinaryIO, os.stat_result]]:
    """The regular file at `path`, open, with its stat; Unscannable when it is none."""
    with os.fdopen(os.open(path, _FLAGS), "rb") as content:
        stat = os.fstat(content.fileno())
        if not modes.S_ISREG(stat.st_mode):
            raise Unscannable("no regular file", 1)
        yield content, stat


def _agreed(content: BinaryIO, earlier: Verdict) -> tuple[Mark, hashlib._Hash]:
    """How far the file is what it was at the `earlier` verdict, and the hash of that much."""
    digest, left = hashlib.sha256(), earlier.settled.offset
    while left > 0 and (block := content.read(min(left, _BLOCK))):
        digest.update(block)
        left -= len(block)
    if left == 0 and digest.digest() == earlier.digest:
        return earlier.settled, digest
    content.seek(0)
    return START, hashlib.sha256()
