"""What a commit holds, and what is kept out of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from session_sync.logs.store import Log
from session_sync.sync_logs.repository import outgoing
from support.homes import LEAK, OWN, Home, Remote

FOLDER = "history/ada/claude/laptop"


def logs(*names: str) -> list[Log]:
    """Session logs, and files of transcripts where the name has a folder of the archive."""
    stat = os.stat(Path(__file__))
    return [
        Log("PILOT", "m", name.rpartition("/")[2], name, stat, name if name.startswith("history/") else "")
        for name in names
    ]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), ""),
        (("a.md",), "1 session log"),
        (("a.md", "b.md"), "2 session logs"),
        ((f"{FOLDER}/a.md",), "1 transcript"),
        ((f"{FOLDER}/.a.json",), "1 transcript"),
        ((f"{FOLDER}/a.md", f"{FOLDER}/.a.json"), "1 transcript"),
        ((f"{FOLDER}/a.md", f"{FOLDER}/.b.json", f"{FOLDER}/x/.a.json"), "3 transcripts"),
        (("a.md", f"{FOLDER}/.a.json"), "1 session log and 1 transcript"),
    ],
)
def test_a_transcript_counts_once_whichever_of_its_files_changed(names: tuple[str, ...], words: str) -> None:
    assert outgoing.contents(logs(*names)) == words


def test_the_entry_that_is_told_lets_a_log_go_as_it_is_pasted(home: Home, remote: Remote) -> None:
    home.put("CUST-acme-x", "leak [1].md", f"one\n{LEAK}\n".encode())
    ran = home.sync("--json")
    entries = [one["piiignore"] for one in json.loads(ran.out)["withheld"]]
    assert len(entries) == 2
    for entry in entries:
        assert f"; remove or replace it, or add to {home.path}/.piiignore: {entry}\n" in ran.err
    (home.path / ".piiignore").write_text("".join(f"{entry}\n" for entry in entries))
    ran = home.sync("--json")
    assert json.loads(ran.out)["withheld"] == []
    assert LEAK.encode() in remote.everything()


def test_a_finding_withholds_the_file_and_names_no_value(home: Home, remote: Remote) -> None:
    home.put("CUST-acme-x", "leak.md", f"one\n{LEAK}\n".encode())
    home.put("CUST-acme-x", "fine.md", b"fine")
    ran = home.sync("--json")
    withheld = [(one["file"], one["line"], one["type"]) for one in json.loads(ran.out)["withheld"]]
    assert withheld == [("leak.md", 2, "email"), ("leak.md", 2, "ssn")]
    assert "withheld CUST-acme-x/leak.md: line 2: ssn" in ran.err
    status = home.run("sync-logs", "--status")
    assert "line 2: email" in status.out
    said = (ran.out + ran.err + status.out).encode() + b"".join(
        path.read_bytes()
        for path in home.path.rglob("*")
        if path.is_file() and path.name != "leak.md" and path.suffix != ".compiled"  # the rules are no secret
    )
    for value in (b"hopper", b"536-22"):
        assert value not in said
        assert value not in remote.everything()
    assert list(remote.files(OWN)) == [f"{OWN}/projects/CUST-acme-x/fine.md"]


def test_a_withheld_file_is_pushed_once_it_is_mended(home: Home, remote: Remote) -> None:
    path = home.put("CUST-acme-x", "leak.md", LEAK.encode())
    home.sync()
    path.write_bytes(b"mended")
    home.sync()
    assert remote.files(OWN) == {f"{OWN}/projects/CUST-acme-x/leak.md": b"mended"}
    assert b"hopper" not in remote.everything()


def test_skip_pii_check_pushes_what_is_withheld(home: Home, remote: Remote) -> None:
    home.put("CUST-acme-x", "leak.md", LEAK.encode())
    home.sync()
    assert remote.files(OWN) == {}
    home.sync("--skip-pii-check")
    assert len(remote.files(OWN)) == 1


def test_a_customers_log_that_is_no_text_is_withheld(home: Home, remote: Remote) -> None:
    home.put("CUST-acme-x", "binary.md", b"\xff\xfe\x00")
    assert "undecodable" in home.sync().out
    assert remote.files(OWN) == {}
