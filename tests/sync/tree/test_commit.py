from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.errors import Deferred
from session_sync.sync.tree import commit as tree_commit
from session_sync.sync.tree import refs
from session_sync.sync.tree.commit import Head
from session_sync.sync.tree.tree import WorkTree
from support.homes import SCRIPTS
from support.trees import Repo

WHO = ("Ada Lovelace", "ada@example.org")
LOG = "projects/PILOT/session-logs/2026-03-01-ada-x.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "tree")
    made.commit({"a": "1\n", "b": "1\n", "gone": "1\n", LOG: "# x\n"})
    return made


def save(repo: Repo, *paths: str, data: bytes = b"saved\n") -> str:
    """Write files as a save does, and commit just them."""
    for path in paths or (LOG,):
        repo.write(path, data)
    return commit(repo, *paths, data=data)


def commit(repo: Repo, *paths: str, data: bytes = b"saved\n") -> str:
    return tree_commit.commit_files(WorkTree(repo.root), dict.fromkeys(paths or (LOG,), data), "save: x\n", WHO)


def others(index: bytes) -> list[bytes]:
    """What an index holds but for LOG."""
    return [line for line in index.split(b"\0") if LOG.encode() not in line]


def test_a_commit_holds_its_own_files_alone(repo: Repo) -> None:
    repo.write("a", "changed\n")
    repo.write("untracked", "x\n")
    new = "clients/ACME/session-logs/new.md"
    made = save(repo, LOG, new)
    assert made == repo.head
    assert repo.changed() == [new, LOG]
    assert repo.files()[new] == b"saved\n"
    assert repo.status() == [" M a", "?? untracked"]
    assert repo.git("log", "-1", "--format=%an <%ae> %cn <%ce>|%s|%P") == (
        f"Ada Lovelace <ada@example.org> Ada Lovelace <ada@example.org>|save: x|{repo.git('rev-parse', 'HEAD~')}"
    )
    assert "session-sync: commit" in repo.git("reflog", "HEAD")


def test_what_is_committed_already_is_no_commit(repo: Repo) -> None:
    before = repo.seen()
    assert save(repo, data=b"# x\n") == ""
    assert repo.seen() == before


def test_what_others_staged_stays_staged(repo: Repo) -> None:
    repo.write("a", "staged\n")
    repo.git("add", "a")
    repo.write("a", "and changed\n")
    repo.git("rm", "-q", "gone")
    repo.git("rm", "-q", "--cached", "b")
    repo.write("intended", "x\n")
    repo.git("add", "-N", "intended")
    repo.write("added", "x\n", 0o755)
    repo.git("add", "added")
    before, status = repo.index, repo.status()
    save(repo)
    assert repo.changed() == [LOG]
    assert others(repo.index) == others(before)
    assert repo.status() == status
    assert {path: data for path, data in repo.files().items() if path != LOG} == {
        "a": b"1\n", "b": b"1\n", "gone": b"1\n"
    }  # fmt: skip


def test_conflicts_of_others_stay_conflicts(repo: Repo) -> None:
    repo.write("a", "stashed\n")
    repo.git("stash", "-q")
    repo.commit({"a": "other\n"})
    repo.git("stash", "pop", code=1)
    before = repo.index
    assert b" 3\ta" in before
    save(repo)
    assert others(repo.index) == others(before)
    assert repo.changed() == [LOG]
    assert repo.status() == ["UU a"]


