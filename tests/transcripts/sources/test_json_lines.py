"""Damaged lines are mended or named and counted, and never stop the rest."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import msgspec
import pytest

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources import json_lines, long_lines


class Record(msgspec.Struct):
    type: str = ""
    text: str = ""


def read(data: bytes) -> tuple[list[tuple[int, Record]], Session]:
    """The records in `data`, all of them kept, and their session."""
    session = Session("test", "one")
    found = []
    for number, record in json_lines.read(
        io.BytesIO(data), "file", session, msgspec.json.Decoder(Record).decode, Record
    ):
        session.keep()
        found.append((number, record))
    assert session.lines.read == session.lines.kept + sum(session.lines.dropped.values())
    return found, session


def types(data: bytes) -> list[str]:
    return [record.type for _, record in read(data)[0]]


def test_clean_lines_are_given_with_their_numbers_and_the_hash_of_the_file() -> None:
    data = b'{"type":"a"}\n\n{"type":"b","more":[1]}\n'
    found, session = read(data)
    assert [(number, record.type) for number, record in found] == [(1, "a"), (3, "b")]
    assert (session.problems, session.lines.dropped) == ([], {})
    (raw,) = session.raw
    assert (raw.path, raw.size, raw.sha256) == ("file", len(data), hashlib.sha256(data).hexdigest())


def test_records_on_one_line_are_taken_apart() -> None:
    assert types(b'{"type":"a"}{"type":"b"} {"type":"c"}\n{"type":"d"}\n') == ["a", "b", "c", "d"]


def test_a_record_behind_a_broken_one_is_found() -> None:
    found, session = read(b'{"type":"lost","text":"x{"type":"a"}\n')
    assert [record.type for _, record in found] == ["a"]
    assert [(one.line, one.reason) for one in session.problems] == [(1, "damaged, mended")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1,2,3]\n", "not a record"),
        (b'"text"\n', "not a record"),
        (b"null\n", "not a record"),
        (b"\0\0\0\0\n", "only NULs"),
        (b'{"type":5}\n', "of an unexpected shape"),
        (b"no json at all\n", "no JSON"),
        (b'{"type":"cut', "cut off"),
        (b"[" * 100_000 + b"\n", "no JSON"),
    ],
)
def test_what_is_no_record_is_counted_and_named(line: bytes, reason: str) -> None:
    found, session = read(b'{"type":"a"}\n' + line)
    assert [record.type for _, record in found] == ["a"]
    assert session.lines.dropped == {reason: 1}
    assert [(one.line, one.reason) for one in session.problems] == [(2, reason)]


def test_bytes_that_are_no_text_are_replaced() -> None:
    ((_, record),), session = read(b'{"type":"a","text":"x\xff\xfey"}\n')
    assert record.text == "x\ufffd\ufffdy"
    assert session.lines.kept == 1
    assert len(session.problems) == 1


def test_halves_of_surrogate_pairs_are_replaced_and_whole_ones_are_not() -> None:
    texts = [
        record.text for _, record in read(rb'{"text":"a \ud83d b"}' + b"\n" + rb'{"text":"\ud83d\ude00"}' + b"\n")[0]
    ]
    assert texts == ["a \ufffd b", "\U0001f600"]


def test_nuls_within_a_line_are_taken_out() -> None:
    assert types(b'{"ty\0pe":\0"a"}\n') == ["a"]


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


def test_a_file_of_one_damaged_line_takes_no_quadratic_time(tmp_path: Path) -> None:
    found, session = read(b'{"' * 500_000 + b"\n")
    assert found == []
    assert session.lines.dropped == {"no JSON": 1}
