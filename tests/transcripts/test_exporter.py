"""One transcript is read, redacted and written under a name for good."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from support import agents
from support.archives import Export, schema
from support.templates import expand


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
    export(code=1)  # for the unknown type
    everything = b"".join(name.encode() + data for name, data in export.files().items())
    assert codex.exists()
    for value in (token, password, mail, phone):
        assert value.encode() not in everything
    assert everything.count(b"REDACTED") > 10
    for path in export.out.rglob(".*.json"):
        jsonschema.validate(json.loads(path.read_bytes()), schema("session"))


def told(number: int, text: str, cwd: str = "", kind: str = "user") -> dict[str, Any]:
    """A line of session 1, with a working directory or without one."""
    more = {"cwd": cwd} if cwd else {}
    message = {"role": kind, "content": [{"type": "text", "text": text}]}
    time = f"2026-03-02T09:00:{number:02}.000Z"
    return {"type": kind, "uuid": f"u{number}", "timestamp": time, "message": message, **more}


def write(export: Export, *lines: dict[str, Any]) -> None:
    path = export.home / ".claude/projects/-x" / f"{agents.session_id(1)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    agents.write_lines(path, list(lines))


def archived(export: Export) -> tuple[dict[str, Any], str]:
    (data,) = export.out.rglob(".*.json")
    return json.loads(data.read_bytes()), "".join([data.read_text(), export.markdown()[0].read_text(), str(data)])


RESULT = {"type": "tool_result", "tool_use_id": "t0", "content": "exit from 51.77.12.9"}
FIRST: dict[str, list[dict[str, Any]]] = {
    "a lone result": [{**told(0, ""), "message": {"role": "user", "content": [RESULT]}}],
    "a new type": [{"type": "worktree-status", "detail": "on 51.77.12.9"}],
    "a prompt": [told(0, "Move 51.77.12.9")],
    "many of them": [told(0, f"51.77.12.9 {number}") | {"uuid": f"m{number}"} for number in range(300)],
}


@pytest.mark.parametrize("first", FIRST)
def test_a_project_is_not_decided_before_the_session_tells_where_it_is(export: Export, first: str) -> None:
    write(export, *FIRST[first], told(1, "The server is 51.77.12.9", "/work/CUST-acme-shop"))
    assert export(code=int(first == "a new type"))["unplaced"] == []
    head, everything = archived(export)
    assert (head["project"], head["cwd"]) == ("CUST-acme-shop", "/work/CUST-acme-shop")
    assert "51.77.12.9" not in everything
    assert "_root/work/CUST-acme-shop/" in everything


def test_a_session_that_goes_to_a_customers_folder_is_all_that_customers(export: Export) -> None:
    write(export, told(0, "Ping 51.77.12.9", "/work/loom"), told(1, "And there", "/work/CUST-acme/app"))
    export()
    head, everything = archived(export)
    assert (head["project"], head["cwd"], head["cwds"]) == ("CUST-acme", "/work/loom", ["/work/CUST-acme/app"])
    assert "51.77.12.9" not in everything
    files = export.files()
    assert export()["unchanged"] == 1
    assert export.files() == files


def test_a_session_that_never_tells_where_it_was_fails_closed_and_is_named(export: Export) -> None:
    write(export, told(0, "Ping 51.77.12.9"), told(1, "pong", kind="assistant"))
    report = export()
    head, everything = archived(export)
    assert head["project"] == "unknown"
    assert "51.77.12.9" not in everything
    assert [one["path"] for one in report["unplaced"]] == [report["exported"][0]["path"]]


def test_a_record_of_an_unknown_type_is_a_warning_once_and_in_the_json(export: Export) -> None:
    new = {"type": "brand-new", "payload": {"x": "precious"}}
    write(export, told(0, "Hello", "/work/loom"), new, new)
    report = export(code=1)
    assert (report["status"], report["unknown"]) == ("failed", {"claude": {"brand-new": 2}})
    assert "precious" in archived(export)[1]
    assert export()["unknown"] == {}


def test_a_session_of_unknown_records_alone_is_kept(export: Export) -> None:
    write(export, {"type": "brand-new", "payload": {"x": "precious"}, "cwd": "/work/loom"})
    assert export(code=1)["unknown"] == {"claude": {"brand-new": 1}}
    head, everything = archived(export)
    assert head["cwd"] == "/work/loom"
    assert "precious" in everything


def test_a_file_of_which_nothing_is_understood_is_an_error(export: Export) -> None:
    path = export.home / ".claude/projects/-x" / f"{agents.session_id(1)}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("no JSON\nat all\n")
    (failed,) = export(code=1)["failed"]
    assert failed["reason"] == "nothing in it could be read"


def _nothing_said(text: str) -> dict[str, Any]:
    return {"type": "user", "uuid": "u", "cwd": "/work/loom", "message": {"role": "user", "contents": text}}


def test_a_turn_of_a_form_that_nobody_knows_is_no_empty_session(export: Export) -> None:
    write(export, _nothing_said("my prompt"))
    assert export(code=1)["unknown"] == {"claude": {"user without content": 1}}
    assert "my prompt" in archived(export)[1]


@pytest.mark.parametrize(
    "message", [{"role": "user", "contents": "my prompt"}, {"role": "human", "content": "my prompt"}]
)
def test_a_message_of_codex_of_a_form_that_nobody_knows_is_no_empty_session(
    export: Export, message: dict[str, Any]
) -> None:
    path = agents.codex(export.home, 2, "Hello")
    first = json.loads(path.read_text().splitlines()[0])
    agents.write_lines(path, [first, {"type": "response_item", "payload": {"type": "message", **message}}])
    report = export(code=1)
    assert list(report["unknown"]) == ["codex"]
    assert "my prompt" in archived(export)[1]


def test_a_document_of_gemini_of_a_form_that_nobody_knows_is_an_error(export: Export) -> None:
    path = export.home / ".gemini/tmp/pilot/chats/session-x.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"sessionId": "abc", "turns": [{"role": "user", "text": "my prompt"}]}))
    (failed,) = export(code=1)["failed"]
    assert failed["reason"] == "nothing in it could be read"


def test_a_compressed_transcript_is_told(export: Export) -> None:
    path = export.home / ".claude/projects/-x/s.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    (failed,) = export(code=1)["failed"]
    assert failed["reason"] == f"{path}: a compressed transcript, which is not read"


def test_a_project_that_is_called_like_an_address_is_redacted(export: Export) -> None:
    write(export, told(0, "Hello", "/work/grace.hopper@brightwater.io"))
    report = export()
    head, everything = archived(export)
    assert "grace" not in everything.lower()
    assert "REDACTED" in head["project"]
    assert report["unplaced"] == []
    files = export.files()
    assert export()["unchanged"] == 1
    with (export.home / ".claude/projects/-x" / f"{agents.session_id(1)}.jsonl").open("a") as stream:
        stream.write(json.dumps(told(2, "More", "/work/grace.hopper@brightwater.io")) + "\n")
    export()
    assert export.files().keys() == files.keys()
    assert archived(export)[0]["project"] == head["project"]
