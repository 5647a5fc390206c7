"""A round over all log repositories: which logs go to which of them."""

from __future__ import annotations

import json
from pathlib import Path

from support.homes import LEAK, MACHINE, OWN, Home, Remote


def test_one_bad_repository_does_not_stop_the_others(home: Home, remote: Remote, tmp_path: Path) -> None:
    acme = Remote(tmp_path / "acme.git")
    (home.path / "config.yaml").write_text(
        f"remote: {remote.path}\nrepositories: {{acme: {acme.path}}}\n"
        "routing: [{match: 'CUST-acme-*', repository: acme}]\n"
    )
    (home.path / "state" / "index-acme.sqlite").mkdir(parents=True)
    home.put("PILOT", "a.md", b"a")
    home.sync(code=1)
    assert len(remote.files(OWN)) == 1


def test_project_filter_syncs_only_that_project(home: Home, remote: Remote) -> None:
    home.put("PILOT", "a.md", b"a")
    home.put("OTHER", "b.md", b"b")
    home.sync("--project", "PILOT")
    assert list(remote.files(OWN)) == [f"{OWN}/projects/PILOT/a.md"]
    home.sync()
    assert len(remote.files(OWN)) == 2


def test_tenant_filter_syncs_only_that_tenant(home: Home, remote: Remote) -> None:
    for name in ("CUST-acme-x", "CUST-acme-y", "CUST-other-x", "PILOT"):
        home.put(name, "a.md", b"fine")
    home.sync("--tenant", "acme")
    assert list(remote.files(OWN)) == [f"{OWN}/projects/CUST-acme-x/a.md", f"{OWN}/projects/CUST-acme-y/a.md"]


def test_projects_go_to_their_own_repositories(home: Home, remote: Remote, tmp_path: Path) -> None:
    acme = Remote(tmp_path / "acme.git")
    (home.path / "config.yaml").write_text(
        f"repositories: {{acme: {acme.path}, team: {remote.path}}}\n"
        "routing:\n- {match: 'CUST-acme-*', repository: acme}\n- {match: 'P*', repository: team}\n"
    )
    for name in ("CUST-acme-x", "PILOT", "STRAY"):
        home.put(name, "a.md", b"fine")
    ran = home.sync("--json")
    assert json.loads(ran.out)["unrouted"] == ["STRAY"]
    assert "no repository for project STRAY" in ran.err
    assert list(acme.files(OWN)) == [f"{OWN}/projects/CUST-acme-x/a.md"]
    assert list(remote.files(OWN)) == [f"{OWN}/projects/PILOT/a.md"]
    assert b"CUST-acme-x" not in remote.everything()
    assert b"STRAY" not in remote.everything() + acme.everything()


def test_dry_run_says_what_would_happen_and_changes_nothing(home: Home, remote: Remote) -> None:
    home.put("PILOT", "a.md", b"a")
    home.put("CUST-acme-x", "leak.md", LEAK.encode())
    ran = home.sync("--dry-run")
    assert "would sync" in ran.out
    assert "would withhold CUST-acme-x/leak.md: line 1: email" in ran.out
    assert remote.branches() == []


def test_without_a_remote_the_way_out_is_told(tmp_path: Path) -> None:
    ran = Home(tmp_path / "new", MACHINE).run("sync-logs")
    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err
        == 'session-sync: no remote yet; run "scripts/run sync-logs --init" for a local one, or add --remote URL\n'
    )
