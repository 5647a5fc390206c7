"""`export verify` tells whatever is not as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.transcripts.archive import hidden_json, verify
from session_sync.transcripts.session import Lines, Raw
from support import agents
from support.archives import Run, first, report


def test_a_whole_archive_is_whole_wherever_it_is_looked_at(run_verb: Run, archive: Path) -> None:
    assert report(run_verb, "verify", archive, 0)["sessions"] == 3
    assert report(run_verb, "verify", archive / "history", 0)["sessions"] == 3


def test_an_archive_of_nothing_is_no_proof(run_verb: Run, tmp_path: Path) -> None:
    assert report(run_verb, "verify", tmp_path, 1)["problems"][0]["reason"] == "there are no archived sessions"


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    ("suffix", "damage", "reason"),
    [
        (".md", lambda path: path.write_bytes(path.read_bytes() + b"x"), "not as it was written"),
        (".md", Path.unlink, "missing"),
        (".json", Path.unlink, "its JSON is missing"),
        (".json", lambda path: path.write_bytes(path.read_bytes()[:-1]), "not as it was written"),
        (".json", lambda path: path.write_bytes(path.read_bytes().replace(b"One", b"0ne")), "not as it was written"),
        (".json", lambda path: path.write_bytes(b""), "not an archived session"),
        (".json", lambda path: path.write_bytes(b"{}\n"), "not an archived session"),
        (".json", lambda path: path.write_bytes(b"\xff" * 9000), "not an archived session"),
        (".json", lambda path: (path.unlink(), path.symlink_to("/etc/passwd")), ""),
    ],
)
def test_every_damage_is_named(run_verb: Run, archive: Path, suffix: str, damage: Damage, reason: str) -> None:
    path = min(one for one in archive.rglob(f"*{suffix}") if "one" in one.name)
    damage(path)
    problems = report(run_verb, "verify", archive, 1)["problems"]
    assert any(reason in one["reason"] and "one" in one["path"] for one in problems), problems


def test_lines_that_are_not_accounted_for_are_told(run_verb: Run, archive: Path) -> None:
    path = first(archive, ".json")
    body = re.sub(rb'"read":(\d+)', rb'"read":9\1', path.read_bytes(), count=1)
    body = body[: -len(hidden_json.END % (b"0" * 64))]
    path.write_bytes(body + hidden_json.END % hidden_json.sha256(body).encode())
    (problem,) = report(run_verb, "verify", archive, 1)["problems"]
    assert re.fullmatch(r"9\d+ records read, but \d+ accounted for", problem["reason"])


def test_a_file_that_is_named_must_be_beside_its_json(run_verb: Run, archive: Path) -> None:
    path = first(archive, ".json")
    body = re.sub(rb'"name":"[^"]+\.md"', b'"name":"../../../../../etc/passwd"', path.read_bytes(), count=1)
    body = body[: -len(hidden_json.END % (b"0" * 64))]
    path.write_bytes(body + hidden_json.END % hidden_json.sha256(body).encode())
    assert "not beside it" in str(report(run_verb, "verify", archive, 1)["problems"])


def test_a_third_file_of_a_session_is_checked_too(run_verb: Run, archive: Path) -> None:
    path = first(archive, ".json")
    raw = path.with_name(f"{path.name[:-5]}.raw.jsonl")
    raw.write_bytes(b"{}\n")
    digest = hidden_json.sha256(raw.read_bytes())
    entry = f'"files":[{{"kind":"raw","name":"{raw.name}","sha256":"{digest}"}},'.encode()
    body = path.read_bytes().replace(b'"files":[', entry, 1)[: -len(hidden_json.END % (b"0" * 64))]
    path.write_bytes(body + hidden_json.END % hidden_json.sha256(body).encode())
    report(run_verb, "verify", archive, 0)
    raw.write_bytes(b"[]\n")
    assert report(run_verb, "verify", archive, 1)["problems"][0]["path"].endswith(".raw.jsonl")


@pytest.mark.parametrize(
    ("lines", "in_file", "told"),
    [
        (Lines(read=1), 0, ["1 record read, but 0 accounted for"]),
        (Lines(read=2, kept=2, joined=1), 1, []),
        (Lines(read=3, kept=3, joined=1), 1, ["1 line and 1 joined record in the source, but 3 accounted for"]),
        (Lines(read=9, kept=9, joined=2), 2, ["2 lines and 2 joined records in the source, but 9 accounted for"]),
    ],
)
def test_records_that_are_not_accounted_for_are_counted(lines: Lines, in_file: int, told: list[str]) -> None:
    head = hidden_json.SessionHead(
        "claude", "1", lines=lines, raw=[Raw("a", lines=in_file)], files=[hidden_json.File("m", "a", "")]
    )
    assert list(verify._unaccounted(head)) == told


def test_one_session_and_one_problem_are_no_more(run_verb: Run, sealed_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    agents.claude(sealed_home, 1, "One")
    run_verb("export", "sync", "--out", str(out))
    assert run_verb("export", "verify", str(out)).out == f"1 session in {out}: no problems\n"
    first(out, ".md").unlink()
    assert (
        f"1 session in {out}: 1 problem; export again, or restore the files\n"
        in run_verb("export", "verify", str(out)).out
    )
