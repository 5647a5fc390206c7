from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from session_sync.git.failure import GitError
from session_sync.sync_logs.repository.repository import Repository
from support.homes import OWN, Home, Remote


def test_what_a_killed_git_left_is_cleared(tmp_path: Path) -> None:
    one = Repository("default", str(tmp_path))
    one.prepare()
    with one.importer() as importer:
        importer.commit("refs/heads/x", ("a", "b"), "m", [], [("100644", importer.blob(b"1"), b"x")])
    lock = one.git_dir / "refs" / "heads" / "x.lock"
    lock.write_bytes(b"")
    one.prepare()
    with one.importer() as importer:
        importer.commit("refs/heads/x", ("a", "b"), "m", ["refs/heads/x^0"], [("100644", importer.blob(b"2"), b"x")])
    assert one.run("cat-file", "blob", "refs/heads/x:x") == b"2"


def test_no_lock_of_a_killed_git_is_in_anybodys_way(home: Home) -> None:
    home.save("one")
    (git_dir,) = (home.path / "repositories").iterdir()
    names = ["HEAD", "config", "packed-refs", "shallow", "objects/maintenance", f"refs/heads/{OWN}"]
    for name in (*names, f"refs/remotes/origin/{OWN}", "refs/remotes/origin/main", "refs/proposals/main"):
        (git_dir / f"{name}.lock").touch()
    home.save("two")
    assert list(git_dir.glob("**/*.lock")) == []


def test_a_killed_gc_stops_no_other(tmp_path: Path) -> None:
    """Its note names a process, and another one may have that number by now."""
    one = Repository("default", str(tmp_path))
    one.prepare()
    (one.git_dir / "gc.pid").write_text(f"{os.getpid()} {os.uname().nodename}")
    with pytest.raises(GitError, match="already running"):
        one.run("gc", "--quiet")
    one.prepare()
    one.run("gc", "--quiet")


def test_a_clock_that_was_wrong_does_not_change_what_a_commit_has(tmp_path: Path) -> None:
    """Else a machine whose clock was set back would take its own branch for one that was rewritten."""
    one = Repository("default", str(tmp_path))
    one.prepare()
    empty = one.run("hash-object", "-t", "tree", "-w", "--stdin").decode().strip()
    chain: list[str] = []
    for year in (2099, *(2020,) * 12):
        command = ["git", f"--git-dir={one.git_dir}", "commit-tree", empty, "-m", str(len(chain))]
        command += ["-p", chain[-1]] if chain else []
        dates = {f"GIT_{who}_DATE": f"{year}-01-01T00:00:{len(chain):02}Z" for who in ("AUTHOR", "COMMITTER")}
        made = subprocess.run(command, env={**os.environ, **dates}, capture_output=True, text=True, check=True)
        chain.append(made.stdout.strip())
    assert (one.is_ancestor(chain[0], chain[-1]), one.is_ancestor(chain[-1], chain[0])) == (True, False)


SETTINGS = [
    "push.gpgSign=true", "push.pushOption=x", "push.recurseSubmodules=only", "submodule.recurse=true",
    "remote.origin.pushurl=/nowhere", "remote.origin.mirror=true", "remote.origin.partialclonefilter=tree:0",
    "protocol.file.allow=never", "color.ui=always", "fetch.writeCommitGraph=true", "commit.gpgSign=true",
    "safe.bareRepository=explicit", "push.default=nothing", "transfer.fsckObjects=true", "core.autocrlf=true",
]  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_users_git_settings_do_not_stop_a_sync(home: Home, setting: str) -> None:
    home.run("sync-logs", "--status")
    key, _, value = setting.partition("=")
    subprocess.run(["git", "config", "--global", key, value], check=True)
    home.put("PILOT", "a.md", b"a")
    home.sync()
    ref = home.path.parent / "remote.git" / "refs" / "heads" / OWN
    assert ref.is_file()


def test_hostile_file_names_arrive_whole(home: Home, remote: Remote) -> None:
    names = ['a"b.md', "a\nM 100644 inline x.md", "-x.md", "a b.md", os.fsdecode(b"\xff.md"), "$(touch x).md"]
    for name in names:
        home.put("PILOT", name, ascii(name).encode())
    home.sync()
    assert remote.files(OWN) == {f"{OWN}/projects/PILOT/{name}": ascii(name).encode() for name in names}
