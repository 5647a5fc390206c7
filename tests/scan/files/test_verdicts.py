from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.scan import from_config
from session_sync.scan.files import examination, verdicts
from session_sync.scan.files.verdicts import FileState, Known, Verdicts, stat_key
from session_sync.scan.scanner import own_rules, scanner
from session_sync.scan.scanner.candidate import Place
from session_sync.scan.scanner.rule import OVERLAP
from session_sync.scan.scanner.scanner import Finding, Scanner
from session_sync.scan.scanner.stream import Unscannable
from support.templates import expand

LINE = "nothing to see here\n"
MAIL = "mail grace.hopper@navy.mil\n"


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every file for old enough to be trusted."""
    monkeypatch.setattr(verdicts, "SURE", -(10**12))


class Counting(Scanner):
    """The default scanner; tells how many bytes it saw."""

    seen = 0

    def __init__(self) -> None:
        super().__init__(scanner.default().engine)

    def scan_bytes(self, data: bytes, changed: Sequence[Place] | None = None) -> list[Finding]:
        Counting.seen += len(data)
        return super().scan_bytes(data, changed)


def examined(path: Path, version: str = "1") -> tuple[tuple[Known, ...], int]:
    """What is found in the file, and how many bytes were scanned for it."""
    Counting.seen = 0
    with Verdicts(version) as known:
        return examination.examine(os.fsencode(path), Counting(), known), Counting.seen


def seen(path: Path) -> FileState:
    return (os.fsencode(path), *stat_key(path.stat()))


def at_hand(path: Path, version: str = "1") -> tuple[Known, ...] | None:
    """What is known of the file without opening it."""
    with Verdicts(version) as known:
        known.load(os.fsencode(path.parent), is_folder=True)
        return known.of_unchanged(seen(path)) if known.not_clean([seen(path)]) else ()


def test_an_unchanged_file_is_known(tmp_path: Path, old: None) -> None:
    clean, dirty = tmp_path / "clean.md", tmp_path / "dirty.md"
    clean.write_text(LINE)
    dirty.write_text(LINE + MAIL)
    assert at_hand(clean) is at_hand(dirty) is None
    found, _ = examined(dirty)
    assert examined(clean)[0] == at_hand(clean) == ()
    assert at_hand(dirty) == found
    assert [(one.line, one.finding.start) for one in found] == [(2, len(LINE) + 5)]
    dirty.write_text(LINE + LINE)
    assert at_hand(dirty) is None


def test_no_value_is_kept_and_the_file_is_the_owners(tmp_path: Path, old: None) -> None:
    (tmp_path / "a").write_text(MAIL)
    examined(tmp_path / "a")
    assert b"grace" not in paths.verdicts_file().read_bytes()
    assert stat.S_IMODE(paths.verdicts_file().stat().st_mode) == 0o600


def test_a_file_that_just_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(MAIL)
    examined(path)
    assert at_hand(path) is None
    os.utime(path, (1, 1))  # the inode still tells when it changed
    examined(path)
    assert at_hand(path) is None


def test_another_scanner_knows_nothing(tmp_path: Path, old: None) -> None:
    path = tmp_path / "a"
    path.write_text(LINE * 10_000)
    _, whole = examined(path)
    assert at_hand(path, "2") is None
    assert examined(path, "2")[1] == whole


def test_what_is_appended_is_scanned_with_what_is_before_it(tmp_path: Path, old: None) -> None:
    path = tmp_path / "a"
    path.write_text(MAIL + "é" + LINE * 10_000)
    examined(path)
    with path.open("a") as file:
        file.write(MAIL)
    found, size = examined(path)
    assert [one.line for one in found] == [1, 10_002]
    assert size < 4 * OVERLAP
    assert at_hand(path) == found
    assert found == examined(path, "2")[0]


def test_a_value_that_is_written_in_two_steps_is_found(tmp_path: Path, old: None) -> None:
    path = tmp_path / "a"
    path.write_text(LINE * 10_000 + MAIL[:15])
    assert examined(path)[0] == ()
    path.write_text(LINE * 10_000 + MAIL)
    assert len(examined(path)[0]) == 1


@pytest.mark.parametrize("change", ["first", "shorter"])
def test_whatever_else_changed_everything_is_scanned(change: str, tmp_path: Path, old: None) -> None:
    path = tmp_path / "a"
    text = LINE * 10_000
    path.write_text(text)
    examined(path)
    path.write_text(MAIL + text if change == "first" else MAIL + LINE)
    found, size = examined(path)
    assert len(found) == 1
    assert size >= path.stat().st_size


def test_what_cannot_be_judged_is_never_remembered(tmp_path: Path, old: None) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a\0")
    for _ in range(2):
        with pytest.raises(Unscannable):
            examined(path)
        assert at_hand(path) is None


@pytest.mark.parametrize("damage", ["no database", "format", "page"])
def test_a_damaged_file_is_made_anew(damage: str, tmp_path: Path, old: None) -> None:
    path = tmp_path / "a"
    path.write_text(MAIL)
    found, _ = examined(path)
    kept = paths.verdicts_file()
    if damage == "no database":
        kept.write_bytes(b"x" * 5000)
    elif damage == "format":
        with sqlite3.connect(kept) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
    else:
        kept.write_bytes(kept.read_bytes()[:4096] + b"\xff" * 4096)
    for _ in range(2):
        assert examined(path)[0] == found
    assert at_hand(path) == found


def test_a_locked_file_keeps_nobody_from_scanning(tmp_path: Path, old: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("session_sync.scan.files.verdicts.BUSY_TIMEOUT", 0.01)
    path = tmp_path / "a"
    path.write_text(MAIL)
    examined(path)
    with sqlite3.connect(paths.verdicts_file()) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert len(examined(path)[0]) == 1
    other.close()
    assert len(at_hand(path) or ()) == 1


def test_a_place_that_cannot_be_written_keeps_nobody_from_scanning(tmp_path: Path) -> None:
    shutil.rmtree(paths.state())
    paths.state().write_text("no folder")
    path = tmp_path / "a"
    path.write_text(LINE)
    with Verdicts("1") as known:
        known.load(os.fsencode(tmp_path), is_folder=True)
        assert known.not_clean([seen(path)]) == [seen(path)]
        known.keep_only(set())


def test_files_that_are_gone_are_forgotten_and_their_neighbours_are_not(tmp_path: Path, old: None) -> None:
    names = [tmp_path / "logs" / "a", tmp_path / "logs" / "b", tmp_path / "logs-2"]
    names[0].parent.mkdir()
    for path in names:
        path.write_text(LINE)
        examined(path)
    with Verdicts("1") as known:
        known.load(os.fsencode(tmp_path / "logs"), is_folder=True)
        assert known.count == 2
        known.keep_only({os.fsencode(names[0])})
    assert [at_hand(path) for path in names] == [(), None, ()]


def test_many_verdicts_are_kept_in_time(tmp_path: Path, old: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("session_sync.scan.files.verdicts.WRITE_EVERY", 2)
    for name in "abc":
        (tmp_path / name).write_text(LINE)
    with Verdicts("1") as known:
        for name in "abc":
            examination.examine(os.fsencode(tmp_path / name), scanner.default(), known)
        assert [at_hand(tmp_path / name) for name in "abc"] == [(), (), None]  # a kill now costs only this one


@pytest.mark.parametrize("findings", ["", "[]", "[[1]]", "[", None, 7])
def test_a_damaged_row_is_unknown(findings: object, tmp_path: Path, old: None) -> None:
    path = tmp_path / "a"
    path.write_text(MAIL)
    found, _ = examined(path)
    with sqlite3.connect(paths.verdicts_file()) as database:
        database.execute("UPDATE verdicts SET findings = ?", (findings,))
    database.close()
    assert at_hand(path) is None
    assert examined(path)[0] == found == at_hand(path)


def test_a_file_is_sure_a_minute_after_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(LINE)
    stat = path.stat()
    assert not verdicts.is_sure(stat)
    with pytest.MonkeyPatch.context() as patch:
        for seconds, sure in ((59, False), (61, True)):
            patch.setattr(time, "time_ns", lambda late=seconds: stat.st_ctime_ns + late * 10**9)
            assert verdicts.is_sure(stat) == sure


def test_what_is_in_a_name_is_kept_apart_from_the_content(tmp_path: Path, old: None) -> None:
    path = tmp_path / "grace.hopper@navy.mil"
    path.write_text(LINE * 10_000)
    for _ in range(2):
        assert [one.line for one in examined(path)[0]] == [0]
        with path.open("a") as file:
            file.write(LINE)


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let more than half of the time that a scan may take be over as soon as that of a file's content has begun."""
    of_name, of_content = 2, 1
    clock = itertools.chain([0.0] * (of_name + of_content), itertools.repeat(15.0))
    monkeypatch.setattr("session_sync.scan.scanner.scanner.time", SimpleNamespace(monotonic=lambda: next(clock)))


def test_what_a_users_own_rules_were_too_slow_for_is_not_remembered(tmp_path: Path, monkeypatch, old, capsys) -> None:
    rules, path = tmp_path / "team.toml", tmp_path / "a.md"
    rules.write_text("[[rules]]\nid = 'acme'\nregex = 'acme-[a-z0-9]{20}'\nkeywords = ['acme-']\n")
    path.write_text(MAIL + expand("acme-<<lower:20>>\n", "slow"))
    own = from_config.scanner(Config(rules=str(rules)))
    own_rules.tell_of_slow_ones.cache_clear()

    def found() -> list[str]:
        with Verdicts("1") as known:
            return [one.finding.rule for one in examination.examine(os.fsencode(path), own, known)]

    with monkeypatch.context() as patch:
        slow(patch)
        assert found() == ["email"]
        slow(patch)
        assert found() == ["email"]
    assert capsys.readouterr().err.count("rules of your own take too long") == 1
    assert at_hand(path) is None
    assert found() == ["email", "user-acme"]
    assert at_hand(path) is not None
