"""`scan --sessions`: which sessions in the agents' own folders hold secrets, and never a value."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
import zstandard
from jsonschema import Draft202012Validator

from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.scan import tags
from session_sync.scan.files import examination as files_examination
from session_sync.scan.files import verdicts
from session_sync.transcripts.exposed import search
from session_sync.transcripts.exposed.examination import Examined, Examiner, Sought
from session_sync.transcripts.exposed.parts import Part
from session_sync.transcripts.exposed.search import is_secret
from session_sync.transcripts.run import find_all, standard_roots
from support import codex_sessions, gemini_sessions, opencode_sessions
from support.claude_sessions import Made, answer, user
from support.homes import Run
from support.templates import expand

MAIL = "grace.hopper@navy.mil"
TOKEN = expand("ghp_<<alnum:36>>", "exposed")
KEY = expand("sk_live_<<alnum:24>>", "exposed")
PASSWORD = expand("<<password>>", "exposed")


@pytest.fixture
def claude(sealed_home: Path) -> Made:
    return Made(sealed_home)


def searched(run_verb: Run, *arguments: str, code: int = 1) -> dict[str, Any]:
    """The report, which keeps its schema and tells no value."""
    ran = run_verb("scan", "--sessions", "--json", *arguments)
    assert ran.code == code, ran
    assert not [value for value in (MAIL, TOKEN, KEY, PASSWORD) if value in ran.out + ran.err]
    content: dict[str, Any] = json.loads(ran.out)
    Draft202012Validator(json.loads((paths.SCHEMAS / "scan-sessions-report.json").read_bytes())).validate(content)
    return content


def test_where_no_agent_ever_ran_there_is_nothing(run_verb: Run) -> None:
    ran = run_verb("scan", "--sessions")
    assert (ran.code, ran.out, ran.err) == (0, "no secrets in 0 sessions\n", "")
    assert searched(run_verb, code=0)["status"] == "done"


def test_a_value_is_told_once_for_a_session_with_its_first_place_and_a_count(claude: Made, run_verb: Run) -> None:
    path = claude.write(
        "one", user("a", content=f"mail {MAIL}, rotate {TOKEN}", cwd="/home/ada/pilot"),
        answer("b", "a", f"{TOKEN} is\n{TOKEN}, and {KEY} too"),
    )  # fmt: skip
    (session,) = searched(run_verb)["sessions"]
    assert (session["source"], session["session_id"], session["folder"]) == ("claude", "one", "/home/ada/pilot")
    assert session["title"].startswith("mail [REDACTED:email:")
    places = [(one["type"], one["file"], one["line"], one["count"]) for one in session["secrets"]]
    assert places == [("secret:github", str(path), 1, 3), ("secret:stripe", str(path), 2, 1)]
    ran = run_verb("scan", "--sessions")
    assert (
        f"  ~/.claude/projects/-x/one.jsonl:1: secret:github (github-token) #{tags.tag(TOKEN)[:8]}, 3 times" in ran.out
    )
    assert "2 secrets in 1 of 1 session\nrotate each one where it was issued" in ran.out
    assert TOKEN not in ran.out


def test_the_same_value_is_recognized_in_other_sessions_and_the_newest_comes_first(claude: Made, run_verb: Run) -> None:
    for number, stem in enumerate(("old", "new", "middle")):
        path = claude.write(stem, user("a" + stem, content=f"use {TOKEN}" if stem != "middle" else f"use {KEY}"))
        os.utime(path, (time.time() - 1000 + 100 * (number if stem != "middle" else 0.5),) * 2)
    told = searched(run_verb)
    assert [one["session_id"] for one in told["sessions"]] == ["new", "middle", "old"]
    secrets = [one["secrets"][0] for one in told["sessions"]]
    assert [one["sessions"] for one in secrets] == [2, 1, 2]
    assert secrets[0]["tag"] == secrets[2]["tag"] != secrets[1]["tag"]
    assert told["values"] == 2


def test_all_agents_are_looked_through_whatever_their_stores_are(
    claude: Made, sealed_home: Path, run_verb: Run
) -> None:
    claude.write("one", user("a", content=f"claude {TOKEN}"))
    said = [codex_sessions.meta(codex_sessions.THREAD), codex_sessions.said(f"codex {TOKEN}")]
    data = "".join(f"{json.dumps(one)}\n" for one in said).encode()
    packed = codex_sessions.rollout(sealed_home / ".codex", codex_sessions.THREAD, zstandard.compress(data), end=".zst")
    chats = sealed_home / ".gemini/tmp/x/chats"
    chats.mkdir(parents=True)
    gemini_sessions.put(chats, gemini_sessions.MAIN, gemini_sessions.said("1", f"gemini {TOKEN}"))
    database = sealed_home / ".local/share/opencode/opencode.db"
    opencode_sessions.create(database)
    opencode_sessions.add_session(
        database, opencode_sessions.asked(opencode_sessions.text("hello")),
        opencode_sessions.answered(opencode_sessions.text(f"opencode {TOKEN}")),
    )  # fmt: skip
    before = database.read_bytes()
    for _ in range(2):  # the second one from what is remembered
        told = {one["source"]: one["secrets"] for one in searched(run_verb)["sessions"]}
        assert sorted(told) == ["claude", "codex", "gemini", "opencode"]
        assert {secret["sessions"] for one in told.values() for secret in one} == {4}
        (stored,), (compressed,) = told["opencode"], told["codex"]
        assert (stored["file"], stored["line"], stored["message"]) == (str(database), 0, 2)
        assert (compressed["file"], compressed["line"]) == (str(packed), 0)
    assert database.read_bytes() == before
    explained = searched(run_verb, "--explain")["sessions"]
    texts = {one["source"]: one["secrets"][0]["explanation"]["text"] for one in explained}
    assert all(f"{source} [REDACTED:secret:github:" in text for source, text in texts.items())
    opencode_sessions.change(database, "UPDATE message SET time_updated = 9000")
    opencode_sessions.change(database, "UPDATE part SET data = replace(data, 'ghp_', '')")
    assert "opencode" not in {one["source"] for one in searched(run_verb)["sessions"]}


def test_subagents_and_outputs_put_aside_are_of_their_session(claude: Made, run_verb: Run) -> None:
    claude.write("one", user("a", content="nothing"))
    claude.write("one/subagents/agent-abc", user("b", content=f"helper {TOKEN}", isSidechain=True, agentId="abc"))
    aside = claude.folder / "one" / "tool-results"
    aside.mkdir()
    (aside / "x.txt").write_text(f"one\nDB_PASSWORD={PASSWORD}\n")
    (aside / "y.png").write_bytes(b"\x89PNG\0")
    told = searched(run_verb)
    assert [(one["session_id"], one["title"]) for one in told["sessions"]] == [("one", "nothing")]
    assert [Path(one["file"]).name for one in told["sessions"][0]["secrets"]] == ["agent-abc.jsonl", "x.txt"]
    assert (told["status"], [Path(one["file"]).name for one in told["skipped"]]) == ("found", ["y.png"])


def test_what_is_no_live_secret_is_not_told(claude: Made, run_verb: Run) -> None:
    claude.write(
        "one", user("a", content=f"mail {MAIL}, card 4539 5787 6362 1486, password=changeme API_KEY=your-api-key-here"),
        answer("b", "a", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE in the documentation, ghp_" + "x" * 36),
    )  # fmt: skip
    assert searched(run_verb, code=0)["sessions"] == []
    (session,) = searched(run_verb, "--policy", "strict")["sessions"]
    assert [one["type"] for one in session["secrets"]] == ["email", "credit_card"]


def test_what_the_user_ignores_is_counted_alone(claude: Made, run_verb: Run) -> None:
    claude.write("one", user("a", content=f"GITHUB_TOKEN={TOKEN}"))
    (secret,) = searched(run_verb)["sessions"][0]["secrets"]
    paths.ignore_file().write_text(f"- {{value: {secret['tag']}, reason: revoked}}\n")
    told = searched(run_verb, code=0)
    assert (told["sessions"], told["ignored"]) == ([], 1)
    paths.ignore_file().write_text("- {path: '.claude/projects/-x/*', rule: 'secret:github', reason: revoked}\n")
    assert searched(run_verb, code=0)["ignored"] == 1
    paths.ignore_file().write_text("- {path: '.claude/projects/-y/*', reason: revoked}\n")
    assert len(searched(run_verb)["sessions"]) == 1


def test_a_transcript_that_is_being_written_or_damaged_is_searched(claude: Made, run_verb: Run) -> None:
    path = claude.write("one", user("a", content=f"use {TOKEN}"))
    with path.open("ab") as file:
        file.write('{"type": "user", "message": "é'.encode()[:-1])
    claude.write("two", user("b", content=f"use {KEY}"), b"\0" * 40)
    told = searched(run_verb)
    assert (told["status"], len(told["sessions"]), told["values"]) == ("found", 2, 2)
    with path.open("ab") as file:
        file.write('é"}\n'.encode()[1:] + json.dumps(user("c", "a", f"and {KEY}")).encode() + b"\n")
    (secrets,) = [one["secrets"] for one in searched(run_verb)["sessions"] if one["session_id"] == "one"]
    assert [(one["type"], one["line"]) for one in secrets] == [("secret:github", 1), ("secret:stripe", 3)]


def test_what_cannot_be_read_is_named_and_what_is_gone_is_not(claude: Made, tmp_path: Path) -> None:
    claude.write("one", user("a", content=f"use {TOKEN}"))
    (transcript,) = find_all(standard_roots()).transcripts
    examine = Examiner(Config(), "version")
    assert examine(Part(transcript, str(tmp_path))).error == "no regular file"
    assert examine(Part(transcript, str(tmp_path / "gone"))) == Examined(Part(transcript, str(tmp_path / "gone")))


def test_what_did_not_change_is_not_scanned_again(claude: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "SURE", 0)
    claude.write("one", user("a", content=f"use {TOKEN}"))
    claude.write("two", user("b", content="nothing"))
    sought = Sought(Config(), "version", is_secret, is_quiet=True)
    first = search.search(standard_roots(), sought)
    assert len(first.sessions) == 1
    monkeypatch.setattr(files_examination, "examine", lambda *_, **__: pytest.fail("it scanned a file again"))
    again = search.search(standard_roots(), sought)
    assert again == first


def test_a_name_forges_no_line_and_many_secrets_of_one_session_are_cut(claude: Made, run_verb: Run) -> None:
    keys = [expand("ghp_<<alnum:36>>", f"many-{number}") for number in range(25)]
    claude.write("one", user("a", content="see\x1b[2J\u202e\n" + "\n".join(keys), cwd="/x\n\x1b[31m"))
    ran = run_verb("scan", "--sessions")
    assert "  and 5 more; --json tells them all" in ran.out
    assert ran.out.replace("\n", "").isprintable()
    assert len(ran.out.splitlines()) == 1 + 20 + 1 + 4


def test_nothing_else_is_named_with_it(run_verb: Run, tmp_path: Path) -> None:
    for arguments in ((str(tmp_path),), ("--jsonl",), ("--redact", "x")):
        assert run_verb("scan", "--sessions", *arguments).code == 2


@pytest.mark.parametrize(
    "text", ["-----BEGIN PRIVATE KEY-----{key}-----END PRIVATE KEY-----", "use password={key} now"]
)
def test_a_title_that_is_cut_within_a_value_shows_nothing_of_it(claude: Made, run_verb: Run, text: str) -> None:
    key = expand("<<alnum:200>>", "long")
    claude.write("one", user("a", content=text.format(key=key)))
    (session,) = searched(run_verb)["sessions"]
    assert key[:8] not in session["title"]


def test_a_value_that_is_known_is_not_told_where_nothing_says_what_it_is(claude: Made, run_verb: Run) -> None:
    for place in (TOKEN, PASSWORD):
        claude.write(
            f"x{place}x",
            user("a", content=f"Ask {PASSWORD} for x{TOKEN}x", cwd=f"/home/x{place}x"),
            answer("b", "a", f"export DB_PASSWORD={PASSWORD} GITHUB_TOKEN={TOKEN}"),
        )
    for options in ((), ("--explain",), ("--policy", "strict")):
        told = searched(run_verb, *options)
        assert len(told["sessions"]) == 2
    assert TOKEN not in run_verb("scan", "--sessions").out
