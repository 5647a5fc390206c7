"""The files that earlier versions kept."""

from __future__ import annotations

import shutil
from pathlib import Path

from session_sync.transcripts.session import Link
from session_sync.transcripts.sources.opencode import source as opencode
from session_sync.transcripts.sources.search import Search
from support.opencode_sessions import CHILD, SHELL, TASK, put, read, tree


def test_the_files_of_earlier_versions(tmp_path: Path) -> None:
    folder = tree(tmp_path / "opencode", [SHELL, TASK, CHILD])
    session, messages = read(folder, SHELL)
    assert [one.text for one in messages] == ['"[shell] run it"', "", 'Mock opencode answer to: "[shell] run it"']
    assert messages[1].tool_calls[0].output == "hello-from-opencode\n"
    assert (session.client, session.lines.read, session.raw[0].path) == ("0.9", 11, f"storage#{SHELL}")
    assert read(folder / "storage", CHILD)[0].parent == Link(TASK)
    assert read(folder / f"storage/session/project/{TASK}.json", TASK)[0].title


def test_a_session_in_the_database_and_in_files_is_found_once(database: Path) -> None:
    tree(database.parent, [SHELL, TASK])
    shutil.copy(database, database.parent / "opencode-dev.db")
    found = [Path(one.path).name for one in opencode.find(database.parent, Search())]
    assert found == ["opencode-dev.db"] * 3


def test_files_that_are_damaged_do_not_stop_the_rest(tmp_path: Path) -> None:
    folder = tree(tmp_path, [SHELL])
    messages = sorted((folder / "storage/message" / SHELL).iterdir())
    messages[0].write_bytes(b"")
    messages[1].write_bytes(b"\0\0\0")
    (folder / f"storage/session/project/{SHELL}.json").write_text("{")
    session, found = read(folder, SHELL)
    assert found[-1].text == 'Mock opencode answer to: "[shell] run it"'
    assert {one.reason for one in session.problems} == {"empty", "only NULs", "no JSON"}


def test_a_fingerprint_of_files_changes_with_a_message(tmp_path: Path) -> None:
    folder = tree(tmp_path, [SHELL])
    (before,) = opencode.find(folder, Search())
    put(folder / "storage/message" / SHELL / "msg_z.json", {"role": "user"})
    (after,) = opencode.find(folder, Search())
    assert before.fingerprint != after.fingerprint


def test_the_files_of_the_first_versions(tmp_path: Path) -> None:
    newer = tree(tmp_path / "newer", [SHELL])
    older = tmp_path / "opencode" / "project" / "home-ada-code-widget" / "storage" / "session"
    (older / "part" / SHELL).parent.mkdir(parents=True)
    shutil.copytree(newer / "storage/session/project", older / "info")
    shutil.copytree(newer / "storage/message", older / "message")
    shutil.copytree(newer / "storage/part", older / "part" / SHELL)
    session, messages = read(tmp_path / "opencode", SHELL)
    assert [one.text for one in messages] == ['"[shell] run it"', "", 'Mock opencode answer to: "[shell] run it"']
    assert (session.cwd, session.lines.read) == ("/home/ada/code/widget", 11)
    assert read(older / "info" / f"{SHELL}.json", SHELL)[0].title
