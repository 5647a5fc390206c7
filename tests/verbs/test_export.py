"""`export sync` and `export sync-repo`, as users run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from session_sync.home import paths
from support import agents
from support.homes import Ran
from support.templates import expand

Run = Callable[..., Ran]


class Export:
    """A user's archive, and the command that fills it."""

    def __init__(self, run_verb: Run, home: Path, out: Path) -> None:
        self.home = home
        self.out = out
        self._run = run_verb

    def __call__(self, *arguments: str, code: int = 0, **env: str) -> dict[str, Any]:
        ran = self._run("export", "sync", "--out", str(self.out), "--json", *arguments, **env)
        assert ran.code == code, ran
        report: dict[str, Any] = json.loads(ran.out)
        return report

    def files(self) -> dict[str, bytes]:
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in self._all()}

    def times(self) -> dict[str, int]:
        return {path.relative_to(self.out).as_posix(): path.stat().st_mtime_ns for path in self._all()}

    def markdown(self) -> list[Path]:
        return [path for path in self._all() if path.suffix == ".md"]

    def _all(self) -> list[Path]:
        return sorted(path for path in self.out.rglob("*") if path.is_file())


@pytest.fixture
def export(run_verb: Run, sealed_home: Path, tmp_path: Path) -> Export:
    return Export(run_verb, sealed_home, tmp_path / "out")


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((paths.SCHEMAS / f"{name}.json").read_bytes())
    return content


def test_a_session_becomes_markdown_and_json_where_it_belongs(export: Export) -> None:
    agents.claude(export.home, 1, "Fix the parser", cwd=str(export.home / "code" / "pilot"))
    report = export("--user", "ada", "--system", "laptop")
    folder = "history/ada/claude/laptop/code/pilot"
    name = "2026-11-20-1000-fix-the-parser"
    assert sorted(export.files()) == [f"{folder}/.{name}.json", f"{folder}/{name}.md"]
    text = (export.out / folder / f"{name}.md").read_text()
    assert text.startswith("# Fix the parser\n")
    for part in ("Fix the parser", "Answer 0 to Fix the parser", "run 0", "done"):
        assert part in text
    assert [one["path"] for one in report["exported"]] == [f"{folder}/{name}.md"]
    jsonschema.validate(report, schema("export-report"))
    session = json.loads((export.out / folder / f".{name}.json").read_bytes())
    jsonschema.validate(session, schema("session"))
    assert session["lines"]["read"] == session["lines"]["kept"] == 4
    assert session["tokens"] == {"input": 20, "output": 4}


def test_files_are_for_their_owner_alone(export: Export) -> None:
    agents.claude(export.home, 1, "Hello")
    export()
    assert {path.stat().st_mode & 0o777 for path in export.out.rglob("*") if path.is_file()} == {0o600}


def test_a_second_run_changes_nothing(export: Export) -> None:
    agents.claude(export.home, 1, "Hello")
    agents.codex(export.home, 2, "Hello too")
    export()
    before = export.times()
    report = export()
    assert (report["exported"], report["unchanged"]) == ([], 2)
    assert export.times() == before


def test_a_session_that_grows_rewrites_its_own_two_files(export: Export) -> None:
    agents.claude(export.home, 1, "First")
    agents.claude(export.home, 2, "Other", minute=5)
    export()
    before = export.times()
    agents.claude(export.home, 1, "First", "Second", output="more")
    assert len(export()["exported"]) == 1
    after = export.times()
    assert after.keys() == before.keys()
    changed = {name for name in after if after[name] != before[name]}
    assert len(changed) == 2
    assert all("first" in name for name in changed)


def test_a_renamed_session_keeps_its_name_on_disk(export: Export) -> None:
    path = agents.claude(export.home, 1, "First")
    export()
    before = sorted(export.files())
    with path.open("a") as stream:
        stream.write(
            json.dumps({"type": "custom-title", "customTitle": "A better name", "sessionId": agents.session_id(1)})
        )
    export()
    assert sorted(export.files()) == before
    assert export.markdown()[0].read_text().startswith("# A better name\n")
    title = {"type": "custom-title", "customTitle": "ask ada@brightwater.io", "sessionId": agents.session_id(1)}
    with path.open("a") as stream:
        stream.write(f"\n{json.dumps(title)}\n")
    export()
    assert sorted(export.files()) == before


