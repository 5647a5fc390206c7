"""Takes what a policy blocks out of the bytes of a file of any size, block by block."""

from __future__ import annotations

from collections.abc import Iterator

from session_sync.errors import UserError
from session_sync.scan import json_text
from session_sync.scan import redact as texts
from session_sync.scan.policy import Policy
from session_sync.scan.scanner.candidate import Place
from session_sync.scan.scanner.rule import OVERLAP
from session_sync.scan.scanner.scanner import Scanner
from session_sync.scan.scanner.stream import Mark, Unscannable, border, decoded

BLOCK_SIZE = 4 << 20  # bytes that are redacted at once, and some more
_NEAR = 1000  # characters around a cut in which nothing may be found: rules look at what precedes a value


def redact(data: bytes, scanner: Scanner, policy: Policy) -> bytes:
    """`data` without what `policy` blocks.

    Raises Unscannable when it is not text or the scanner breaks on it, UserError when something stays.
    """
    try:
        return _redacted(data, scanner, policy)
    except (Unscannable, UserError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the bytes are not known to be clean
        raise Unscannable(f"the scanner failed ({type(error).__name__})", 1) from None


def _redacted(data: bytes, scanner: Scanner, policy: Policy) -> bytes:
    made = bytearray()
    within_json = _is_document(data)
    for at, end in _blocks(data, scanner):
        cut = len(made)
        text = decoded(data[at.offset : end], at)
        made += texts.redact(text, scanner, policy, within_json).encode()
        around, place = _around(made, cut)
        if cut and texts.blocked(around, scanner, policy, [place]):
            raise UserError("something stays after it was redacted; split the file and try again")
    return bytes(made)


def _is_document(data: bytes) -> bool:
    """Whether `data` is one JSON document, and not a line of JSON that others follow."""
    line = data.find(b"\n")
    if line >= 0 and json_text.is_json(data[:line]):
        return line + 1 >= len(data.rstrip())
    return json_text.is_json(data)


def _blocks(data: bytes, scanner: Scanner) -> Iterator[tuple[Mark, int]]:
    """Where blocks of whole lines begin and end, cut where nothing is found near; else the rest is one block."""
    at = Mark()
    while at.offset < len(data):
        end = _cut(data, at.offset + BLOCK_SIZE, scanner)
        yield at, end
        at = Mark(end, at.line + data.count(b"\n", at.offset, end))


def _cut(data: bytes, at: int, scanner: Scanner) -> int:
    """The first start of a line from `at` on with no finding near it; the end of `data` when there is none."""
    while at < len(data) and (at := data.find(b"\n", at) + 1) > 0:
        text, place = _around(data, at)
        near = [one for one in scanner.scan(text, [place]) if one.start - _NEAR < place[0] < one.end + _NEAR]
        if not near:
            return at
        last = max(one.end for one in near)
        at += len(text[place[0] : last + _NEAR].encode())
    return len(data)


def _around(data: bytes | bytearray, at: int) -> tuple[str, Place]:
    """The text around `at`, as far as any rule sees, and the place of `at` in it."""
    before = data[border(data, max(0, at - OVERLAP)) : at].decode(errors="replace")
    behind = data[at : at + OVERLAP].decode(errors="replace")
    return before + behind, (len(before), len(before))
