"""A home that version 0.1.0 made, before the modules moved into packages, is read and carried on.

tests/fixtures/home-0.1.0.tar.gz has that home and its remote, as `whoami`, `sync-logs --init`, two `save` (a project's
log, and a customer's with an address in it), `sync-logs` and `scan` left them; without what is compiled or cached.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from session_sync.home import paths
from support.homes import FIXTURES, MACHINE, Home
from support.narratives import narrative
from support.trees import Repo

BRANCH = f"machines/{MACHINE}"
INDEX_OF_ARCHIVE = "archive-21c65c2ed1b2c13d.sqlite"  # its name is a hash of the place where the archive was


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    with tarfile.open(FIXTURES / "home-0.1.0.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")
    home = Home(tmp_path / ".session-sync", MACHINE)
    (home.path / "config.yaml").write_text(f"remote: {tmp_path / 'remote.git'}\n")
    monkeypatch.setenv("SESSION_SYNC_HOME", str(home.path))
    (home.path / "state" / INDEX_OF_ARCHIVE).rename(paths.archive_index(home.path / "archive"))
    return home


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pushed(home: Home) -> dict[str, str]:
    """The files on the machine's branch with their blobs."""
    listing = Repo(home.path.parent / "remote.git").git("ls-tree", "-r", BRANCH, "--", f"machines/{MACHINE}/")
    return {line.partition("\t")[2]: line.split()[2] for line in listing.splitlines()}


def is_digest(path: str) -> bool:
    """Whether it is what we made of a transcript: its words may change with a version."""
    return "/projects/loom/" in f"/{path}"


def test_nothing_in_it_is_lost(old: Home) -> None:
    store, archive, remote = old.path / "session-logs", old.path / "archive", pushed(old)
    logs, transcripts = files(store), files(archive)
    assert (len(logs), len(transcripts), len(remote)) == (7, 14, 6 + 14 + 1)
    report = json.loads(old.sync("--json").out)
    assert [one["file"] for one in report["withheld"]] == ["2026-11-30-ada-a-customer.md"]
    (repository,) = report["repositories"]
    assert (repository["logs"], repository["transcripts"], repository["pushed"]) == (6, 7, True)
    assert all(map(is_digest, repository["committed"]))
    assert files(archive) == transcripts
    for before, after in ((logs, files(store)), (remote, pushed(old))):
        assert after.keys() == before.keys()
        assert all(is_digest(name) for name in before if before[name] != after[name])


def test_its_archive_is_whole(old: Home) -> None:
    ran = old.run("export", "verify", str(old.path / "archive"))
    assert (ran.code, ran.err) == (0, "")
    assert "7 sessions" in ran.out


def test_a_session_that_saves_again_updates_its_old_log(old: Home) -> None:
    (log,) = (old.path / "session-logs" / "projects" / "PILOT" / MACHINE).iterdir()
    before = log.read_text()
    ran = old.run("save", "--project", "PILOT", "--topic", "More", "--session-id", "one", stdin=narrative())
    assert (ran.code, ran.out.strip()) == (0, str(log))
    assert log.read_text().startswith(before)
    assert "## Update: " in log.read_text()
    assert "synced 1 session log from" in ran.err


def test_its_identity_is_kept(old: Home) -> None:
    ran = old.run("whoami", "--json")
    assert json.loads(ran.out)["identity"]["email"] == "ada@example.org"
