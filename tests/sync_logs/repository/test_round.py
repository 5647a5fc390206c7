"""A round in one log repository loses nothing, whatever is damaged or refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support.homes import MACHINE, OWN, Home, Remote, make_machine


@pytest.mark.parametrize("lost", ["state", "repositories", "state repositories", "spool logs cache"])
def test_a_lost_folder_of_ours_is_rebuilt(home: Home, remote: Remote, lost: str) -> None:
    path = home.save("one")
    for name in lost.split():
        shutil.rmtree(home.path / name, ignore_errors=True)
    commits = remote.git("rev-list", "--count", OWN)
    home.sync()
    assert remote.git("rev-list", "--count", OWN) == commits
    second = home.save("two")
    assert set(remote.files("main")) == {f"{OWN}/projects/PILOT/{one.name}" for one in (path, second)}
    assert remote.branches() == [OWN, "main"] or remote.branches() == ["main", OWN]


def test_a_damaged_index_is_rebuilt(home: Home, remote: Remote) -> None:
    home.save("one")
    (home.path / "state" / "index-default.sqlite").write_bytes(b"no database" * 100)
    home.save("two")
    assert len(remote.files(OWN)) == 2


def test_a_remote_that_refuses_is_a_failure_with_its_reason(home: Home, remote: Remote) -> None:
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    path = home.save("one", code=1)
    assert path.is_file()
    assert "hook declined" in home.sync(code=1).out


DAMAGE = ["own ref", "HEAD", "config", "tracking ref", "tree", "blob", "index"]


def damage(home: Home, what: str) -> None:
    """What a power cut leaves: files of no length."""
    git_dir = home.path / "repositories" / "default.git"
    if what in ("HEAD", "config"):
        (git_dir / what).write_bytes(b"")
    elif what == "own ref":
        (git_dir / "refs" / "heads" / OWN).write_bytes(b"")
    elif what == "tracking ref":
        next((git_dir / "refs" / "remotes").rglob("main")).write_bytes(b"")
    elif what == "index":
        (home.path / "state" / "index-default.sqlite").write_bytes(b"")
    else:
        name = "HEAD^{tree}".replace("HEAD", f"refs/heads/{OWN}") if what == "tree" else f"refs/heads/{OWN}:{OWN}"
        oid = subprocess.run(["git", f"--git-dir={git_dir}", "rev-parse", name], capture_output=True, check=True)
        path = git_dir / "objects" / oid.stdout.decode()[:2] / oid.stdout.decode().strip()[2:]
        path.chmod(0o600)
        path.write_bytes(b"")


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_repository_of_ours_is_made_anew(home: Home, remote: Remote, what: str) -> None:
    home.save("one")
    damage(home, what)
    home.save("two")
    assert len(remote.files(OWN)) == 2
    assert remote.files(OWN) == remote.files("main")


def test_a_remote_that_cannot_store_costs_nothing_here(home: Home, remote: Remote) -> None:
    """Its disk is full, say: what is committed here stays, also what has gone from the store since."""
    home.save("one")
    remote.git("config", "receive.maxInputSize", "10")
    lost = home.save("two", code=1)
    text = lost.read_bytes()
    lost.unlink()
    for _ in range(2):
        assert "sync failed" in home.sync(code=1).out
    remote.git("config", "--unset", "receive.maxInputSize")
    home.sync()
    assert text in remote.files(OWN).values()
    assert [path.name for path in (home.path / "repositories").iterdir()] == ["default.git"]


def test_a_damaged_repository_is_kept_aside_and_told(home: Home) -> None:
    home.save("one")
    damage(home, "tree")
    home.put("PILOT", "a.md", b"a")
    assert "made again from the store" in home.sync().out
    assert len(list((home.path / "repositories").iterdir())) == 2


@pytest.mark.parametrize("uuid", [MACHINE, ""])
def test_a_repository_lost_while_offline_keeps_the_machine(
    tmp_path: Path, remote: Remote, compiled_rules: Path, uuid: str
) -> None:
    home = make_machine(tmp_path / "h", uuid, remote, compiled_rules)
    first = home.save("one")
    away = remote.path.rename(tmp_path / "away.git")
    shutil.rmtree(home.path / "repositories")
    second = home.save("two", code=75)
    away.rename(remote.path)
    assert "another machine" not in home.sync().out
    assert len(remote.branches()) == 2
    assert sorted(remote.files("main").values()) == sorted([first.read_bytes(), second.read_bytes()])