def test_two_sessions_of_the_same_minute_and_prompt_are_two(export: Export) -> None:
    for number in (1, 2, 3):
        agents.claude(export.home, number, "Same", output=f"output of {number}")
    export()
    texts = [path.read_text() for path in export.markdown()]
    assert len(texts) == 3
    assert all(any(f"output of {number}" in text for text in texts) for number in (1, 2, 3))
    before = export.times()
    export()
    assert export.times() == before


def test_a_fresh_clone_knows_what_it_has(export: Export, tmp_path: Path, compiled_rules: Path) -> None:
    from support.homes import give_rules

    agents.claude(export.home, 1, "One")
    agents.codex(export.home, 2, "Two")
    export()
    clone = tmp_path / "clone"
    shutil.copytree(export.out, clone)
    other = tmp_path / "other-home"
    give_rules(other, compiled_rules)
    export.out = clone
    before = export.times()
    report = export(SESSION_SYNC_HOME=str(other))
    assert (report["exported"], report["unchanged"]) == ([], 2)
    assert export.times() == before
    agents.claude(export.home, 1, "One", "More")
    assert len(export(SESSION_SYNC_HOME=str(other))["exported"]) == 1
    assert export.times().keys() == before.keys()


def test_a_lost_or_damaged_index_is_made_anew(export: Export) -> None:
    agents.claude(export.home, 1, "One")
    export()
    before = export.times()
    (index,) = (export.home / ".session-sync" / "state").glob("archive-*.sqlite")
    for damage in (index.unlink, lambda: index.write_bytes(b"no database" * 1000)):
        damage()
        assert export()["exported"] == []
        assert export.times() == before


def test_what_somebody_removed_is_exported_again(export: Export) -> None:
    agents.claude(export.home, 1, "One")
    export()
    before = export.files()
    for name in before:
        (export.out / name).unlink()
        assert len(export()["exported"]) == 1
        assert export.files() == before


def test_the_archive_outlives_the_transcripts(export: Export) -> None:
    path = agents.claude(export.home, 1, "One")
    agents.claude(export.home, 2, "Two")
    export()
    before = export.files()
    path.unlink()
    export()
    assert export.files() == before
    report = export("--prune-missing")
    assert len(report["pruned"]) == 1
    assert len(export.markdown()) == 1
    shutil.rmtree(export.home / ".claude")
    assert export("--prune-missing")["pruned"] == []
    assert len(export.markdown()) == 1


def test_a_run_that_looks_in_one_place_prunes_nothing_elsewhere(export: Export) -> None:
    one = agents.claude(export.home, 1, "One", cwd="/work/a")
    agents.claude(export.home, 2, "Two", cwd="/work/b")
    export()
    export("--source", f"claude={one.parent}", "--prune-missing")
    assert len(export.markdown()) == 2
    one.unlink()
    assert len(export("--source", f"claude={one.parent}", "--prune-missing")["pruned"]) == 1
    assert [path.stem for path in export.markdown()] == ["2026-11-20-1000-two"]


def test_two_transcripts_with_one_id_are_two_sessions(export: Export, tmp_path: Path) -> None:
    agents.claude(export.home, 1, "Here")
    agents.claude(tmp_path / "copy", 1, "There", "and more")
    places = ("--source", f"claude={export.home / '.claude'}", "--source", f"claude={tmp_path / 'copy'}")
    export(*places)
    assert sorted(path.stem for path in export.markdown()) == ["2026-11-20-1000-here", "2026-11-20-1000-there"]
    assert export(*places)["exported"] == []


def test_a_name_that_another_machine_has_now_is_left_to_it(export: Export, tmp_path: Path) -> None:
    agents.claude(export.home, 1, "Same", output="ours")
    export()
    (markdown,) = export.markdown()
    theirs = tmp_path / "theirs"
    other = {"SESSION_SYNC_MACHINE_UUID": "33333333-3333-4333-8333-333333333333"}
    out, export.out = export.out, theirs
    agents.claude(export.home, 1, "Same", output="theirs")
    export(**other)
    shutil.rmtree(out)
    shutil.copytree(theirs, out)
    export.out = out
    agents.claude(export.home, 1, "Same", "More", output="ours")
    export()
    assert "theirs" in markdown.read_text()
    assert len(export.markdown()) == 2


