"""The bar on a terminal while long work goes on."""

from __future__ import annotations

import sys

import pytest

from session_sync import progress


@pytest.mark.parametrize(
    ("count", "told"), [(1, ["files: 0 of 1"]), (3, ["files: 0 of 3", "files: 1 of 3", "files: 2 of 3"])]
)
def test_the_bar_tells_how_much_is_done(
    count: int, told: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert list(progress.shown(range(count), count, is_quiet=False)) == list(range(count))
    bars = capsys.readouterr().err.split("\r\x1b[K")
    assert bars[0] == bars[-1] == ""
    assert [bar.partition("] ")[2] for bar in bars[1:-1]] == told


def test_nothing_is_drawn_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress.shown("ab", 2, is_quiet=False)) == ["a", "b"]
    assert capsys.readouterr().err == ""
