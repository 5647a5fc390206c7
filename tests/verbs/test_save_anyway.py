"""A log is saved whatever is wrong around it: what the home holds besides, where the process is, who wrote the file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from session_sync.text import outline
from support.homes import SCRIPTS, Home, Remote
from support.members import Member
from support.narratives import narrative
from support.rooms import little_room

SHORT = "## Session Summary\n\nOne more thing.\n"


def logs(home: Home) -> list[Path]:
    return sorted(home.path.glob("session-logs/projects/*/*/*.md"))


@pytest.mark.parametrize(
    "name",
    [
        *("config.yaml", "machine-id.json", "identity.json", "users.json"),
        *("state", "state/save.lock", "state/machine.lock", "state/config-checked", "state/round.lock"),
        *("spool", "logs", "repositories", "cache"),
    ],
)
def test_what_cannot_be_read_keeps_no_log_from_being_saved(home: Home, remote: Remote, name: str) -> None:
    home.save("first")
    spoiled = home.path / name
    if spoiled.is_dir():
        shutil.rmtree(spoiled)
        spoiled.write_text("no folder")
    else:
        spoiled.unlink(missing_ok=True)
        spoiled.mkdir()
        (spoiled / "no file").touch()
    ran = home.run("save", "--project", "PILOT", "--topic", "second", stdin=narrative(Key_Decisions="Second."))
    assert "Traceback" not in ran.err
    assert ran.out, ran
    assert Path(ran.out.strip()).read_text().count("Second.") == 1
    assert len(logs(home)) == 2
    assert ran.code == 0 or "saved; " in ran.err


def test_without_the_lock_nothing_that_others_may_be_writing_is_moved(home: Home) -> None:
    waiting = home.save("x", "--session-id", "s", "--no-sync", project="unknown")
    (home.path / "state/save.lock").unlink(missing_ok=True)
    (home.path / "state/save.lock").mkdir()
    made = home.save("x", "--session-id", "s", "--no-sync", project="PILOT", body=SHORT)
    assert logs(home) == [made, waiting]


@pytest.mark.parametrize("options", [["--store", "--project", "P"], ["--project", "P"], []])
@pytest.mark.parametrize("is_told", [True, False])
def test_a_removed_directory_keeps_no_log_from_being_saved(
    home: Home, tmp_path: Path, options: list[str], is_told: bool
) -> None:
    ran = in_removed(home, tmp_path / "gone", is_told, "save", "--topic", "x", *options, data=narrative())
    [log] = logs(home)
    assert (ran.returncode, ran.stdout) == (0, f"{log}\n"), ran
    assert log.parent.parent.name == (options[-1] if options else "gone")


def test_a_customers_removed_directory_is_still_the_customers(home: Home, tmp_path: Path) -> None:
    in_removed(home, tmp_path / "CUST-acme-app/src", True, "save", "--topic", "x", data=narrative())
    [log] = logs(home)
    assert log.parent.parent.name == "CUST-acme-app"


VERBS = ["scan", "sync-logs", "whoami", "locked -- true", "sync", "wiki list", "export sources"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_in_a_removed_directory_works_or_says_why(home: Home, tmp_path: Path, verb: str) -> None:
    ran = in_removed(home, tmp_path / "gone", True, *verb.split(), data="text\n")
    assert "Traceback" not in ran.stderr
    assert "unexpected" not in ran.stderr
    assert ran.returncode in (0, 1, 2)


def in_removed(
    home: Home, place: Path, is_told: bool, verb: str, *arguments: str, data: str
) -> subprocess.CompletedProcess[str]:
    """Run a verb in a directory that is gone, which its environment tells, as a shell does, or not."""
    place.mkdir(parents=True)
    script = SCRIPTS / f"{verb.replace('-', '_')}.py"
    shell = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    env = {**home.env, "PWD": str(place)} if is_told else {k: v for k, v in home.env.items() if k != "PWD"}
    words = ["sh", "-c", shell, "sh", str(place), *([] if is_told else ["env", "-u", "PWD"])]
    command = [*words, sys.executable, str(script), *arguments]
    return subprocess.run(command, env=env, input=data, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("ends", "mark"), [("\r\n", ""), ("\r\n", "\ufeff"), ("\n", "\ufeff")])
def test_a_log_with_the_line_ends_of_windows_is_continued(ada: Member, ends: str, mark: str) -> None:
    path = ada.save("loom", "--session-id", "s").path
    path.write_bytes((mark + path.read_text().replace("\n", ends)).encode())
    saved = ada.save("loom", "--session-id", "s", body=SHORT)
    assert (saved.path, saved.report["updated"]) == (path, True)
    data = path.read_bytes()
    assert data.count(b"\n") == data.count(ends.encode())
    assert b"One more thing." in data


def test_a_log_that_git_gave_the_line_ends_of_windows_is_continued(ada: Member) -> None:
    path = ada.save("loom", "--session-id", "s").path
    ada.git("config", "core.autocrlf", "true")
    path.unlink()
    ada.git("checkout", "-q", "--", str(path.relative_to(ada.tree)))
    assert b"\r\n" in path.read_bytes()
    ada.save("loom", "--session-id", "s", body=SHORT)
    added = ada.git("show", "--format=", "--numstat", "HEAD", "--", str(path.relative_to(ada.tree))).split()
    assert added[1] == "0", "only the update is new to git"
    assert ada.git("status", "--porcelain") == ""


def test_code_that_a_narrative_leaves_open_swallows_no_update(home: Home) -> None:
    body = narrative() + "\n~~~text\n```sh\necho\n"
    home.save("x", "--session-id", "s", body=body)
    home.save("x", "--session-id", "s", body=SHORT + "\n<!-- open\n")
    home.save("x", "--session-id", "s", body=SHORT)
    [log] = logs(home)
    titles = [one.title for one in outline.sections(log.read_text())]
    assert sum(title.startswith("Update: ") for title in titles) == 2


def test_a_draft_that_cannot_be_saved_is_kept(home: Home, tmp_path: Path) -> None:
    home.save("x", "--session-id", "s")
    [log] = logs(home)
    before, draft = log.read_bytes(), tmp_path / "draft.md"
    draft.write_text(narrative(Key_Decisions="Decided.\n" * 20_000))
    with little_room(100_000):
        words = ("--project", "PILOT", "--topic", "x", "--session-id", "s", "--draft", str(draft))
        process = home.start("save", *words)
        _, told = process.communicate()
    assert process.returncode == 1
    assert f"not saved yet: run the same with --draft {draft}".encode() in told
    assert told.count(b"\n") == 1
    assert "Decided." in draft.read_text()
    assert log.read_bytes() == before


@pytest.mark.parametrize("is_home_fine", [True, False])
def test_a_narrative_that_cannot_be_saved_is_kept_as_a_draft(home: Home, tmp_path: Path, is_home_fine: bool) -> None:
    spoiled = home.path / "session-logs"
    spoiled.write_text("no folder")
    own = tmp_path / "own"
    own.mkdir()
    if not is_home_fine:
        (own / ".session-sync").write_text("no folder")
    given = {"HOME": str(own), "TMPDIR": str(tmp_path)}
    ran = home.run("save", "--project", "PILOT", "--topic", "x", stdin=narrative(), **given)
    [kept] = list(tmp_path.rglob("unsaved-*.md"))
    assert (ran.code, ran.out, kept.is_relative_to(own)) == (1, "", is_home_fine)
    assert f"not saved yet: run the same with --draft {kept}" in ran.err
    assert kept.read_text().strip() == narrative().strip()
    assert (kept.stat().st_mode | kept.parent.stat().st_mode) & 0o077 == 0
    spoiled.unlink()
    ran = home.run("save", "--project", "PILOT", "--topic", "x", "--draft", str(kept))
    assert ran.code == 0
    assert not kept.exists()
