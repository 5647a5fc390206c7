"""The files of gitleaks and of betterleaks, its successor: TOML (https://github.com/gitleaks/gitleaks#configuration).

They take a key in any case, one string for a list of them, and whatever they do not know; so does this.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

LARGEST = 2 << 20  # bytes of a file
DOTS = 200  # in a line: tomllib takes the square of a dotted key's length
DEPTH = 2  # how many files may extend each other behind the first


class Table:
    """A table of a file; what is not of the type that is asked for counts as not written."""

    def __init__(self, raw: object) -> None:
        self._content = {key.lower(): value for key, value in raw.items()} if isinstance(raw, dict) else {}

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def text(self, key: str) -> str:
        value = self._content.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> list[str]:
        return [one for one in self._list(key) if isinstance(one, str)]

    def number(self, key: str, most: float) -> float:
        """A number above zero and not above `most`, else zero."""
        value = self._content.get(key)
        try:
            number = float(value) if isinstance(value, int | float | str) and value is not True else 0.0
        except (ValueError, OverflowError):
            return 0.0
        return number if 0 < number <= most else 0.0

    def is_true(self, key: str) -> bool:
        return self._content.get(key) is True

    def table(self, key: str) -> Table:
        return Table(self._content.get(key))

    def tables(self, key: str) -> list[Table]:
        """The tables of the array `key`, or the one that stands in its place."""
        return [Table(one) for one in self._list(key)]

    def _list(self, key: str) -> list[object]:
        value = self._content.get(key, [])
        return value if isinstance(value, list) else [value]


def read(path: Path) -> Iterator[Table]:
    """What the file at `path` says, and then each that the one before extends.

    Raises ValueError, which says why, when one of them cannot be used.
    """
    for _ in range(DEPTH + 1):
        content = _content(path)
        yield content
        other = content.table("extend").text("path")
        if not other:
            return
        path = path.parent / other
    raise ValueError(f"more than {DEPTH} files extend each other")


def _content(path: Path) -> Table:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise ValueError(f"it is no file, or one of more than {LARGEST:,} bytes")
        data = path.read_bytes()
        if any(line.count(b".") > DOTS for line in data.splitlines()):
            raise ValueError(f"a line has more than {DOTS} dots")
        return Table(tomllib.loads(data.decode("utf-8-sig")))
    except OSError as error:
        raise ValueError(f"{path.name}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and those of tomllib are ValueErrors
        raise ValueError(f"{path.name}: {error}") from None
