from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.git import objects
from session_sync.git.failure import GitError
from session_sync.git.objects import Kind
from session_sync.git.run import Git
from support.trees import Repo

MISSING = "0" * 40


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "tree")
    made.commit({"one": "1\n", "empty": "", "raw": b"\0\r\n\xff"})
    return made


def test_objects_are_read_by_their_ids(repo: Repo) -> None:
    ids = [repo.git("rev-parse", f"HEAD:{name}") for name in ("one", "empty", "raw", "one")]
    with objects.reader(Git(tree=repo.root)) as read:
        assert [read(oid) for oid in ids] == [b"1\n", b"", b"\0\r\n\xff", b"1\n"]


def test_a_missing_object_is_an_error_and_the_next_one_is_read(repo: Repo) -> None:
    with objects.reader(Git(tree=repo.root)) as read:
        with pytest.raises(GitError, match=f"{MISSING} is missing"):
            read(MISSING)
        assert read(repo.git("rev-parse", "HEAD:one")) == b"1\n"


def test_kinds_and_sizes(repo: Repo) -> None:
    blob, tree, head = (repo.git("rev-parse", name) for name in ("HEAD:one", "HEAD:", "HEAD"))
    size = int(repo.git("cat-file", "-s", head))
    found = objects.kinds(Git(tree=repo.root), ["HEAD:one", MISSING, "HEAD", "HEAD:no such file", "HEAD:"])
    assert found[:4] == [Kind(blob, "blob", 2), None, Kind(head, "commit", size), None]
    assert found[4]
    assert found[4].oid == tree


def test_nothing_is_asked_for_nothing() -> None:
    assert objects.kinds(Git(Path("/nowhere")), []) == []
