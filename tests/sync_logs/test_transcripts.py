"""Transcripts in the rounds of `sync-logs`: archived, redacted, pushed, and digested."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from session_sync.logs import session_log
from session_sync.transcripts.archive import hidden_json
from support import agents
from support.homes import MACHINE, ROOT, SCRIPTS, Home, Ran, Remote
from support.narratives import narrative
from support.templates import expand

Run = Callable[..., Ran]
BRANCH = f"machines/{MACHINE}"


def history(remote: Remote, ref: str = BRANCH) -> dict[str, bytes]:
    top = f"machines/{MACHINE}/history/"
    return {name.removeprefix(top): data for name, data in remote.files(ref).items() if name.startswith(top)}


def digests(remote: Remote) -> dict[str, bytes]:
    return {name: data for name, data in remote.files(BRANCH).items() if "/projects/" in name}


def hook(home: Home, transcript: Path, session: str, event: str = "Stop") -> None:
    """What the client's hook does at the end of a turn; no worker is started."""
    content = {
        "hook_event_name": event,
        "session_id": session,
        "transcript_path": str(transcript),
        "cwd": "/work/pilot",
    }
    script = ROOT / "hooks" / "hook.py"
    command = ["python3", "-I", "-S", "-B", str(script)]
    subprocess.run(command, input=json.dumps(content).encode(), env=home.env, check=True, timeout=120)


def test_a_round_sends_every_transcript_with_the_logs(home: Home, remote: Remote, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, "Fix the parser")
    agents.codex(sealed_home, 2, "Read the docs")
    ran = home.sync()
    assert "2 session logs and 2 transcripts" in ran.out
    names = sorted(history(remote))
    assert len(names) == 4
    assert sum(name.endswith("fix-the-parser.md") for name in names) == 1
    assert history(remote, "main") == history(remote)
    assert "nothing to sync" in home.sync().out


def test_a_second_round_sends_only_what_changed(home: Home, remote: Remote, sealed_home: Path) -> None:
    for number in range(1, 6):
        agents.claude(sealed_home, number, f"Prompt {number}")
    home.sync()
    before = history(remote)
    agents.claude(sealed_home, 3, "Prompt 3", "And more")
    home.sync()
    after = history(remote)
    assert len([name for name in after if before.get(name) != after[name]]) == 2
    changed = remote.git("diff", "--name-only", f"{BRANCH}~1", BRANCH).decode().splitlines()
    assert len([name for name in changed if "/history/" in name]) == 2


def test_a_transcript_whose_json_alone_changed_is_told(home: Home, remote: Remote, sealed_home: Path) -> None:
    """It holds the transcript's size and time, which change without a word being added."""
    transcript = agents.claude(sealed_home, 1, "Fix the parser")
    home.sync()
    before = history(remote)
    with transcript.open("a") as stream:
        stream.write("\n")
    said = home.sync().out
    changed = [name for name, data in history(remote).items() if before[name] != data]
    assert len(changed) == 1
    assert changed[0].endswith(".json")
    host = os.uname().nodename
    assert f"synced 1 transcript from {host} to " in said
    subject = remote.git("log", "-1", "--format=%s", BRANCH).decode().strip()
    assert subject == f"chore(logs): sync 1 transcript from {host}"


def test_the_round_after_a_hook_costs_that_session_only(home: Home, remote: Remote, sealed_home: Path) -> None:
    named = agents.claude(sealed_home, 1, "Named")
    agents.claude(sealed_home, 2, "Not named")
    hook(home, named, agents.session_id(1))
    home.sync("--named")
    assert [name for name in history(remote) if name.endswith(".md")] == [
        name for name in history(remote) if name.endswith("named.md") and "not-named" not in name
    ]
    assert len(history(remote)) == 2
    home.sync()
    assert len(history(remote)) == 4


