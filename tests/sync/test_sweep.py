"""What a sync commits of a shared tree, what it leaves, and what it withholds."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from session_sync.sync import sweep
from support.members import Member, Team
from support.sweeps import LINE, SECRET, left, withheld


def test_all_that_changed_is_committed_as_it_is(team: Team, ada: Member) -> None:
    ada.commit("old.txt")
    ada.commit("tool.sh", "#!/bin/sh\n")
    ada.write("notes.txt", "one\ntwo\nfour\n")
    (ada.tree / "old.txt").unlink()
    (ada.tree / "tool.sh").chmod(0o755)
    ada.write("new/deep/file.txt")
    ada.write("picture.png", bytes(range(256)))
    (ada.tree / "dangling").symlink_to("nowhere")
    (ada.tree / "absolute").symlink_to("/etc/hostname")
    (ada.tree / "empty").mkdir()
    ada.write("staged.txt", "staged\n")
    ada.git("add", "staged.txt")
    ada.write("staged.txt", "later\n")
    ada.sync()
    assert ada.files() == {
        *("old.txt", "tool.sh", "notes.txt", "new/deep/file.txt", "picture.png", "dangling", "absolute"),
        "staged.txt",
    }
    assert ada.status() == ""
    assert team.head() == ada.head()
    modes = {line.split("\t")[1]: line.split(" ")[0] for line in ada.git("ls-tree", "-r", "HEAD").splitlines()}
    assert (modes["tool.sh"], modes["dangling"], modes["picture.png"]) == ("100755", "120000", "100644")
    assert team.text("staged.txt") == "later\n"
    assert team.remote.files("main")["picture.png"] == bytes(range(256))
    assert (ada.tree / "empty").is_dir()


def test_a_name_of_any_bytes_is_committed_and_shown_on_one_line(team: Team, ada: Member) -> None:
    names = [b"two\nlines.txt", b'quo"te.txt', b"latin-\xe9.txt", b"-n.txt", b"--all", b"sp ace.txt", b":(top)x", b"*"]
    for name in names:
        Path(os.fsdecode(os.fsencode(ada.tree) + b"/" + name)).write_text("x\n")
    ran = ada.sync()
    assert {os.fsencode(path) for path in ada.files()} == set(names)
    assert ada.status() == ""
    assert "two\\nlines.txt" in ran.told
    assert "latin-\\xe9.txt" in ran.told
    assert len(ran.tree["files"]) == len(names)


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_two_names_that_are_one_file_where_case_does_not_count(
    team: Team, ada: Member, bob: Member, change: str
) -> None:
    """Two links of a file stand for it: no file system that ignores case is needed for what git sees there."""
    bob.commit("Notes.txt", "bob's own\n")
    bob.git("push", "-q")
    ada.sync()
    ada.git("config", "core.ignoreCase", "true")
    (ada.tree / "Notes.txt").unlink()
    if change == "edited":
        (ada.tree / "Notes.txt").hardlink_to(ada.tree / "notes.txt")
        ada.write("notes.txt", "ada's\n")
    else:
        (ada.tree / "notes.txt").unlink()
    ada.write("x.txt")
    ran = ada.sync()
    assert "not committed Notes.txt: one file here with another name that differs in case alone" in ran.told
    assert (ran.tree["files"], team.text("Notes.txt")) == (["x.txt"], "bob's own\n")
    ada.git("rm", "-q", "--cached", "Notes.txt")
    ada.write("notes.txt", "ada's\n")
    (ada.tree / "Notes.txt").unlink(missing_ok=True)
    ada.sync()
    assert ("Notes.txt" in team.paths(), team.text("notes.txt")) == (False, "ada's\n")


def test_a_file_replaced_by_a_folder_and_the_other_way_round(ada: Member) -> None:
    ada.commit("a")
    ada.commit("b/inner")
    (ada.tree / "a").unlink()
    ada.write("a/inner")
    (ada.tree / "b" / "inner").unlink()
    (ada.tree / "b").rmdir()
    ada.write("b")
    ada.sync()
    assert ada.files() == {"a", "a/inner", "b", "b/inner"}
    assert ada.status() == ""


def test_a_secret_is_withheld_and_the_rest_goes(team: Team, ada: Member) -> None:
    ada.write("settings.ini", f"[x]\n{LINE}")
    ada.write(f"{SECRET}.txt")
    ada.write("fine.txt")
    ada.write("notes.txt", f"one\n{LINE}")
    before = ada.state()
    ran = ada.sync()
    found = {(one["path"], one["line"]) for one in ran.tree["withheld"]}
    assert {("settings.ini", 2), ("notes.txt", 2)} <= found
    assert len(ran.tree["withheld"]) == 3
    assert ran.tree["files"] == ["fine.txt"]
    assert ada.state()[3:] == before[3:]
    assert "M notes.txt" in ada.status()
    assert SECRET.encode() not in team.remote.everything()
    assert "withheld settings.ini: line 2: secret:" in ran.told
    assert ada.sync().tree["committed"] == ""


def test_a_withheld_file_that_was_staged_is_not_committed_by_the_round(team: Team, ada: Member) -> None:
    ada.write("settings.ini", LINE)
    ada.git("add", "settings.ini")
    ada.write("fine.txt")
    assert withheld(ada) == {("settings.ini", 1, "secret:github")}
    assert SECRET.encode() not in team.remote.everything()
    assert "settings.ini" in ada.status()


def test_the_users_identity_and_our_own_half_written_files_are_never_committed(team: Team, ada: Member) -> None:
    ada.write(".claude/identity.json", '{"user": "ada", "email": "ada@example.org", "full_name": "Ada Example"}')
    ada.write("projects/P/session-logs/.0123456789abcdef.tmp")
    ada.write("x.txt")
    ran = ada.sync()
    assert ran.tree["files"] == ["x.txt"]
    assert not {".claude/identity.json", "projects/P/session-logs/.0123456789abcdef.tmp"} & team.paths()
    assert ran.tree["left"] == []


def test_repositories_within_and_large_and_odd_files_are_left_and_named(team: Team, ada: Member) -> None:
    inner = ada.tree / "inner"
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    ada.write("inner/file.txt")
    empty = ada.tree / "bare-inner"
    subprocess.run(["git", "init", "-q", str(empty)], check=True)
    ada.git("add", "file.txt", cwd=inner)
    ada.git("commit", "-q", "-m", "inner", cwd=inner)
    with (ada.tree / "big.bin").open("wb") as stream:
        stream.truncate(sweep.LARGEST_FILE + 1)
    with (ada.tree / "fits.bin").open("wb") as stream:
        stream.truncate(1000)
    os.mkfifo(ada.tree / "pipe")
    ada.write("x.txt")
    ran = ada.sync()
    reasons = {one["path"]: one["reason"] for one in ran.tree["left"]}
    assert set(reasons) >= {"inner/", "big.bin"}
    assert "git repository within the tree" in reasons["inner/"]
    assert "over 95 MB" in reasons["big.bin"]
    assert team.paths() >= {"x.txt", "fits.bin"}
    assert not {"big.bin", "inner", "pipe"} & team.paths()
    assert "[WARNING] not committed big.bin" in ran.told


def test_a_changed_file_that_became_a_pipe_is_left(team: Team, ada: Member) -> None:
    (ada.tree / "notes.txt").unlink()
    os.mkfifo(ada.tree / "notes.txt")
    ada.write("x.txt")
    found = left(ada)
    assert "notes.txt" in found
    assert team.paths() >= {"x.txt", "notes.txt"}


def test_a_socket_in_the_tree_stops_nothing(team: Team, ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ada.tree)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        ada.write("x.txt")
        ada.sync()
    assert "x.txt" in team.paths()


def test_a_changed_submodule_is_left_and_its_pointer_stays(team: Team, ada: Member, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "library")], check=True)
    commit = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=tmp_path / "library", check=True)
    ada.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "library")
    ada.git("commit", "-q", "-m", "add the library")
    ada.sync()
    pointer = ada.git("rev-parse", "HEAD:library")
    subprocess.run(commit, cwd=ada.tree / "library", check=True)
    ada.write("x.txt")
    ran = ada.sync()
    assert [one["path"] for one in ran.tree["left"]] == ["library"]
    assert ran.tree["files"] == ["x.txt"]
    assert team.remote.git("rev-parse", "main:library").decode().strip() == pointer
    assert "library" in ada.status()


def test_a_file_that_vanishes_while_it_is_staged_stops_nothing(team: Team, ada: Member) -> None:
    stop = threading.Event()

    def flicker() -> None:
        while not stop.is_set():
            for number in range(20):
                ada.write(f"flicker/{number}.txt", str(number))
            for number in range(20):
                (ada.tree / f"flicker/{number}.txt").unlink(missing_ok=True)

    ada.write("x.txt")
    thread = threading.Thread(target=flicker)
    thread.start()
    try:
        ran = ada.home.run("sync", cwd=ada.tree)
    finally:
        stop.set()
        thread.join()
    assert ran.code in (0, 75), ran
    ada.sync()
    assert "x.txt" in team.paths()
    assert ada.status() == ""


# A git that finds gone.txt gone when it opens it, just after it looked: no test can come between the two in time.
VANISHING = """#!/bin/sh
case " $* " in *" update-index --add "*)
    cat > "$0.input"
    if grep -q gone.txt "$0.input"; then
        echo 'error: open("gone.txt"): No such file or directory' >&2
        echo 'fatal: Unable to process path gone.txt' >&2
        exit 128
    fi
    exec "{git}" "$@" < "$0.input"
