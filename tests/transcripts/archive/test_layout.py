"""Where sessions are put: below the archive, whatever their working directory claims to be."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from session_sync.transcripts.archive import layout
from session_sync.transcripts.session import Session

HOME = "/home/ada"


def below(cwd: str) -> str:
    return str(layout.folder(Session("claude", "1", cwd=cwd), HOME))


@pytest.mark.parametrize(
    ("cwd", "folder"),
    [
        ("/home/ada/code/pilot", "code/pilot"),
        ("/home/ada", "."),
        ("/home/adalbert/x", "_root/home/adalbert/x"),
        ("/srv/x", "_root/srv/x"),
        ("/", "_root"),
        ("", "_unknown"),
        ("  ", "_unknown"),
        ("/home/ada/../../srv/escape", "_root/srv/escape"),
        ("/../../x", "_root/x"),
        ("relative/../../../y", "_root/y"),
        ("C:\\Users\\ada\\code\\..\\win", "_root/C/Users/ada/win"),
        ("\\\\server\\share\\x", "_root/server/share/x"),
        ("/home/ada/od:d na*me?/é-projet", "od-d-na-me/é-projet"),
        ("/home/ada/two\nlines", "two-lines"),
        ("/home/ada/.git/hooks", "git/hooks"),
        ("/home/ada/.config/x", "config/x"),
        ("/home/ada/con/...", "_con/_"),
        ("/home/ada/a\0b\x1b[31m", "a-b-31m"),
        ("/home/ada/-rf", "rf"),
    ],
)
def test_a_working_directory_becomes_a_folder_below_the_archive(cwd: str, folder: str) -> None:
    assert below(cwd) == folder


def test_windows_homes_are_homes_too() -> None:
    session = Session("claude", "1", cwd="c:\\Users\\Ada\\code")
    assert str(layout.folder(session, "C:\\Users\\Ada")) == "code"


def test_long_paths_stay_short_and_apart() -> None:
    deep = [below("/home/ada/" + f"{first}/" + "/".join(["folder" * 9] * 30)) for first in "ab"]
    assert deep[0] != deep[1]
    assert all(len(one.encode()) < 200 for one in deep)
    assert len(below("/home/ada/" + "ü" * 300).encode()) <= 255


def test_the_top_is_user_source_and_system() -> None:
    session = Session("codex", "1", user="ada/../x", system="lap top")
    assert layout.top(session) == PurePosixPath("history/ada-.-x/codex/lap-top")
    assert layout.top(session, "docs/ai").parts[:2] == ("docs", "ai")


def test_a_name_is_the_beginning_and_the_title() -> None:
    session = Session("codex", "1", started="2026-11-20T20:19:14.123Z")
    assert layout.basename(session, "Fix: the `parser` — now!") == "2026-11-20-2019-fix-the-parser-now"
    assert layout.basename(session, "") == "2026-11-20-2019-session"
    assert layout.BASENAME.fullmatch(layout.basename(Session("codex", "1", started="never"), "x"))
    assert len(layout.json_name(layout.basename(session, "ü" * 500)).encode()) < 100


@pytest.mark.parametrize("folder", ["", "history/ada/claude/laptop/code/"])
def test_both_files_of_a_session_lead_to_its_markdown(folder: str) -> None:
    name = "2026-11-20-2019-read-the.json"
    for file in (f"{name}.md", layout.json_name(name)):
        assert layout.markdown(f"{folder}{file}") == f"{folder}{name}.md"
