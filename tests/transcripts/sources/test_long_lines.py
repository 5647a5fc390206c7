"""Of a line that is too long to be held, the long values are cut."""

from __future__ import annotations

import hashlib
import json

import pytest

from session_sync.transcripts.sources import json_lines, long_lines
from support.json_records import read


def test_long_values_of_a_line_that_is_too_long_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 1 << 16)
    monkeypatch.setattr(long_lines, "_BLOCK", 1 << 12)
    text = "".join(("a", "\\", '"', "\U0001f600", "\n", "é", " ")[number * 3 % 7] for number in range(200_000))
    data = json.dumps({"type": "long", "text": text}).encode() + b'\n{"type":"b"}\n'
    ((_, long), (number, after)), session = read(data)
    assert (long.type, after.type, number) == ("long", "b", 2)
    kept, mark, _ = long.text.partition(" [")
    assert mark
    assert text.startswith(kept)
    assert len(kept) > 500
    assert [(one.line, one.reason) for one in session.problems] == [(1, "long values cut")]
    assert session.raw[0].sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("cut", range(40, 56))
def test_a_long_line_may_be_read_in_pieces_that_end_anywhere(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "LONGEST_LINE", cut)
    monkeypatch.setattr(long_lines, "_BLOCK", cut)
    data = json.dumps({"type": "a", "text": 'b\\"c\\\\' * 3, "n": 1}).encode() + b'\n{"type":"b"}\n'
    found, session = read(data)
    assert [record.type for _, record in found][-1] == "b"
    assert session.lines.kept == 1 or found[0][1].text == 'b\\"c\\\\' * 3
    assert session.raw[0].size == len(data)


def test_a_line_that_stays_too_long_is_dropped_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 1 << 16)
    monkeypatch.setattr(long_lines, "_BLOCK", 1 << 12)
    found, session = read(b'{"l":[' + b"1," * 100_000 + b'1]}\n{"type":"b"}\n')
    assert [record.type for _, record in found] == ["b"]
    assert session.lines.dropped == {"too long": 1}
