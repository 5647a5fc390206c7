from __future__ import annotations

import hashlib
import io
import random
import tracemalloc

import pytest

from session_sync.scan.scanner import scanner
from session_sync.scan.scanner import stream as scan_stream
from session_sync.scan.scanner.rule import OVERLAP
from session_sync.scan.scanner.scanner import Scanner
from session_sync.scan.scanner.stream import Found, Mark, Scan, Unscannable
from support.templates import expand

VALUES = (
    "mail grace.hopper@navy.mil please",
    "token ghp_<<alnum:36>>",
    "-----BEGIN RSA PRIVATE KEY-----\n<<pem:25>>\n-----END RSA PRIVATE KEY-----",
    "call (415) 867-5309 now",
    "password: <<password>>",
    "SSN 536-22-8140",
)
FILLING = ("drei Wölfe heulten naïvement 🐺 ", "nothing to see here\n", '{"line": 12, "text": "…"}\n', "x" * 70 + " ")


def text(seed: int, size: int) -> str:
    """About `size` characters of harmless text with values here and there."""
    chance = random.Random(seed)
    separators = ("\n", " ") if seed % 2 else (" ",)  # the latter: few line ends, or none
    filling = FILLING if seed % 2 else FILLING[::3]
    parts: list[str] = []
    length = 0
    while length < size:
        if chance.random() < 0.02:
            part = f" {chance.choice(VALUES)} " + chance.choice(separators)
        else:
            part = chance.choice(filling)
        parts.append(part)
        length += len(part)
    return expand("".join(parts), str(seed))


def found(data: bytes, start: Mark = scan_stream.START) -> list[Found]:
    return list(scan_stream.scan(io.BytesIO(data), scanner.default(), start))


def expected(whole: str) -> list[Found]:
    return [
        Found(one, whole.count("\n", 0, one.start) + 1, whole[one.start : one.end])
        for one in scanner.default().scan(whole)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_chunks_show_what_the_whole_shows(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_stream, "CHUNK", random.Random(seed).randrange(33_000, 90_000))
    whole = text(seed, 400_000)
    assert len(expected(whole)) > 20
    assert found(whole.encode()) == expected(whole)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("end", ["\n", " "])
def test_a_value_across_the_border_of_chunks_is_found_once(
    value: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_stream, "CHUNK", 40_000)
    value = expand(value, value)
    for back in range(0, len(value) + 1, 5):
        filling = ("ä b" + end) * 20_000
        whole = filling[: 40_000 - back - filling[:40_000].count("ä")] + end + value + end + filling
        assert found(whole.encode()) == expected(whole) != []


@pytest.mark.parametrize("seed", range(4))
def test_a_later_scan_goes_on_where_an_earlier_one_settled(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_stream, "CHUNK", 50_000)
    whole = text(seed, 300_000)
    data = whole.encode()
    first = whole[:200_000].encode()
    digest = hashlib.sha256()
    earlier = Scan(io.BytesIO(first), scanner.default(), digest=digest)
    kept = list(earlier)
    mark = earlier.settled
    assert len(first) - 100_000 < mark.offset <= len(first) - OVERLAP
    assert digest.digest() == hashlib.sha256(data[: mark.offset]).digest()
    assert mark.characters == len(data[: mark.offset].decode())
    assert mark.line == data.count(b"\n", 0, mark.offset) + 1
    before = [one for one in kept if one.finding.start < mark.characters]
    assert before + found(data, mark) == expected(whole)


def test_a_pipe_that_gives_little_at_once_is_read_whole() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1000))

    whole = text(1, 100_000)
    assert list(scan_stream.scan(Slow(whole.encode()), scanner.default())) == expected(whole)


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"a\nb\0c", "NUL", 2),
        ("mail\n".encode("utf-16"), "UTF-16", 1),
        ("mail\nmail".encode("utf-16-be"), "NUL", 1),
        (b"a\nb\nc\xff", "UTF-8", 3),
        (b"a\n\xe2\x82", "UTF-8", 2),
        (b"a\n" + "\ud800".encode("utf-8", "surrogatepass"), "UTF-8", 2),
        (b"ab\n" * 30_000 + b"\xc3", "UTF-8", 30_001),
        (b"\x80" * 200_000, "UTF-8", 1),
    ],
)
def test_what_is_no_text_is_never_clean(data: bytes, reason: str, line: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_stream, "CHUNK", 40_000)
    with pytest.raises(Unscannable) as raised:
        found(data)
    assert reason in raised.value.reason
    assert raised.value.line == line


def test_a_scanner_that_breaks_is_never_clean() -> None:
    class Broken(Scanner):
        def scan_bytes(self, data: bytes) -> list[scanner.Finding]:  # noqa: ARG002
            raise TimeoutError("grace.hopper@navy.mil")

    with pytest.raises(Unscannable, match=r"the scanner failed \(TimeoutError\)") as raised:
        list(scan_stream.scan(io.BytesIO(b"x"), Broken(scanner.default().engine)))
    assert "grace" not in str(raised.value)


def test_one_line_of_any_length_takes_little_memory() -> None:
    class Endless(io.RawIOBase):
        left = 30_000_000

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1, /) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return b"x" * size

    scanner.default()
    tracemalloc.start()
    try:
        assert list(scan_stream.scan(Endless(), scanner.default())) == []  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


def test_an_empty_file_is_clean() -> None:
    assert found(b"") == []
