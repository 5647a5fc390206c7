"""Shows what somebody wrote: a person's text as it was typed, a model's as the Markdown that it is."""

from __future__ import annotations

import re

from session_sync.text.markdown import ends, fence, left_out
from session_sync.text.visible import visible
from session_sync.transcripts.render.foreign import is_harmless, tame

_MOST = 50_000  # characters of a prompt, an answer or a thought that are shown
_MOST_LINES = 2_000
_WIDE = 100  # longer lines are hard to read in a block, where they do not wrap
# Signs of Markdown, lines that it makes lists, headings or code of, and lines that it joins.
_MARKED = re.compile(r"[\\`*~$\[<&]|(?<![^\W_])_|_(?![^\W_])|(?:\A|\n)(?:[ \t#>+=-]|\d+[.)])|\S[ \t]*\n[ \t]*\S")


def is_blank(text: str) -> bool:
    """Whether nothing in `text` can be seen."""
    return not text or text.isspace()


def typed(text: str) -> str:
    """What a person wrote, as it was typed: a quote if that shows it so or lines are long, else a block."""
    text = visible(text).strip("\n")
    is_wide = len(text) > _WIDE and max(map(len, text.split("\n"))) > _WIDE
    if len(text) > _MOST or not is_harmless(text) or (not is_wide and _MARKED.search(text)):
        return fence(text, "text", _MOST, _MOST_LINES)
    return "".join(f"> {line}\n" if line else ">\n" for line in tame(text).rstrip().split("\n")) + "\n"


def written(text: str) -> str:
    """What a model wrote: Markdown itself."""
    text = visible(text).rstrip().lstrip("\n")
    if len(text) <= _MOST:
        return f"{tame(text)}\n\n"
    start, end = ends(text, _MOST, _MOST_LINES)
    return f"{tame(start)}\n\n{left_out(text, start, end)}{tame(end)}\n\n"


def line_count(text: str) -> int:
    """How many lines `text` has, blank ones around it not counted."""
    return text.strip("\n").count("\n") + 1
