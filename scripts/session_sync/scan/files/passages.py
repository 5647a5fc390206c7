"""Explains findings in a file, of which what stands around them is read again, in flat memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from session_sync.scan import tags
from session_sync.scan.explanation import NEAR, Explainer, Explanation, Passage
from session_sync.scan.files.verdicts import Known

_PIECE = 1 << 20  # characters that are read at once


def explained(
    explainer: Explainer, stream: BinaryIO, told: Iterable[Known], found: Sequence[Known]
) -> dict[Known, Explanation]:
    """Why each of the findings `told` counts, of all that is `found` in `stream`.

    What is not there any more has no explanation: somebody wrote to the file meanwhile.
    """
    every = [one.finding for one in found]
    return {
        one: explainer.explain(one.finding, passage, every)
        for one, passage in _around(told, stream)
        if tags.tag(passage.text[one.finding.start - passage.start : one.finding.end - passage.start]) == one.tag
    }


def _around(told: Iterable[Known], stream: BinaryIO) -> Iterator[tuple[Known, Passage]]:
    """Each of `told`, in the order of their starts, with the text around it in `stream`."""
    reader = io.TextIOWrapper(stream, "utf-8", errors="replace", newline="")
    text, base = "", 0
    for one in sorted(told):
        first, last = max(0, one.finding.start - NEAR), one.finding.end + NEAR
        while base + len(text) < last and (more := reader.read(_PIECE)):
            gone = min(first - base, len(text))
            text, base = text[gone:] + more, base + gone
        yield one, Passage(text[first - base : last - base], first)
