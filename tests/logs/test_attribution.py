"""Logs that wait for their project to be known; what becomes of them in rounds is in sync_logs/test_untold.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.logs import attribution, session_log
from support.homes import MACHINE


def waiting(name: str, text: str) -> Path:
    (folder,) = attribution.waiting([MACHINE])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def filed(name: str) -> Path:
    return paths.projects() / "APP" / MACHINE / name


HEAD = '---\ntopic: "x"\nproject: "unknown"\ndirectory: "/far"\n---\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}\nproject: x\n", '---\ntopic: "x"\nproject: "APP"\n---\n\nproject: x\n'),
        ("# no front matter\n", "# no front matter\n"),
        ("---\nproject: never closed\n", "---\nproject: never closed\n"),
        ("", ""),
    ],
)
def test_a_filed_log_has_its_project_and_every_other_byte(text: str, expected: str) -> None:
    path = waiting("a.md", text)
    assert attribution.file_log(path, "APP", [MACHINE]) == filed("a.md")
    assert filed("a.md").read_text() == expected
    assert not path.exists()


def test_a_log_of_the_same_name_is_left_alone() -> None:
    filed("a.md").parent.mkdir(parents=True)
    filed("a.md").write_text("another\n")
    assert attribution.file_log(waiting("a.md", HEAD), "APP", [MACHINE]) == filed("a-2.md")
    assert filed("a.md").read_text() == "another\n"


def test_who_is_not_alone_files_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "CUST-acme").mkdir()
    path = waiting("a.md", HEAD.replace("/far", str(tmp_path / "CUST-acme")))
    monkeypatch.setattr(session_log, "LOCK_LIMIT", 0.0)
    with session_log.exclusive():
        assert attribution.file_all(Config(), [MACHINE]) == []
    assert path.exists()
    attribution.file_all(Config(), [MACHINE])
    assert not path.exists()
