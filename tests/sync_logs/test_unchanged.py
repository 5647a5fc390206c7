from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from session_sync.home import files
from support.homes import MACHINE, OWN, Home, Remote


def settle(home: Home, *names: str) -> None:
    """Put logs into the store, and sync until nothing is left, with nothing so young that it may change unseen."""
    for name in names:
        home.put("PILOT", name, name.encode())
    home.sync()
    home.sync(constants={(files, "YOUNG"): 0})
    assert (home.path / "state" / "settled.json").is_file()


def ran_a_round(home: Home) -> bool:
    return json.loads(home.sync("--json").out)["rounds"] > 0


def test_a_settled_store_needs_no_round(home: Home, remote: Remote) -> None:
    settle(home, "a.md", "b.md")
    assert not ran_a_round(home)
    assert f"nothing to sync: {remote.path} has 2 session logs (" in home.sync().out


def change(home: Home, remote: Remote, what: str) -> None:
    log = home.path / "session-logs" / "projects" / "PILOT" / MACHINE / "a.md"
    if what == "longer":
        log.write_bytes(b"longer")
    elif what == "same length":
        stat = log.stat()
        log.write_bytes(b"b.md")
        os.utime(log, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as rsync --inplace --times does
    elif what == "new":
        os.utime(home.put("PILOT", "c.md", b"c"), (0, 0))
    elif what == "renamed":
        log.rename(log.with_name("z.md"))
    elif what == "config":
        (home.path / "config.yaml").write_text(f"# changed\nremote: {remote.path}\n")
    elif what == "ticket":
        (home.path / "spool" / "left-x.json").write_text("{}")
    elif what == "state":
        shutil.rmtree(home.path / "state")
    elif what == "damage":
        (home.path / "state" / "settled.json").write_text("{")
    elif what == "remote":
        remote.git("update-ref", "-d", f"refs/heads/{OWN}")
    else:
        remote.path.rename(remote.path.with_name("away.git"))


@pytest.mark.parametrize(
    "what", ["longer", "same length", "new", "renamed", "config", "ticket", "state", "damage", "remote", "offline"]
)
def test_any_change_means_a_round(home: Home, remote: Remote, what: str) -> None:
    settle(home, "a.md")
    change(home, remote, what)
    assert ran_a_round(home)
    if what not in ("offline",):
        store = (home.path / "session-logs" / "projects" / "PILOT" / MACHINE).iterdir()
        assert {path.read_bytes() for path in store} <= set(remote.files(OWN).values())


def test_what_must_be_told_is_told_every_time(home: Home) -> None:
    home.put("CUST-acme-x", "leak.md", b"SSN 536-22-8140")
    settle_time = [home.sync().out.count("withheld") for _ in range(3)]
    assert min(settle_time) >= 1
    assert not (home.path / "state" / "settled.json").exists()


def test_a_password_is_kept_in_one_place(home: Home) -> None:
    (home.path / "config.yaml").write_text("remote: http://ada:hunter2@127.0.0.1:9/x.git\n")
    home.sync(code=75)
    kept = [path for path in home.path.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert [path.name for path in kept] == ["config.yaml"]


def test_a_young_file_keeps_the_question_open(home: Home, tmp_path: Path) -> None:
    home.put("PILOT", "a.md", b"a")
    home.sync()
    home.sync(constants={(files, "YOUNG"): 3600 * 10**9})  # however long the rounds take, the file is younger
    assert not (home.path / "state" / "settled.json").exists()
