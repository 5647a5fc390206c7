"""Scans one file, after an earlier scan only what is new in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import BinaryIO

from session_sync.home import files
from session_sync.scan import tags
from session_sync.scan.files import verdicts
from session_sync.scan.files.verdicts import Known, Verdict, Verdicts
from session_sync.scan.gate import FILE_NAME
from session_sync.scan.scanner.scanner import Scanner
from session_sync.scan.scanner.stream import START, Mark, Scan

_BLOCK = 1 << 20


def examine(path: bytes, scanner: Scanner, known: Verdicts, follow: bool = False) -> tuple[Known, ...]:
    """All findings in the regular file at `path` and in its name; what was found is remembered in `known`.

    Raises Unscannable when it is not text, OSError when it cannot be read or is a link that is not to `follow`.
    """
    with files.open_regular(path, follow) as content:
        stat = os.fstat(content.fileno())
        is_sure, left_out = verdicts.is_sure(stat), scanner.engine.left_out
        earlier = known.earlier(path)
        start, digest = _unchanged(content, earlier) if earlier else (START, hashlib.sha256())
        kept = [one for one in _content(earlier) if one.finding.start < start.characters]
        scan = Scan(content, scanner, start, digest)
        findings = (*examine_name(path, scanner), *kept, *examine_stream(scan))
        if scanner.engine.left_out == left_out:  # else another time may find more
            known.record((path, *verdicts.stat_key(stat)), Verdict(findings, scan.settled, digest.digest()), is_sure)
    return findings


def examine_stream(scan: Scan) -> Iterator[Known]:
    """What `scan` finds, with tags instead of values."""
    return (Known(found.finding, found.line, tags.tag(found.value)) for found in scan)


def examine_name(path: bytes, scanner: Scanner) -> list[Known]:
    """What is found in the last part of `path`; places are counted from the start of that part."""
    text = os.fsdecode(os.path.basename(path))
    stem = os.path.splitext(text)[0]  # with the suffix, an address may be none
    findings = sorted({*scanner.scan(text), *scanner.scan(stem)}, key=lambda one: (one.start, -one.end, one))
    return [Known(one, FILE_NAME, tags.tag(text[one.start : one.end])) for one in findings]


def _content(verdict: Verdict | None) -> list[Known]:
    """What was found in the file itself, not in its name."""
    return [one for one in verdict.findings if one.line != FILE_NAME] if verdict else []


def _unchanged(content: BinaryIO, earlier: Verdict) -> tuple[Mark, hashlib._Hash]:
    """Up to where the file is what it was at the `earlier` verdict, and the hash of the bytes before."""
    digest, left = hashlib.sha256(), earlier.settled.offset
    while left > 0 and (block := content.read(min(left, _BLOCK))):
        digest.update(block)
        left -= len(block)
    if left == 0 and digest.digest() == earlier.digest:
        return earlier.settled, digest
    content.seek(0)
    return START, hashlib.sha256()
