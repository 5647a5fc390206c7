"""Where a scope's wiki article is in a shared tree, and reading and writing there without following any link."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from session_sync.errors import UserError
from session_sync.home import files
from session_sync.identity import project
from session_sync.logs import shared_tree
from session_sync.logs.shared_tree import Scope
from session_sync.text.lines import printable

INDEX = "index.md"
LARGEST_ARTICLE = 2_000_000  # bytes of an article
_CATEGORIES = (shared_tree.PROJECTS, shared_tree.CLIENTS, shared_tree.GENERAL)


def is_there(root: Path) -> bool:
    """Whether the shared tree at `root` has a wiki."""
    return (root / shared_tree.WIKI).is_dir()


def index_path(root: Path) -> Path:
    """The list of all articles."""
    return root / shared_tree.WIKI / INDEX


def article_name(scope: Scope, topic: str) -> str:
    """The name of the scope's article without `.md`; general articles are called by their topic."""
    found = project.slug(topic) if scope.category == shared_tree.GENERAL else project.clean(scope.name).lower()
    if scope.category not in _CATEGORIES or not found:
        raise UserError(
            f"{scope.category}/{scope.name} can have no wiki article; give a project or client a plain name"
        )
    return found


def article_path(root: Path, scope: Scope, topic: str) -> Path:
    """The path of the scope's article: the only file of its name that is there already, else the standard one.

    A file below another category's folder is another scope's: a client may be called as a project is.
    """
    name = f"{article_name(scope, topic)}.md"
    found = list(_called(root / shared_tree.WIKI, name, scope.category))
    return found[0] if len(found) == 1 else root / shared_tree.WIKI / scope.category / name


def read_article(root: Path, path: Path) -> str | None:
    """The text at `path`, None when there is none; raises UserError for a link and for what is not text."""
    shown = path.relative_to(root).as_posix()
    for place in _down(root, path):
        if place.is_symlink():
            raise UserError(f"{printable(place.relative_to(root).as_posix())} is a link; put a real file or folder")
    if not os.path.lexists(path):
        return None
    if not path.is_file():
        raise UserError(f"{printable(shown)} is not a file; move it away")
    with files.open_regular(path, follow=False) as stream:
        data = stream.read(LARGEST_ARTICLE + 1)
    if len(data) > LARGEST_ARTICLE:
        raise UserError(f"{printable(shown)} is larger than {LARGEST_ARTICLE:,} bytes; split it")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise UserError(f"{printable(shown)} is not UTF-8; convert it") from None


def write_article(path: Path, text: str) -> None:
    """Put `text` at `path`, which `read_article` has accepted."""
    shared_tree.make_folder(path.parent)
    files.write_atomic(path, text.encode(), mode=shared_tree.file_mode())


def _down(root: Path, path: Path) -> Iterator[Path]:
    """Every place on the way from below `root` to `path`."""
    place = root
    for part in path.relative_to(root).parts:
        place /= part
        yield place


def _called(wiki: Path, name: str, category: str) -> Iterator[Path]:
    """The files in `wiki` with the name `name`, however its letters are written."""
    for folder, folders, names in os.walk(wiki):
        here = Path(folder)
        others = _CATEGORIES if here == wiki else ()
        folders[:] = sorted(one for one in folders if one == category or (one not in others and one[0] != "."))
        yield from (here / one for one in names if _same(one) == _same(name) and here / one != wiki / INDEX)


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name).lower()