def test_a_name_that_holds_a_secret_by_new_rules_is_given_up(export: Export) -> None:
    mail = "grace.hopper@brightwater.io"
    agents.claude(export.home, 1, f"write to {mail}", cwd="/work/pilot")
    config = export.home / ".session-sync" / "config.yaml"
    config.write_text("policies:\n- {match: '*', policy: 'off'}\n")
    export()
    token = expand("ghp_<<alnum:36>>", "token")
    agents.claude(export.home, 2, f"use {token}", cwd="/work/pilot")
    export()
    slug = token.lower().replace("_", "-")
    assert any(slug in path.name for path in export.markdown())
    config.write_text("policies:\n- {match: '*', policy: strict}\n")
    export()
    everything = b"".join(name.encode() + data for name, data in export.files().items())
    assert mail.encode() not in everything
    assert token.encode() not in everything
    assert slug.encode() not in everything
    assert len(export.markdown()) == 2


def test_what_a_killed_run_left_half_written_goes(export: Export) -> None:
    agents.claude(export.home, 1, "One")
    export()
    left = export.markdown()[0].parent / ".0123456789abcdef.tmp"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    agents.claude(export.home, 2, "Two")
    export()
    assert not left.exists()


def test_nothing_secret_or_personal_is_written(export: Export) -> None:
    token = expand("ghp_<<alnum:36>>", "token")
    password = expand("<<password>>", "password")
    mail, phone = "grace.hopper@brightwater.io", "+1 415 626 4821"
    planted = f"use {token} and password={password} or {mail} or {phone}"
    path = agents.claude(export.home, 1, planted, cwd=f"/work/{mail}/pilot", output=f"output {planted}")
    codex = agents.codex(export.home, 2, planted)
    lines = path.read_text().splitlines()
    call = json.loads(lines[1])
    call["message"]["content"][0]["input"] = {"command": f"login {planted}", "password": password, "nested": [token]}
    title = {"type": "custom-title", "customTitle": planted, "sessionId": agents.session_id(1)}
    unknown = {"type": "never-seen", "payload": {"secret": token, "who": mail}}
    agents.write_lines(path, [json.loads(lines[0]), call, *map(json.loads, lines[2:]), title, unknown])
    export()
    everything = b"".join(name.encode() + data for name, data in export.files().items())
    assert codex.exists()
    for value in (token, password, mail, phone):
        assert value.encode() not in everything
    assert everything.count(b"REDACTED") > 10
    for path in export.out.rglob(".*.json"):
        jsonschema.validate(json.loads(path.read_bytes()), schema("session"))


def test_the_policy_of_the_project_decides(export: Export) -> None:
    mail = "grace.hopper@brightwater.io"
    agents.claude(export.home, 1, f"write to {mail} at 93.184.216.34", cwd="/work/pilot")
    agents.claude(export.home, 2, f"write to {mail} at 93.184.216.34", cwd="/work/CUST-acme-x")
    agents.claude(export.home, 3, f"write to {mail} at 93.184.216.34", cwd="/work/open")
    (export.home / ".session-sync" / "config.yaml").write_text("policies:\n- {match: open, policy: 'off'}\n")
    export()
    texts = {path.parent.name: path.read_text() for path in export.markdown()}
    assert mail not in texts["pilot"]
    assert "93.184.216.34" in texts["pilot"]
    assert mail not in texts["CUST-acme-x"]
    assert "93.184.216.34" not in texts["CUST-acme-x"]
    assert mail in texts["open"]


def test_a_tighter_policy_writes_again_what_it_forbids(export: Export) -> None:
    mail = "grace.hopper@brightwater.io"
    agents.claude(export.home, 1, f"write to {mail}")
    config = export.home / ".session-sync" / "config.yaml"
    config.write_text("policies:\n- {match: '*', policy: 'off'}\n")
    export()
    assert mail in export.markdown()[0].read_text()
    config.write_text("policies:\n- {match: '*', policy: strict}\n")
    export()
    assert mail not in export.markdown()[0].read_text()


def test_two_runs_at_once_are_safe(export: Export, run_verb: Run) -> None:
    for number in range(1, 40):
        agents.claude(export.home, number, f"Prompt {number % 7}")
    command = ["export", "sync", "--out", str(export.out), "--json"]
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        ran = [one.result() for one in [pool.submit(run_verb, *command) for _ in range(3)]]
    assert [one.code for one in ran] == [0, 0, 0]
    assert len(export.markdown()) == 39
    before = export.times()
    assert export()["exported"] == []
    assert export.times() == before
    assert run_verb("export", "verify", str(export.out)).code == 0


