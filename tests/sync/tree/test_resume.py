from __future__ import annotations

import pytest

from session_sync.sync.tree import index as tree_index
from session_sync.sync.tree import resume as resuming
from session_sync.sync.tree.checkout import NotWritten
from session_sync.sync.tree.tree import WorkTree
from support.rooms import little_room
from support.updates import BASE, STEPS, Update, everything, kill, resume


@pytest.mark.parametrize("step", STEPS)
def test_what_a_kill_cut_short_is_finished(one: Update, step: str) -> None:
    one.prepare({**BASE, "log": "one\n"}, everything, {"log": "one\ntwo\n"}, lambda r: (r.root / "log").chmod(0o755))
    kill(one, step)
    resume(one)
    one.assert_done()
    assert (one.repo.root / "log").stat().st_mode & 0o100


@pytest.mark.parametrize("step", STEPS)
def test_a_users_edit_after_a_kill_is_never_overwritten(one: Update, step: str) -> None:
    """And nothing of the rest becomes the user's: it is all as before, or as after the update."""
    one.prepare(BASE, {"changes": "two\n", "stays": "theirs\n", "goes": None, "tool": "theirs\n"})
    kill(one, step)
    one.repo.write("changes", "mine\n")
    resume(one)
    assert (one.repo.root / "changes").read_text() == "mine\n"
    assert one.repo.status() == [" M changes"]
    assert one.repo.head in (one.old, one.new)
    assert one.is_clean()


@pytest.mark.parametrize("step", [step for step in STEPS if step != "lock"])
def test_a_commit_after_a_kill_takes_nothing_of_it_along(one: Update, step: str) -> None:
    one.prepare(BASE, {"changes": "two\n", "stays": "theirs\n", "goes": None, "tool": "theirs\n"})
    kill(one, step)
    one.repo.git("commit", "-q", "--allow-empty", "-m", "mine")
    mine = one.repo.head
    resume(one)
    assert one.repo.status() == []
    assert one.repo.head == mine
    assert one.is_clean()


@pytest.mark.parametrize("step", ["replaced", "half", "files"])
def test_what_is_written_to_an_old_file_after_a_kill_is_kept(one: Update, step: str) -> None:
    one.prepare(BASE, {"changes": "two\n", "stays": "theirs\n", "tool": "theirs\n"})
    with (one.repo.root / "changes").open("a") as stream:
        kill(one, step)
        stream.write("late\n")
    [(name, place)] = resume(one)
    assert (name, place.read_text()) == ("changes", "one\nlate\n")
    one.assert_done()


def test_what_git_wrote_before_a_kill_is_removed(one: Update) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    one.repo.write(".git/session-sync/incoming/new/changes", "two\n")
    resume(one)
    assert one.is_clean()
    assert one.repo.status() == []


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0\0\0",
        b"\xff",
        b"[]",
        b'"x"',
        b"{}",
        b'{"old": "OLD", "new": "NEW"}',
        b'{"old": "OLD", "new": "NEW", "branch": "other"}',
        b'{"old": "NEW", "new": "OLD", "branch": "main"}',
        b'{"old": "OLD", "new": "1234567890123456789012345678901234567890", "branch": "main"}',
        b'{"old": "OLD", "new": "--output=owned", "branch": "main"}',
        b'{"old": "OLD", "new": ["x"], "branch": "main"}',
    ],
)
def test_a_note_of_nothing_that_can_be_finished_is_dropped(one: Update, damage: bytes) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    one.repo.write("stays", "mine\n")
    before = one.repo.seen()
    folder = one.repo.root / ".git/session-sync"
    folder.mkdir()
    data = damage.replace(b"OLD", one.old.encode()).replace(b"NEW", one.new.encode())
    (folder / "update.json").write_bytes(data)
    resume(one)
    assert one.repo.seen() == before


def test_nothing_to_resume_is_no_work(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    tree = WorkTree(one.repo.root)
    monkeypatch.setattr(tree_index.TreeIndex, "take", lambda index: pytest.fail("it looked at the index"))
    resuming.resume(tree, [])


def test_an_update_that_cannot_be_finished_yet_is_tried_again(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, say: nothing of it may become the user's own change."""
    one.prepare(BASE, {"changes": "two\n" * 100_000, "stays": "two\n" * 100_000})
    kill(one, "replaced")
    with little_room(100_000), pytest.raises(NotWritten):
        resuming.resume(WorkTree(one.repo.root), [])
    assert (one.repo.root / ".git/session-sync/update.json").exists()
    resume(one)
    one.assert_done()
