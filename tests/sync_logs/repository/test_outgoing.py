"""What a commit holds, told in words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.logs.store import Log
from session_sync.sync_logs.repository import outgoing

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
