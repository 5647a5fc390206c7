"""Files on disk: completed when a kill tore them, and put aside before new ones come."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.git.failure import GitError
from session_sync.home import paths
from session_sync.sync.tree import checkout, disk
from session_sync.sync.tree.tree import WorkTree
from support.trees import Content, Repo
from support.updates import BASE, Update, force, kill, resume

IGNORED: dict[str, tuple[list[str], dict[str, Content]]] = {
    "a file": (["a.log"], {"a.log": "theirs\n"}),
    "a file in the place of a folder": (["a.log"], {"a.log/x": "theirs\n"}),
    "a folder of files": (["a.log/x", "a.log/y/z"], {"a.log": "theirs\n"}),
    "files in a folder of others": (["folder/a.log", "folder/sub/b.log"], {"folder/in": None, "folder": "theirs\n"}),
    "odd names": ([os.fsdecode(b"-\xff \n.log")], {os.fsdecode(b"-\xff \n.log"): "theirs\n"}),
}


@pytest.mark.parametrize("kind", IGNORED)
def test_ignored_files_in_the_way_are_put_aside_whole(one: Update, kind: str) -> None:
    mine, theirs = IGNORED[kind]
    one.prepare({**BASE, ".gitignore": "*.log\n"}, force(theirs))
    for name in mine:
        one.repo.write(name, os.fsencode(f"only here: {name}"))
    one.repo.write("stays.log", "not in the way\n")
    moved = one.run()
    assert {place.read_bytes() for _, place in moved} == {os.fsencode(f"only here: {name}") for name in mine}
    assert all(place.is_relative_to(paths.quarantine()) for _, place in moved)
    one.repo.write("stays.log", None)
    one.assert_done()


def test_an_ignored_file_of_the_same_bytes_is_not_put_aside(one: Update) -> None:
    one.prepare({**BASE, ".gitignore": "*.log\n"}, force({"a.log": "theirs\n"}))
    one.repo.write("a.log", "theirs\n")
    assert one.run() == []
    one.assert_done()


def test_an_ignored_link_is_put_aside_and_what_is_behind_it_is_left_alone(one: Update, tmp_path: Path) -> None:
    one.prepare({**BASE, ".gitignore": "build\n"}, force({"build/x": "theirs\n"}))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x").write_text("private")
    (one.repo.root / "build").symlink_to(tmp_path / "elsewhere")
    [(name, place)] = one.run()
    assert (name, os.readlink(place)) == ("build", str(tmp_path / "elsewhere"))
    assert (tmp_path / "elsewhere/x").read_text() == "private"
    one.assert_done()


def test_a_repository_that_git_ignores_is_not_removed(one: Update) -> None:
    one.prepare({**BASE, ".gitignore": "build\n"}, force({"build": "theirs\n"}))
    Repo(one.repo.root / "build/nested").commit({"x": "only here"})
    with pytest.raises(checkout.Dirty, match="'build/nested/' is ignored by git and in the way"):
        one.run()
    assert (one.repo.root / "build/nested/x").read_text() == "only here"
    assert one.repo.head == one.old
    assert one.repo.status() == []


def torn(one: Update, path: str, data: bytes) -> None:
    """Have the file at `path` cut short: git died while it wrote."""
    kill(one, "journal")
    place = one.repo.root / path
    place.unlink(missing_ok=True)
    place.write_bytes(data)


@pytest.mark.parametrize("length", [0, 1, 5000])
def test_a_torn_file_is_completed(one: Update, length: int) -> None:
    new = "line\n" * 5000
    one.prepare(BASE, {"changes": new, "new": new, "goes": None})
    torn(one, "changes", new.encode()[:length])
    (one.repo.root / "new").write_text(new[:length])
    resume(one)
    one.assert_done()


def test_a_torn_file_has_the_line_ends_of_the_users_system(one: Update) -> None:
    one.repo.git("config", "core.autocrlf", "true")
    one.prepare({"a": "1\r\n"}, {"a": "2\r\n3\r\n"})
    torn(one, "a", b"2\r\n")
    resume(one)
    assert (one.repo.root / "a").read_bytes() == b"2\r\n3\r\n"
    assert one.repo.status() == []


def test_a_folder_that_was_made_for_new_files_is_not_in_the_way(one: Update) -> None:
    one.prepare(BASE, {"file": None, "file/now/a/folder": "x\n"})
    kill(one, "journal")
    one.repo.write("file", None)
    (one.repo.root / "file/now").mkdir(parents=True)
    resume(one)
    one.assert_done()


def test_modes_mean_nothing_where_git_is_told_so(one: Update) -> None:
    one.prepare(BASE, {"changes": "two\n"}, lambda repo: repo.git("update-index", "--chmod=+x", "changes"))
    one.repo.git("config", "core.fileMode", "false")
    one.new = one.repo.git("commit-tree", "-p", one.old, "-m", "x", executable_tree(one.repo, one.new))
    torn(one, "changes", b"tw")
    resume(one)
    assert (one.repo.root / "changes").read_text() == "two\n"
    assert (one.repo.head, one.repo.status()) == (one.new, [])


def executable_tree(repo: Repo, commit: str) -> str:
    lines = repo.run("ls-tree", "-z", commit).replace(b"100644", b"100755")
    return repo.git("mktree", "-z", data=lines)


def test_nothing_behind_a_link_is_completed(one: Update, tmp_path: Path) -> None:
    """The link was the tree's own, and what is in its place now comes from others."""
    (tmp_path / "private").mkdir()
    secret = tmp_path / "private/keys"
    secret.write_bytes(b"")
    link = one.repo.root / "link"

    def replace(repo: Repo) -> None:
        link.unlink()
        repo.write("link/keys", "attack\n")

    link.symlink_to(tmp_path / "private")
    one.prepare(BASE, replace)
    kill(one, "journal")
    assert link.is_symlink()
    resume(one)
    one.assert_done()
    assert secret.read_bytes() == b""


def test_what_git_converts_is_told_and_given_as_others_get_it(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    attributes = "*.u16 text working-tree-encoding=UTF-16LE\n*.rot filter=rot\n*.psd filter=lfs -text\n"
    repo.commit({".gitattributes": attributes})
    repo.git("config", "filter.rot.clean", "tr a-z n-za-m")
    repo.git("config", "filter.rot.smudge", "tr a-z n-za-m")
    written = {"a.u16": "né\n".encode("utf-16-le"), "b.rot": b"text\n", "plain": b"text\n"}
    repo.commit(written)
    tree = WorkTree(repo.root)
    wanted = {b"a.u16": b"UTF-16LE", b"b.rot": b"rot", b"c.psd": b"lfs"}
    assert disk.conversions(tree, [*map(os.fsencode, written), b"c.psd"]) == wanted
    assert disk.conversions(tree, []) == {}
    for name, data in written.items():
        assert disk.as_file(tree, os.fsencode(name), repo.git("rev-parse", f"HEAD:{name}")) == data


def test_a_blob_that_cannot_be_made_a_file_is_an_error(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    repo.commit({".gitattributes": "*.x filter=odd\n", "a.x": "text\n"})
    for key, value in (("smudge", "false"), ("required", "true")):
        repo.git("config", f"filter.odd.{key}", value)
    with pytest.raises(GitError, match=r"a\.x: smudge filter odd failed"):
        disk.as_file(WorkTree(repo.root), b"a.x", repo.git("rev-parse", "HEAD:a.x"))
