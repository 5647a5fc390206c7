"""A table of a TOML file that somebody wrote by hand: gives values of the right type or says where they are wrong."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from session_sync.errors import UsageError

LARGEST = 2**20  # bytes of a file


class Table:
    """A table whose keys may be written in any case; one that is not there is empty."""

    def __init__(self, content: Mapping[str, Any], place: str) -> None:
        """`content` is what tomllib gives, `place` says in errors where it stands."""
        self._content = {key.lower(): value for key, value in content.items()}
        self._place = place

    def named(self, name: str) -> Table:
        """The same table, which errors call `name`."""
        return Table(self._content, f"{self._place}, {name}")

    def refuse(self, mistake: str) -> NoReturn:
        """Raise UsageError: in this table there is a `mistake`, which says what to do too; in one line."""
        raise UsageError(" ".join(f"{self._place}: {mistake}".split()))

    def text(self, key: str) -> str:
        """The text at `key`, else ""; raises UsageError when it is something else."""
        value = self._content.get(key, "")
        return value if isinstance(value, str) else self._mistyped(key, "a text")

    def texts(self, key: str) -> list[str]:
        """The texts at `key`; raises UsageError when they are something else."""
        value = self._content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._mistyped(key, "a list of texts")
        return list(value)

    def flag(self, key: str) -> bool:
        """Whether `key` is true; raises UsageError when it is something else than true or false."""
        value = self._content.get(key, False)
        return value if isinstance(value, bool) else self._mistyped(key, "true or false")

    def number(self, key: str, most: int, *, whole: bool = False) -> float:
        """The number at `key`, else 0; raises UsageError when it is none from 0 to `most`, or not `whole`."""
        value = self._content.get(key, 0)
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or math.isnan(value) or not 0 <= value <= most:
            self._mistyped(key, f"a {'whole ' if whole else ''}number from 0 to {most}")
        return float(value)

    def table(self, key: str) -> Table:
        """The table at `key`, else an empty one; raises UsageError when it is something else."""
        value = self._content.get(key, {})
        return Table(value, self._place) if isinstance(value, dict) else self._mistyped(key, "a table")

    def tables(self, key: str) -> list[Table]:
        """The tables at `key`; raises UsageError when they are something else."""
        value = self._content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._mistyped(key, f"a list of tables, [[{key}]]")
        return [Table(one, self._place) for one in value]

    def _mistyped(self, key: str, kind: str) -> NoReturn:
        self.refuse(f"`{key}` must be {kind}; mend it")


def read(path: Path) -> Table:
    """The content of the TOML file at `path`; raises UsageError when it cannot be read or is too large or no TOML."""
    place = Table({}, str(path))
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            place.refuse(f"is no file, or one of more than {LARGEST} bytes; name a TOML file")
        return Table(tomllib.loads(path.read_bytes().decode("utf-8-sig")), str(path))
    except OSError as error:
        place.refuse(f"cannot be read ({error.strerror}); make it readable")
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        place.refuse(f"is no TOML ({error}); mend it")