def test_a_hook_may_name_anything(home: Home, remote: Remote, sealed_home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "secret.jsonl"
    elsewhere.write_text('{"type":"user"}\n')
    hook(home, elsewhere, "one")
    hook(home, Path("/etc/passwd"), "two")
    home.sync("--named")
    assert history(remote) == {}


def test_transcripts_can_be_switched_off(home: Home, remote: Remote, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, "Private")
    for value in ("off", "'off'"):
        (home.path / "config.yaml").write_text(f"remote: {remote.path}\ntranscripts: {value}\n")
        home.sync()
        assert remote.files(BRANCH) == {}
    (home.path / "config.yaml").write_text(f"remote: {remote.path}\ntranscripts: on\n")
    home.sync()
    assert len(history(remote)) == 2


def test_nothing_secret_reaches_the_remote(home: Home, remote: Remote, sealed_home: Path) -> None:
    token, mail = expand("ghp_<<alnum:36>>", "token"), "grace.hopper@brightwater.io"
    agents.claude(sealed_home, 1, f"use {token} for {mail}", output=f"said {token} to {mail}")
    ran = home.sync()
    assert len(history(remote)) == 2
    everything = remote.everything() + ran.out.encode() + ran.err.encode()
    assert token.encode() not in everything
    assert mail.encode() not in everything


def test_an_edited_archive_is_scanned_before_it_leaves(home: Home, remote: Remote, sealed_home: Path) -> None:
    token = expand("ghp_<<alnum:36>>", "token")
    path = agents.claude(sealed_home, 1, "Hello")
    home.sync()
    path.unlink()
    (markdown,) = (home.path / "archive").rglob("*.md")
    markdown.write_text(f"a note with {token}\n")
    ran = home.sync()
    assert "withheld" in ran.out
    assert token.encode() not in remote.everything()


def test_transcripts_go_where_their_projects_go(home: Home, remote: Remote, sealed_home: Path, tmp_path: Path) -> None:
    acme = Remote(tmp_path / "acme.git")
    (home.path / "config.yaml").write_text(
        f"remote: {remote.path}\nrepositories: {{acme: {acme.path}}}\n"
        "routing:\n- {match: 'CUST-acme-*', repository: acme}\n- {match: SCRATCH, repository: none}\n"
    )
    agents.claude(sealed_home, 1, "Ours", cwd="/work/pilot")
    agents.claude(sealed_home, 2, "Theirs", cwd="/work/CUST-acme-x")
    agents.claude(sealed_home, 3, "Nobody's", cwd="/work/SCRATCH")
    path = agents.claude(sealed_home, 4, "Anybody's")
    agents.write_lines(path, [json.loads(line) | {"cwd": ""} for line in path.read_text().splitlines()])
    assert "no repository for project unknown" in home.sync().out
    assert [name.rpartition("/")[2] for name in history(remote) if name.endswith(".md")] == ["2026-11-20-1000-ours.md"]
    assert [name.rpartition("/")[2] for name in history(acme) if name.endswith(".md")] == ["2026-11-20-1000-theirs.md"]


def test_another_machine_gets_them_by_a_pull(home: Home, other: Home, remote: Remote, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, "Hello")
    home.sync()
    other.sync("--pull")
    assert len(list((other.path / "machines" / MACHINE / "history").rglob("*.md"))) == 1


def test_a_session_that_nobody_saved_gets_a_digest(home: Home, remote: Remote, sealed_home: Path) -> None:
    path = agents.claude(sealed_home, 1, "Fix the parser", "Now test it", output="[main 1a2b3c4] Fix it")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    edit = {"type": "tool_use", "id": "e", "name": "Edit", "input": {"file_path": "/work/pilot/parser.py"}}
    lines[1]["message"]["content"].append(edit)
    agents.write_lines(path, lines)
    home.sync()
    ((name, data),) = digests(remote).items()
    text = data.decode()
    assert "/projects/pilot/2026-11-20-" in name
    assert 'digest: "true"' in text
    for part in ("Fix the parser", "Now test it", "run 1", "/work/pilot/parser.py", "1a2b3c4 Fix it", "Answer 1 to"):
        assert part in text
    from session_sync.logs import narrative as sections

    sections.check_sections(text)


def test_a_digest_grows_with_its_session(home: Home, remote: Remote, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, "First")
    home.sync()
    agents.claude(sealed_home, 1, "First", "Second")
    home.sync()
    (data,) = digests(remote).values()
    assert b"Second" in data


def test_a_save_takes_the_place_of_the_digest(home: Home, remote: Remote, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, "First", cwd="/work/PILOT")
    home.sync()
    assert len(digests(remote)) == 1
    saved = home.save("Real one", "--session-id", agents.session_id(1))
    assert not session_log.is_digest(saved)
    agents.claude(sealed_home, 1, "First", "Second", cwd="/work/PILOT")
    home.sync()
    ((_, data),) = digests(remote).items()
    assert b"# Real one" in data
    assert b"Second" not in data
    home.save("More", "--session-id", agents.session_id(1), body=narrative())
    assert b"## Update" in saved.read_bytes()


def test_a_saved_session_gets_no_digest(home: Home, remote: Remote, sealed_home: Path) -> None:
    home.save("Real one", "--session-id", agents.session_id(1))
    agents.claude(sealed_home, 1, "First", cwd="/work/PILOT")
    home.sync()
    (data,) = digests(remote).values()
    assert b"# Real one" in data


def test_a_session_of_our_own_commands_gets_no_digest(home: Home, remote: Remote, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, "/sync-logs", "/session-sync:save a topic")
    home.sync()
    assert digests(remote) == {}
    assert len(history(remote)) == 2


def test_what_cannot_be_read_is_told_and_stops_nothing(home: Home, remote: Remote, sealed_home: Path) -> None:
    home.put("PILOT", "a.md", b"a log\n")
    database = sealed_home / ".local" / "share" / "opencode" / "opencode.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"no database" * 500)
    agents.claude(sealed_home, 1, "Hello")
    ran = home.sync()
    assert "opencode" in ran.out
    assert len(history(remote)) == 2


def test_a_dry_run_names_what_would_be_archived(home: Home, remote: Remote, sealed_home: Path) -> None:
    path = agents.claude(sealed_home, 1, "Hello")
    ran = home.sync("--dry-run", "--json")
    report: dict[str, Any] = json.loads(ran.out)
    assert report["would_archive"] == [str(path)]
    assert remote.branches() == []


def test_one_bad_file_name_stops_nothing(home: Home, remote: Remote, sealed_home: Path) -> None:
    path = agents.claude(sealed_home, 1, "Hello")
    bad = os.fsencode(path.parent) + b"/\xff\xfe.jsonl"
    with open(bad, "wb") as stream:
        stream.write(path.read_bytes().replace(b"Hello", b"Again"))
    home.put("PILOT", "a.md", b"a log\n")
    home.sync()
    assert len(history(remote)) == 4
    assert "nothing to sync" in home.sync().out


def test_a_damaged_archive_index_is_mended(home: Home, remote: Remote, sealed_home: Path) -> None:
    for number in range(1, 80):
        agents.claude(sealed_home, number, f"Prompt {number}")
    home.sync()
    (index,) = (home.path / "state").glob("archive-*.sqlite")
    data = bytearray(index.read_bytes())
    data[8192:20000] = b"\xff" * (20000 - 8192)
    index.write_bytes(data)
    agents.claude(sealed_home, 80, "One more")
    home.sync()
    assert len(history(remote)) == 160


def test_a_customers_session_stays_the_customers_when_its_folder_is_gone(
    home: Home, remote: Remote, sealed_home: Path, tmp_path: Path
) -> None:
    acme = Remote(tmp_path / "acme.git")
    (home.path / "config.yaml").write_text(
        f"remote: {remote.path}\nrepositories: {{acme: {acme.path}}}\n"
        "routing:\n- {match: 'CUST-acme-*', repository: acme}\n"
    )
    place = tmp_path / "CUST-acme-x" / "src" / "api"
    place.mkdir(parents=True)
    agents.claude(sealed_home, 1, "Reach 93.184.216.34", cwd=str(place))
    home.sync()
    place.rmdir()
    agents.claude(sealed_home, 1, "Reach 93.184.216.34", "And more", cwd=str(place))
    agents.claude(sealed_home, 2, "Ask 93.184.216.34", cwd=str(place))
    home.sync()
    assert history(remote) == {}
    assert len(history(acme)) == 4
    assert b"93.184.216.34" not in remote.everything() + acme.everything()


def test_a_hook_takes_the_subagents_too(home: Home, remote: Remote, sealed_home: Path) -> None:
    path = agents.claude(sealed_home, 1, "Hello")
    lines = agents.claude_lines(agents.session_id(1), ["Child task"], "/work/pilot")
    for name in ("agent-a1.jsonl", "workflows/wf_1/agent-a2.jsonl"):
        agents.write_lines(path.with_suffix("") / "subagents" / name, [{**one, "isSidechain": True} for one in lines])
    hook(home, path, agents.session_id(1))
    home.sync("--named")
    assert len([name for name in history(remote) if name.endswith(".md")]) == 3


def test_what_a_killed_round_archived_goes_with_the_next_one(home: Home, remote: Remote, sealed_home: Path) -> None:
    path = agents.claude(sealed_home, 1, "Hello")
    home.sync()  # the branch is there
    path = agents.claude(sealed_home, 2, "Archived only")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from session_sync.home import config\n"
        "from session_sync.sync_logs import digest, transcripts\n"
        "from session_sync.sync_logs.repository.request import Request\n"
        "digest.write = lambda *_: sys.exit()\n"
        "transcripts.archive(config.load(), Request(), lambda: None)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(SCRIPTS)], env=home.env, check=True, timeout=120)
    assert len(list((home.path / "archive").rglob("*archived-only.md"))) == 1
    assert len(history(remote)) == 2
    hook(home, path, agents.session_id(2))
    home.sync("--named")
    assert len(history(remote)) == 4
    assert len(digests(remote)) == 2


def test_links_in_the_archive_are_not_followed(home: Home, remote: Remote, sealed_home: Path, tmp_path: Path) -> None:
    private = tmp_path / "private.md"
    private.write_text("a private file\n")
    path = agents.claude(sealed_home, 1, "Hello")
    home.sync()
    path.unlink()
    (markdown,) = (home.path / "archive").rglob("*.md")
    markdown.unlink()
    markdown.symlink_to(private)
    home.sync("--force")
    assert b"a private file" not in remote.everything()


def test_what_was_changed_by_hand_is_not_trusted_for_its_checksums(
    home: Home, remote: Remote, sealed_home: Path
) -> None:
    token = expand("ghp_<<alnum:36>>", "token")
    path = agents.claude(sealed_home, 1, "Hello")
    home.sync()
    path.unlink()
    (data,) = (home.path / "archive").rglob(".*.json")
    body = data.read_bytes().replace(b"Hello", token.encode())[: -len(hidden_json.END % (b"0" * 64))]
    data.write_bytes(body + hidden_json.END % hidden_json.sha256(body).encode())
    assert "withheld" in home.sync().out
    assert token.encode() not in remote.everything()


def test_a_new_uuid_exports_nothing_again(home: Home, remote: Remote, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, "Hello")
    own = Home(home.path)
    own.sync()
    machine = home.path / "machine-id.json"
    facts = json.loads(machine.read_bytes())
    facts["previous_uuids"] = [*facts["previous_uuids"], facts["machine_uuid"]]
    facts["machine_uuid"] = "99999999-9999-4999-8999-999999999999"
    machine.write_text(json.dumps(facts))
    files = {path: path.stat().st_mtime_ns for path in (home.path / "archive").rglob("*") if path.is_file()}
    own.sync()
    own.sync()
    assert {path: path.stat().st_mtime_ns for path in files} == files
    agents.claude(sealed_home, 1, "Hello", "More")
    own.sync()
    assert len([path for path in (home.path / "archive").rglob("*") if path.is_file()]) == 2


def with_picture(home: Path, number: int, cwd: str) -> bytes:
    """A session with a picture in its first prompt; the picture."""
    picture = b"\x89PNG\r\n\x1a\n\0ask grace.hopper@brightwater.io" + bytes(range(256))
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(picture).decode()}
    path = agents.claude(home, number, "Look", cwd=cwd)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["message"]["content"] = [{"type": "text", "text": "Look"}, {"type": "image", "source": source}]
    agents.write_lines(path, lines)
    return picture


