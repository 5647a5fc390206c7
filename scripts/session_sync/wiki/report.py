"""What the wiki's verb tells programs."""

from __future__ import annotations

from dataclasses import dataclass

from session_sync.errors import DONE, STATUS


@dataclass(frozen=True)
class NoWiki:
    """There is no wiki to do anything for."""

    status: str = STATUS[DONE]
    code: int = DONE
    wiki: bool = False


@dataclass(frozen=True)
class Prepared:
    """What an agent needs for a draft: paths in the tree, and the old article's text, "" when there is none."""

    slug: str
    category: str
    article: str
    draft: str
    exists: bool
    old: str
    status: str = STATUS[DONE]
    code: int = DONE
    wiki: bool = True


@dataclass(frozen=True)
class Checked:
    """What is wrong with a draft."""

    complaints: list[str]
    status: str
    code: int


@dataclass(frozen=True)
class Refreshed:
    """The files that were written, by their paths in the tree."""

    written: list[str]
    status: str = STATUS[DONE]
    code: int = DONE
    wiki: bool = True
