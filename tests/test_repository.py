from __future__ import annotations

from pathlib import Path

import pytest

from session_sync import repository
from session_sync.repository import Repository


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


def test_refusals_are_read_from_porcelain() -> None:
    answer = (
        "To /x\n \trefs/heads/a:refs/heads/a\tabc..def\n"
        "!\trefs/proposals/main:refs/heads/main\t[rejected] (fetch first)\nDone\n"
    )
    assert repository._refusals(answer) == {"refs/heads/main": "[rejected] (fetch first)"}
    assert repository._taken(answer) == {"refs/heads/a"}


@pytest.mark.parametrize(
    ("flag", "taken"), [(" ", True), ("*", True), ("=", True), ("!", False), ("+", False), ("", False)]
)
def test_a_push_counts_only_when_git_says_so(flag: str, taken: bool) -> None:
    answer = f"To /x\n{flag}\trefs/heads/a:refs/heads/a\t[new branch]\nDone\n"
    assert ("refs/heads/a" in repository._taken(answer)) == taken
