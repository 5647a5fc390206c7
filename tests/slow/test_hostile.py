"""No text keeps the scanner busy for more than linear time, whoever wrote it."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from session_sync.errors import UserError
from session_sync.home import paths
from session_sync.scan import json_text, redact
from session_sync.scan.files import jsonl
from session_sync.scan.json_text import Replacement
from session_sync.scan.policy import Policy
from session_sync.scan.scanner import engine, rule, rule_files
from session_sync.scan.scanner import unwrap as plain_text
from session_sync.scan.scanner.scanner import Finding, Scanner, outer
from support import hostile
from support.hostile import Hostile

FILES = sorted(paths.RULES.glob("*.yaml"))
SMALL, LARGE = 1 << 13, 1 << 16  # bytes
GROWTH = 3 * LARGE / SMALL  # quadratic would be LARGE / SMALL squared: 64
FLOOR = 0.005  # seconds; what takes less is not compared
SECONDS_PER_BYTE = 30e-6  # far more than any text takes, far less than one that is not linear
STRICT = Policy("strict")
BYTES_PER_FINDING = 400
TIMES_TEXT = 20


@pytest.fixture(scope="module")
def every() -> Scanner:
    """All rules, those of a region included."""
    scanner = Scanner(engine.compiled(rule_files.load(None, True)), ("US", "DE"))
    scanner.scan("Tel. +49 30 2345678")  # loads what only phone numbers need
    return scanner


def cost(what: Callable[[str], object], text: str) -> float:
    begin = time.process_time()
    what(text)
    return time.process_time() - begin


def is_linear(what: Callable[[str], object], text: Hostile) -> bool:
    """Whether a larger text costs about so much more; a machine's hiccup gets a second chance."""
    for _ in range(2):
        small, large = (cost(what, text.text(size)) for size in (SMALL, LARGE))
        if large < GROWTH * max(small, FLOOR) and large < SECONDS_PER_BYTE * LARGE:
            return True
    return False


@pytest.mark.parametrize("text", hostile.general(), ids=lambda text: text.name)
def test_a_hostile_text_takes_linear_time_and_has_few_findings(every: Scanner, text: Hostile) -> None:
    assert is_linear(every.scan, text)
    found = outer(every.scan(text.text(SMALL)))
    assert len(found) <= SMALL // 5
    assert all(one.start < other.start and one.end < other.end for one, other in itertools.pairwise(found))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_rules_own_texts_take_little_time(every: Scanner, path: Path) -> None:
    content = rule.of_file(path)
    for written, one in zip(content, rule.of_content(content), strict=True):
        texts = hostile.of_rule(one.regex.pattern, one.anchors, written["examples"])
        texts = [text for text in texts if len(text.unit) <= hostile.RUN and "run" not in text.name][::4]
        whole = "\n".join(text.text(1000) for text in texts)
        assert cost(every.scan, whole) < 0.02 + SECONDS_PER_BYTE * len(whole.encode()), one.id


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_repetition_has_a_bound(path: Path) -> None:
    """A match that fails costs no more than its bounds allow, so a text costs that for each character at most."""
    for one in rule.of_content(rule.of_file(path)):
        for expression in (one.regex.pattern, *(anchor for anchor in one.anchors if "(?=" in anchor)):
            assert list(unbounded(_parser.parse(expression))) == [], one.id


def unbounded(tree: Any) -> list[str]:
    """The repetitions in `tree` that may go back and have no upper bound."""
    found = []
    for code, value in tree:
        if code in (op.MAX_REPEAT, op.MIN_REPEAT) and value[1] is op.MAXREPEAT:
            found.append(str(value[2]))
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            found += unbounded(value[2])
        elif code is op.BRANCH:
            found += [one for way in value[1] for one in unbounded(way)]
        elif code in (op.SUBPATTERN, op.ASSERT, op.ASSERT_NOT):
            found += unbounded(value[-1])
        elif code is op.ATOMIC_GROUP:
            found += unbounded(value)
    return found


@pytest.mark.parametrize("text", hostile.general(), ids=lambda text: text.name)
def test_what_surrounds_the_scanner_takes_linear_time(text: Hostile) -> None:
    assert is_linear(plain_text.plain, text)
    assert is_linear(edit, text)
    assert is_linear(lambda it: edit(document(it)), text)


def edit(text: str) -> None:
    with contextlib.suppress(UserError):  # of what is nothing but brackets, which no tag can replace
        list(json_text.edits(text, marks(text)))


def document(text: str) -> str:
    return json.dumps({"text": text, "number": 4539578763621486})


def marks(text: str) -> list[Replacement]:
    return [Replacement(at, at + 9, "[REDACTED:email:0000]") for at in range(0, len(text) - 9, 40)]


REDACTED = [
    "a@b.co and a space",
    "deep escapes",
    "password: '",
    "addresses",
    "phones",
    "quotes",
    "backslashes",
    "nests",
]


@pytest.mark.parametrize("name", REDACTED)
def test_redaction_takes_linear_time(every: Scanner, name: str) -> None:
    text = next(one for one in hostile.general() if one.name == name)
    assert is_linear(lambda it: redact.redact(it, every, STRICT), text)


@pytest.mark.parametrize("name", REDACTED)
def test_answering_lines_takes_linear_time(every: Scanner, name: str) -> None:
    text = next(one for one in hostile.general() if one.name == name)

    def answer(it: str) -> None:
        line = json.dumps({"id": 1, "text": it}).encode() + b"\n"
        jsonl.answer(io.BytesIO(line), io.StringIO(), every, STRICT)

    assert is_linear(answer, text)


@pytest.mark.parametrize("unit", ["0", "4539578763621486", "\\n", "ab\\n", "a@b.co ", "password=", "\x1b[31m", "😀a"])
def test_memory_is_bounded_by_the_text(every: Scanner, unit: str) -> None:
    text = Hostile("", unit).text(LARGE).encode()
    every.scan_bytes(text)
    tracemalloc.start()
    try:
        found = every.scan_bytes(text)
        assert tracemalloc.get_traced_memory()[1] < TIMES_TEXT * len(text) + BYTES_PER_FINDING * len(found)
    finally:
        tracemalloc.stop()


def test_a_long_line_of_one_finding_again_and_again(every: Scanner) -> None:
    unit = "ada@navy.mil "
    found = every.scan(unit * (LARGE // len(unit)))
    assert found == [Finding(at * 13, at * 13 + 12, "email", "email") for at in range(LARGE // len(unit))]
