"""Tames Markdown that a model or a person wrote, so that it stays readable and cannot leave its place or mislead.

It decides for itself what is code, and writes it so that every CommonMark parser must decide the same: all fences are
written anew, and where anything dangerous is near, backticks that do not close in their line are made plain ones.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from session_sync.text.markdown import language, longest_ticks

_DEEPER = 3  # levels that headings are put below ours
_DEEPEST = 20  # quotes and lists within each other
_MARKER = r"(?:[-*+]|[0-9]{1,9}[.)])"
_LIST = re.compile(rf"\n[ \t>]*+{_MARKER}[ \t\n]")
_FENCE = re.compile(rf"\n([ \t]*+)((?:{_MARKER}[ \t]++)*+)(`{{3,}}+(?=[^`\n]*+(?:\n|\Z))|~{{3,}}+)([^\n]*+)")
_HEADING = re.compile(rf"\n([ \t]*+(?:(?:>|{_MARKER})[ \t]*+)*+)(#{{1,6}}+)(?=[ \t\n]|\Z)")
_SIGN = re.compile(r"\n[ \t]*+[=>*+0-9-]")  # what the next ones begin with
_UNDERLINE = re.compile(r"\n([ \t>]*+)(=++|-++)(?=[ \t]*+(?:\n|\Z))")
_DEEP = re.compile(rf"\n((?:[ \t]*+(?:>|{_MARKER})){{{_DEEPEST}}}[ \t]*+)(?=[>*+0-9-])")
_DEFINITION = re.compile(rf"\n((?:[ \t]*+(?:>|{_MARKER}))*+[ \t]*+)(?=\[(?:[^\[\]\\]|\\[\s\S]){{1,999}}+\]:)")
_TABLE = re.compile(r"\n[ \t]*+(?=[^\n]*-)(?=[^\n]*[|:])[ \t|:>*+0-9.)-]++(?=\n|\Z)")
_LINK = r"\]\((?!\s*+(?:https?://|mailto:|[#/.?)]|[\w%.-]++[/#?)\s]))"  # to what is no page, file or address
_ADDRESS = r"[^\s<]*+(?:<(?=[A-Za-z/!?]))?+"  # forges make a link of what goes on to here, signs of Markdown and all
_TAG = re.compile(r"<[A-Za-z/!?]")
_BAD_LINK = re.compile(_LINK)
_INLINE = re.compile(  # each alternative begins with a character of its own: that makes the search fast
    r"\\[!-/:-@\[-`{-~]"
    r"|\n(?: {0,3}+> ?+)++ {0,3}+`{3,}[^`\n]*+(?=\n|\Z)"  # a fence in a quote, which ends with the quote
    r"|`(?P<ticks>`{0,8}+)(?P<code>[^\n]{1,300}?)(?<!`)`(?P=ticks)(?!`)"
    r"|``*+"
    r"|<https?://[^\s<>`|\\]{1,2000}>"
    rf"|:(?P<address>//{_ADDRESS})|w(?P<host>ww\.{_ADDRESS})"
    r"|<(?=[A-Za-z/!?])"
    r"|!(?=\[)"
    rf"|{_LINK}"
)
_HARMLESS = {"<": "&lt;", "!": "\\!", "](": "]\\("}


class _About(NamedTuple):
    """What is known about a whole text."""

    is_dangerous: bool
    has_list: bool
    has_table: bool


def is_harmless(text: str) -> bool:
    """Whether `text`, visible and in a quote of its own, can be shown as the Markdown that it is."""
    return not _is_dangerous(text) and ("]:" not in text or not _DEFINITION.search(f"\n{text}"))


def tame(text: str) -> str:
    """`text`, which must be `visible`, as Markdown that ends in its place, shows no HTML, loads and defines nothing.

    Headings come below ours, images become links, fences that stay open are closed.
    """
    if text[:1].isalpha() and "\n" not in text and "<" not in text and "[" not in text:
        return text
    text = f"\n{text}"
    is_dangerous = _is_dangerous(text)
    has_list = "#" in text and _LIST.search(text) is not None
    about = _About(is_dangerous, has_list, is_dangerous and _TABLE.search(text) is not None)
    if not ("`" in text and "```" in text) and not ("~" in text and "~~~" in text):
        return _prose(text, about)[1:]
    parts, at = [], 0
    while match := _FENCE.search(text, at):
        parts.append(_prose(text[at : match.start()], about))
        block, at = _block(text, match, is_dangerous)
        parts.append(block)
    parts.append(_prose(text[at:], about))
    return "".join(parts)[1:]


def _is_dangerous(text: str) -> bool:
    """Whether HTML, an image or a link to anything but a page may be in `text`."""
    if "<" in text and _TAG.search(text):
        return True
    return "[" in text and ("![" in text or _BAD_LINK.search(text) is not None)


@lru_cache(maxsize=64)
def _closing(ticks: str) -> re.Pattern[str]:
    """What ends a block that begins with `ticks`."""
    return re.compile(rf"\n[ \t]*+{ticks[0]}{{{len(ticks)},}}+[ \t]*+(?=\n|\Z)")


def _block(text: str, opening: re.Match[str], is_dangerous: bool) -> tuple[str, int]:
    """The fenced block that `opening` begins, written so that it is one for certain, and where it ends in `text`.

    In a list it keeps its indentation if that cannot be taken for anything else; what is deep in one next to something
    dangerous comes out of the list.
    """
    indent, marker, ticks, info = opening.groups()
    begin = opening.end()
    closing = _closing(ticks).search(text, begin)
    content = text[begin : closing.start()] if closing else text[begin:].removesuffix("\n")
    width, before = len(indent.expandtabs(4)), ""
    if marker:
        before = f"\n\n{indent}{marker.rstrip()}\n"
    if marker or (width > 3 and is_dangerous):
        width = 0
    if width:
        content = _indented(content, width)
    fence = " " * width + "`" * max(len(ticks), longest_ticks(content) + 1)
    after = "\n" if width > 3 else ""  # what some take for lines of a paragraph must not go on
    return f"{before}\n{fence}{language(info)}{content}\n{fence}{after}", closing.end() if closing else len(text)


def _indented(content: str, width: int) -> str:
    """`content` with no line but blank ones indented less than `width`: there a list would end, and the block too."""
    lines = content.split("\n")
    for number, line in enumerate(lines):
        bare = line.lstrip(" \t")
        if bare and len(line[: len(line) - len(bare)].expandtabs(4)) < width:
            lines[number] = " " * width + bare
    return "\n".join(lines)


def _prose(text: str, about: _About) -> str:
    """`text` between fenced blocks, beginning with a line's end, made harmless."""
    if "#" in text:
        text = _HEADING.sub(lambda match: _lower(match, about.has_list), text)
    if _SIGN.search(text):
        text = _UNDERLINE.sub(_apart, text)
        if _DEEP.search(text):
            text = _DEEP.sub(r"\n\1\\", text)
    if "]:" in text:
        text = _DEFINITION.sub(r"\n\1\\", text)
    if about.is_dangerous:
        text = _INLINE.sub(lambda match: _inline(match, about.has_table), text)
    return text