esac
exec "{git}" "$@"
"""


def test_a_file_that_git_finds_gone_is_nothing_to_tell(team: Team, ada: Member, tmp_path: Path) -> None:
    wrapper = tmp_path / "bin/git"
    wrapper.parent.mkdir()
    wrapper.write_text(VANISHING.format(git=shutil.which("git")))
    wrapper.chmod(0o755)
    ada.write("gone.txt")
    ada.write("x.txt")
    ran = ada.sync(PATH=f"{wrapper.parent}:{os.environ['PATH']}")
    assert ran.tree["left"] == []
    assert ran.tree["files"] == ["x.txt"]
    assert "gone.txt" not in team.paths()


def test_a_folder_replaced_by_a_link_to_its_new_place(team: Team, ada: Member) -> None:
    ada.commit("old/a.txt")
    (ada.tree / "old").rename(ada.tree / "new")
    (ada.tree / "old").symlink_to("new")
    ran = ada.sync()
    assert (ran.tree["left"], ada.status()) == ([], "")
    assert team.paths() >= {"old", "new/a.txt"}
    assert "old/a.txt" not in team.paths()


def test_what_is_left_is_left_although_it_is_staged(team: Team, ada: Member) -> None:
    ada.write(".claude/identity.json", "{}")
    with (ada.tree / "big.bin").open("wb") as stream:
        stream.truncate(sweep.LARGEST_FILE + 1)
    ada.write("x.txt")
    ada.git("add", "-A", "-f")
    (ada.tree / "notes.txt").unlink()
    os.mkfifo(ada.tree / "notes.txt")
    assert set(left(ada)) == {"big.bin", "notes.txt"}
    assert ada.files() == {"x.txt"}
    assert set(ada.git("ls-files").splitlines()) == {".claude/session-sync.yaml", "big.bin", "notes.txt", "x.txt"}
    assert (ada.tree / "big.bin").is_file()


def test_a_submodule_that_the_user_staged_is_committed(team: Team, ada: Member, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "library")], check=True)
    commit = ["git", "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=tmp_path / "library", check=True)
    ada.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "library")
    assert left(ada) == {}
    assert ada.files() == {".gitmodules", "library"}
    subprocess.run(commit, cwd=ada.tree / "library", check=True)
    assert list(left(ada)) == ["library"]
    ada.git("add", "library")
    assert left(ada) == {}
    assert ada.files() == {"library"}


def test_a_file_that_git_refuses_is_left_and_named(team: Team, ada: Member) -> None:
    ada.commit(".gitattributes", "*.u16 text working-tree-encoding=UTF-16\n")
    for number in range(6):
        ada.write(f"fine-{number}.txt")
    ada.write("wrong.u16", b"\xff\xfe\x00\xd8\x00")
    ran = ada.sync(code=1)
    assert [one["path"] for one in ran.tree["left"]] == ["wrong.u16"]
    assert "failed to encode 'wrong.u16'" in ran.told
    assert len(ran.tree["files"]) == 6
    assert "wrong.u16" not in team.paths()


def test_a_repository_in_the_place_of_a_file_is_left(team: Team, ada: Member) -> None:
    (ada.tree / "notes.txt").unlink()
    subprocess.run(["git", "init", "-q", str(ada.tree / "notes.txt")], check=True)
    ada.write("notes.txt/inner.txt")
    ada.git("add", "inner.txt", cwd=ada.tree / "notes.txt")
    ada.git("commit", "-q", "-m", "inner", cwd=ada.tree / "notes.txt")
    ada.write("x.txt")
    assert list(left(ada)) == ["notes.txt"]
    assert team.text("notes.txt") == "one\ntwo\nthree\n"


def test_files_that_git_ignores_stay_out(team: Team, ada: Member) -> None:
    ada.write(".gitignore", "*.log\n")
    ada.write("x.log")
    ada.sync()
    assert ".gitignore" in team.paths()
    assert "x.log" not in team.paths()
    assert (ada.tree / "x.log").is_file()


def test_a_garbled_windows_path_is_moved_out_and_named(team: Team, ada: Member) -> None:
    ada.write("C:\\Users\\ada\\notes.md", "kept\n")
    ran = ada.sync()
    [moved] = ran.tree["moved"]
    assert moved["path"] == "C:\\Users\\ada\\notes.md"
    assert Path(moved["to"]).read_text() == "kept\n"
    assert ada.status() == ""
    assert f"moved {moved['path']} out of the tree: {moved['to']}" in ran.told
    assert len(team.paths()) == 2


@pytest.mark.parametrize("cone", ["--cone", "--no-cone"])
def test_a_sparse_checkout_stays_sparse(team: Team, ada: Member, bob: Member, cone: str) -> None:
    ada.commit("kept/a.txt")
    ada.commit("outside/b.txt")
    ada.sync()
    ada.git("sparse-checkout", "set", cone, ".claude", "kept")
    bob.sync()
    bob.commit("outside/c.txt")
    bob.commit("kept/d.txt")
    bob.sync()
    ada.write("kept/a.txt", "changed\n")
    ada.sync()
    assert team.paths() >= {"outside/b.txt", "outside/c.txt", "kept/a.txt", "kept/d.txt"}
    assert team.text("kept/a.txt") == "changed\n"
    assert (ada.tree / "kept" / "d.txt").is_file()
    assert not (ada.tree / "outside").exists()
    assert ada.status() == ""


def test_a_linked_worktree_and_a_shallow_clone_are_trees_too(team: Team, ada: Member) -> None:
    linked = Member(ada.home, ada.tree.parent / "linked")
    ada.git("worktree", "add", "-q", "-b", "feature", str(linked.tree))
    linked.git("push", "-q", "-u", "origin", "feature")
    linked.write("x.txt")
    linked.sync()
    assert team.head("feature") == linked.head()
    assert "x.txt" not in team.paths()
    shallow = team.clone("shallow", ada.home, "--depth=1")
    shallow.write("y.txt")
    ada.write("z.txt")
    ada.sync()
    shallow.sync()
    assert team.paths() >= {"y.txt", "z.txt"}
    assert (shallow.git("rev-parse", "--is-shallow-repository"), shallow.status()) == ("true", "")


def test_what_the_user_staged_of_a_withheld_file_stays_staged(team: Team, ada: Member) -> None:
    ada.write("plan.txt", "staged\n")
    ada.git("add", "plan.txt")
    ada.git("rm", "-q", "--cached", "notes.txt")
    ada.write("plan.txt", LINE)
    ada.write("notes.txt", LINE)
    ada.write("x.txt")
    assert {path for path, _, _ in withheld(ada)} == {"plan.txt", "notes.txt"}
    assert ada.git("show", ":plan.txt") == "staged"
    assert "D  notes.txt" in ada.status()
    assert (ada.files(), team.text("notes.txt")) == ({"x.txt"}, "one\ntwo\nthree\n")
    assert "plan.txt" not in team.paths()


def test_a_folder_that_git_cannot_open_is_a_failure_and_the_rest_goes(team: Team, ada: Member) -> None:
    deep = "d" * 200
    here = os.open(ada.tree, os.O_RDONLY)
    for _ in range(22):
        os.mkdir(deep, dir_fd=here)
        here, outer = os.open(deep, os.O_RDONLY, dir_fd=here), here
        os.close(outer)
    os.close(os.open("log.md", os.O_CREAT, dir_fd=here))
    os.close(here)
    ran = ada.sync(code=1)
    [found] = ran.tree["left"]
    assert (found["path"][:200], found["reason"]) == (deep, sweep.UNREADABLE_FILE)
    ada.write("x.txt")
    ada.sync(code=1)
    assert "x.txt" in team.paths()


def test_what_is_left_is_not_in_the_commit_whatever_is_staged(team: Team, ada: Member) -> None:
    inner = ada.tree / "inner"
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    commit = ["git", "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=inner, check=True)
    ada.write("design.psd", b"\0picture")
    ada.git("-c", "advice.addEmbeddedRepo=false", "add", "inner", "design.psd")
    subprocess.run(commit, cwd=inner, check=True)
    ada.write(".gitattributes", "*.psd filter=lfs -text\n")
    staged = ada.git("ls-files", "-s", "inner", "design.psd")
    assert set(left(ada)) == {"inner", "design.psd"}
    assert ada.files() == {".gitattributes"}
    assert not {"inner", "design.psd"} & team.paths()
    assert ada.git("ls-files", "-s", "inner", "design.psd") == staged
