"""Makes anchors of a rule's keywords, with a lookahead where the rule's expression shows what must follow them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SHORTEST, _LONGEST = 2, 100  # characters of a keyword that are searched for
_ENOUGH = 20  # characters of a run that are looked at
_ESCAPED = re.compile(r"[\"'\\/<>&=\x00-\x1f\x7f]+")  # what JSON may write otherwise: a raw log does not hold it
# several characters of a kind that any log holds as they are, behind a literal of an expression
_RUN = re.compile(
    r"(?:\(\?[ims]+\))?(\((?:\?[ims]*:)?)?"
    r"(\\[wd]|\[(?:\\[wd\\./\-]|[\w./+=:,~\-])+\])\{(\d{1,3})(?:,\d{0,3})?\}(?(1)\))(?![?*{])"
)
# how gitleaks' generator of rules goes on behind a name to which a value of so many characters is assigned
_ASSIGNMENT = re.compile(
    r"""\(\?:=\|>\|:(?:\{1,3\})?=[^()]{8,24}\)(?:\[\\x60'\\?"\\s=\]|\(\?:'\|\\?"\|\\s\|=\|\\x60\))\{0,5\}"""
    r"""\(\[(?:\\[w\-]|[\w.=+/\-])+\]\{(\d{1,3})(?:,\d{0,3})?\}(?:\)|\|\[a-z0-9\]\[a-z0-9\+/\]\{11,\}=\{0,3\}\))"""
)
_WRAPPED = r"\\{1,32}+(?>u[0-9a-f]{4}|.)|[\x80-\xff]{1,3}+"  # quotes and spaces as JSON and word processors write them
_ASSIGNED = (
    rf"""(?=(?:[\w\s.,|'"\x60\-]|{_WRAPPED}){{0,40}}?[<=>:|?,]{{1,4}}+(?:[\s'"\x60=]|{_WRAPPED}){{0,5}}"""
    r"[\\\w.=+/\-]{%d})"
)


def anchors(keywords: Sequence[str], pattern: str) -> tuple[str, ...]:
    """`keywords` of a rule with `pattern` as anchors (schemas/rules.json); none where one is too short to be rare."""
    words = [max(_ESCAPED.split(word), key=len)[:_LONGEST] for word in keywords]
    if min(map(len, words), default=0) < _SHORTEST:
        return ()
    return tuple(dict.fromkeys(re.escape(word) + _lookahead(word, pattern) for word in words))


def _lookahead(word: str, pattern: str) -> str:
    """What must follow `word` in a log, as far as `pattern` tells."""
    assigned = _ASSIGNMENT.search(pattern)
    if assigned and word[:3].lower() in pattern.lower():
        return _ASSIGNED % min(int(assigned[1]), _ENOUGH)
    return _run(word, pattern)


def _run(word: str, pattern: str) -> str:
    """A lookahead for the characters that stand behind `word` wherever it is in `pattern`, if they are of one kind.

    A backslash may be between them: JSON may write `/` as `\\/`.
    """
    places = [found.end() for found in re.finditer(re.escape(re.escape(word)), pattern, re.IGNORECASE)]
    runs = [_RUN.match(pattern, place) for place in places]
    kinds = dict.fromkeys(rf"(?:{run[2]}|\\){{{min(int(run[3]), _ENOUGH)}}}" if run else "" for run in runs)
    lookahead = f"(?={'|'.join(kinds)})"
    return lookahead if kinds and "" not in kinds and _is_pythons(lookahead) else ""


def _is_pythons(expression: str) -> bool:
    try:
        return bool(re.compile(expression.encode()))
    except re.error:
        return False