def _lower(match: re.Match[str], has_list: bool) -> str:
    """A heading below ours; without a list, a line that is indented as much as code is code."""
    before, signs = match.groups()
    if before.isspace() and not has_list and len(before.expandtabs(4)) > 3:
        return match[0]
    return f"\n{before}{'#' * min(6, len(signs) + _DEEPER)}"


def _apart(match: re.Match[str]) -> str:
    """A line of `---` or `===` that does not make a heading of the line above."""
    before, signs = match.groups()
    text, start = match.string, match.start()
    above = text[text.rfind("\n", 0, start) + 1 : start]
    is_empty_quote = not above.strip(" >") and not above.startswith("    ")
    if is_empty_quote or not above.strip(" \t"):
        return match[0]
    if signs[0] == "-" and ">" not in before:
        return f"\n{match[0]}"
    return f"\n{before}\\{signs}"


def _inline(match: re.Match[str], has_table: bool) -> str:
    """What `_INLINE` found, unchanged or made harmless."""
    found = match[0]
    if match["code"] is not None:
        if not has_table or "|" not in found:
            return found
        bare = found.replace("`", "&#96;").replace("://", "&#58;//").replace("www.", "www&#46;")
        return _INLINE.sub(lambda inner: _inline(inner, has_table), bare)  # a table may split it
    if match["address"] is not None or match["host"] is not None:
        return _address(found)
    return "&#96;" * len(found) if found[0] == "`" else _HARMLESS.get(found, found)


def _address(text: str) -> str:
    """An address and what adheres to it, without signs that mean something to some parsers and nothing to others."""
    begun = text.replace("\\", "&#92;").replace("`", "&#96;").replace("![", "&#33;[")
    return re.sub(_LINK, "]&#40;", begun).replace("<", " &lt;")
