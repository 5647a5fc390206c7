from __future__ import annotations

import pytest

from session_sync.visible import one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nof lines", "plain\ttext\nof lines"),
        ("naïve 日本 👩‍🚀", "naïve 日本 👩‍🚀"),
        ("a\0b\x1b[31m\x7f", "a␀b␛[31m␡"),
        ("evil\u202etxt.exe", "evil\\u202etxt.exe"),
        ("half \ud83d", "half \\ud83d"),
        ("hidden\U000e0041", "hidden\\U000e0041"),
        ("next\x85line\u2028", "next\\u0085line\\u2028"),
        ("dos\r\nmac\rend", "dos\nmac\nend"),
    ],
)
def test_nothing_hides(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\n\n words ", "two words"),
        ("short", "short"),
        ("a sentence that is longer than that", "a sentence that is…"),
        ("x" * 50, "x" * 19 + "…"),
        ("x " * 500, "x x x x x x x x x x…"),
        ("x" + " " * 500 + "y", "x…"),
        ("nul\0", "nul␀"),
    ],
)
def test_one_line_keeps_whole_words(text: str, line: str) -> None:
    assert one_line(text, 20) == line
    assert len(one_line(text, 20)) <= 20
