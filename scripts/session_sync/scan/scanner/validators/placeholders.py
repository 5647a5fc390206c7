"""Tells what documentation, a template or a mask shows in a secret's place; no chance made it."""

from __future__ import annotations

import functools
import re
import string

from session_sync.scan.scanner.validators.words import REMEMBERED, is_name

_SAID = re.compile(
    r"""REDACTED|<[^<>]*>|%3C\w*%3E|\$\{|\{\{|\}\}|%\(|%s\b|…
    |\[\s?(?i:your|insert|hidden|removed|masked|filtered|secret)
    |(?i:your|insert|replace|change)[-_ ]?(?i:me|this|own|api|app|access|auth|bot
    |client|token|key|secret|pass|pwd|here|with|my)
    |(?i:place[-_ ]?holder|dummy[-_ ]|fake[-_ ]|example[-_ ]|sample[-_ ]|[-_ ]example|[-_]here\b|not[-_ ]?a[-_ ]?real)
    |^(?i:my|the|some|any|a|an)[-_ ](?i:\w{0,12}[-_ ]?)(?i:secret|password|passwort|token|key|pass)
    |^[\W_]*\((?:\w{1,20}[ ]?){1,4}\)[\W_]*$
    |^(?i:this[-_ ]is[-_ ])|(?:^|[-_.])[xX]{3,}(?:[-_.]|$)
    |^\^.+\$$|\[(?:a-z|A-Z|0-9)|[\])]\{\d  # regular expressions
    |(?i:(?:goes|put|paste|add|enter)\b.*[ ]here\b)
    |[*•·]{3}|\.{4}|_{5}|-{5}|\#{4}|(?i:deadbeef){2}|^(?i:x|y|z|\?|_|-|\*|\.)+$""",
    re.VERBOSE,
)
_OF_STANDARDS = frozenset(  # that their texts show, and half of all documentation after them
    ("2YotnFZFEjr1zCsicMWpAA", "tGzv3JOkF0XG5Qx2TlKWIA", "JBSWY3DPEHPK3PXP", "QWxhZGRpbjpPcGVuU2VzYW1l")
)
_ASCENDING = 8  # characters in a row such as 12345678 or abcdefgh
_ROWS = (string.digits + "0", string.ascii_lowercase, string.ascii_uppercase)
_RUNS = tuple(row[at : at + _ASCENDING] for row in _ROWS for at in range(len(row) - _ASCENDING + 1))
_COUNTED = re.compile("|".join(_RUNS))
_FILLER = re.compile(r"EXAMPLE(?:KEY)?|\.\.\.|[xX]{6,}|0{8,}")
_FEW = 3  # characters before a filler, or on either side of a run
_TAIL = 8  # characters behind a filler; a mask shows fewer


@functools.lru_cache(REMEMBERED)
def is_placeholder(value: str) -> bool:
    """Whether `value` is one that documentation or a template shows."""
    if value in _OF_STANDARDS or _SAID.search(value) or _stands_in(_FILLER, _TAIL, value):
        return True
    return _stands_in(_COUNTED, _FEW, value[::2] if value[::2] == value[1::2] else value)  # 00112233 counts, too


def _stands_in(filler: re.Pattern[str], least: int, value: str) -> bool:
    """Whether a `filler` stands for what chance would have made; in a long random value one may occur by chance.

    Then `least` characters or more follow it, and what is around it is no name.
    """
    if not filler.search(value):
        return False
    head, *others, tail = filler.split(value)
    rest = head + tail
    return bool(others) or len(tail) < least or len(head) < _FEW or is_name(rest) or bool(filler.search(rest))
