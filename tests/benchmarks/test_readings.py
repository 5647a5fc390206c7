"""What the benchmarks make of the scanners' output: places in characters of the file, for each of their formats."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from support.homes import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

import readings
import real_text
from readings import SECRET, Span, Texts

VALUE = "grün-und-7-mal"
PLACE = Span("sub/notes.md", SECRET, 12, 12 + len(VALUE))


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "notes.md").write_text(f"one\nkey = \t'{VALUE}'\n", "utf-8")
    return Texts(tmp_path)


def test_a_secret_with_its_line_is_found_in_the_file(texts: Texts) -> None:
    path = str(texts.folder / "sub" / "notes.md")
    betterleaks = {"location": {"path": path, "start_line": 2}, "match": {"value": VALUE}}
    lines = f"{json.dumps({'finding': betterleaks})}\n{json.dumps({'scan': {}})}\n"
    gitleaks = json.dumps([{"File": path, "StartLine": 2, "Secret": VALUE}])
    kingfisher = json.dumps({"findings": [{"finding": {"path": path, "line": 2, "snippet": VALUE}}]})
    assert list(readings.of_betterleaks(lines, texts)) == [PLACE]
    assert list(readings.of_gitleaks(gitleaks, texts)) == [PLACE]
    assert list(readings.of_kingfisher(kingfisher, texts)) == [PLACE]
    assert list(readings.of_detect_secrets(json.dumps(["sub/notes.md", 2, VALUE]), texts)) == [PLACE]


def test_a_value_that_is_written_otherwise_stands_for_its_line(texts: Texts) -> None:
    assert texts.place("sub/notes.md", 2, "decoded") == (4, 4 + len(f"key = \t'{VALUE}'"))


def test_findings_that_overlap_count_once() -> None:
    def span(file: str, start: int, end: int, kind: str = SECRET) -> Span:
        return Span(file, kind, start, end)

    found = [
        span("a", 3, 9),
        span("a", 1, 5),
        span("a", 3, 9),
        span("b", 4, 6),
        span("a", 9, 12),
        span("a", 0, 99, "ip"),
    ]
    assert real_text.apart(found) == [span("a", 1, 9), span("a", 9, 12), span("b", 4, 6)]


def test_only_text_is_taken(tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "text.txt").write_text("grün", "utf-8")
    (source / "zero.txt").write_bytes(b"a\0b")
    (source / "latin.txt").write_bytes("grün".encode("latin-1"))
    assert real_text.files_of(real_text.gather(source, copy)) == [copy / "deep" / "text.txt"]
