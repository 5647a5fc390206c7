from __future__ import annotations

import pytest

from session_sync.text.visible import one_line, revealed, visible


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
    ("text", "shown"),
    [
        ("", ""),
        ("plain\ttext\nof lines", "plain\ttext\nof lines"),
        ("naïve 日本 €", "naïve 日本 €"),
        ("dos\r\nmac\rend\n", "dos\nmac\nend\n"),
        ("a\0b\x1b[31m\x7f", "a␀b␛[31m␡"),
        ("zero\u200bwidth\ufeff\u2060\u00ad", "zero\\u200bwidth\\ufeff\\u2060\\u00ad"),
        ("evil\u202etxt \u2066x\u061c", "evil\\u202etxt \\u2066x\\u061c"),
        ("half \ud83d, own \ue000, none \u0378", "half \\ud83d, own \\ue000, none \\u0378"),
        ("hidden\U000e0041\U000e0100\U000e01ef", "hidden\\U000e0041\\U000e0100\\U000e01ef"),
        ("a\u3164b\uffa0c\u115f\u1160\u2800\u034f", "a\\u3164b\\uffa0c\\u115f\\u1160\\u2800\\u034f"),
        ("\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f", "\\u17b4\\u17b5\\u180b\\u180c\\u180d\\u180e\\u180f"),
        ("next\x85line\u2028\u2029", "next\\u0085line\\u2028\\u2029"),
        ("a\u00a0b\u2003c\u3000d", "a b c d"),
        ("☀\ufe0f 1\ufe0f⃣ 👍🏽\ufe0f", "☀\ufe0f 1\ufe0f⃣ 👍🏽\ufe0f"),
        ("☀\ufe0f\ufe0f", "☀\ufe0f\\ufe0f"),
        ("a\ufe0f ☀\ufe0e\ufe00", "a\\ufe0f ☀\\ufe0e\\ufe00"),
        ("\ufe0fx", "\\ufe0fx"),
    ],
)
def test_nothing_at_all_hides(text: str, shown: str) -> None:
    assert revealed(text) == shown


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
