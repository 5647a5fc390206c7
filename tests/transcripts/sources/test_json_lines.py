"""Damaged lines are mended or named and counted, and never stop the rest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from support.json_records import read


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


def test_a_file_of_one_damaged_line_takes_no_quadratic_time(tmp_path: Path) -> None:
    found, session = read(b'{"' * 500_000 + b"\n")
    assert found == []
    assert session.lines.dropped == {"no JSON": 1}
