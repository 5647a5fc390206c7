"""What of a shared tree's commands comes into the user's folder, and what never is replaced there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from session_sync.git.run import Git
from session_sync.home import files, paths
from session_sync.sync import commands
from session_sync.sync.commands import Copied, copy_commands
from support.homes import ROOT

OWN = commands.USERS_OWN


class Tree:
    """A shared tree with commands."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root = root
        subprocess.run(["git", "init", "-q", *options, str(root)], check=True)

    def path(self, name: str) -> Path:
        return self.root / ".claude" / "commands" / name

    def write(self, name: str, text: str) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def commit(self, author: str = "Ada Example") -> str:
        Git(tree=self.root).run("add", "-A")
        Git(tree=self.root).run("commit", "-q", "--allow-empty", "-m", "x", f"--author={author} <x@example.org>")
        return Git(tree=self.root).run("rev-parse", "HEAD").decode().strip()

    def copy(self, author: str = "Ada Example") -> Copied:
        return copy_commands(self.root, self.commit(author))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "tree")


def mine(name: str) -> Path:
    """The user's command, in a folder that is there."""
    paths.user_commands().mkdir(parents=True, exist_ok=True)
    return paths.user_commands() / name


def backups() -> list[str]:
    return sorted(path.read_text() for path in paths.backups().rglob("*.md"))


def test_a_command_comes_with_its_author(tree: Tree) -> None:
    tree.write("deploy.md", "one")
    tree.commit("Bo Other")
    tree.write("release.md", "two")
    assert tree.copy() == Copied([("deploy.md", "Bo Other"), ("release.md", "Ada Example")], [])
    assert mine("deploy.md").read_text() == "one"
    assert mine("deploy.md").stat().st_mode & 0o777 == 0o600
    assert tree.copy() == Copied()
    assert backups() == []


def test_a_changed_command_replaces_our_copy_and_keeps_the_old_one(tree: Tree) -> None:
    for text in ("one", "two", "three"):
        tree.write("deploy.md", text)
        assert tree.copy("Bo Other") == Copied([("deploy.md", "Bo Other")], [])
        assert mine("deploy.md").read_text() == text
    assert backups() == ["one", "two"]


def test_what_the_user_made_or_changed_is_never_touched_and_told_once(tree: Tree) -> None:
    mine("made.md").write_text("mine")
    tree.write("made.md", "theirs")
    tree.write("changed.md", "theirs")
    assert tree.copy().kept == [("made.md", OWN)]
    mine("changed.md").write_text("mine now")
    tree.write("changed.md", "theirs, later")
    assert tree.copy() == Copied([], [("changed.md", OWN)])
    tree.write("another.md", "x")
    assert tree.copy() == Copied([("another.md", "Ada Example")], [])
    tree.write("made.md", "theirs, later")
    assert tree.copy().kept == [("made.md", OWN)]
    assert (mine("made.md").read_text(), mine("changed.md").read_text()) == ("mine", "mine now")


def test_the_same_bytes_made_by_the_user_stay_the_users(tree: Tree) -> None:
    mine("deploy.md").write_text("same")
    tree.write("deploy.md", "same")
    assert tree.copy() == Copied()
    tree.write("deploy.md", "other")
    assert tree.copy().kept == [("deploy.md", OWN)]


def test_the_first_of_two_trees_wins(tree: Tree, tmp_path: Path) -> None:
    other = Tree(tmp_path / "other")
    tree.write("deploy.md", "one")
    other.write("deploy.md", "two")
    assert tree.copy().copied
    reason = f"one from {tree.root} is there already"
    assert other.copy() == Copied([], [("deploy.md", reason)])
    tree.write("deploy.md", "one, later")
    assert tree.copy().copied
    assert other.copy() == Copied()
    other.write("deploy.md", "two, later")
    os.rename(tree.root, tmp_path / "moved")
    assert other.copy().copied
    assert mine("deploy.md").read_text() == "two, later"


