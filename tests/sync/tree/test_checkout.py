from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync import system
from session_sync.errors import Deferred
from session_sync.home import files
from session_sync.sync.tree import checkout, refs
from session_sync.sync.tree import index as tree_index
from session_sync.sync.tree.incoming import Incoming, Journal
from session_sync.sync.tree.replace import Changed, Replacement
from support.rooms import little_room, on_another_disk
from support.trees import Content, Repo, Seen
from support.updates import BASE, Update, everything, force, resume


def test_all_kinds_of_changes(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SYNC_UMASK", "022")
    one.prepare(BASE, everything)
    assert one.run() == []
    one.assert_done()
    root = one.repo.root
    assert stat.S_IMODE((root / "tool").stat().st_mode) == 0o755
    assert stat.S_IMODE((root / "changes").stat().st_mode) == 0o644
    assert stat.S_IMODE((root / "file/now").stat().st_mode) == 0o755
    assert os.readlink(root / "dangling") == "/nowhere/at/all"
    assert not (root / "sub").exists()
    assert "session-sync: update" in one.repo.git("reflog", "HEAD")


def test_changes_in_other_files_stay(one: Update) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    repo = one.repo
    repo.write("stays", "mine\n")
    repo.write("untracked", "new\n")
    repo.write("folder/in", "staged\n")
    repo.git("add", "folder/in")
    repo.write("folder/in", "and changed\n")
    repo.write("intended", "x\n")
    repo.git("add", "-N", "intended")
    repo.git("rm", "-q", "tool")
    repo.git("rm", "-q", "--cached", "goes")
    one.run()
    one.assert_done(" A intended", " M stays", "?? goes", "?? untracked", "D  goes", "D  tool", "MM folder/in")
    assert repo.run("show", ":folder/in") == b"staged\n"


def stage(repo: Repo) -> None:
    repo.write("changes", "mine\n")
    repo.git("add", "changes")


IN_THE_WAY: dict[str, tuple[Callable[[Repo], object], dict[str, Content]]] = {
    "changed": (lambda repo: repo.write("changes", "mine\n"), {"changes": "two\n", "aaa": "x\n"}),
    "staged": (stage, {"changes": "two\n", "aaa": "x\n"}),
    "changed and removed there": (lambda repo: repo.write("goes", "mine\n"), {"goes": None, "aaa": "x\n"}),
    "untracked": (lambda repo: repo.write("new", "mine\n"), {"new": "theirs\n", "aaa": "x\n"}),
    "untracked in the place of a folder": (lambda repo: repo.write("new", "mine\n"), {"new/file": "x\n"}),
    "untracked folder": (lambda repo: repo.write("new/file", "mine\n"), {"new": "x\n"}),
    "untracked in a folder": (lambda repo: repo.write("folder/mine", "mine\n"), {"folder/in": None, "folder": "x\n"}),
    "link": (lambda repo: (repo.root / "new").symlink_to("folder"), {"new/file": "x\n"}),
    "mode": (lambda repo: (repo.root / "tool").chmod(0o755), {"tool": "#!/bin/bash\n"}),
}


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_a_change_in_the_way_is_refused_and_nothing_is_touched(one: Update, kind: str) -> None:
    mine, theirs = IN_THE_WAY[kind]
    one.prepare(BASE, theirs)
    mine(one.repo)
    assert "'" in one.refused()


def test_a_branch_that_moved_is_refused(one: Update) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    one.repo.commit({"stays": "mine\n"})
    assert one.refused() == "main moved meanwhile"
    one.repo.git("reset", "-q", "--hard", one.old)
    one.repo.git("switch", "-q", "-c", "another")
    assert one.refused() == "main moved meanwhile"


def test_a_commit_that_comes_last_stays(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the files and the branch: what the remote changed is not to become a change of the user's."""
    one.prepare(BASE, {"changes": "two\n"})
    publish = tree_index.TreeIndex.publish

    def commit_and_publish(index: tree_index.TreeIndex) -> bool:
        if one.repo.head == one.old:
            one.repo.write("stays", "mine\n")
            one.repo.git("commit", "-q", "-m", "mine", "--", "stays")
        return publish(index)

    monkeypatch.setattr(tree_index.TreeIndex, "publish", commit_and_publish)
    with pytest.raises(checkout.Dirty, match="main moved meanwhile"):
        one.run()
    assert one.repo.status() == []
    assert one.repo.git("log", "--format=%s", "-1") == "mine"
    assert (one.repo.root / "changes").read_text() == "one\n"
    assert one.is_clean()


def test_ignored_files_stay_when_the_update_is_refused(one: Update) -> None:
    one.prepare({**BASE, ".gitignore": "*.log\n"}, force({"a.log": "theirs\n", "changes": "two\n"}))
    one.repo.write("a.log", "only here\n")
    one.repo.write("changes", "mine\n")
    assert "changes" in one.refused()


@pytest.mark.parametrize("is_cone", [True, False])
@pytest.mark.parametrize("meanwhile", [False, True])
def test_what_is_outside_of_a_sparse_checkout_stays_absent(
    one: Update, is_cone: bool, meanwhile: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    base: dict[str, Content] = {"in/x": "1\n", "in/mine": "1\n", "out/x": "1\n", "out/gone": "1\n"}
    one.prepare(base, {"in/x": "2\n", "out/x": "2\n", "out/new": "2\n", "in/new": "2\n", "out/gone": None})
    repo = one.repo
    repo.git("sparse-checkout", "set", *(["--cone", "in"] if is_cone else ["--no-cone", "/in/"]))
    if meanwhile:
        stage_before_publish(repo, "in/mine", monkeypatch)
    one.run()
    assert (repo.head, repo.status()) == (one.new, ["M  in/mine"] if meanwhile else [])
    assert set(repo.seen().files) == {"in/x", "in/mine", "in/new"}


def stage_before_publish(repo: Repo, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stage a change of `path` when the files are updated but the index is not."""
    publish = tree_index.TreeIndex.publish
    done: list[bool] = []

    def stage_and_publish(index: tree_index.TreeIndex) -> bool:
        if not done:
            done.append(True)
            repo.write(path, "staged meanwhile\n")
            repo.git("add", "--", path)
        return publish(index)

    monkeypatch.setattr(tree_index.TreeIndex, "publish", stage_and_publish)


@pytest.mark.parametrize("path", ["stays", "changes", "added by the user"])
def test_what_is_staged_meanwhile_stays_staged(one: Update, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, everything)
    stage_before_publish(one.repo, path, monkeypatch)
    one.run()
    one.assert_done(f"{'A' if path == 'added by the user' else 'M'}  {path}")
    assert one.repo.run("show", f":{path}") == b"staged meanwhile\n"


def test_line_ends_of_the_users_system(one: Update) -> None:
    repo = one.repo
    repo.git("config", "core.autocrlf", "true")
    one.prepare({"a": "1\r\n", "b": "1\r\n"}, {"a": "1\r\n2\r\n", "new": "x\r\n"})
    assert repo.files(one.new)["new"] == b"x\n"
    one.run()
    assert (repo.root / "a").read_bytes() == b"1\r\n2\r\n"
    assert (repo.root / "new").read_bytes() == b"x\r\n"
    assert repo.status() == []
    assert repo.run("diff-files") == b""


def test_a_lost_index_is_made_anew(one: Update) -> None:
    one.prepare(BASE, everything)
    (one.repo.root / ".git/index").unlink()
    one.run()
    one.assert_done()


def test_submodules_are_the_users(one: Update, tmp_path: Path) -> None:
    """Their pointers are brought in, their files are not touched."""
    module, repo = Repo(tmp_path / "module"), one.repo
    first = module.commit({"x": "1\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(module.root), "module")
    repo.git("config", "submodule.recurse", "true")
    inside = Repo(repo.root / "module")
    one.old = repo.commit({"stays": "1\n"})
    second = inside.commit({"x": "2\n"})
    one.new = repo.commit({"new": "1\n"})
    repo.git("reset", "-q", "--hard", one.old)
    assert (inside.head, inside.files()) == (first, {"x": b"1\n"})
    one.run()
    assert (repo.head, inside.head) == (one.new, first)
    assert repo.git("rev-parse", "HEAD:module") == second
    assert (repo.status(), inside.status()) == ([" M module"], [])


def test_an_index_that_stays_locked_defers_and_leaves_the_tree_as_it_was(
    one: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.prepare(BASE, everything)
    before = one.repo.seen()
    monkeypatch.setattr(tree_index, "INDEX_PATIENCE", 0.1)
    lock = one.repo.write(".git/index.lock", "")
    with pytest.raises(Deferred, match=r"index\.lock"):
        one.run()
    lock.unlink()
    assert one.repo.seen() == before
    one.run()
    one.assert_done()


def test_a_full_disk_leaves_the_tree_as_it_was(one: Update) -> None:
    one.prepare(BASE, everything, {"large": "line\n" * 100_000})
    before = one.repo.seen()
    with little_room(100_000), pytest.raises(checkout.NotWritten):
        one.run()
    assert one.repo.seen() == before
    assert one.is_clean()
    one.run()
    one.assert_done()


@pytest.mark.parametrize("comes", ["new", "changed"])
def test_a_filter_that_fails_leaves_the_tree_as_it_was(one: Update, comes: str) -> None:
    repo = one.repo
    one.prepare({**BASE, ".gitattributes": "*.x filter=odd\n", "changed.x": "1\n"}, everything, {f"{comes}.x": "2\n"})
    for key, value in (("clean", "cat"), ("smudge", "false"), ("required", "true")):
        repo.git("config", f"filter.odd.{key}", value)
    before = repo.seen()
    with pytest.raises(checkout.NotWritten, match=rf"{comes}\.x: smudge filter odd failed"):
        one.run()
    assert repo.seen() == before
    assert one.is_clean()


def test_what_a_failed_filter_of_two_left_would_be_pushed_as_a_change(one: Update) -> None:
    """git writes the file unfiltered when a filter is not required, and later takes it for the user's change."""
    repo = one.repo
    one.prepare({**BASE, ".gitattributes": "*.x filter=odd\n"}, everything, {"new.x": "abc\n"})
    repo.git("config", "filter.odd.clean", "tr a-z n-za-m")
    repo.git("config", "filter.odd.smudge", "false")
    before = repo.seen()
    with pytest.raises(checkout.NotWritten, match="smudge filter odd failed"):
        one.run()
    assert repo.seen() == before
    assert one.is_clean()
    repo.git("config", "filter.odd.smudge", "tr a-z n-za-m")
    one.run()
    assert (repo.root / "new.x").read_text() == "nop\n"
    assert repo.status() == []


def test_a_filter_that_the_user_can_do_without_may_fail(one: Update) -> None:
    repo = one.repo
    one.prepare({**BASE, ".gitattributes": "*.x filter=odd\n"}, everything, {"new.x": "abc\n"})
    repo.git("config", "filter.odd.smudge", "false")
    one.run()
    assert (repo.root / "new.x").read_text() == "abc\n"
    assert repo.status() == []


def test_a_filter_runs_in_the_users_own_tree_with_the_attributes_that_come(one: Update) -> None:
    repo = one.repo
    one.prepare(
        {"tools/up": "#!/bin/sh\ntest -d .git && tr a-z A-Z\n"}, {".gitattributes": "*.x filter=up\n", "a.x": "a\n"}
    )
    (repo.root / "tools/up").chmod(0o755)
    repo.git("config", "core.fileMode", "false")
    repo.git("config", "filter.up.smudge", "tools/up || exit 1")
    repo.git("config", "filter.up.clean", "tr A-Z a-z")
    repo.git("config", "filter.up.required", "true")
    one.run()
    assert (repo.root / "a.x").read_text() == "A\n"
    assert repo.status() == []


Writing = Callable[[Path], object]
WRITINGS: dict[str, Writing] = {
    "in place": lambda place: place.write_text("mine\n"),
    "at its end": lambda place: os.write(os.open(place, os.O_WRONLY | os.O_APPEND), b"mine\n"),
    "by a rename": lambda place: files.write_atomic(place, b"mine\n"),
    "removed": lambda place: place.unlink(),
}


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("way", WRITINGS)
@pytest.mark.parametrize("path", ["stays", "changes", "goes"])
def test_what_is_written_while_files_come_in_stays_and_all_is_undone(
    one: Update, path: str, way: str, can_exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just before the file's turn: nothing of the update may be left, and nothing of the writing lost."""
    if not can_exchange:
        monkeypatch.setattr(system, "exchange", lambda one, other: False)
    one.prepare(BASE, everything, {"stays": "theirs\n"})
    place = one.repo.root / path
    note = Incoming.note

    def write_and_note(incoming: Incoming, journal: Journal) -> None:
        WRITINGS[way](place)
        note(incoming, journal)

    monkeypatch.setattr(Incoming, "note", write_and_note)
    before = one.repo.seen()
    with pytest.raises(checkout.Dirty, match=f"file '{path}' changed meanwhile"):
        one.run()
    after = one.repo.seen()
    assert after.files.pop(path, None) == {"removed": None, "at its end": content(before, path, b"mine\n")}.get(
        way, (before.files[path][0], b"mine\n")
    )
    del before.files[path]
    assert after == before
    assert one.is_clean()


def content(seen: Seen, path: str, added: bytes) -> tuple[int, bytes]:
    mode, data = seen.files[path]
    return mode, data + added


@pytest.mark.parametrize("path", ["stays", "changes", "goes"])
def test_what_is_written_to_an_open_file_that_was_replaced_undoes_all(
    one: Update, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.prepare(BASE, everything, {"stays": "theirs\n"})
    place = one.repo.root / path
    before = place.read_text()
    check = Replacement.check
    with place.open("a") as stream:

        def write_and_check(done: Replacement) -> None:
            stream.write("late\n")
            stream.flush()
            check(done)

        monkeypatch.setattr(Replacement, "check", write_and_check)
        with pytest.raises(checkout.Dirty, match="changed meanwhile"):
            one.run()
    assert place.read_text() == f"{before}late\n"
    assert one.repo.status() == [f" M {path}"]
    assert one.is_clean()


def test_what_is_written_later_still_is_kept_outside_of_the_tree(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, everything)
    advance = refs.advance
    with (one.repo.root / "changes").open("a") as stream:

        def write_and_advance(*arguments: str) -> bool:
            stream.write("late\n")
            stream.flush()
            return advance(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(refs, "advance", write_and_advance)
        [(name, place)] = one.run()
    assert (name, place.read_text()) == ("changes", "one\nlate\n")
    one.assert_done()


def test_an_edit_of_a_new_file_stays_when_the_rest_is_undone(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, {"changes": "two\n", "new": "theirs\n", "stays": "theirs\n"})

    def edit(_: Replacement) -> None:
        one.repo.write("changes", "two\nand mine\n")
        one.repo.write("new", "mine\n")
        raise Changed(one.repo.root / "stays")

    monkeypatch.setattr(Replacement, "check", edit)
    with pytest.raises(checkout.Dirty):
        one.run()
    assert (one.repo.root / "changes").read_text() == "two\nand mine\n"
    assert one.repo.status() == [" M changes", "?? new"]
    assert one.is_clean()


def test_a_branch_that_cannot_be_moved_undoes_all(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, everything)
    before = one.repo.seen()
    monkeypatch.setattr(refs, "REF_PATIENCE", 0.1)
    lock = one.repo.write(".git/refs/heads/main.lock", "")
    with pytest.raises(Deferred, match=r"main\.lock"):
        one.run()
    lock.unlink()
    assert one.repo.seen() == before
    assert one.is_clean()


def test_what_cannot_be_undone_is_told_and_left_to_the_next_round(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, everything)
    with monkeypatch.context() as patch:
        patch.setattr(refs, "advance", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device", "refs")))
        patch.setattr(Replacement, "undo", lambda _: (_ for _ in ()).throw(OSError(5, "Input/output error", "x")))
        with pytest.raises(checkout.HalfWritten, match=r"refs: No space left on device; .*; nor can that be undone"):
            one.run()
    assert resume(one) == []
    one.assert_done()


def test_an_update_below_a_root_where_nobody_may_write(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare({"d/a": "1\n"}, lambda _: None, {"d/a": "2\n"})
    rename = os.rename

    def refuse(source: Path, target: Path) -> None:
        if Path(target).parent == one.repo.root:
            raise PermissionError(13, "Permission denied", str(target))
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    resume(one)
    one.run()
    one.assert_done()


def test_a_tree_on_another_disk_than_its_git_directory(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, everything)
    with on_another_disk(one.repo.root / ".git"):
        one.run()
    one.assert_done()
