"""Which project a directory belongs to: one answer, and a customer's wherever the readings differ."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.git import query
from session_sync.home.config import Config, ProjectRule
from session_sync.identity import belongs
from session_sync.identity.rules import normalized
from session_sync.transcripts import belonging
from session_sync.transcripts.session import Git, Session
from support import agents
from support.homes import Home, Ran, Remote
from support.members import Member, Team
from support.narratives import narrative

Run = Callable[..., Ran]
ADDRESS = b"grace.hopper@navy.mil"
REMOTE = "git@forge.example:acme/widget.git"


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(directory), *arguments], check=True, capture_output=True, timeout=30)


def folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def repository(path: Path, remote: str = "") -> Path:
    git(folder(path), "init", "-q", "-b", "main")
    git(path, "commit", "-q", "--allow-empty", "-m", "one")
    if remote:
        git(path, "remote", "add", "origin", remote)
    return path


def worktree(of: Path, path: Path) -> Path:
    git(of, "worktree", "add", "-q", "--detach", str(path))
    return path


def link(path: Path, target: Path) -> Path:
    folder(path.parent)
    path.symlink_to(folder(target))
    return path


def of(directory: Path, *rules: ProjectRule, remote: str = "") -> str:
    """The project of `directory`, about which logs and transcripts must agree."""
    settings = Config(projects=rules)
    one = Session("claude", "1", cwd=str(directory), git=Git(remote=remote) if remote else None)
    belonging.complete(one, settings)
    if not remote:
        assert one.project == belongs.of_directory(directory, settings)
    return one.project


PLACES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a plain folder": (lambda top: folder(top / "notes"), "general"),
    "a plain folder of a customer's": (lambda top: folder(top / "CUST-acme/notes"), "CUST-acme"),
    "another spelling": (lambda top: folder(top / "cust-acme/notes"), "CUST-acme"),
    "a space": (lambda top: folder(top / "CUST acme/notes"), "CUST-acme"),
    "a line's end": (lambda top: folder(top / "CUST-acme\n/notes"), "CUST-acme"),
    "the innermost": (lambda top: folder(top / "CUST-acme/CUST-acme-app/src"), "CUST-acme-app"),
    "the one with a tenant": (lambda top: folder(top / "CUST-acme/my-cust-app"), "CUST-acme"),
    "a customer named elsewhere": (lambda top: folder(top / "my-cust-app/src"), "my-cust-app"),
    "a repository": (lambda top: repository(top / "widget"), "widget"),
    "a general repository of a customer's": (lambda top: repository(top / "CUST-acme/widget"), "CUST-acme"),
    "a customer's repository": (lambda top: folder(repository(top / "CUST-acme") / "src/cust"), "CUST-acme"),
    "a customer's folder in a general repository": (
        lambda top: folder(repository(top / "widget") / "clients/CUST-acme/x"),
        "CUST-acme",
    ),
    "a clone by another name": (lambda top: repository(top / "app", "https://x.example/a/CUST-acme.git"), "CUST-acme"),
    "a customer's group": (lambda top: repository(top / "app", "git@x.example:CUST-acme/b/app.git"), "CUST-acme"),
    "a host that is called so": (lambda top: repository(top / "app", "git@cust.example:a/app.git"), "app"),
    "a linked work tree": (lambda top: worktree(repository(top / "widget"), top / "branch"), "widget"),
    "a linked work tree of a customer's": (
        lambda top: worktree(repository(top / "CUST-acme/widget"), top / "branch"),
        "CUST-acme",
    ),
    "a linked work tree at a customer's": (
        lambda top: worktree(repository(top / "widget"), folder(top / "CUST-acme") / "branch"),
        "CUST-acme",
    ),
    "a bare repository's": (
        lambda top: worktree(_bare(top / "CUST-acme/app.git", repository(top / "seed")), top / "branch"),
        "CUST-acme",
    ),
    "a link to a customer's": (lambda top: link(top / "short", top / "CUST-acme/notes"), "CUST-acme"),
    "a link called like a customer": (lambda top: link(top / "CUST-acme", top / "data"), "CUST-acme"),
    "below such a link": (
        lambda top: folder(link(top / "CUST-acme", top / "data") / "notes"),
        "CUST-acme",
    ),
}


def _bare(path: Path, seed: Path) -> Path:
    folder(path.parent)
    git(seed, "clone", "-q", "--bare", str(seed), str(path))
    return path


@pytest.mark.parametrize("name", PLACES)
def test_logs_and_transcripts_agree_on_a_directory(name: str, tmp_path: Path) -> None:
    make, expected = PLACES[name]
    assert of(make(tmp_path)) == expected


def test_the_first_rule_that_fits_decides_also_about_a_customers_folder(tmp_path: Path) -> None:
    deep = folder(tmp_path / "work/CUST-acme/deep")
    rules = (ProjectRule("PILOT", path=str(tmp_path / "work/CUST-acme")), ProjectRule("OTHER", path=str(tmp_path)))
    assert of(deep, *rules) == "PILOT"
    assert of(deep.parent.parent, *rules) == "OTHER"
    assert of(tmp_path, *rules) == "OTHER"
    assert of(deep) == "CUST-acme"
    assert of(folder(tmp_path / "works"), rules[0]) == "general"  # no folder of the rule's


def test_a_rule_knows_the_home_and_a_customer_by_any_spelling(sealed_home: Path) -> None:
    assert of(folder(sealed_home / "work/x"), ProjectRule("cust-acme-x", path="~/work")) == "CUST-acme-x"


def test_a_rule_holds_for_the_same_folder_in_a_linked_work_tree(tmp_path: Path) -> None:
    main = repository(tmp_path / "widget")
    elsewhere = folder(worktree(main, tmp_path / "branch") / "acme/src")
    assert of(elsewhere, ProjectRule("CUST-acme", path=str(main / "acme"))) == "CUST-acme"
    assert of(elsewhere, ProjectRule("PILOT", path=str(main))) == "PILOT"
    assert of(elsewhere, ProjectRule("PILOT", path=str(main / "docs"))) == "widget"


def test_a_rule_for_a_part_of_a_customers_repository_holds_there(tmp_path: Path) -> None:
    main = repository(tmp_path / "CUST-acme")
    rule = ProjectRule("PUBLIC", path=str(main / "public"))
    assert of(folder(main / "public/docs"), rule) == "PUBLIC"
    assert of(main, rule) == "CUST-acme"


def test_where_a_links_two_names_have_two_rules_the_customers_holds(tmp_path: Path) -> None:
    short = link(tmp_path / "pilot", tmp_path / "acme")
    customers = ProjectRule("CUST-acme", path=str(tmp_path / "acme"))
    assert of(short, ProjectRule("PILOT", path=str(tmp_path / "elsewhere")), customers) == "CUST-acme"
    assert of(link(tmp_path / "acme/x", tmp_path / "pilot2"), ProjectRule("PILOT", path=str(tmp_path / "pilot2")),
              customers) == "CUST-acme"  # fmt: skip


def test_a_rule_goes_by_the_remote(tmp_path: Path) -> None:
    here = repository(tmp_path / "widget", "https://ada:word@forge.example/acme/x.git")
    assert of(here, ProjectRule("CUST-acme", remote="*forge.example/acme/*")) == "CUST-acme"
    assert of(here, ProjectRule("CUST-acme", remote="https://ada:word@*")) == "CUST-acme"
    assert of(here, ProjectRule("CUST-acme", remote="*forge.example/other/*")) == "widget"
    assert of(folder(tmp_path / "notes"), ProjectRule("PILOT", remote="*")) == "general"  # no remote at all


def test_of_a_remote_that_is_told_and_one_that_is_there_the_customers_holds(tmp_path: Path) -> None:
    here = repository(tmp_path / "widget", REMOTE)
    pilot, acme = ProjectRule("PILOT", remote="*acme/widget*"), ProjectRule("CUST-acme", remote="*acme/secret*")
    told = "https://forge.example/acme/secret.git"
    assert of(here, pilot, acme, remote=told) == of(here, pilot, acme, remote=told) == "CUST-acme"
    assert of(here, pilot, remote="https://forge.example/acme/widget") == "PILOT"
    assert of(folder(tmp_path / "CUST-acme/notes"), pilot, remote=REMOTE) == "PILOT"  # all that is known of it


@pytest.mark.parametrize(
    ("cwd", "rules", "expected"),
    [
        ("C:\\clients\\CUST-acme\\app", (), "CUST-acme"),
        ("c:/clients/cust-acme/app", (), "CUST-acme"),
        ("\\\\server\\share\\CUST-acme\\app", (), "CUST-acme"),
        ("C:\\code\\widget", (), "widget"),
        ("c:\\Clients\\acme\\app", (ProjectRule("CUST-acme", path="C:\\clients\\acme"),), "CUST-acme"),
        ("C:\\clients\\acmes", (ProjectRule("CUST-acme", path="C:\\clients\\acme"),), "acmes"),
        ("/far/CUST-acme/../pilot", (ProjectRule("PILOT", path="/far/pilot"),), "PILOT"),
        ("/far/pilot/../CUST-acme", (ProjectRule("PILOT", path="/far/pilot"),), "CUST-acme"),
    ],
)
def test_a_directory_of_another_system_is_known_by_its_name(
    cwd: str, rules: tuple[ProjectRule, ...], expected: str
) -> None:
    assert belongs.of_session(cwd, "", Config(projects=rules)) == expected


def test_a_directory_that_is_gone_is_known_by_its_remote_or_its_name() -> None:
    assert belongs.of_session("/far/away", "https://forge.example/acme/Widget.git", Config()) == "Widget"
    assert belongs.of_session("/far/CUST-acme/away", REMOTE, Config()) == "CUST-acme"
    assert belongs.of_session("/far/away", "git@forge.example:CUST-acme/app.git", Config()) == "CUST-acme"
    assert belongs.of_session("/far/away", "../origin.git", Config()) == "away"
    assert belongs.of_session("", "", Config()) == "unknown"


GONE_WORKTREES = {
    "/far/loom/.claude/worktrees/calm-owl": "loom",
    "/far/loom/.claude/worktrees/calm-owl/src": "loom",
    "/far/loom/.worktrees/2": "loom",
    "/far/loom/.trees/fix": "loom",
    "C:\\code\\loom\\.claude\\worktrees\\calm-owl": "loom",
    "/home/ada/.codex/worktrees/ffc5/loom": "loom",
    "/home/ada/.codex/worktrees/ffc5/loom/src": "loom",
    "/Users/ada/.cursor/worktrees/loom/ab12": "loom",
    "/far/CUST-acme-shop/.claude/worktrees/calm-owl": "CUST-acme-shop",
    "/home/ada/.cursor/worktrees/CUST-acme/ab12": "CUST-acme",
    "/home/ada/.gemini/worktrees/loom/x": "loom",
    "/home/ada/conductor/workspaces/loom/paris/src": "loom",
    "/far/loom.worktrees/x": "loom",
    "/far/loom-worktrees/x/src": "loom",
    "/far/CUST-acme-shop.worktrees/x": "CUST-acme-shop",
    "/far/worktrees": "worktrees",
}
UNTOLD_WORKTREES = (
    "/home/ada/.claude/worktrees/x",
    "/home/ada/.codex/worktrees/ffc5",
    "/far/worktrees/x",
    "/root/.wt/worktrees/a",
)


@pytest.mark.parametrize("cwd", GONE_WORKTREES)
def test_a_worktree_that_is_gone_belongs_to_the_repository_in_its_path(cwd: str) -> None:
    assert belongs.of_session(cwd, "", Config()) == GONE_WORKTREES[cwd]
    assert belongs.of_session(cwd, "", Config(routing=(("CUST-*", "acme"),))) == GONE_WORKTREES[cwd]


@pytest.mark.parametrize("cwd", UNTOLD_WORKTREES)
def test_a_worktree_that_is_gone_and_tells_nothing_is_unknown_where_projects_differ(cwd: str) -> None:
    assert belongs.of_session(cwd, "", Config()) == Path(cwd).name
    assert belongs.of_session(cwd, "", Config(routing=(("CUST-*", "acme"),))) == "unknown"
    assert belongs.of_session(cwd, "git@forge.example:a/app.git", Config(routing=(("CUST-*", "acme"),))) == "app"


def test_what_was_removed_belongs_to_the_repository_around_it(tmp_path: Path, sealed_home: Path) -> None:
    main = repository(tmp_path / "shop", "git@forge.example:acme/shop.git")
    settings = Config(projects=(ProjectRule("CUST-acme", remote="*forge.example*acme/*"),))
    for gone in (".claude/worktrees/calm-owl", ".worktrees/2/src", "old"):
        assert belongs.of_session(str(main / gone), "", settings) == "CUST-acme"
        assert belongs.of_session(str(main / gone), "", Config()) == "shop"
        one = Session("claude", "1", cwd=str(main / gone))
        belonging.complete(one, settings)
        assert (one.project, one.git and one.git.remote) == ("CUST-acme", "git@forge.example:acme/shop.git")
    repository(sealed_home)
    assert belongs.of_session(str(sealed_home / "gone/widget"), "", Config()) == "widget"  # not the home's


def test_a_worktree_whose_repository_is_gone_is_known_by_what_it_was_linked_to(tmp_path: Path) -> None:
    main = repository(tmp_path / "code/loom", "git@forge.example:acme/loom.git")
    tree = worktree(main, tmp_path / "elsewhere/x")
    main.rename(tmp_path / "code/gone")
    assert belongs.of_session(str(tree), "", Config()) == "loom"
    assert belongs.of_directory(tree, Config()) == "loom"
    by_path = Config(projects=(ProjectRule("CUST-acme", path=str(main)),))
    assert belongs.of_session(str(tree), "", by_path) == "CUST-acme"
    by_remote = Config(projects=(ProjectRule("CUST-acme", remote="*acme*"),))
    assert belongs.of_session(str(tree), "", by_remote) == "unknown"


def test_what_is_no_file_at_the_place_of_a_worktrees_link_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(folder(tmp_path / "loom") / ".git")
    assert belongs.of_session(str(tmp_path / "loom"), "", Config()) == "general"


def test_a_worktree_that_git_forgot_is_its_repositorys(tmp_path: Path) -> None:
    main = repository(tmp_path / "loom", "git@forge.example:acme/loom.git")
    tree = worktree(main, tmp_path / "x")
    shutil.rmtree(main / ".git/worktrees")
    by_remote = Config(projects=(ProjectRule("CUST-acme", remote="*acme*"),))
    assert belongs.of_session(str(tree), "", by_remote) == "CUST-acme"


def test_git_is_asked_once_about_a_directory_however_many_sessions_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    common_dir = query.common_dir

    def counted(directory: Path) -> Path | None:
        asked.append(directory)
        return common_dir(directory)

    monkeypatch.setattr(query, "common_dir", counted)
    here = repository(tmp_path / "widget")
    for number in range(50):
        belongs.of_session(str(here), f"git@forge.example:acme/{number}.git", Config())
    for number in range(50):
        belongs.customer_of(here, f"docs/{number}", Config())
    assert asked == [here]


@pytest.mark.parametrize(
    "url",
    [
        "git@forge.example:acme/widget.git",
        "ssh://git@forge.example:22/acme/widget.git",
        "https://forge.example/acme/widget",
        "https://user:word@Forge.example/acme/widget.git/",
        "forge.example:acme/widget",
    ],
)
def test_a_remote_is_the_same_however_it_is_reached(url: str) -> None:
    assert normalized(url) == "forge.example/acme/widget"


def test_other_remotes_are_others() -> None:
    assert normalized("") == ""
    assert normalized("/srv/git/widget.git") == "/srv/git/widget.git"
    assert normalized("../origin.git") == normalized(".") == ""  # another place in each repository
    assert normalized("git@forge.example:other/widget.git") != normalized(REMOTE)


# what leaves the machine


PERSONAL = narrative(Key_Decisions=f"- ask {ADDRESS.decode()}, who knows the host")


@pytest.mark.parametrize("kind", ["a plain folder", "a general repository"])
def test_nothing_personal_leaves_a_customers_folder(
    kind: str, home: Home, remote: Remote, sealed_home: Path, tmp_path: Path
) -> None:
    here = folder(tmp_path / "CUST-acme" / "notes")
    if kind == "a general repository":
        repository(here)
    agents.claude(sealed_home, 1, "Look at host 81.2.69.142", cwd=str(here))
    ran = home.run("save", "--json", "--topic", "x", "--session-id", "other", stdin=PERSONAL, cwd=here)
    report = json.loads(ran.out)
    assert report["project"] == "CUST-acme"
    assert [one["type"] for one in report["sync"]["withheld"]] == ["email"]
    home.sync()
    names = remote.files("main")
    assert {name.split("/")[3] for name in names if "/projects/" in name} == {"CUST-acme"}  # the digest
    assert sum("/history/" in name for name in names) == 2
    for secret in (ADDRESS, b"81.2.69.142"):
        assert secret not in remote.everything()


def test_what_an_earlier_version_archived_for_another_project_is_looked_at_again(
    run_verb: Run, sealed_home: Path, tmp_path: Path
) -> None:
    here = repository(folder(tmp_path / "CUST-acme") / "widget")
    agents.claude(sealed_home, 1, "Look", cwd=str(here))
    export = ("export", "sync", "--out", str(tmp_path / "out"))
    run_verb(*export)
    (index,) = (sealed_home / ".session-sync/state").glob("archive-*.sqlite")
    with sqlite3.connect(index) as database:
        ((version,),) = database.execute("SELECT version FROM sessions")
        form, policy, rest = version.split(" ", 2)
        assert policy == "strict"
        earlier = f"{int(form) - 1} standard {rest}"
        database.execute("UPDATE sessions SET project = 'widget', version = ?", (earlier,))
    run_verb(*export)
    with sqlite3.connect(index) as database:
        assert list(database.execute("SELECT project, version FROM sessions")) == [("CUST-acme", version)]


def test_a_customers_shared_tree_is_a_customers_for_save_and_sync(team: Team, ada: Member) -> None:
    tree = team.clone("CUST-acme", ada.home)
    saved = tree.save("x", body=PERSONAL)
    assert saved.report["project"] == "CUST-acme"
    assert saved.path.parent == tree.tree / "session-logs"
    tree.write("projects/PILOT/notes.md", ADDRESS.decode())
    tree.write("fine.md")
    ran = tree.sync()
    kept = {saved.path.relative_to(tree.tree).as_posix(), "projects/PILOT/notes.md"}
    assert {one["path"] for one in ran.tree["withheld"]} == kept
    assert "fine.md" in team.paths()
    assert ADDRESS not in team.remote.everything()


def test_a_rule_makes_a_client_of_a_shared_tree_a_customer(team: Team, ada: Member) -> None:
    ada.commit("wiki/index.md", "# Wiki\n")
    rule = f"projects: [{{path: {ada.tree}/clients/Acme, project: CUST-acme}}]\n"
    (ada.home.path / "config.yaml").write_text(rule)
    saved = ada.save("x", body=PERSONAL, cwd=folder(ada.tree / "clients/Acme/src"))
    assert (saved.report["project"], saved.path.parent) == ("CUST-acme", ada.tree / "clients/Acme/session-logs")
    assert [one["type"] for one in saved.sync["withheld"]] == ["email"]
    ada.sync()
    assert ADDRESS not in team.remote.everything()
    elsewhere = ada.save("y", body=PERSONAL, cwd=folder(ada.tree / "clients/Globex"))
    assert (elsewhere.report["project"], elsewhere.sync["withheld"]) == ("Globex", [])


def test_a_customers_folder_in_a_shared_tree_is_a_customers_for_sync(team: Team, ada: Member) -> None:
    for name in ("docs/CUST-acme/a.md", "projects/P/cust acme/a.md", "docs/acme/a.md"):
        ada.write(name, ADDRESS.decode())
    ran = ada.sync()
    assert {one["path"] for one in ran.tree["withheld"]} == {"docs/CUST-acme/a.md", "projects/P/cust acme/a.md"}
    assert "docs/acme/a.md" in team.paths()


def test_a_session_in_a_customers_folder_of_a_shared_tree_is_logged_as_the_customers(team: Team, ada: Member) -> None:
    ada.commit("wiki/index.md", "# Wiki\n")
    here = folder(ada.tree / "docs/CUST-acme/x")
    told = ada.run("wiki", "prepare", "--topic", "x", cwd=here).out
    saved = ada.save("x", body=PERSONAL, cwd=here)
    assert saved.path.parent == ada.tree / "projects/CUST-acme/session-logs"
    assert "article: wiki/projects/cust-acme.md (new)" in told
    assert saved.report["project"] == "CUST-acme"
    ada.sync()
    assert ADDRESS not in team.remote.everything()


def test_a_link_that_is_called_like_a_customer_is_a_customers_for_save(ada: Member, tmp_path: Path) -> None:
    short = link(tmp_path / "CUST-acme", tmp_path / "data")
    inside = folder(short / "notes")
    for told, expected in ((inside, "CUST-acme"), (tmp_path, "general"), ("notes", "general"), ("", "general")):
        saved = ada.run("save", "--json", "--topic", "x", cwd=inside, stdin=narrative(), PWD=str(told))
        assert json.loads(saved.out)["project"] == expected


def test_what_the_user_says_is_the_project(ada: Member, tmp_path: Path) -> None:
    saved = ada.save("x", "--project", "PILOT", cwd=folder(tmp_path / "CUST-acme/notes"))
    assert saved.report["project"] == "PILOT"
