"""Scans parts of transcripts, in processes that may scan many; what was scanned before is not scanned again."""

from __future__ import annotations

import contextlib
import io
import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from session_sync import progress
from session_sync.home import files
from session_sync.home.config import Config
from session_sync.scan import from_config
from session_sync.scan.explanation import Explainer, Explanation
from session_sync.scan.files import examination, passages
from session_sync.scan.files.verdicts import Known, Verdict, Verdicts
from session_sync.scan.gate import FILE_NAME
from session_sync.scan.scanner.scanner import Finding
from session_sync.scan.scanner.stream import Scan, Unscannable
from session_sync.transcripts import parallel
from session_sync.transcripts.exposed.parts import Part, parts_of, spoken
from session_sync.transcripts.sources.source import Transcript

NO_TEXT = "no text"
Counts = Callable[[Finding], bool]


@dataclass(frozen=True)
class Sought:
    """What is searched for: what `counts`, as the scanner of the `settings` of this `version` finds it."""

    settings: Config
    version: str
    counts: Counts
    is_explained: bool = False
    is_quiet: bool = False


class Examined(NamedTuple):
    """What is in a part; where `part.is_read`, lines are numbers of messages. `error` says why nothing is known."""

    part: Part
    findings: tuple[Known, ...] = ()
    error: str = ""
    line: int = 0


def examined(transcripts: Iterable[Transcript], sought: Sought) -> Iterator[Examined]:
    """What is in all parts, in order: from what is remembered, else found by several processes."""
    every = (part for one in transcripts for part in parts_of(one))
    parts = list({part if part.is_read else part.path: part for part in every}.values())
    known: dict[Part, Examined] = {}
    with Verdicts(sought.version) as verdicts:
        for part in parts:
            findings = _remembered(part, verdicts)
            if findings is not None:
                known[part] = Examined(part, findings)
    left = [part for part in parts if part not in known]
    results = parallel.results(left, partial(Examiner, sought.settings, sought.version))
    fresh = {
        (one.part.transcript, one.part.path): one
        for one in progress.shown(results, len(left), sought.is_quiet, "transcripts")
    }
    yield from (known.get(part) or fresh[part.transcript, part.path] for part in parts)


def _remembered(part: Part, verdicts: Verdicts) -> tuple[Known, ...] | None:
    """What is in `part`, if it is as it was when that was found."""
    try:
        findings = verdicts.unchanged(part.state())
    except OSError:
        return None
    return None if findings is None else _inside(findings)


class Examiner:
    """Finds what the scanner of the `settings` finds, and remembers it as of the scanner's `version`."""

    def __init__(self, settings: Config, version: str) -> None:
        self._scanner = from_config.scanner(settings)
        self._version = version

    def __call__(self, part: Part) -> Examined:
        """What is in `part`; a file that is no plain text is read as the client's own, if it is that."""
        try:
            with Verdicts(self._version) as known:
                return self._read(part, known) if part.is_read else self._scanned(part, known)
        except FileNotFoundError:
            return Examined(part)  # its client removed it meanwhile
        except OSError as error:
            return Examined(part, error=error.strerror or type(error).__name__)
        except Unscannable as error:
            return Examined(part, error=NO_TEXT if part.is_aside else error.reason, line=error.line)
        except Exception as error:  # noqa: BLE001 - whatever one transcript breaks, the others are scanned
            return Examined(part, error=f"unexpected {type(error).__name__}")

    def _scanned(self, part: Part, known: Verdicts) -> Examined:
        path = os.fsencode(part.path)
        try:
            findings = examination.examine(path, self._scanner, known, follow=not part.is_aside)
        except Unscannable:
            if part.is_aside or part.path != part.transcript.path:
                raise
            return self._read(part._replace(is_read=True), known)  # damaged, or just being written
        return Examined(part, _inside(findings))

    def _read(self, part: Part, known: Verdicts) -> Examined:
        state = part.state()
        findings = known.unchanged(state)
        if findings is None:
            data, lines = spoken(part.transcript)
            left_out = self._scanner.engine.left_out
            found = examination.examine_stream(Scan(io.BytesIO(data), self._scanner))
            findings = tuple(one._replace(line=bisect_right(lines, one.line)) for one in found)
            if self._scanner.engine.left_out == left_out:
                known.record(state, Verdict(findings), is_sure=True)
        return Examined(part, findings)


def _inside(findings: tuple[Known, ...]) -> tuple[Known, ...]:
    """Those of `findings` that are not in the name of the file."""
    return tuple(one for one in findings if one.line != FILE_NAME)


def explained(explainer: Explainer, examined: Examined, told: list[Known]) -> dict[Known, Explanation]:
    """Why what is `told` of a part counts; nothing of what cannot be read again."""
    part, found = examined.part, examined.findings
    with contextlib.suppress(OSError):
        if part.is_read:
            return passages.explained(explainer, io.BytesIO(spoken(part.transcript)[0]), told, found)
        with files.open_regular(Path(part.path), follow=not part.is_aside) as content:
            return passages.explained(explainer, content, told, found)
    return {}
