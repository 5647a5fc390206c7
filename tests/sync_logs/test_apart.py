"""Ways on which a customer's session could reach the default remote: none does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support import agents
from support.homes import MACHINE, Home, Remote

BRANCH = f"machines/{MACHINE}"
ONE = agents.session_id(1)


@pytest.fixture
def routed(home: Home, remote: Remote, tmp_path: Path) -> str:
    Remote(tmp_path / "acme.git")
    text = (
        f"remote: {remote.path}\nrepositories:\n  acme: {tmp_path / 'acme.git'}\n"
        "routing:\n  - {match: 'CUST-*', repository: acme}\n"
    )
    (home.path / "config.yaml").write_text(text)
    return text


def said(name: str, *turns: tuple[str, str]) -> list[dict[str, Any]]:
    lines = []
    for number, (text, cwd) in enumerate(turns):
        lines += agents.claude_lines(f"{number:08}", [text], cwd, number % 50)
    return [{**one, "sessionId": name} for one in lines]


def put(home: Path, lines: list[dict[str, Any]], name: str = ONE) -> None:
    agents.write_lines(home / ".claude/projects/-x" / f"{name}.jsonl", lines)


def leaked(home: Home, remote: Remote) -> bool:
    home.sync()
    return any(b"Zebra" in data for data in remote.files(BRANCH).values())


CUSTOMER = ("Zebra", "/work/CUST-acme")


def test_a_source_that_shrank_to_before_the_customer(
    home: Home, remote: Remote, routed: str, sealed_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "pilot").mkdir()  # which is still there
    begun = ("start", str(tmp_path / "pilot"))
    put(sealed_home, said(ONE, begun, CUSTOMER))
    assert not leaked(home, remote)
    put(sealed_home, said(ONE, begun))
    assert not leaked(home, remote)


def test_a_customer_after_more_folders_than_are_remembered(
    home: Home, remote: Remote, routed: str, sealed_home: Path
) -> None:
    put(sealed_home, said(ONE, *((f"go {n}", f"/work/pilot/{n}") for n in range(1002)), CUSTOMER))
    assert not leaked(home, remote)


def test_the_same_folder_without_its_repository(
    home: Home, remote: Remote, routed: str, sealed_home: Path, tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    subprocess.run(["git", "init", "-q", str(shop)], check=True)
    subprocess.run(["git", "-C", str(shop), "remote", "add", "origin", "git@forge:acme/shop.git"], check=True)
    rule = "projects:\n  - {remote: '*acme/*', project: CUST-acme-app}\n"
    (home.path / "config.yaml").write_text(routed + rule)
    put(sealed_home, said(ONE, ("Zebra", str(shop))))
    assert not leaked(home, remote)
    shutil.rmtree(shop / ".git")
    put(sealed_home, said(ONE, ("Zebra", str(shop)), ("more", str(shop))))
    assert not leaked(home, remote)


def test_a_customers_subagent_elsewhere(home: Home, remote: Remote, routed: str, sealed_home: Path) -> None:
    put(sealed_home, said(ONE, ("start", "/work/CUST-acme")))
    lines = [{**one, "isSidechain": True, "agentId": "abc123"} for one in said(ONE, ("Zebra", "/work/pilot"))]
    put(sealed_home, lines, f"{ONE}/subagents/agent-abc123")
    assert not leaked(home, remote)


def test_a_rule_that_was_added_after_the_export(home: Home, remote: Remote, routed: str, sealed_home: Path) -> None:
    (home.path / "config.yaml").write_text(f"remote: {remote.path}\nrouting:\n  - {{match: '*', repository: none}}\n")
    put(sealed_home, said(ONE, ("Zebra", "/work/shop")))
    assert not leaked(home, remote)
    rule = "projects:\n  - {path: /work/shop, project: CUST-acme-app}\n"
    (home.path / "config.yaml").write_text(routed + rule)
    assert not leaked(home, remote)


def test_a_subagent_of_a_session_that_becomes_a_customers(
    home: Home, remote: Remote, routed: str, sealed_home: Path
) -> None:
    begun = ("start", "/work/pilot")
    put(sealed_home, said(ONE, begun))
    lines = [{**one, "isSidechain": True, "agentId": "abc123"} for one in said(ONE, ("Horse", "/work/pilot"))]
    put(sealed_home, lines, f"{ONE}/subagents/agent-abc123")
    home.sync()
    put(sealed_home, said(ONE, begun, CUSTOMER))
    grown = [{**one, "isSidechain": True, "agentId": "abc123"} for one in said(ONE, begun, ("Zebra", "/work/pilot"))]
    put(sealed_home, grown, f"{ONE}/subagents/agent-abc123")
    assert not leaked(home, remote)


def test_two_customers_in_one_session(
    home: Home, remote: Remote, routed: str, sealed_home: Path, tmp_path: Path
) -> None:
    Remote(tmp_path / "beta.git")
    text = routed.replace("repositories:", f"repositories:\n  beta: {tmp_path / 'beta.git'}")
    text = text.replace("routing:", "routing:\n  - {match: CUST-beta, repository: beta}")
    (home.path / "config.yaml").write_text(text)
    put(sealed_home, said(ONE, ("start", "/work/CUST-acme"), ("Zebra", "/work/CUST-beta")))
    assert not leaked(home, remote)
    assert not any(b"Zebra" in data for data in Remote(tmp_path / "acme.git").files(BRANCH).values())


def test_a_project_that_only_rules_set_apart(home: Home, remote: Remote, routed: str, sealed_home: Path) -> None:
    rules = "  - {match: DELTA, repository: none}\nprojects:\n  - {path: /work/delta, project: DELTA}\n"
    (home.path / "config.yaml").write_text(routed + rules)
    put(sealed_home, said(ONE, ("start", "/work/pilot"), ("Zebra", "/work/delta/x")))
    assert not leaked(home, remote)


@pytest.mark.parametrize("cwd", [".", "~", "work/pilot"])
def test_a_directory_that_is_not_absolute_tells_nothing(
    home: Home, remote: Remote, routed: str, sealed_home: Path, cwd: str
) -> None:
    put(sealed_home, said(ONE, ("Zebra", cwd)))
    assert not leaked(home, remote)


def test_what_is_kept_of_a_source_that_shrank_stays_where_it_was(
    home: Home, remote: Remote, routed: str, sealed_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "pilot").mkdir()
    rule = f"projects:\n  - {{path: {tmp_path / 'pilot'}, project: PILOT}}\n"
    (home.path / "config.yaml").write_text(routed + rule)
    begun = ("start", str(tmp_path / "pilot"))
    put(sealed_home, said(ONE, begun, CUSTOMER, ("Zebra", "/work/CUST-beta")))
    assert not leaked(home, remote)
    put(sealed_home, said(ONE, begun))
    assert not leaked(home, remote)
    put(sealed_home, said(ONE, begun, ("more", str(tmp_path / "pilot"))))
    assert not leaked(home, remote)


def test_what_may_leave_takes_nothing_else_with_it(home: Home, remote: Remote, sealed_home: Path) -> None:
    routes = "- {match: 'oss-*', repository: default}\n- {match: '*', repository: none}\n"
    (home.path / "config.yaml").write_text(f"remote: {remote.path}\nrouting:\n{routes}")
    put(sealed_home, said(ONE, ("Zebra", "/work/shop"), ("more", "/work/oss-tool")))
    put(sealed_home, said("22", ("start", "/work/oss-tool"), ("Zebra", "/work/shop")), agents.session_id(2))
    put(sealed_home, said("33", ("hello", "/work/oss-tool")), agents.session_id(3))
    assert not leaked(home, remote)
    assert any(b"hello" in data for data in remote.files(BRANCH).values())


def test_a_subagent_of_a_customers_session_in_which_nothing_was_said(
    home: Home, remote: Remote, routed: str, sealed_home: Path
) -> None:
    put(sealed_home, [{"type": "mode", "mode": "plan", "cwd": "/work/CUST-acme", "sessionId": ONE}])
    lines = [{**one, "isSidechain": True, "agentId": "abc123"} for one in said(ONE, ("Zebra", "/work/pilot"))]
    put(sealed_home, lines, f"{ONE}/subagents/agent-abc123")
    assert not leaked(home, remote)


def test_a_route_that_came_later_and_one_by_a_name_that_is_redacted(
    home: Home, remote: Remote, routed: str, sealed_home: Path
) -> None:
    nothing = "routing:\n  - {match: '*', repository: none}\n"
    (home.path / "config.yaml").write_text(f"remote: {remote.path}\n{nothing}")
    put(sealed_home, said(ONE, ("start", "/work/pilot"), ("Zebra", "/work/delta")))
    put(sealed_home, said("22", ("Zebra", "/work/joe@corp-acme.com")), agents.session_id(2))
    assert not leaked(home, remote)
    later = "  - {match: DELTA, repository: none}\n  - {match: 'joe*', repository: none}\n"
    rule = "projects:\n  - {path: /work/delta, project: DELTA}\n"
    (home.path / "config.yaml").write_text(routed + later + rule)
    assert not leaked(home, remote)
    for index in (home.path / "state").glob("archive-*.sqlite"):
        index.unlink()
    assert not leaked(home, remote)
