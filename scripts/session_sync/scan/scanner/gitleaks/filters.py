"""The filters of betterleaks: expressions that tell what is no finding (docs/config.md in its repository).

Nearly all are alternatives of three forms, about a finding's entropy, and expressions and words in it. These are taken;
what looks elsewhere (at paths, at a tokenizer) lets nothing pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from session_sync.scan.scanner.allowlist import SECRET, Allowlist

_STRING = r"""(?:`[^`]*+`|r"{3}.*?"{3}|r"[^"]*+"|r'[^']*+'|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')"""
_TOKEN = re.compile(rf"{_STRING}|//[^\n]*|\|\||[()\[\]{{}};]|\?(?![?.\[])")
_FINDING = r"""finding\[["'](secret|match|line)["']\]"""
_ENTROPY = re.compile(r"""(?:filter\.)?entropy\(finding\[["']secret["']\]\)\s*<=?\s*(\d+(?:\.\d+)?)""")
_ANY = re.compile(rf"(?:filter\.)?(matches|contains)Any\({_FINDING},\s*+\[((?:\s*+{_STRING}\s*+,?)*+)\s*+\]\)")
_DEPTH = 3  # of parentheses around alternatives


class Filter(NamedTuple):
    """What is taken of a filter."""

    entropy: float
    allowlists: list[Allowlist]
    is_whole: bool


def parsed(text: str) -> Filter:
    """What is taken of the filter `text`."""
    entropy, allowlists, is_whole = 0.0, [], True
    without_comments = _TOKEN.sub(lambda token: "" if token[0].startswith("//") else token[0], text)
    for part in _alternatives(without_comments.strip(), _DEPTH):
        if found := _ENTROPY.fullmatch(part):
            entropy = max(entropy, float(found[1]))
        elif found := _ANY.fullmatch(part):
            allowlists.append(_allowlist(*found.groups()))
        else:
            is_whole = is_whole and not part
    return Filter(entropy, allowlists, is_whole)


def _alternatives(text: str, depth: int) -> Iterator[str]:
    """The operands of `||` in `text` and in parentheses around several; all of `text` where it has another form."""
    parts = _operands(text) or [text]
    for part in parts:
        if depth and part.startswith("(") and part.endswith(")") and _operands(part[1:-1]):
            yield from _alternatives(part[1:-1].strip(), depth - 1)
        else:
            yield part


def _operands(text: str) -> list[str]:
    """The operands of `||` behind the last definition (`let a = b;`) in `text`; none where it is another form."""
    operands, begin, depth = [], 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
        elif depth == 0 and token[0] == "||":
            operands.append(text[begin : token.start()].strip())
            begin = token.end()
        elif depth == 0 and token[0] == ";":
            operands, begin = [], token.end()
        if depth < 0 or (depth == 0 and token[0] == "?"):
            return []
    return [*operands, text[begin:].strip()]


def _allowlist(function: str, target: str, listed: str) -> Allowlist:
    strings = tuple(_meaning(one) for one in re.findall(_STRING, listed))
    if function == "contains" and target == SECRET:
        return Allowlist(stopwords=strings)
    return Allowlist(strings if function == "matches" else tuple("(?i)" + re.escape(one) for one in strings), target)


def _meaning(string: str) -> str:
    """What is in the quotes of `string`: raw as in Go (`x`) or in CEL (r"x"), or with escapes."""
    if string.startswith("r"):
        return string[4:-3] if string.startswith('r"""') else string[2:-1]
    try:
        return str(json.loads(string)) if string.startswith('"') else string[1:-1]
    except ValueError:  # with an escape that JSON does not have
        return string[1:-1]
