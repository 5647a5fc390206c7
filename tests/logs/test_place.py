"""Where a session's log goes: a shared tree by its scope, or the store."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.members import Member, Team
from support.narratives import narrative

PLACES = [  # options, folder, and where the log goes
    ((), ".", "session-logs"),
    ((), "docs/deep", "session-logs"),
    ((), "projects", "session-logs"),
    ((), "projects/P", "projects/P/session-logs"),
    ((), "projects/P/src/deep", "projects/P/session-logs"),
    ((), "projects/P/session-logs", "projects/P/session-logs"),
    ((), "clients/Acme Ltd", "clients/Acme Ltd/session-logs"),
    (("--project", "Q"), "projects/P", "projects/Q/session-logs"),
    (("--project", "p"), ".", "projects/P/session-logs"),
    (("--client", "acme ltd"), "projects/P", "clients/acme-ltd/session-logs"),
    (("--client", "GLOBEX"), ".", "clients/Globex/session-logs"),
    (("--project", "cust-acme"), ".", "projects/CUST-acme/session-logs"),
    (("--project", "../../../etc"), ".", "projects/etc/session-logs"),
    (("--project", "/etc/passwd"), ".", "projects/etc-passwd/session-logs"),
    (("--project", ".git"), ".", "projects/git/session-logs"),
    (("--project", ".."), ".", "projects/general/session-logs"),
    (("--client", ".."), ".", "clients/unnamed/session-logs"),
    (("--client", "con"), ".", "clients/_con/session-logs"),
    (("--client", "a\nb\x1b[31m"), ".", "clients/a-b-31m/session-logs"),
    (("--tree",), "projects/P", "projects/P/session-logs"),
    (("--store",), "projects/P", "store/ada"),
    (("--store", "--project", "Q"), "projects/P", "store/Q"),
    ((), "docs/CUST-acme/x", "projects/CUST-acme/session-logs"),
    ((), "projects/P/cust-acme/x", "projects/CUST-acme/session-logs"),
    ((), "projects/CUST-b/CUST-acme", "projects/CUST-b/session-logs"),
    (("--project", "Q"), "docs/CUST-acme/x", "projects/Q/session-logs"),
    (("--store",), "projects/CUST-b", "store/CUST-b"),
    (("--store",), "docs/CUST-acme/x", "store/CUST-acme"),
]


def place(member: Member, *arguments: str, cwd: str = ".", code: int = 0) -> str:
    """The tree-relative folder that a save writes to, or "store/" and the project."""
    found = member.save("x", "--no-sync", *arguments, cwd=member.tree / cwd, code=code).path.parent
    if found.is_relative_to(member.tree):
        return found.relative_to(member.tree).as_posix()
    return f"store/{found.relative_to(member.home.path / 'session-logs' / 'projects').parts[0]}"


def test_the_place_of_a_log(ada: Member) -> None:
    for folder in {cwd for _, cwd, _ in PLACES} | {"clients/Globex"}:
        (ada.tree / folder).mkdir(parents=True, exist_ok=True)
    found = [(arguments, cwd, place(ada, *arguments, cwd=cwd)) for arguments, cwd, _ in PLACES]
    assert found == PLACES


def test_the_folder_may_be_reached_by_a_link_from_outside(ada: Member, tmp_path: Path) -> None:
    (ada.tree / "projects" / "P").mkdir(parents=True)
    (tmp_path / "shortcut").symlink_to(ada.tree / "projects" / "P")
    saved = ada.save("x", "--no-sync", cwd=tmp_path / "shortcut")
    assert saved.path.parent == ada.tree / "projects" / "P" / "session-logs"


def _blocked(kind: str, folder: Path, outside: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    if kind == "link":
        folder.symlink_to(outside)
    elif kind == "dangling":
        folder.symlink_to("nowhere")
    else:
        folder.write_text("a file\n")


@pytest.mark.parametrize("kind", ["link", "dangling", "file"])
@pytest.mark.parametrize("where", ["projects", "projects/P", "projects/P/session-logs"])
def test_a_place_that_leads_out_of_the_tree_or_is_none_gives_the_store_and_a_warning(
    kind: str, where: str, ada: Member, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    _blocked(kind, ada.tree / where, outside)
    saved = ada.save("x", "--project", "P", "--no-sync")
    assert saved.path.is_relative_to(ada.home.path / "session-logs" / "projects" / "P")
    assert "not to the shared tree" in saved.told
    assert saved.report["tree"] is None
    assert list(outside.iterdir()) == []


def test_a_log_that_became_a_link_is_never_written_through(ada: Member, tmp_path: Path) -> None:
    first = ada.save("x", "--no-sync", "--session-id", "s-1").path
    outside = tmp_path / "outside.md"
    outside.write_bytes(first.read_bytes())
    before = outside.read_bytes()
    first.unlink()
    first.symlink_to(outside)
    second = ada.save("x", "--no-sync", "--session-id", "s-1")
    assert outside.read_bytes() == before
    assert second.path.is_file()
    assert not second.path.is_symlink()


def test_a_tree_without_a_marker_is_used_only_when_asked_for(ada: Member, tmp_path: Path) -> None:
    plain = Member(ada.home, tmp_path / "plain")
    subprocess.run(["git", "init", "-q", "-b", "main", str(plain.tree)], check=True)
    assert place(plain) == "store/plain"
    saved = plain.save("x", "--tree")
    assert saved.path.parent == plain.tree / "session-logs"
    assert plain.files() == {f"session-logs/{saved.path.name}"}
    plain.write(".claude/identity.json", "{}")
    assert place(plain) == "session-logs"


@pytest.mark.parametrize("arguments", [("--tree",), ("--client", "acme")])
def test_outside_of_any_tree_the_draft_is_kept(arguments: tuple[str, ...], ada: Member, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(narrative())
    ran = ada.run("save", "--topic", "x", "--draft", str(draft), *arguments, code=2, cwd=tmp_path)
    assert "there is no shared tree here; run save in one, or leave out --tree and --client" in ran.err
    assert draft.read_text() == narrative()


def test_a_project_and_a_client_or_a_tree_and_the_store_do_not_go_together(ada: Member) -> None:
    for pair in (("--project", "P", "--client", "C"), ("--tree", "--store")):
        assert "not allowed with" in ada.run("save", *pair, code=2, stdin=narrative()).err


def test_names_are_free_in_a_folder_of_several_users_and_days(ada: Member) -> None:
    names = [ada.save("same", "--no-sync").path.name for _ in range(3)]
    assert [name[10:] for name in names] == ["-ada-same.md", "-ada-same-2.md", "-ada-same-3.md"]


def test_new_folders_have_the_users_rights(ada: Member) -> None:
    before = os.umask(0o002)
    try:
        saved = ada.save("x", "--no-sync", "--project", "P")
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (saved.path.parent, saved.path)] == [0o775, 0o664]


def test_a_bare_repository_or_gits_own_folder_is_no_tree(team: Team, ada: Member) -> None:
    for folder in (team.remote.path, ada.tree / ".git"):
        saved = ada.save("x", "--no-sync", cwd=folder)
        assert saved.path.is_relative_to(ada.home.path)


def test_what_nobody_can_tell_whose_it_is_does_not_go_into_a_tree(ada: Member, tmp_path: Path) -> None:
    config = ada.home.path / "config.yaml"
    config.write_text("remote: /x\nremote: /y\n")
    for folder in ("projects/P", "projects/CUST-acme"):
        (ada.tree / folder).mkdir(parents=True)
    before = ada.files()
    assert place(ada, cwd="projects/P", code=2) == "store/unknown"
    assert place(ada, "--project", "P", cwd=".", code=2) == "projects/P/session-logs"
    assert place(ada, cwd="projects/CUST-acme", code=2) == "projects/CUST-acme/session-logs"
    assert ada.files() == before  # nothing is committed


def test_a_tree_that_git_does_not_read_gives_the_store_and_one_line_that_says_why(ada: Member) -> None:
    (ada.tree / ".git/config").write_text("[broken\n")
    saved = ada.save("x")
    assert saved.path.parent.parent.name == "unknown"
    assert saved.told.count("git does not read") == 1
    saved = ada.save("x", "--project", "P")
    assert saved.path.parent.parent.name == "P"
    assert f"saved to the store, not to the shared tree: git does not read {ada.tree}" in saved.told


def test_where_no_tree_was_none_is_missed(ada: Member, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    subprocess.run(["git", "init", "-q", "-b", "main", str(plain)], check=True)
    (plain / ".git/config").write_text("[broken\n")
    saved = ada.save("x", cwd=plain)
    assert "shared tree" not in saved.told
    assert "whose it is cannot be told" in saved.told
