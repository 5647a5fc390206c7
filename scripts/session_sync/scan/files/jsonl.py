"""Scans texts that come as lines of JSON on standard input, and answers each with a line."""

from __future__ import annotations

import json
from typing import BinaryIO, TextIO

from session_sync.errors import DONE, FAILED
from session_sync.scan.policy import Policy
from session_sync.scan.scanner.scanner import Scanner, outer


def answer(requests: BinaryIO, answers: TextIO, scanner: Scanner, policy: Policy) -> int:
    """Answer each `{"id", "text"}` with `{"id", "findings"}` at once and in order; a bad line with an error.

    Returns FAILED when there was a bad line, else DONE, whatever was found.
    """
    code = DONE
    for number, line in enumerate(requests, 1):
        if line.isspace():
            continue
        try:
            reply = _reply(line, scanner, policy)
        except _Refused as error:
            code, reply = FAILED, {"id": None, "error": f"line {number}: {error}"}
        answers.write(json.dumps(reply) + "\n")
        answers.flush()
    return code


class _Refused(Exception):
    """A request that cannot be answered; the message says why."""


def _reply(line: bytes, scanner: Scanner, policy: Policy) -> dict[str, object]:
    """The answer to a request; raises _Refused."""
    try:
        request = json.loads(line)
        name, text = request["id"], request["text"]
        json.dumps(name, allow_nan=False)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise _Refused('not a JSON object with "id" and "text"; write {"id": 1, "text": "..."}') from None
    if not isinstance(text, str):
        raise _Refused('"text" is not a string')
    try:
        found = outer(one for one in scanner.scan(text) if policy.blocks(one))
    except Exception as error:  # noqa: BLE001 - the other lines still get their answer
        raise _Refused(f"the scanner failed ({type(error).__name__})") from None
    return {"id": name, "findings": [{"type": one.type, "start": one.start, "end": one.end} for one in found]}
