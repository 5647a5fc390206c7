"""A log and a transcript whose project cannot be told go nowhere, and to their project once it can."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from session_sync.home import files
from support import agents
from support.homes import MACHINE, Home, Ran, Remote
from support.narratives import narrative

BRANCH = f"machines/{MACHINE}"
SECRET = "Zebra"  # what the customer's alone may have
ROUTED = """
repositories: {{acme: {acme}}}
routing: [{{match: CUST-acme-*, repository: acme}}]
projects: [{{remote: "*forge.example*acme/*", project: CUST-acme-app}}]
"""


@pytest.fixture
def acme(home: Home, remote: Remote, tmp_path: Path) -> Remote:
    found = Remote(tmp_path / "acme.git")
    (home.path / "config.yaml").write_text(f"remote: {remote.path}{ROUTED.format(acme=found.path)}")
    return found


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The customer's repository, which git does not read; see `mend`."""
    path = tmp_path / "app"
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    config = path / ".git/config"
    config.write_text(f'{config.read_text()}[remote "origin"]\n\turl = git@forge.example:acme/app.git\n[broken\n')
    return path


def mend(app: Path) -> None:
    config = app / ".git/config"
    config.write_text(config.read_text().replace("[broken\n", ""))


def save(home: Home, app: Path, *arguments: str, code: int = 0, session: str = "s-1") -> tuple[dict[str, Any], Ran]:
    words = ("save", "--json", "--topic", "x", "--session-id", session, *arguments)
    ran = home.run(*words, stdin=narrative(Key_Decisions=f"- {SECRET}"), cwd=app)
    assert ran.code == code, ran
    return json.loads(ran.out), ran


def logs(home: Home) -> set[str]:
    """The logs in the store: their project and name."""
    top = home.path / "session-logs/projects"
    return {f"{path.relative_to(top).parts[0]}/{path.name[11:]}" for path in top.rglob("*.md")}


def holds(remote: Remote) -> list[str]:
    """The files with the secret that a remote has."""
    assert remote.branches() or SECRET.encode() not in remote.everything()
    return [name for name, data in remote.files(BRANCH).items() if SECRET.encode() in data] if remote.branches() else []


def test_a_log_waits_here_and_is_filed_by_the_next_sync_that_can_tell(
    home: Home, remote: Remote, acme: Remote, app: Path
) -> None:
    report, ran = save(home, app)
    assert report["project"] == "unknown"
    assert f"whose it is cannot be told; sync-logs files it once it can, or save it with --project; git does not read {app}" in ran.err  # fmt: skip  # noqa: E501
    (home.path / "state/settled.json").unlink(missing_ok=True)
    told = home.sync().out
    assert "not pushed: no repository for project unknown: logs of nobody knows whom are kept in" in told
    assert f"[WARNING] whose a log is cannot be told until the next sync-logs; git does not read {app}" in told
    assert (holds(remote), holds(acme)) == ([], [])
    mend(app)
    home.sync()
    assert logs(home) == {"CUST-acme-app/ada-x.md"}
    assert holds(remote) == []
    (name,) = holds(acme)
    log = acme.files(BRANCH)[name].decode()
    assert 'project: "CUST-acme-app"' in log
    assert str(app) not in log
    assert "nothing to sync" in home.sync().out


def test_with_one_repository_too_a_transcript_is_looked_at_again(home: Home, app: Path, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, f"About {SECRET}", cwd=str(app))
    for _ in range(3):  # nothing changes any more, and still the question stays open
        home.sync(constants={(files, "YOUNG"): 0})
    assert {one.partition("/")[0] for one in logs(home)} == {"unknown"}
    mend(app)
    home.sync()
    assert {one.partition("/")[0] for one in logs(home)} == {"app"}


def test_a_killed_filing_is_finished_by_the_next(home: Home, acme: Remote, app: Path) -> None:
    saved = Path(save(home, app)[0]["path"])
    before = saved.read_bytes()
    mend(app)
    home.sync()
    saved.write_bytes(before)  # as if killed before it was removed
    home.sync()
    assert logs(home) == {"CUST-acme-app/ada-x.md"}
    assert len(holds(acme)) == 1