def test_links_and_folders_of_the_users_are_left_alone(tree: Tree, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    mine("link.md").symlink_to(target)
    mine("dangling.md").symlink_to(tmp_path / "nothing")
    mine("folder.md").mkdir()
    names = ["dangling.md", "folder.md", "link.md"]
    for name in names:
        tree.write(name, "theirs")
    assert tree.copy() == Copied([], [(name, f"{OWN}, not a plain file") for name in names])
    assert target.read_text() == "mine"
    assert not (tmp_path / "nothing").exists()


def test_a_linked_folder_of_commands_is_followed(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    paths.user_commands().parent.mkdir(parents=True, exist_ok=True)
    paths.user_commands().symlink_to(tmp_path / "dotfiles")
    tree.write("deploy.md", "one")
    assert tree.copy().copied
    assert (tmp_path / "dotfiles" / "deploy.md").read_text() == "one"


def test_only_plain_commands_of_the_folder_itself_are_copied(tree: Tree, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for name in ("good-1_x.md", "-rf.md", ".hidden.md", "a b.md", "a\x1b.md", "x" * 65 + ".md", "sub/x.md", "x.txt"):
        tree.write(name, "x")
    tree.write("big.md", "x" * (commands.LARGEST_COMMAND + 1))
    tree.path("link.md").symlink_to(secret)
    done = tree.copy()
    assert [name for name, _ in done.copied] == ["good-1_x.md"]
    assert os.listdir(paths.user_commands()) == ["good-1_x.md"]
    assert sorted(name for name, _ in done.kept) == sorted(
        ["-rf.md", ".hidden.md", "a b.md", "a\x1b.md", "x" * 65 + ".md", "big.md", "link.md"]
    )
    assert dict(done.kept)["link.md"] == "a link"
    assert dict(done.kept)["big.md"] == "larger than 256 KB"


def test_what_counts_is_the_commit_and_not_the_work_tree(tree: Tree) -> None:
    tree.write("deploy.md", "committed")
    commit = tree.commit()
    tree.write("deploy.md", "not yet")
    tree.write("new.md", "not yet")
    assert copy_commands(tree.root, commit).copied == [("deploy.md", "Ada Example")]
    assert mine("deploy.md").read_text() == "committed"


def test_a_removed_command_stays(tree: Tree) -> None:
    tree.write("deploy.md", "one")
    tree.copy()
    tree.path("deploy.md").unlink()
    assert tree.copy() == Copied()
    assert mine("deploy.md").read_text() == "one"


def test_a_file_that_cannot_be_written_stops_no_other_and_is_tried_again(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write("a.md", "a")
    tree.write("b.md", "b")
    commit, create = tree.commit(), files.create_new

    def full(path: Path, data: bytes) -> bool:
        if path.name == "a.md":
            raise OSError(28, "No space left on device")
        return create(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(files, "create_new", full)
        done = copy_commands(tree.root, commit)
    assert done == Copied([("b.md", "Ada Example")], [("a.md", "No space left on device")])
    assert copy_commands(tree.root, commit) == Copied([("a.md", "Ada Example")], [])


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_leaves_no_copy_that_counts_as_the_users(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """Killed just before or just after the new file took the old one's place, with the state not written yet."""
    tree.write("deploy.md", "one")
    tree.copy()
    tree.write("deploy.md", "two")
    commit, write = tree.commit(), files.write_atomic

    def killed(path: Path, data: bytes) -> None:
        if after or path.name != "deploy.md":
            write(path, data)
        if path.name == "deploy.md":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_atomic", killed)
        with pytest.raises(KeyboardInterrupt):
            copy_commands(tree.root, commit)
    copy_commands(tree.root, commit)
    assert mine("deploy.md").read_text() == "two"
    tree.write("deploy.md", "three")
    assert tree.copy().copied
    assert mine("deploy.md").read_text() == "three"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"files": {"deploy.md": 7}}', b"[" * 100_000, b"\xff"])
def test_a_damaged_memory_makes_all_files_the_users(tree: Tree, damage: bytes) -> None:
    tree.write("deploy.md", "one")
    tree.copy()
    paths.copied_commands().write_bytes(damage)
    tree.write("deploy.md", "two")
    assert tree.copy().kept == [("deploy.md", OWN)]
    assert mine("deploy.md").read_text() == "one"


def test_nothing_is_read_when_the_listing_is_the_same(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.write("deploy.md", "one")
    commit = tree.commit()
    copy_commands(tree.root, commit)
    ran, ask = [], Git.ask
    monkeypatch.setattr(Git, "ask", lambda git, *words, **rest: ran.append(words[0]) or ask(git, *words, **rest))
    copy_commands(tree.root, commit)
    assert ran == ["ls-tree"]


def test_a_repository_of_long_ids(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree", "--object-format=sha256")
    for text in ("one", "two"):
        tree.write("deploy.md", text)
        assert tree.copy().copied
    mine("deploy.md").write_text("mine")
    tree.write("deploy.md", "three")
    assert tree.copy().kept == [("deploy.md", OWN)]


def test_a_tree_without_commands(tree: Tree) -> None:
    assert tree.copy() == Copied()
    assert not paths.user_commands().exists()


@pytest.mark.parametrize("name", ["save", "sync", "sync-logs", "search", "browse", "login", "Review", "add-dir"])
def test_no_command_takes_the_name_of_a_built_in_one(tree: Tree, name: str) -> None:
    tree.write(f"{name}.md", "one")
    tree.write("deploy.md", "one")
    told = [(f"{name}.md", "the name of a built-in command")]
    assert tree.copy() == Copied([("deploy.md", "Ada Example")], told)
    assert not mine(f"{name}.md").exists()
    tree.write("deploy.md", "two")
    assert tree.copy().kept == []
    tree.write(f"{name}.md", "two")
    assert tree.copy() == Copied([], told)


def test_no_name_of_ours_is_left_out() -> None:
    ours = [path.stem for path in (ROOT / "commands").glob("*.md")]
    assert set(ours) <= commands.BUILT_IN


def test_so_many_commands_of_a_tree_are_copied(tree: Tree) -> None:
    for number in range(commands.MOST_COMMANDS + 7):
        tree.write(f"c{number:03}.md", "x")
    tree.write("save.md", "x")
    done = tree.copy()
    assert [name for name, _ in done.copied] == [f"c{number:03}.md" for number in range(commands.MOST_COMMANDS)]
    beyond = f"only {commands.MOST_COMMANDS} commands of a tree are copied, and this one has"
    built_in = ("save.md", "the name of a built-in command")
    assert done.kept == [("the rest", f"{beyond} {commands.MOST_COMMANDS + 7}"), built_in]
    assert len(os.listdir(paths.user_commands())) == commands.MOST_COMMANDS
    tree.write("c000.md", "y")
    assert tree.copy() == Copied([("c000.md", "Ada Example")], [])
    tree.write("d.md", "y")
    assert tree.copy() == Copied([], [("the rest", f"{beyond} {commands.MOST_COMMANDS + 8}")])


def test_many_that_are_not_copied_are_counted(tree: Tree) -> None:
    for number in range(commands.MOST_TOLD + 5):
        tree.write(f"a b{number:02}.md", "x")
    tree.write("deploy.md", "x")
    done = tree.copy()
    assert [name for name, _ in done.copied] == ["deploy.md"]
    assert len(done.kept) == commands.MOST_TOLD + 1
    assert done.kept[-1] == ("and 5 more", "for reasons like these")
    tree.write("deploy.md", "y")
    assert tree.copy() == Copied([("deploy.md", "Ada Example")], [])
