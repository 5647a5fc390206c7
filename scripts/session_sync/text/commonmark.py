"""Tells what each line of a Markdown text is, as CommonMark 0.31 does (https://spec.commonmark.org/0.31.2/).

Quotes and list items are followed, code and HTML recognised; what stands within a line is not looked at. The time that
a text takes is linear to its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

_DEEPEST = 20  # quotes and list items within each other; what is deeper is read as text
_NESTING = frozenset(">-+*0123456789")  # what the mark of a quote or an item begins with
_SIGNS = frozenset("#`~<*_-=")  # what other blocks begin with
_HEADING = re.compile(r"#{1,6}(?= |\Z)")
_FENCE = re.compile(r"`{3,}+(?=[^`]*+\Z)|~{3,}+")
_ITEM = re.compile(r"([-+*]|([0-9]{1,9})[.)])(?: ++|\Z)")
_RULE = re.compile(r"(?:\* *+){3,}+\Z|(?:- *+){3,}+\Z|(?:_ *+){3,}+\Z")
_UNDERLINE = re.compile(r"(?:=++|-++) *+\Z")
_BLOCK_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    "menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    "track|ul"
)
_HTML = re.compile(  # what may follow a paragraph at once
    r"<(?:(?P<raw>(?:script|pre|textarea|style)(?=[ >]|\Z))|(?P<comment>!--)|(?P<instruction>\?)"
    rf"|(?P<data>!\[(?-i:CDATA)\[)|(?P<declaration>![a-z])|(?P<block>/?(?:{_BLOCK_TAGS})(?= |/?>|\Z)))",
    re.IGNORECASE,
)
_ATTRIBUTE = r" ++[a-zA-Z_:][a-zA-Z0-9:._-]*+(?: *+= *+(?:[^ \"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?+"
_TAG = re.compile(rf"<(?:[a-zA-Z][a-zA-Z0-9-]*+(?:{_ATTRIBUTE})*+ *+/?+|/[a-zA-Z][a-zA-Z0-9-]*+ *+)> *+\Z")
_BLANK = re.compile(r"\A *\Z")
_ENDS = {
    "raw": re.compile(r"</(?:script|pre|textarea|style)>", re.IGNORECASE),
    "comment": re.compile(r"-->"),
    "instruction": re.compile(r"\?>"),
    "data": re.compile(r"\]\]>"),
    "declaration": re.compile(r">"),
    "block": _BLANK,
}


class Kind(Enum):
    """What a line is: a heading that is in nothing else, within a fence (or its end), or anything else."""

    HEADING = auto()
    FENCED = auto()
    OTHER = auto()


def kinds(lines: Iterable[str]) -> Iterator[Kind]:
    """What each of the `lines` of a text is; they have no LF, and may end with CR."""
    reader = _Reader()
    return (reader.kind(line.removesuffix("\r").expandtabs(4)) for line in lines)


class _Reader:
    """Reads a text line by line: which quotes and items go on, which begin, and what the line is within them."""

    def __init__(self) -> None:
        self._around: list[int] = []  # from outside: 0 for a quote, for an item how far its content is indented
        self._lasting = 0  # so many of these go on in this line
        self._is_item_empty = False  # the innermost one, so far
        self._has_paragraph = False  # one that can go on
        self._fence = ""  # the one that is open
        self._html_end: re.Pattern[str] | None = None  # that of the HTML that is open

    def kind(self, line: str) -> Kind:
        """What `line` is, the next one, without tabs."""
        if self._has_paragraph and line[:1].isalpha():
            return Kind.OTHER  # the next line of the paragraph, whatever that is in
        at = self._continued(line) if self._around else 0
        if self._lasting < len(self._around):
            self._fence, self._html_end = "", None
        elif self._fence:
            return self._in_fence(line, at)
        elif self._html_end:
            self._html_end = None if self._html_end.search(line[at:]) else self._html_end
            return Kind.OTHER
        return self._block(line, *self._opened(line, at))

    def _continued(self, line: str) -> int:
        """Where the content begins after the marks of the quotes and items that go on, which are counted."""
        at = 0
        for number, width in enumerate(self._around):
            self._lasting = number
            start = _text_start(line, at)
            if start == len(line):
                self._lasting = self._lasting_blank()
                return at
            if width:
                if start - at < width:
                    return at
                at += width
            elif start - at > 3 or line[start] != ">":
                return at
            else:
                at = start + (2 if line.startswith(" ", start + 1) else 1)
        self._lasting = len(self._around)
        return at

    def _lasting_blank(self) -> int:
        """How many go on where the rest of the line is blank: no quote, and no item that has nothing yet."""
        if 0 in self._around[self._lasting :]:
            return self._around.index(0, self._lasting)
        return len(self._around) - self._is_item_empty

    def _opened(self, line: str, at: int) -> tuple[int, int]:
        """Where the content begins after the marks of quotes and items that begin in this line, and where its text."""
        self._is_item_empty = False
        start = _text_start(line, at)
        while start - at < 4 and line[start : start + 1] in _NESTING and len(self._around) < _DEEPEST:
            is_quote = line[start] == ">"
            width = 0 if is_quote else self._item_width(line, at, start)
            if not is_quote and not width:
                break
            self._close()
            self._around.append(width)
            self._lasting += 1
            at = start + (2 if line.startswith(" ", start + 1) else 1) if is_quote else at + width
            start = _text_start(line, at)
        return at, start

    def _item_width(self, line: str, at: int, start: int) -> int:
        """How far the content of the item that begins at `start` is indented, 0 when none does."""
        mark = _ITEM.match(line, start)
        if not mark or _RULE.match(line, start):
            return 0
        end, content = mark.end(1), mark.end()
        is_empty = content == len(line)
        if self._may_go_on and (is_empty or int(mark[2] or 1) != 1):
            return 0  # a line of the paragraph that looks like an item
        self._is_item_empty = is_empty
        has_code = content - end > 4
        return (end + 1 if is_empty or has_code else content) - at

    def _block(self, line: str, at: int, start: int) -> Kind:
        """What the line is whose content begins at `at`, its text at `start`, within all that is around it."""
        is_blank, is_indented = start == len(line), start - at > 3
        if is_indented and self._has_paragraph and not is_blank:
            return Kind.OTHER
        if is_blank or is_indented:
            self._close()
        elif line[start] not in _SIGNS:
            self._go_on()
        elif _HEADING.match(line, start):
            self._close()
            return Kind.OTHER if self._around else Kind.HEADING
        elif self._is_rule(line, start):
            self._close()
        elif fence := _FENCE.match(line, start):
            self._close()
            self._fence = fence[0]
        elif end := self._html_from(line, start):
            self._close()
            self._html_end = None if end.search(line[start:]) else end
        else:
            self._go_on()
        return Kind.OTHER

    def _in_fence(self, line: str, at: int) -> Kind:
        """Within a fence; the line may close it."""
        start = _text_start(line, at)
        rest = line[start:].rstrip(" ")
        if start - at <= 3 and rest.startswith(self._fence) and not rest.strip(self._fence[0]):
            self._fence = ""
        return Kind.FENCED

    def _is_rule(self, line: str, start: int) -> bool:
        """Whether the line sets texts apart, or makes a heading of the paragraph before it."""
        return bool(_RULE.match(line, start) or (self._may_go_on and _UNDERLINE.match(line, start)))

    def _html_from(self, line: str, start: int) -> re.Pattern[str] | None:
        """The end of the HTML that begins at `start`, None when none does."""
        if (found := _HTML.match(line, start)) and found.lastgroup:
            return _ENDS[found.lastgroup]
        return _BLANK if not self._has_paragraph and _TAG.match(line, start) else None

    @property
    def _may_go_on(self) -> bool:
        """Whether the line is within all that the paragraph before it is in."""
        return self._has_paragraph and self._lasting == len(self._around)

    def _go_on(self) -> None:
        """Take the line for text: of the paragraph, even without the marks of what that is in, or of a new one."""
        if not self._has_paragraph:
            self._close()
        self._has_paragraph = True

    def _close(self) -> None:
        """End the paragraph, and what does not go on in this line."""
        del self._around[self._lasting :]
        self._has_paragraph = False


def _text_start(line: str, at: int) -> int:
    """Where from `at` on the first character is that is no space."""
    return len(line) - len(line[at:].lstrip(" "))
