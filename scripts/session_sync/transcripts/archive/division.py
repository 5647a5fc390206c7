"""Divides the Markdown of a long session into linked files, between its messages: forges show no large ones."""

from __future__ import annotations

from collections.abc import Iterable

from session_sync.text.markdown import link
from session_sync.transcripts.archive import layout
from session_sync.transcripts.archive.body import Body

LARGEST = 500_000  # bytes of a file
_ROOM = 8192  # bytes for the title and the links, twice


def pages(begin: bytes, body: Body, end: bytes, name: str) -> list[list[Iterable[bytes]]]:
    """What is in each of the files: `begin`, `body` and `end`, and links if there are several.

    The first paragraph of `begin` is the title.
    """
    if len(begin) + body.markdown_size + len(end) <= LARGEST:
        return [[[begin], body.markdown(), [end]]]
    title, _, facts = begin.partition(b"\n\n")
    runs = divided(body.markdown_pieces(), len(begin), len(end))
    found: list[list[Iterable[bytes]]] = []
    for number, run in enumerate(runs, 1):
        links = _links(name, number, len(runs)).encode("utf-8", "replace")
        above, below = facts if number == 1 else b"", end if number == len(runs) else b""
        found.append([[title, b"\n\n", links, above], body.markdown(run), [below, links]])
    return found


def divided(pieces: Iterable[tuple[int, int]], begin: int, end: int) -> list[list[range]]:
    """The numbers of the pieces that each file gets; of each piece the number and size are given, in their order.

    The first file has `begin` bytes before them, the last one `end` bytes behind them.
    """
    most = LARGEST - _ROOM
    found: list[list[range]] = [[]]
    size = begin
    for number, length in pieces:
        if size + length > most and size:
            found.append([])
            size = 0
        runs = found[-1]
        if runs and runs[-1].stop == number:
            runs[-1] = range(runs[-1].start, number + 1)
        else:
            runs.append(range(number, number + 1))
        size += length
    return found if size + end <= most else [*found, []]


def _links(name: str, number: int, count: int) -> str:
    """Which of the files this is, and links to those before and behind it."""
    others = [(text, one) for text, one in (("previous", number - 1), ("next", number + 1)) if 0 < one <= count]
    leading = [link(text, layout.part_name(name, one)) for text, one in others]
    return " · ".join([f"Part {number} of {count}", *leading]) + "\n\n"
