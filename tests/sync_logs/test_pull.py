from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from session_sync.sync_logs import pull
from support.homes import MACHINE, OTHER_MACHINE, Home, Remote


def pulled(home: Home) -> dict[str, bytes]:
    """Other machines' logs here, without the manifests."""
    top = home.path / "machines"
    found = (path for path in top.rglob("*") if path.is_file() and path.name != "MACHINE-MANIFEST.json")
    return {str(path.relative_to(top)): path.read_bytes() for path in found}


def test_other_machines_logs_are_brought_read_only(home: Home, other: Home) -> None:
    log = other.save("two", project="CUST-acme-x")
    home.save("one")
    home.sync("--pull")
    assert pulled(home) == {f"{OTHER_MACHINE}/projects/CUST-acme-x/{log.name}": log.read_bytes()}
    (path,) = (home.path / "machines").rglob("*.md")
    assert path.stat().st_mode & 0o777 == 0o400
    assert {folder.stat().st_mode & 0o777 for folder in path.parents if folder.is_relative_to(home.path)} == {0o700}


def test_only_what_changed_is_brought_again(home: Home, other: Home) -> None:
    other.save("two", "--session-id", "s")
    home.sync("--pull")
    assert "pulled 0 files" in home.sync("--pull").out
    log = other.save("more", "--session-id", "s")
    other.save("three")
    assert "pulled 3 files of 1 machine from" in home.sync("--pull").out  # two logs and the manifest
    assert pulled(home)[f"{OTHER_MACHINE}/projects/PILOT/{log.name}"] == log.read_bytes()


def test_a_pull_alone_pushes_nothing(home: Home, remote: Remote) -> None:
    home.put("PILOT", "a.md", b"a")
    home.sync("--pull")
    assert remote.branches() == []
    home.sync("--sync", "--pull")
    assert MACHINE in " ".join(remote.branches())


def test_a_filtered_pull_brings_its_project_and_forgets_nothing(home: Home, other: Home) -> None:
    other.save("a", project="CUST-acme-x")
    other.save("b", project="PILOT")
    home.sync("--pull", "--tenant", "acme")
    assert [name.split("/")[2] for name in pulled(home)] == ["CUST-acme-x"]
    home.sync("--pull")
    assert len(pulled(home)) == 2


