"""Which project and repository a session belongs to; `export sync-repo` takes only its repository's sessions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.home.config import Config, ProjectRule
from session_sync.transcripts import belonging
from session_sync.transcripts.belonging import Known, Repository
from session_sync.transcripts.session import Git, Session
from support import agents
from support.homes import Ran

Run = Callable[..., Ran]
REMOTE = "git@forge.example:acme/widget.git"


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(directory), *arguments], check=True, capture_output=True, timeout=120)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "code" / "widget"
    path.mkdir(parents=True)
    git(path, "init", "-q", "-b", "main")
    git(path, "remote", "add", "origin", REMOTE)
    git(path, "commit", "-q", "--allow-empty", "-m", "one")
    return path


def session(cwd: str, remote: str = "") -> Session:
    return Session("claude", "1", cwd=cwd, git=Git(remote=remote) if remote else None)


def test_a_session_belongs_by_path_worktree_or_remote_and_never_by_name(repository: Path, tmp_path: Path) -> None:
    here = Repository.at(repository)
    assert here is not None
    (repository / "src").mkdir()
    worktree = tmp_path / "elsewhere"
    git(repository, "worktree", "add", "-q", str(worktree))
    link = tmp_path / "link"
    link.symlink_to(repository)
    for cwd in (repository, repository / "src", repository / "gone", worktree, link / "src"):
        assert here.has(session(str(cwd)), Config()), cwd
    assert here.has(session("/home/somebody/else", "https://forge.example/acme/widget"), Config())
    namesake = tmp_path / "other" / "widget"
    namesake.mkdir(parents=True)
    git(namesake, "init", "-q")
    inner = repository / "vendored"
    inner.mkdir()
    git(inner, "init", "-q")
    for cwd in (namesake, inner, repository.parent, "/gone/widget", "/", "", "widget", f"{repository}/../x", "//srv/x"):
        assert not here.has(session(str(cwd)), Config()), cwd
    assert not here.has(session("/gone/widget", "git@forge.example:other/widget.git"), Config())
    assert here.has(session(str(worktree), "git@forge.example:other/widget.git"), Config())


def test_a_project_is_that_of_the_rules_the_repository_or_the_remote(repository: Path, tmp_path: Path) -> None:
    rules = (ProjectRule("PILOT", path=str(tmp_path / "gone")), ProjectRule("cust-acme-x", remote="*acme/secret*"))

    def project(cwd: str, remote: str = "") -> str:
        one = session(cwd, remote)
        belonging.complete(one, Config(projects=rules))
        return one.project

    assert project(f"{tmp_path}/gone/deep") == "PILOT"
    assert project("/far/away", "https://forge.example/acme/secret.git") == "CUST-acme-x"
    assert project(str(repository)) == "widget"
    assert project("/far/away", REMOTE) == "widget"
    assert project("/far/CUST-acme-y") == "CUST-acme-y"
    assert project("C:\\code\\win") == "unknown"  # its remote could be the customer's
    assert project("") == "unknown"


def test_a_folder_that_is_gone_makes_a_project_stricter_and_never_laxer(tmp_path: Path) -> None:
    def project(cwd: Path, before: str) -> str:
        one = session(str(cwd))
        belonging.complete(one, Config(), Known(before))
        return one.project

    there = tmp_path / "notes"
    there.mkdir()
    assert project(tmp_path / "gone", "PILOT") == "PILOT"
    assert project(tmp_path / "gone", "CUST-acme") == "CUST-acme"
    assert project(tmp_path / "CUST-acme" / "gone", "PILOT") == "CUST-acme"
    assert project(tmp_path / "CUST-acme" / "gone", "CUST-globex") == "CUST-globex"
    assert project(there, "PILOT") == "general"


def test_a_remote_is_kept_without_its_password_and_its_rule_holds(tmp_path: Path) -> None:
    remote = "https://ada:word@forge.example/acme/app.git"
    one = session(str(tmp_path / "gone"), remote)
    belonging.complete(one, Config(projects=(ProjectRule("CUST-acme", remote="https://ada:word@forge.example/*"),)))
    assert (one.project, one.git) == ("CUST-acme", Git(remote="https://***@forge.example/acme/app.git"))


def test_the_remote_is_taken_from_a_repository_that_is_there(repository: Path) -> None:
    one = session(str(repository))
    belonging.complete(one, Config())
    assert one.git == Git(remote=REMOTE)


@pytest.mark.parametrize(
    "cwd", ["/\0", "\ud800", "/" + "x" * 5000, "-C/tmp", "//host/share", "~", "/dev/null", "/proc/self"]
)
def test_hostile_directories_break_nothing(cwd: str) -> None:
    one = session(cwd)
    belonging.complete(one, Config())
    assert one.project


def test_sync_repo_takes_only_the_sessions_of_its_repository(
    run_verb: Run, repository: Path, tmp_path: Path, sealed_home: Path
) -> None:
    namesake = tmp_path / "other" / "widget"
    namesake.mkdir(parents=True)
    agents.claude(sealed_home, 1, "Ours", cwd=str(repository))
    agents.claude(sealed_home, 2, "Namesake", cwd=str(namesake))
    agents.codex(sealed_home, 3, "From afar", cwd="/home/bob/w", remote="https://forge.example/acme/widget")
    for arguments, top in (((), "history"), (("--history-subpath", "docs/ai"), "docs/ai")):
        ran = run_verb("export", "sync-repo", str(repository / "."), *arguments, "--json")
        assert ran.code == 0, ran
        assert len(json.loads(ran.out)["exported"]) == 2
        names = sorted(path.stem for path in (repository / top).rglob("*.md"))
        assert names == ["2026-11-20-1000-from-afar", "2026-11-20-1000-ours"]
        ran = run_verb("export", "sync_repo", str(repository), *arguments, "--json")
        assert (json.loads(ran.out)["exported"], json.loads(ran.out)["unchanged"]) == ([], 3)
        assert run_verb("export", "verify", str(repository / top)).code == 0


@pytest.mark.parametrize("subpath", ["../x", "/x", ".git/x", ".GIT/x", ".", ""])
def test_sync_repo_writes_within_its_repository_alone(run_verb: Run, repository: Path, subpath: str) -> None:
    ran = run_verb("export", "sync-repo", str(repository), "--history-subpath", subpath)
    assert ran.code == 2
    assert "is not a path inside the repository" in ran.err


def test_a_session_that_tells_no_folder_is_where_its_parent_was(tmp_path: Path) -> None:
    one = session("")
    belonging.complete(one, Config(), Known(parent="CUST-acme"))
    assert one.project == "CUST-acme"
    elsewhere = session(str(tmp_path))
    belonging.complete(elsewhere, Config(), Known(parent="CUST-acme"))
    assert elsewhere.project == "CUST-acme"