def test_a_busy_archive_is_left_to_the_next_run(export: Export) -> None:
    from filelock import FileLock

    agents.claude(export.home, 1, "One")
    export()
    agents.claude(export.home, 2, "Two")
    (index,) = (export.home / ".session-sync" / "state").glob("archive-*.sqlite")
    with FileLock(index.with_suffix(".lock")):
        assert export("--wait", "0", code=75)["status"] == "deferred"
    assert len(export()["exported"]) == 1


def test_a_killed_run_is_finished_by_the_next_one(export: Export, tmp_path: Path) -> None:
    import signal
    import sys

    from support.homes import SCRIPTS

    for number in range(1, 200):
        agents.claude(export.home, number, *(f"Prompt {number} {turn}" for turn in range(30)))
    command = [sys.executable, str(SCRIPTS / "export.py"), "sync", "--out", str(export.out)]
    with subprocess.Popen(command, env=dict(os.environ)) as process:
        while len(list(export.out.rglob("*.md"))) < 20 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    time.sleep(0.3)
    some = len(export.markdown())
    assert some < 199
    export()
    assert len(export.markdown()) == 199
    assert len(list(export.out.rglob(".*.json"))) == 199


def test_only_what_is_asked_for_is_exported(export: Export, run_verb: Run) -> None:
    old = agents.claude(export.home, 1, "Old")
    agents.claude(export.home, 2, "New")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    preview = export("--dry-run")
    assert len(preview["would_export"]) == 2
    assert not export.out.exists() or export.files() == {}
    assert len(export("--since", "7d")["exported"]) == 1
    assert len(export("--since", "2001-01-01")["exported"]) == 1
    assert len(export.markdown()) == 2
    agents.codex(export.home, 3, "Codex")
    assert len(export("--max-files", "1")["exported"]) == 1
    report = export("--source", f"codex={export.home / '.codex'}")
    assert report["found"] == 1


def test_one_of_anything_is_told_in_the_singular(run_verb: Run, sealed_home: Path, tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        return run_verb("export", "sync", "--out", str(tmp_path / "out"), *arguments).out

    path = agents.claude(sealed_home, 1, "Fix the parser")
    agents.write_lines(path, agents.claude_lines(agents.session_id(1), ["Fix the parser"], "/work/pilot")[:1])
    to = f"to {tmp_path / 'out'}"
    assert f"would export 1 of 1 session {to}\n" in said("--dry-run")
    assert f"exported 1 of 1 session (1 message, 0 sessions unchanged) {to} in " in said()
    assert f"exported 0 of 1 session (0 messages, 1 session unchanged) {to} in " in said()
    empty = path.with_name(f"{agents.session_id(2)}.jsonl")
    empty.touch()
    os.utime(empty, (1_000_000_000, 1_000_000_000))
    assert "\n1 more changed but not asked for\n" in said("--since", "7d")
    assert "\n1 session left out: empty\n" in said()


def test_wrong_usage_is_one_line_that_says_what_to_do(run_verb: Run, tmp_path: Path) -> None:
    for arguments in (
        ("sync",),
        ("sync", "--out", str(tmp_path), "--source", "notepad=/x"),
        ("sync", "--out", str(tmp_path), "--source", "claude=/nowhere"),
        ("sync", "--out", str(tmp_path), "--since", "yesterday"),
        ("sync", "--out", str(tmp_path), "--since", "999999w"),
        ("sync", "--out", str(tmp_path), "--max-files", "0"),
        ("sync-repo", str(tmp_path)),
        ("sync-repo", str(tmp_path / "nowhere")),
        ("verify", str(tmp_path / "nowhere")),
        ("stats", str(tmp_path / "nowhere")),
        ("everything",),
        (),
    ):
        ran = run_verb("export", *arguments)
        assert ran.code == 2, arguments
        assert ran.err.count("\n") == 1, ran.err
        assert ran.err.startswith("session-sync: ")


def test_a_folder_that_cannot_be_written_is_told(export: Export) -> None:
    agents.claude(export.home, 1, "One")
    export.out.write_text("a file")
    assert "out" in export(code=1)["error"]
