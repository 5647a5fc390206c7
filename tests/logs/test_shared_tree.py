from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.logs import shared_tree
from session_sync.logs.shared_tree import NO_SCOPE, Scope
from support.trees import Repo


@pytest.fixture
def top(tmp_path: Path) -> Path:
    for folder in ("projects/PILOT/session-logs", "projects/other", "clients/Avivatec/deep/er", "wiki", "projects/.x"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("marker", [".claude/identity.json", ".claude/session-sync.yaml", "identity.json", ""])
def test_a_tree_is_shared_by_its_mark(tmp_path: Path, marker: str) -> None:
    repo = Repo(tmp_path / "tree")
    inside = repo.root / "projects" / "x"
    inside.mkdir(parents=True)
    if marker:
        repo.write(marker, "{}")
    expected = repo.root if marker.startswith(".claude/") else None
    assert shared_tree.root(inside) == shared_tree.root(repo.root) == expected
    assert shared_tree.root(repo.root / ".git") is None


def test_what_is_no_tree_is_not_shared(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude/identity.json").write_text("{}")
    assert shared_tree.root(tmp_path) is None
    assert shared_tree.root(tmp_path / "missing") is None


def test_a_repository_within_a_shared_tree_is_not_that_tree(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    repo.write(".claude/session-sync.yaml", "")
    (repo.root / "projects").mkdir()
    nested = Repo(repo.root / "projects" / "code")
    assert shared_tree.root(nested.root) is None


@pytest.mark.parametrize(
    ("project", "client", "inside", "expected"),
    [
        ("PILOT", None, "", "projects/PILOT/session-logs"),
        ("pilot", None, "", "projects/PILOT/session-logs"),
        ("New Project", None, "clients/Avivatec", "projects/New-Project/session-logs"),
        (None, "avivatec", "projects/PILOT", "clients/Avivatec/session-logs"),
        (None, "newcomer", "", "clients/newcomer/session-logs"),
        (None, None, "projects/PILOT", "projects/PILOT/session-logs"),
        (None, None, "projects/PILOT/session-logs", "projects/PILOT/session-logs"),
        (None, None, "clients/Avivatec/deep/er", "clients/Avivatec/session-logs"),
        (None, None, "projects", "session-logs"),
        (None, None, "wiki", "session-logs"),
        (None, None, "", "session-logs"),
        (None, None, "..", "session-logs"),
        (None, None, "missing/folder", "session-logs"),
    ],
)
def test_the_place_of_a_log(top: Path, project: str | None, client: str | None, inside: str, expected: str) -> None:
    assert shared_tree.scope(top, project, client, top / inside).folder == expected


@pytest.mark.parametrize(
    "name", ["../../etc", "..", ".", "/etc/passwd", "a/b", "-rf", "C:\\x", "a\nb", "\x1b[31m", ".git"]
)
def test_a_hostile_name_stays_in_its_folder(top: Path, name: str) -> None:
    for scope in (shared_tree.scope(top, name, None, top), shared_tree.scope(top, None, name, top)):
        assert scope.category in ("projects", "clients")
        assert scope.name not in ("", ".", "..")
        assert not set(scope.name) & set("/\\\n\x1b:")
        assert not scope.name.startswith((".", "-"))


def test_a_link_to_a_project_is_that_project(top: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(top / "projects/PILOT")
    assert shared_tree.scope(top, None, None, link) == Scope("projects", "PILOT")
    linked_top = link.parent / "top"
    linked_top.symlink_to(top)
    assert shared_tree.scope(linked_top, None, None, top / "projects/PILOT") == Scope("projects", "PILOT")


def test_of_two_folders_the_one_of_that_very_name(top: Path) -> None:
    (top / "projects/pilot").mkdir()
    assert shared_tree.scope(top, "pilot", None, top).name == "pilot"
    assert shared_tree.scope(top, "PILOT", None, top).name == "PILOT"


def test_a_folder_gives_the_names_case_where_case_means_nothing(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS and Windows, where a folder is there under all cases of its name."""
    is_dir = Path.is_dir
    monkeypatch.setattr(Path, "is_dir", lambda path: path.name.lower() == "pilot" or is_dir(path))
    assert shared_tree.scope(top, "Pilot", None, top).name == "PILOT"


def test_a_file_in_the_place_of_a_project_gives_no_case(top: Path) -> None:
    (top / "projects/Thing").write_text("x")
    assert shared_tree.scope(top, "thing", None, top).name == "thing"


@pytest.mark.parametrize(
    ("path", "scope", "is_log"),
    [
        ("projects/PILOT/session-logs/a.md", Scope("projects", "PILOT"), True),
        ("clients/A/session-logs/2026/a.md", Scope("clients", "A"), True),
        ("session-logs/a.md", NO_SCOPE, True),
        ("session-logs/a.txt", NO_SCOPE, False),
        ("session-logs/.a.md", NO_SCOPE, False),
        ("session-logs.md", NO_SCOPE, False),
        ("my-session-logs/a.md", NO_SCOPE, False),
        ("projects/session-logs", NO_SCOPE, False),
        ("projects/README.md", NO_SCOPE, False),
        ("projects/PILOT/README.md", Scope("projects", "PILOT"), False),
        ("wiki/projects/x.md", NO_SCOPE, False),
        (os.fsdecode(b"projects/\xff/session-logs/\xfe.md"), Scope("projects", "\udcff"), True),
    ],
)
def test_whose_a_file_is(path: str, scope: Scope, is_log: bool) -> None:
    assert shared_tree.scope_of(path) == scope
    assert shared_tree.is_log(path) == is_log


def test_policies_go_by_the_name() -> None:
    assert (Scope("clients", "A").project, NO_SCOPE.project) == ("A", "general")
