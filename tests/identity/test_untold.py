"""Whose a directory is when what could tell cannot be read: nobody guesses, and the reason says how to mend it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.git import run
from session_sync.home.config import Config, PolicyRule, ProjectRule
from session_sync.identity import belongs, surroundings
from session_sync.transcripts import belonging
from session_sync.transcripts.session import Git, Session

ACME = ProjectRule("CUST-acme-app", remote="*forge.example*acme/*")
CUSTOMERS = Config(
    repositories={"default": "/d", "acme": "/a"}, routing=(("CUST-acme-*", "acme"),), projects=(ACME,)
)  # what is not told goes nowhere
REMOTE = "git@forge.example:acme/app.git"


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(directory), *arguments], check=True, capture_output=True, timeout=30)


def repository(path: Path, remote: str = REMOTE) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "-q", "-b", "main")
    git(path, "commit", "-q", "--allow-empty", "-m", "one")
    git(path, "remote", "add", "origin", remote)
    return path


def program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program called git that does `text` first on PATH."""
    folder.mkdir()
    found = folder / "git"
    found.write_text(f"#!/bin/sh\n{text.replace('REAL', str(shutil.which('git')))}\n")
    found.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def project(directory: Path, settings: Config = CUSTOMERS) -> str:
    """The project of `directory`, about which logs and transcripts must agree."""
    one = Session("claude", "1", cwd=str(directory))
    belonging.complete(one, settings)
    assert one.project == belongs.of_directory(directory, settings)
    return one.project


