"""The form of gitleaks' configuration: TOML (https://github.com/gitleaks/gitleaks#configuration)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from session_sync.errors import UsageError

LARGEST = 2**20  # bytes of a file
DOTS = 200  # in a line: tomllib takes the square of a dotted key's length
DEPTH = 2  # how many files may extend each other behind the first
T = TypeVar("T")


class _Table(msgspec.Struct, rename=lambda name: name.replace("_", "")):
    """A table with its keys in lower case: they may be written in any."""


class Allowlist(_Table):
    """What is no finding; global ones may be for some rules only."""

    regexes: list[str] = []
    regex_target: str = ""
    stopwords: list[str] = []
    paths: list[str] = []
    commits: list[str] = []
    condition: str = ""
    target_rules: list[str] = []


class Allowing(_Table):
    """A table with allowlists, in the old form and the new."""

    allowlist: Any = None
    allowlists: list[Any] = []


class Rule(Allowing, kw_only=True):
    """One rule, or what a file changes in a rule of the file that it extends."""

    id: str
    regex: str = ""
    entropy: Annotated[float, msgspec.Meta(ge=0, le=8)] = 0.0
    secret_group: Annotated[int, msgspec.Meta(ge=0)] = 0
    keywords: list[str] = []
    skip_report: bool = False  # it only helps other rules


class Extend(_Table):
    """What a file adds its rules to."""

    path: str = ""
    use_default: bool = False
    disabled_rules: list[str] = []


class Content(Allowing):
    """A whole file; what is Any is to be converted one by one, so that a mistake costs no more than its table."""

    extend: Extend = msgspec.field(default_factory=Extend)
    rules: list[Any] = []


def read(path: Path) -> Iterator[Content]:
    """What the file at `path` says, and then each that the one before extends.

    Raises UsageError, which names the file, when one cannot be read or is no configuration of gitleaks.
    """
    for _ in range(DEPTH + 1):
        content = _content(path)
        yield content
        if not content.extend.path:
            return
        path = path.parent / content.extend.path
    raise UsageError(f"{path}: at most {DEPTH} files may be extended, one by the other; put the rules into one file")


def converted(raw: object, kind: type[T]) -> T:
    """`raw`, as tomllib gave it, as `kind`; raises ValueError, which says what is wrong with it."""
    return msgspec.convert(_lowered(raw), kind)


def _content(path: Path) -> Content:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise UsageError(f"{path}: this is no file, or one of more than {LARGEST:,} bytes; name a TOML file")
        data = path.read_bytes()
        if any(line.count(b".") > DOTS for line in data.splitlines()):
            raise ValueError(f"a line has more than {DOTS} dots")
        return converted(tomllib.loads(data.decode("utf-8-sig")), Content)
    except OSError as error:
        raise UsageError(f"{path}: it cannot be read ({error.strerror}); make it readable") from None
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and those of tomllib and msgspec are ValueErrors
        raise UsageError(f"{path}: this is no configuration of gitleaks ({error}); fix it") from None


def _lowered(value: Any) -> Any:
    """`value` with all keys in lower case."""
    if isinstance(value, dict):
        return {key.lower(): _lowered(one) for key, one in value.items()}
    return [_lowered(one) for one in value] if isinstance(value, list) else value
