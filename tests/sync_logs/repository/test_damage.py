"""A sound git directory of ours is never taken for a damaged one, whatever keeps git from working."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.homes import OWN, SCRIPTS, Home, Remote


def repositories(home: Home) -> list[str]:
    return sorted(path.name for path in (home.path / "repositories").iterdir())


SETTINGS = [
    "[broken\n",
    "[core]\n\tbigFileThreshold = banana\n",
    "[core]\n\tcompression = much\n",
    "[fsck]\n\tskipList = /nowhere/at/all\n[core]\n\tbigFileThreshold = banana\n",
    "[include]\n\tpath = broken-too\n",
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_broken_settings_of_git_are_no_damage(home: Home, remote: Remote, tmp_path: Path, settings: str) -> None:
    home.save("one")
    broken = tmp_path / "gitconfig"
    broken.write_text(settings)
    (tmp_path / "broken-too").write_text("[broken\n")
    home.put("PILOT", "a.md", b"a")
    ran = home.run("sync-logs", GIT_CONFIG_GLOBAL=str(broken))
    assert ran.code == 1
    assert "was damaged" not in ran.out
    assert str(tmp_path) in ran.out + ran.err  # the file that is to be mended
    assert "Traceback" not in ran.err
    assert repositories(home) == ["default.git"]
    home.sync()
    assert len(remote.files(OWN)) == 2


def test_an_include_that_is_missing_stops_nothing(home: Home, remote: Remote, tmp_path: Path) -> None:
    broken = tmp_path / "gitconfig"
    broken.write_text("[include]\n\tpath = nowhere\n")
    home.put("PILOT", "a.md", b"a")
    assert home.run("sync-logs", GIT_CONFIG_GLOBAL=str(broken)).code == 0


def test_no_git_is_no_damage(home: Home, tmp_path: Path) -> None:
    home.save("one")
    home.put("PILOT", "a.md", b"a")
    (tmp_path / "empty").mkdir()
    ran = home.run("sync-logs", PATH=str(tmp_path / "empty"))
    assert ran.code == 1
    assert "git is not installed" in ran.out + ran.err
    assert repositories(home) == ["default.git"]


def test_an_old_git_is_named_and_no_damage(home: Home, tmp_path: Path) -> None:
    home.save("one")
    home.put("PILOT", "a.md", b"a")
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text(
        '#!/bin/sh\ntest "$1" = version && echo "git version 2.25.1" && exit\n'
        "echo \"fatal: 'session-sync' does not appear to be a git repository\" >&2\nexit 128\n"
    )
    old.chmod(0o755)
    ran = home.run("sync-logs", PATH=f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    assert ran.code == 1
    assert "git 2.25 is too old" in ran.out + ran.err
    assert repositories(home) == ["default.git"]


def test_a_directory_that_may_not_be_read_is_no_damage(home: Home, tmp_path: Path) -> None:
    """A file that cannot be read stands for one of another user's: root reads those."""
    home.save("one")
    ref = home.path / "repositories" / "default.git" / "refs" / "heads" / OWN
    home.put("PILOT", "a.md", b"a")
    if os.geteuid():
        ref.chmod(0)
        ran = home.sync(code=1)
        ref.chmod(0o600)
        assert f"cannot read {ref}" in ran.out
        assert repositories(home) == ["default.git"]
    home.sync()


def limited(home: Home, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run sync-logs where no file may become larger than `size`, which to a program is a full disk."""
    return subprocess.run(
        [sys.executable, str(SCRIPTS / "sync_logs.py"), *arguments],
        env=home.env, capture_output=True, text=True, timeout=120, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)),
    )  # fmt: skip


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("size", [0, 100, 4096, 40_000])
def test_no_room_is_no_damage_and_heals(home: Home, remote: Remote, size: int, first: bool) -> None:
    if not first:
        home.save("one")
    data = os.urandom(60_000).hex().encode()
    path = home.put("PILOT", "a.md", b"# a\n\n" + b"\n".join(data[i : i + 60] for i in range(0, len(data), 60)))
    text = path.read_bytes()
    for _ in range(2):
        ran = limited(home, size)
        assert ran.returncode == 1, ran
        assert "Traceback" not in ran.stderr
        assert "damaged" not in ran.stdout
        assert "No such file" not in ran.stdout
    assert path.read_bytes() == text
    home.sync()
    assert text in remote.files(OWN).values()
    assert repositories(home) == ["default.git"]


def test_a_pull_without_room_fails_and_heals(home: Home, other: Home) -> None:
    data = os.urandom(60_000).hex().encode()
    text = b"# a\n\n" + b"\n".join(data[i : i + 60] for i in range(0, len(data), 60))
    other.put("PILOT", "a.md", text)
    other.sync()
    home.sync("--pull")
    shutil.rmtree(home.path / "machines")
    ran = limited(home, 40_000, "--pull")
    assert ran.returncode == 1, ran
    assert "Traceback" not in ran.stderr
    assert "pull failed" in ran.stdout
    home.sync("--pull")
    assert [path.read_bytes() for path in (home.path / "machines").rglob("a.md")] == [text]