@pytest.mark.parametrize("how", ["mended", "told"])
def test_a_later_save_of_the_session_brings_its_log_along(
    how: str, home: Home, remote: Remote, acme: Remote, app: Path
) -> None:
    save(home, app, "--no-sync")
    save(home, app, "--no-sync", session="other")
    if how == "mended":
        mend(app)
    report, _ = save(home, app, "--no-sync", *(("--project", "CUST-acme-app") if how == "told" else ()))
    assert (report["project"], report["updated"]) == ("CUST-acme-app", True)
    assert logs(home) == {"CUST-acme-app/ada-x.md", "unknown/ada-x-2.md"}
    assert Path(report["path"]).read_text().count(SECRET) == 2


def test_a_log_of_a_folder_that_is_gone_since_is_not_guessed_about(
    home: Home, remote: Remote, acme: Remote, app: Path
) -> None:
    save(home, app)
    app.rename(app.parent / "away")
    home.sync()
    assert logs(home) == {"unknown/ada-x.md"}
    assert holds(remote) == []


def test_with_one_repository_a_log_goes_there_by_the_strictest_policy(home: Home, remote: Remote, app: Path) -> None:
    told = narrative(Key_Decisions="- ask grace.hopper@navy.mil about host 81.2.69.142")
    ran = home.run("save", "--json", "--topic", "x", "--session-id", "s-1", stdin=told, cwd=app)
    assert {one["type"] for one in json.loads(ran.out)["sync"]["withheld"]} == {"email", "ip"}
    mend(app)
    home.sync()
    assert logs(home) == {"app/ada-x.md"}


def test_a_transcript_and_its_digest_go_nowhere_until_it_can_be_told(
    home: Home, remote: Remote, acme: Remote, app: Path, sealed_home: Path
) -> None:
    agents.claude(sealed_home, 1, f"About {SECRET}", cwd=str(app))
    home.sync()
    home.sync()
    assert {one.partition("/")[0] for one in logs(home)} == {"unknown"}
    assert (holds(remote), holds(acme)) == ([], [])
    mend(app)
    home.sync()
    assert {one.partition("/")[0] for one in logs(home)} == {"CUST-acme-app"}
    assert holds(remote) == []
    assert len(holds(acme)) == 3
    assert "nothing to sync" in home.sync().out


@pytest.mark.parametrize("wrong", ["remote: /x\nremote: /y\n", "routing_: []\n", "\t", None])
def test_with_settings_that_cannot_be_read_a_log_is_saved_and_goes_nowhere(
    wrong: str | None, home: Home, remote: Remote, acme: Remote, app: Path, sealed_home: Path
) -> None:
    mend(app)
    config = home.path / "config.yaml"
    good = config.read_text()
    config.unlink()
    config.mkdir() if wrong is None else config.write_text(wrong)
    agents.claude(sealed_home, 1, f"About {SECRET}", cwd=str(app))
    report, ran = save(home, app, code=2)
    assert report["project"] == "unknown"
    assert "config.yaml" in ran.err
    assert save(home, app, "--project", "CUST-acme-app", code=2, session="s-2")[0]["project"] == "CUST-acme-app"
    for verb in (("sync-logs",), ("sync-logs", "--named")):
        assert home.run(*verb).code == 2
    assert (remote.branches(), acme.branches()) == ([], [])
    config.rmdir() if wrong is None else config.unlink()
    config.write_text(good)
    home.sync()
    assert {one.partition("/")[0] for one in logs(home)} == {"CUST-acme-app"}
    assert holds(remote) == []
    assert len(holds(acme)) == 5


def test_export_of_a_repository_that_git_does_not_read_says_why(home: Home, app: Path) -> None:
    ran = home.run("export", "sync-repo", str(app))
    assert ran.code == 1
    assert ran.err.startswith(f"session-sync: git does not read {app}: fatal: bad config line")
    assert list(app.iterdir()) == [app / ".git"]
