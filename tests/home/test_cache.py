from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from session_sync.home import cache
from session_sync.home.cache import Schema

SCHEMA = Schema(3, "CREATE TABLE IF NOT EXISTS words (word TEXT);")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one word in it."""
    made = tmp_path / "state" / "words.sqlite"
    write(made, "kept")
    return made


def write(path: Path, word: str) -> None:
    database = cache.opened(path, SCHEMA)
    with database:
        database.execute("INSERT INTO words VALUES (?)", (word,))
    database.close()


def words(database: sqlite3.Connection) -> list[str]:
    found = [word for (word,) in database.execute("SELECT word FROM words")]
    database.close()
    return found


def test_what_was_written_is_there_and_for_its_owner_alone(path: Path) -> None:
    assert words(cache.opened(path, SCHEMA)) == words(cache.copied(path, SCHEMA)) == ["kept"]
    assert [place.stat().st_mode & 0o777 for place in (path.parent, path)] == [0o700, 0o600]


def test_another_format_is_made_anew(path: Path) -> None:
    newer = SCHEMA._replace(format=4)
    assert words(cache.copied(path, newer)) == []
    assert words(cache.opened(path, newer)) == []
    assert words(cache.opened(path, newer)) == []
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (4,)


@pytest.mark.parametrize("damage", [b"no database at all" * 100, None])
def test_what_is_damaged_is_made_anew(path: Path, damage: bytes | None) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * len(data[4096:])  # the page of the table
    path.write_bytes(damage or bytes(data))
    assert words(cache.opened(path, SCHEMA)) == []
    write(path, "again")
    assert words(cache.opened(path, SCHEMA)) == ["again"]


def test_what_somebody_else_made_is_made_anew(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other") as database:
        database.execute("CREATE TABLE words (number INTEGER)")
    database.close()
    assert words(cache.opened(tmp_path / "other", SCHEMA)) == []


def test_many_that_make_it_at_once_all_have_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write(tmp_path / "one", str(number)), range(24)))
    assert sorted(map(int, words(cache.opened(tmp_path / "one", SCHEMA)))) == list(range(24))


def test_what_another_process_locks_is_no_damage(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OSError, match="database is locked") as raised:
        cache.opened(path, SCHEMA, patience=0.01)
    assert raised.value.filename == str(path)
    holder.close()
    assert words(cache.opened(path, SCHEMA)) == ["kept"]


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path)):
        cache.opened(tmp_path, SCHEMA)


def test_a_missing_one_is_copied_as_an_empty_one(tmp_path: Path) -> None:
    assert words(cache.copied(tmp_path / "none.sqlite", SCHEMA)) == []
    assert list(tmp_path.iterdir()) == []