def _other_owner(app: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    program(app.parent / "bin", 'GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec REAL "$@"', monkeypatch)
    return f"{app} belongs to another user; if you trust them: git config --global --add safe.directory '{app}'"


def _bad_config(app: Path, _: pytest.MonkeyPatch) -> str:
    (app / ".git/config").write_text("[broken\n")
    return f"git does not read {app}: fatal: bad config line 1 in file"


def _no_head(app: Path, _: pytest.MonkeyPatch) -> str:
    (app / ".git/HEAD").unlink()
    return f"git does not read {app}: fatal: not a git repository"


def _inner_is_damaged(app: Path, _: pytest.MonkeyPatch) -> str:
    repository(app.parent, "git@forge.example:open/all.git")
    (app / ".git/HEAD").unlink()
    return f"git finds no repository in {app / '.git'}, which is damaged"


def _gitfile(app: Path, _: pytest.MonkeyPatch) -> str:
    shutil.rmtree(app / ".git")
    (app / ".git").write_text("gitdir: ../gone/modules/app\n")
    return f"git does not read {app}: fatal: not a git repository"


def _empty_gitfile(app: Path, _: pytest.MonkeyPatch) -> str:
    shutil.rmtree(app / ".git")
    (app / ".git").write_text("")
    return f"git does not read {app}: fatal: invalid gitfile format"


def _link(app: Path, _: pytest.MonkeyPatch) -> str:
    (app / ".git").rename(app.parent / "away")
    (app / ".git").symlink_to("/nowhere/app.git")
    return f"{app / '.git'} is a link to what is not there; mount or restore that"


def _no_git(app: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PATH", str(app))
    return f"{app} holds a repository, but git is not installed; install git"


def _typing_error(app: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    broken = app.parent / "gitconfig"
    broken.write_text("[broken\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(broken))
    return f"git does not read {app}: fatal: bad config line 1 in file {broken}"


def _hangs(app: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    program(app.parent / "bin", "exec sleep 60", monkeypatch)
    monkeypatch.setattr(run, "LOCAL_LIMIT", 0.2)
    return f"git does not read {app}: fatal: not done after"


def _crashes(app: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    program(app.parent / "bin", "exit 1", monkeypatch)
    return f"git does not read {app}: it said nothing"


KINDS: dict[str, Callable[[Path, pytest.MonkeyPatch], str]] = {
    "another user's": _other_owner,
    "its configuration has a typing error": _bad_config,
    "it is damaged": _no_head,
    "it is damaged and another is around it": _inner_is_damaged,
    "a .git file that leads nowhere": _gitfile,
    "an empty .git file": _empty_gitfile,
    "a .git link that leads nowhere": _link,
    "git is not there": _no_git,
    "the user's configuration has a typing error": _typing_error,
    "git hangs": _hangs,
    "git crashes": _crashes,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_repository_that_git_does_not_read_is_nobody_knows_whose(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, plain = repository(tmp_path / "my app"), tmp_path / "plain"
    plain.mkdir()
    why = KINDS[kind](app, monkeypatch)
    (app / "src").mkdir()
    for here in (app, app / "src", app / "gone"):
        assert project(here) == project(here, Config()) == "unknown"
        told = belongs.why_unknown(here, CUSTOMERS)
        assert why in told
        assert "\n" not in told
    if not (tmp_path / ".git").exists():
        assert project(plain) == "general"


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_by_path_and_a_customers_name_tell_whatever_git_says(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = repository(tmp_path / "CUST-beta app")
    KINDS[kind](app, monkeypatch)
    pilot, other = ProjectRule("PILOT", path=str(app)), ProjectRule("WIDE", remote="*")
    assert project(app) == "CUST-beta-app"
    assert project(app, Config(projects=(pilot, ACME))) == "PILOT"
    assert project(app, Config(projects=(other, pilot))) == "PILOT"  # neither is kept apart
    assert project(app, Config(projects=(ACME, pilot))) == "unknown"  # the first one may hold
    assert project(app, Config(projects=(other, pilot), policies=(PolicyRule("wide", "strict"),))) == "unknown"


def test_once_git_reads_it_the_project_is_told(tmp_path: Path) -> None:
    assert project(repository(tmp_path / "app")) == "CUST-acme-app"


def test_a_folder_that_may_not_be_looked_at_is_nobody_knows_whose(tmp_path: Path) -> None:
    app = repository(tmp_path / "closed/app")
    closed = tmp_path / "closed"
    for place in (app / ".git", closed):
        place.chmod(0)
        try:
            is_readable = os.access(place, os.R_OK)  # as root all is
            told = belongs.of_session(str(app), "", CUSTOMERS), belongs.of_session(f"{app}/x", "", CUSTOMERS)
            surroundings.resolved.cache_clear()
        finally:
            place.chmod(stat.S_IRWXU)
        assert set(told) == ({"CUST-acme-app"} if is_readable else {"unknown"})


def test_a_folder_that_is_gone_is_told_as_such(tmp_path: Path) -> None:
    assert project(tmp_path / "gone") == "unknown"
    assert belongs.why_unknown(tmp_path / "gone", CUSTOMERS).startswith(f"{tmp_path / 'gone'} is gone; add a rule")


def test_a_loop_of_links_is_nobody_knows_whose_where_projects_differ(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert belongs.of_session(str(tmp_path / "loop/app"), "", CUSTOMERS) == "unknown"
    assert belongs.of_session(str(tmp_path / "loop/app"), "", Config()) == "app"


def test_a_rule_for_a_folder_that_cannot_be_looked_at_may_hold_for_any_other(tmp_path: Path) -> None:
    app, loop = repository(tmp_path / "app", "git@forge.example:open/app.git"), tmp_path / "loop"
    loop.symlink_to("loop")
    rule = ProjectRule("CUST-acme", path=str(loop / "acme"))
    assert project(app, Config(projects=(rule,))) == "unknown"
    assert f"the folder {loop}/acme of a rule in config.yaml cannot be looked at: Too many levels" in (
        belongs.why_unknown(app, Config(projects=(rule,)))
    )
    assert project(app, Config(projects=(ProjectRule("PILOT", path=str(app)), rule))) == "PILOT"
    assert project(app, Config(projects=(ProjectRule("PILOT", path=str(loop)),))) == "app"  # kept apart by nothing


def test_a_rule_holds_by_other_letters_only_where_they_mean_the_same_folder(tmp_path: Path) -> None:
    app, rule = repository(tmp_path / "Acme/app", "/srv/x"), ProjectRule("CUST-x", path=str(tmp_path / "acme"))
    one = Config(projects=(rule,))
    assert project(app, one) == "unknown"  # the rule's folder is not there: on a disk that ignores case it may be this
    assert project(app, Config(projects=(ProjectRule("PILOT", path=rule.path),))) == "app"
    (tmp_path / "acme").mkdir()
    (tmp_path / "Acme").rename(tmp_path / "aCME")  # what was asked of a folder is remembered
    assert project(tmp_path / "aCME/app", one) == "app"
    assert belongs.of_session(str(tmp_path / "ACME/gone"), "", one) == "unknown"


def test_settings_that_cannot_be_read_tell_nothing(tmp_path: Path) -> None:
    unread = Config(is_known=False)
    (tmp_path / "CUST-acme").mkdir()
    for here in (tmp_path, tmp_path / "CUST-acme", repository(tmp_path / "app")):
        assert belongs.of_directory(here, unread) == "unknown"
        assert "config.yaml, which may say, cannot be read" in belongs.why_unknown(here, unread)


def test_a_bare_repository_is_known_by_its_remote(tmp_path: Path) -> None:
    bare = tmp_path / "app.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository(tmp_path / "seed")), str(bare))
    git(bare, "remote", "set-url", "origin", REMOTE)
    assert project(bare) == project(bare / "objects") == "CUST-acme-app"


def test_a_volume_in_a_work_tree_and_an_empty_git_folder_belong_to_what_is_around(tmp_path: Path) -> None:
    app = repository(tmp_path / "app")
    (app / "data/.git").mkdir(parents=True)
    assert project(app / "data") == "CUST-acme-app"


# several remotes, and repositories in one another


def test_any_of_the_remotes_may_tell_of_a_customer(tmp_path: Path) -> None:
    app = repository(tmp_path / "app", "git@forge.example:ada/fork.git")
    assert project(app) == "app"
    git(app, "remote", "add", "upstream", REMOTE)
    assert project(repository(tmp_path / "other", REMOTE)) == "CUST-acme-app"
    beta = ProjectRule("CUST-beta", remote="*beta/*")
    both = Config(projects=(ACME, beta))
    again = tmp_path / "again"
    app.rename(again)  # what was asked of a folder is remembered
    assert project(again, both) == "CUST-acme-app"
    git(again, "remote", "add", "beta", "https://forge.example/beta/app")
    again.rename(tmp_path / "third")
    assert project(tmp_path / "third", both) == "unknown"
    assert "tells of several projects" in belongs.why_unknown(tmp_path / "third", both)
    git(tmp_path / "third", "remote", "set-url", "origin", "git@forge.example:beta/app.git")
    (tmp_path / "third").rename(tmp_path / "fourth")
    assert project(tmp_path / "fourth", both) == "CUST-beta"  # `origin` decides


def test_two_urls_of_origin_that_are_different_customers_tell_of_neither(tmp_path: Path) -> None:
    app = repository(tmp_path / "app")
    git(app, "remote", "set-url", "--add", "--push", "origin", "git@forge.example:beta/app.git")
    assert project(app, Config(projects=(ACME, ProjectRule("CUST-beta", remote="*beta/*")))) == "unknown"


def test_a_remote_is_also_what_git_makes_of_it(tmp_path: Path) -> None:
    app = repository(tmp_path / "app", "work:app.git")
    git(app, "config", "url.git@forge.example:acme/.insteadOf", "work:")
    git(app, "config", "url.git@forge.example:open/.insteadOf", "wo")
    assert project(app) == "CUST-acme-app"


@pytest.mark.parametrize(
    "url",
    [
        REMOTE,
        "https://FORGE.example/Acme/app",
        "ssh://git@forge.example:22/acme/app.git",
        "https://ada:word@forge.example/acme/app.git",
    ],
)
def test_a_rule_holds_however_the_remote_is_reached(url: str, tmp_path: Path) -> None:
    app = repository(tmp_path / "app", url)
    for pattern in ("https://forge.example/acme/*", "git@forge.example:acme/app.git", "*forge.example*ACME/*"):
        assert project(app, Config(projects=(ProjectRule("CUST-x", remote=pattern),))) == "CUST-x"
    assert project(app, Config(projects=(ProjectRule("CUST-x", remote="https://forge.example/other/*"),))) == "app"


def test_a_submodule_and_a_nested_repository_are_the_customers_around_them(tmp_path: Path) -> None:
    outer = repository(tmp_path / "outer")
    nested = repository(outer / "lib", "git@forge.example:open/lib.git")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(nested), "sub")
    assert project(nested) == project(outer / "sub") == "CUST-acme-app"
    open_lib = ProjectRule("OPEN", remote="*open/*")
    assert project(nested, Config(projects=(open_lib, ACME))) == "OPEN"  # a rule says so
    assert project(repository(tmp_path / "plain/lib", "git@forge.example:open/lib.git")) == "lib"
    (outer / ".git/HEAD").unlink()
    moved = tmp_path / "moved"
    outer.rename(moved)
    assert project(moved / "lib") == "unknown"
    assert project(moved / "lib", Config()) == "lib"


# sessions


def test_a_later_folder_that_git_does_not_read_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, fine = repository(tmp_path / "app"), repository(tmp_path / "fine", "git@forge.example:open/fine.git")
    _bad_config(app, monkeypatch)
    one = Session("claude", "1", cwd=str(fine), cwds=[str(app)])
    belonging.complete(one, CUSTOMERS)
    assert one.project == "unknown"


def test_what_was_a_repository_and_is_an_empty_folder_now_may_be_a_disk_that_is_not_mounted(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    for branch, settings, expected in (
        ("main", CUSTOMERS, "unknown"),
        ("", CUSTOMERS, "general"),
        ("main", Config(), "general"),
    ):
        one = Session("claude", "1", cwd=str(tmp_path / "disk"), git=Git(branch=branch) if branch else None)
        belonging.complete(one, settings)
        assert one.project == expected