def test_the_first_commit_of_a_branch(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    repo.write("staged", "x\n")
    repo.git("add", "staged")
    repo.write("untracked", "x\n")
    assert save(repo) == repo.head
    assert repo.changed() == [LOG]
    assert repo.git("log", "--format=%P") == ""
    assert repo.status() == ["?? untracked", "A  staged"]


def test_a_commit_after_another_branch_was_begun(repo: Repo) -> None:
    """Nothing of a proposal that we made before may come into a history that begins anew."""
    save(repo)
    repo.git("checkout", "-q", "--orphan", "fresh")
    repo.git("rm", "-q", "-r", "--cached", ".")
    save(repo, data=b"again\n")
    assert repo.files() == {LOG: b"again\n"}


NAMES = [
    *("-leading dash.md", "with space.md", "quo\"te's.md", "naïve 日本.md", ":(top)magic.md", "a*b?[c].md"),
    *("back\\slash.md", "new\nline\t.md", "~tilde.md", "#hash.md", os.fsdecode(b"no text \xff.md")),
]


def test_odd_names(repo: Repo) -> None:
    paths = [f"session-logs/{name}" for name in NAMES] + NAMES
    save(repo, *paths)
    assert repo.changed() == sorted(paths)
    assert repo.status() == []


def test_line_ends_are_as_git_would_commit_them(repo: Repo) -> None:
    repo.commit({".gitattributes": "*.md text eol=crlf\n*.bin -text\n"})
    save(repo, LOG, "x.bin", data=b"one\r\ntwo\r\n")
    assert repo.files()[LOG] == b"one\ntwo\n"
    assert repo.files()["x.bin"] == b"one\r\ntwo\r\n"
    assert repo.status() == []
    (repo.root / LOG).touch()
    repo.git("add", LOG)
    assert repo.status() == [], "git add makes other bytes of it"


def test_a_files_mode_stays_and_a_new_one_is_plain(repo: Repo) -> None:
    (repo.root / LOG).chmod(0o755)
    repo.git("commit", "-q", "-a", "-m", "mode")
    repo.write(LOG, "saved\n", 0o755)
    repo.write("new.md", "saved\n")
    commit(repo, LOG, "new.md")
    assert repo.git("ls-tree", "-r", "--format=%(objectmode)", "HEAD", "--", LOG, "new.md").split() == [
        "100644", "100755"
    ]  # fmt: skip
    assert repo.status() == []


def test_a_link_becomes_a_file(repo: Repo) -> None:
    (repo.root / "link.md").symlink_to("a")
    repo.commit()
    (repo.root / "link.md").unlink()
    save(repo, "link.md")
    assert repo.git("ls-tree", "--format=%(objectmode)", "HEAD", "--", "link.md") == "100644"
    assert repo.status() == []


@pytest.mark.parametrize(("before", "after"), [("x", "x/y.md"), ("x/y.md", "x")])
def test_a_file_in_the_place_of_a_folder_and_the_other_way_round(repo: Repo, before: str, after: str) -> None:
    repo.commit({before: "1\n"})
    repo.write(before, None)
    save(repo, after)
    assert [path for path in repo.files() if path.startswith("x")] == [after]
    assert repo.status() == []


def test_a_commit_that_is_made_meanwhile_is_kept(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one, when ours is made and the branch has it not."""
    keep, made = WorkTree.keep, []

    def keep_and_commit(tree: WorkTree, one: str) -> None:
        keep(tree, one)
        if not made:
            repo.write("a", "meanwhile\n")
            repo.git("commit", "-q", "-m", "meanwhile", "--", "a")
            made.append(repo.head)

    monkeypatch.setattr(WorkTree, "keep", keep_and_commit)
    assert save(repo) == repo.head
    assert repo.git("rev-parse", "HEAD~") == made[0]
    assert repo.changed() == [LOG]
    assert repo.files()["a"] == b"meanwhile\n"
    assert repo.status() == []


def before_advance(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    advance = refs.advance

    def work_and_advance(tree: WorkTree, *arguments: str) -> bool:
        work()
        return advance(tree, *arguments)

    monkeypatch.setattr(refs, "advance", work_and_advance)


def test_somebody_who_commits_our_files_with_theirs_has_committed_them(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_advance(monkeypatch, lambda: repo.git("commit", "-q", "--allow-empty", "-m", "theirs"))
    assert save(repo) == ""
    assert repo.files()[LOG] == b"saved\n"
    assert repo.git("log", "--format=%s", "-1") == "theirs"
    assert repo.status() == []


def test_a_branch_that_never_rests_defers(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def move() -> None:
        repo.git("update-ref", "refs/heads/main", repo.git("commit-tree", "-p", "HEAD", "-m", "x", "HEAD^{tree}"))

    monkeypatch.setattr(tree_commit, "COMMIT_TRIES", 2)
    before_advance(monkeypatch, move)
    with pytest.raises(Deferred, match="the branch keeps moving"):
        save(repo)
    assert repo.files()[LOG] == b"# x\n"
    assert repo.status() == [f"M  {LOG}"], "the next round must find it"


def test_what_is_staged_between_copy_and_publish_stays(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    put, done = WorkTree.put, []

    def put_and_stage(tree: WorkTree, *arguments: object) -> None:
        put(tree, *arguments)  # type: ignore[arg-type]
        if not done:
            done.append(True)
            repo.write("a", "staged\n")
            repo.git("add", "a")

    monkeypatch.setattr(WorkTree, "put", put_and_stage)
    save(repo)
    assert repo.changed() == [LOG]
    assert repo.status() == ["M  a"]


KILLED = """
import os, sys
from pathlib import Path
from session_sync.sync.tree import commit as tree_commit
from session_sync.sync.tree import refs
from session_sync.sync.tree.tree import WorkTree
from session_sync.sync.tree.index import TreeIndex
def die(*_):
    os._exit(9)
setattr({"publish": TreeIndex, "advance": refs}.get(sys.argv[2], WorkTree), sys.argv[2], die)
tree_commit.commit_files(WorkTree(Path(sys.argv[1])), {sys.argv[3]: b"saved\\n"}, "save: x\\n", ("a", "b"))
"""


@pytest.mark.parametrize("step", ["put", "publish", "advance"])
def test_the_next_save_does_what_a_killed_one_did_not(repo: Repo, step: str) -> None:
    repo.write("a", "staged\n")
    repo.git("add", "a")
    repo.write(LOG, "saved\n")
    command = [sys.executable, "-c", KILLED, str(repo.root), step, LOG]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}, check=False)
    assert done.returncode == 9
    states = {line[-len(LOG) :]: line[:2] for line in repo.status()}
    assert states[LOG] == ("M " if step == "advance" else " M"), "never as deleted"
    save(repo, "session-logs/next.md")
    assert repo.changed() == ["session-logs/next.md"]
    commit(repo)
    assert repo.changed() == [LOG]
    assert repo.status() == ["M  a"]
    repo.git("fsck")


def test_a_sparse_checkout_stays_one(repo: Repo) -> None:
    repo.commit({"out/x": "1\n"})
    repo.git("sparse-checkout", "set", "--cone", "projects/PILOT")
    save(repo)
    assert repo.changed() == [LOG]
    assert not (repo.root / "out").exists()
    assert repo.status() == []


def test_a_linked_worktree_commits_to_its_own_branch(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    before, linked = repo.seen(), Repo(tmp_path / "linked")
    made = save(linked)
    assert linked.head == made == repo.git("rev-parse", "linked")
    assert linked.status() == []
    assert (repo.head, repo.index, repo.status()) == (linked.git("rev-parse", "HEAD~"), before.index, [])


@pytest.fixture
def signing(repo: Repo, tmp_path: Path) -> Path:
    """A key that the user signs commits with."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingkey", str(key))
    repo.git("config", "commit.gpgsign", "true")
    return key


def test_commits_are_signed_when_the_user_signs(repo: Repo, signing: Path) -> None:
    tree = WorkTree(repo.root)
    tree_commit.commit_files(tree, {LOG: b"saved\n"}, "save: x\n", WHO)
    assert "BEGIN SSH SIGNATURE" in repo.git("cat-file", "commit", "HEAD")
    assert tree.warnings == []


def test_a_signer_that_fails_is_told_and_stops_nothing(repo: Repo, signing: Path) -> None:
    signing.unlink()
    tree = WorkTree(repo.root)
    tree_commit.commit_files(tree, {LOG: b"saved\n"}, "save: x\n", WHO)
    assert "SIGNATURE" not in repo.git("cat-file", "commit", "HEAD")
    assert repo.files()[LOG] == b"saved\n"
    [warning] = tree.warnings
    assert warning.startswith("the commit is not signed: git commit-tree failed: ")


def program(place: Path, text: str) -> Path:
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return place


@pytest.mark.parametrize("key", ["gpg.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand"])
def test_a_signer_that_waits_is_ended_and_told_by_its_name(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """It is asked once: the next commit of the same round does not wait again."""
    waiting = program(tmp_path / "signer", "exec sleep 600")
    repo.git("config", "commit.gpgsign", "true")
    repo.git("config", "gpg.format", "ssh" if "ssh" in key else "openpgp")
    if key != "gpg.ssh.defaultKeyCommand":
        repo.git("config", "user.signingkey", program(tmp_path / "key", "").as_posix())
    repo.git("config", key, str(waiting))
    monkeypatch.setattr("session_sync.git.signing.LIMIT", 1.0)
    tree = WorkTree(repo.root)
    tree_commit.commit_files(tree, {LOG: b"saved\n"}, "save: x\n", WHO)
    tree_commit.commit_files(tree, {LOG: b"again\n"}, "save: x\n", WHO)
    assert repo.files()[LOG] == b"again\n"
    assert "sig" not in repo.git("cat-file", "commit", "HEAD~")
    name = "git commit-tree failed: fatal: signer, which git waits for, has not ended after 1 s; have it need no answer"
    assert tree.warnings == [f"the commit is not signed: {name}"]


def test_gnupg_is_told_to_open_no_window(repo: Repo, tmp_path: Path) -> None:
    told = tmp_path / "told"
    gpg = program(tmp_path / "gpg", f'echo "$*|$DISPLAY$GPG_TTY" > {told}; exit 2')
    for key, value in {"commit.gpgsign": "true", "user.signingkey": "A1", "gpg.program": str(gpg)}.items():
        repo.git("config", key, value)
    tree = WorkTree(repo.root)
    tree_commit.commit_files(tree, {LOG: b"saved\n"}, "save: x\n", WHO)
    assert told.read_text() == "--batch --no-tty --pinentry-mode error --status-fd=2 -bsau A1|\n"
    assert len(tree.warnings) == 1


def test_who_commits_may_have_any_name(repo: Repo) -> None:
    repo.write(LOG, "saved\n")
    who = ("Ada <x>\n日本", "a@b>\n")
    tree_commit.commit_files(WorkTree(repo.root), {LOG: b"saved\n"}, "one\n\nBody é\n", who)
    assert repo.git("log", "-1", "--format=%an|%ae|%B") == "Ada x日本|a@b|one\n\nBody é"


def test_the_head_of_a_tree(repo: Repo, tmp_path: Path) -> None:
    assert tree_commit.current_head(WorkTree(repo.root)) == Head("main", repo.head)
    repo.git("switch", "-q", "-c", "feature/é x".replace(" ", "-"))
    assert tree_commit.current_head(WorkTree(repo.root)).ref == "refs/heads/feature/é-x"
    repo.git("switch", "-q", "--detach")
    assert tree_commit.current_head(WorkTree(repo.root)) == Head("", repo.head)
    Repo(tmp_path / "empty")
    assert tree_commit.current_head(WorkTree(tmp_path / "empty")) == Head("main", "")