def test_a_removed_folder_is_brought_again(home: Home, other: Home) -> None:
    other.save("two")
    home.sync("--pull")
    before = pulled(home)
    for path in sorted((home.path / "machines").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (home.path / "machines").rmdir()
    home.sync("--pull")
    assert pulled(home) == before


def test_a_filtered_pull_after_a_removed_folder_hides_nothing(home: Home, other: Home) -> None:
    other.save("a", project="CUST-acme-x")
    other.save("b", project="PILOT")
    home.sync("--pull")
    before = pulled(home)
    shutil.rmtree(home.path / "machines")
    home.sync("--pull", "--tenant", "acme")
    home.sync("--pull")
    assert pulled(home) == before


def test_a_log_that_vanished_there_stays_here(home: Home, other: Home, remote: Remote) -> None:
    log = other.save("two")
    home.sync("--pull")
    before = remote.git("rev-parse", f"machines/{OTHER_MACHINE}").decode().strip()
    commit(remote, OTHER_MACHINE, {f"machines/{OTHER_MACHINE}/projects/PILOT/new.md": b"new"}, parent=before)
    home.sync("--pull")
    assert sorted(Path(name).name for name in pulled(home)) == sorted([log.name, "new.md"])


def test_the_copy_of_a_log_that_was_purged_there_goes(home: Home, other: Home, remote: Remote) -> None:
    other.save("two")
    home.sync("--pull")
    commit(remote, OTHER_MACHINE, {f"machines/{OTHER_MACHINE}/projects/PILOT/new.md": b"new"})
    ran = home.sync("--pull")
    assert [Path(name).name for name in pulled(home)] == ["new.md"]
    assert "removed 2 copies of files that were purged from" in ran.out  # the log and the manifest
    assert "removed" not in home.sync("--pull").out


def test_files_come_from_a_remote_that_was_packed_with_bitmaps(home: Home, other: Home, remote: Remote) -> None:
    log = other.save("two")
    home.sync()
    remote.git("-c", "repack.writeBitmaps=true", "repack", "-adq")
    home.sync("--pull")
    assert pulled(home) == {f"{OTHER_MACHINE}/projects/PILOT/{log.name}": log.read_bytes()}


def test_a_restored_remote_takes_no_copy_away(home: Home, other: Home, remote: Remote) -> None:
    other.save("one")
    before = remote.git("rev-parse", f"machines/{OTHER_MACHINE}").decode().strip()
    other.save("two")
    home.sync("--pull")
    remote.git("update-ref", f"refs/heads/machines/{OTHER_MACHINE}", before)
    home.sync("--pull")
    assert len(pulled(home)) == 2


def commit(remote: Remote, machine: str, files: dict[str, bytes], mode: str = "100644", parent: str = "") -> None:
    """Replace a machine's branch by one that holds just `files`; with a `parent` it is advanced to that."""
    ref = f"refs/heads/machines/{machine}"
    stream = f"commit {ref}\ncommitter x <x@x> 1 +0000\ndata 1\nx\n".encode()
    stream += f"from {parent}\ndeleteall\n".encode() if parent else b""
    for name, data in files.items():
        quoted = "".join(f"\\{byte:03o}" for byte in os.fsencode(name))
        stream += f'M {mode} inline "{quoted}"\ndata {len(data)}\n'.encode() + data + b"\n"
    remote.git("fast-import", "--quiet", "--force", data=stream)


def test_hostile_trees_are_refused_and_named(home: Home, remote: Remote, tmp_path: Path) -> None:
    top = f"machines/{OTHER_MACHINE}"
    bad = {f"{top}/projects/P/{name}": b"x" for name in ("a\\b.md", "c:d.md", "CON.md", "\x1b[2J.md", "dot.", " ")}
    commit(remote, OTHER_MACHINE, {f"{top}/projects/P/good.md": b"good", f"{top}/elsewhere/x.md": b"x", **bad})
    ran = home.sync("--pull")
    assert pulled(home) == {f"{OTHER_MACHINE}/projects/P/good.md": b"good"}
    assert ran.out.count("[WARNING] refused") == len(bad) + 1
    assert "\x1b" not in ran.out


def test_a_file_where_a_folder_was_stops_nothing(home: Home, remote: Remote) -> None:
    top = f"machines/{OTHER_MACHINE}/projects/P"
    commit(remote, OTHER_MACHINE, {f"{top}/a.md": b"a"})
    home.sync("--pull")
    before = remote.git("rev-parse", f"machines/{OTHER_MACHINE}").decode().strip()
    commit(remote, OTHER_MACHINE, {f"{top}/a.md/b.md": b"b", f"{top}/c.md": b"c"}, parent=before)
    assert "[WARNING] refused" in home.sync("--pull").out
    assert sorted(Path(name).name for name in pulled(home)) == ["a.md", "c.md"]


def test_links_are_never_made(home: Home, remote: Remote) -> None:
    commit(remote, OTHER_MACHINE, {f"machines/{OTHER_MACHINE}/projects/P/x.md": b"/etc/passwd"}, mode="120000")
    home.sync("--pull")
    assert pulled(home) == {}


def test_a_branch_can_only_bring_its_own_machine(home: Home, remote: Remote) -> None:
    third = "33333333-3333-4333-8333-333333333333"
    commit(remote, OTHER_MACHINE, {f"machines/{third}/projects/P/x.md": b"x", "projects/P/y.md": b"y"})
    commit(remote, "not-a-uuid", {"machines/not-a-uuid/projects/P/x.md": b"x"})
    home.sync("--pull")
    assert pulled(home) == {}


def test_offline_is_deferred(home: Home, remote: Remote) -> None:
    home.sync()
    remote.path.rename(remote.path.with_name("away.git"))
    assert "pull deferred" in home.sync("--pull", code=75).out


@pytest.mark.parametrize(
    "path",
    ["projects/../../x.md", "projects/P/../x.md", "projects//x.md", "projects/P/.git", "projects/P/" + "x" * 256,
     "projects/P/.", "/etc/x", "projects/x.md", "machines/x/y.md"],
)  # fmt: skip
def test_a_path_that_could_lead_elsewhere_is_no_path(path: str) -> None:
    assert pull.safe_parts(os.fsencode(path)) is None
    assert pull.safe_parts(b"projects/P/\xff.md") is None


def test_hidden_files_of_the_archive_are_allowed() -> None:
    assert pull.safe_parts(b"history/ada/claude/x/.2026-01-01-0000-a.json")
