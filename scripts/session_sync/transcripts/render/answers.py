"""Shows what a person answered to questions: each question above its answer."""

from __future__ import annotations

import re

from session_sync.text.markdown import plain
from session_sync.transcripts.render.texts import is_blank, typed

_LONGEST_QUESTION = 1_000  # characters
_MOST_PARTS = 200
_MARK = re.compile(r"^(?:\*\*(?:Q|A|Note):\*\*|[QA]:) ", re.MULTILINE)  # as the sources write them


def answered(text: str) -> str:
    """A person's own words; of answers to questions, which begin with `Q:`, the questions in bold."""
    first = _MARK.match(text)
    if not first or "Q" not in first[0]:
        return "" if is_blank(text) else typed(text)
    marks = list(_MARK.finditer(text))[:_MOST_PARTS]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return "".join(_part("Q" in mark[0], text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=True))


def _part(is_question: bool, text: str) -> str:
    if not text:
        return ""
    return f"**{plain(text, _LONGEST_QUESTION)}**\n\n" if is_question else typed(text)
