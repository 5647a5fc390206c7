"""A file has grown when it still begins with all that it held."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from session_sync.transcripts.archive.growth import only_grew
from session_sync.transcripts.session import Raw

OLD = b"one\ntwo\n"


def raw(data: bytes, name: str = "a.jsonl") -> Raw:
    return Raw(f"folder/{name}", len(data), sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("data", "has_grown"),
    [
        (OLD, True),
        (OLD + b"three\n", True),
        (OLD[:-1], False),
        (b"", False),
        (b"0ne\ntwo\nthree\n", False),
        (b"new\n" + OLD, False),
    ],
)
def test_only_what_is_added_at_the_end_is_growth(tmp_path: Path, data: bytes, has_grown: bool) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    assert only_grew([raw(OLD)], [raw(data)], [str(path)]) == has_grown


def test_every_file_counts(tmp_path: Path) -> None:
    path, other = tmp_path / "a.jsonl", raw(b"other", "b.json")
    path.write_bytes(OLD + b"more")
    now = raw(OLD + b"more")
    assert only_grew([raw(OLD), other], [now, other, raw(b"new", "c.json")], [str(path)])
    assert not only_grew([raw(OLD), other], [now], [str(path)])
    assert not only_grew([raw(OLD), other], [now, raw(b"other and more", "b.json")], [str(path)])


def test_the_same_bytes_elsewhere_are_the_same() -> None:
    assert only_grew([raw(OLD)], [raw(OLD, "renamed.jsonl")], [])


def test_what_is_not_known_or_not_there_has_not_grown(tmp_path: Path) -> None:
    now = raw(OLD + b"more")
    assert not only_grew([], [now], [])
    assert not only_grew([raw(OLD)], [now], [str(tmp_path / "a.jsonl")])
    assert not only_grew([raw(OLD)], [now], [str(tmp_path)])
    (tmp_path / "a.jsonl").write_bytes(OLD + b"more")
    assert not only_grew([raw(OLD)], [raw(OLD[:3])], [str(tmp_path / "a.jsonl")])  # changed since it was read
