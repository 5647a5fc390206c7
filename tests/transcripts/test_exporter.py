"""One transcript is read, redacted and written under a name for good."""

from __future__ import annotations

import json

import jsonschema

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
    export()
    everything = b"".join(name.encode() + data for name, data in export.files().items())
    assert codex.exists()
    for value in (token, password, mail, phone):
        assert value.encode() not in everything
    assert everything.count(b"REDACTED") > 10
    for path in export.out.rglob(".*.json"):
        jsonschema.validate(json.loads(path.read_bytes()), schema("session"))
