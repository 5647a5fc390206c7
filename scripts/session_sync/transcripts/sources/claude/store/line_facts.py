"""Goes quickly through the lines of a transcript for a few of their fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import BinaryIO, TypeVar

import msgspec

from session_sync.transcripts.sources import json_lines, shapes
from session_sync.transcripts.sources.claude.records import fitted

S = TypeVar("S", bound=msgspec.Struct)


def line_facts(stream: BinaryIO, shape: type[S], longest: int = json_lines.LONGEST_LINE) -> Iterator[S]:
    """What of each line fits into the `shape`; lines that are damaged, or longer than `longest`, are passed over."""
    decode = msgspec.json.Decoder(shape).decode
    for line in iter(partial(stream.readline, longest), b""):
        try:
            yield decode(line)
        except msgspec.ValidationError:
            with suppress(msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                yield fitted(shapes.decode_object(line), shape)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
