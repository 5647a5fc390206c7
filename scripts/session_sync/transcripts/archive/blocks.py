"""Where Markdown of ours can be cut, so that each piece stands for itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"(`{3,}|~{3,})")
_BLOCK, _END = "<details>", "</details>"  # of others, such lines stand in code only


def of(markdown: str) -> Iterator[str]:
    """`markdown`, cut at the blank lines that are in no code and no folded block."""
    start = at = depth = 0
    fence = ""
    for line in markdown.split("\n"):
        at += len(line) + 1
        text = line.strip()
        if fence:
            fence = "" if text.startswith(fence) and not text.strip(fence[0]) else fence
        elif found := _FENCE.match(text):
            fence = found[1]
        elif text in (_BLOCK, _END):
            depth += 1 if text == _BLOCK else -1
        elif not text and not depth and start < len(markdown):
            yield markdown[start:at]
            start = at
    if start < len(markdown):
        yield markdown[start:]