def test_pictures_are_sent_where_they_are_kept(home: Home, remote: Remote, sealed_home: Path) -> None:
    picture = with_picture(sealed_home, 1, "/work/pilot")
    with_picture(sealed_home, 2, "/work/CUST-acme-x")
    said = home.sync()
    assert "withheld" not in said.out
    assert "2 transcripts" in said.out
    sent = {name: data for name, data in history(remote).items() if "/pictures/" in name}
    assert list(sent.values()) == [picture]
    assert all("/pilot/pictures/" in name and name.endswith(".png") for name in sent)
    assert "nothing to sync" in home.sync().out


def test_pictures_pass_when_the_index_is_made_anew(home: Home, remote: Remote, sealed_home: Path) -> None:
    with_picture(sealed_home, 1, "/work/pilot")
    home.sync()
    for index in (home.path / "state").glob("archive-*.sqlite"):
        index.unlink()
    agents.claude(sealed_home, 2, "Other")
    said = home.run("sync-logs", "--force")
    assert said.code == 0
    assert "withheld" not in said.out


def test_a_picture_that_is_not_what_was_kept_is_withheld(home: Home, remote: Remote, sealed_home: Path) -> None:
    with_picture(sealed_home, 1, "/work/pilot")
    home.sync()
    (path,) = (home.path / "archive").rglob("pictures/*.png")
    before = history(remote)
    path.write_bytes(b"\x89PNG\r\n\x1a\nsomething else\xff")
    home.run("sync-logs")
    assert history(remote) == before


def test_the_parts_of_a_long_session_are_sent_as_one_transcript(home: Home, remote: Remote, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, *(f"Prompt {number}: {'word ' * 2000}" for number in range(60)))
    said = home.sync()
    assert "1 transcript" in said.out
    assert [name.rpartition(".part")[2] for name in sorted(history(remote)) if ".part" in name] == ["2.md", "3.md"]
    assert "1 transcript" in home.sync().out
