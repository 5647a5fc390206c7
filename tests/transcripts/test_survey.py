"""What there is to archive is told without an archive: places, sessions, versions, and all that is not known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema

from support import agents
from support.archives import schema
from support.homes import Ran

Run = Callable[..., Ran]


def sources(run_verb: Run, *arguments: str, code: int = 0) -> dict[str, Any]:
    ran = run_verb("export", "sources", "--json", *arguments)
    assert ran.code == code, ran
    report: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(report, schema("export-report"))
    return report["sources"]  # type: ignore[no-any-return] - any JSON


def test_each_agent_is_told_with_its_places(run_verb: Run, sealed_home: Path) -> None:
    agents.claude(sealed_home, 1, "Fix it", "Test it")
    agents.codex(sealed_home, 2, "Read it")
    found = sources(run_verb)
    assert list(found) == ["claude", "codex", "gemini", "opencode"]
    claude = found["claude"]
    assert claude["places"] == {str(sealed_home / ".claude"): True}
    assert (claude["transcripts"], claude["sessions"], claude["prompts"]) == (1, 1, 2)
    assert claude["clients"] == {"2.1.329": 1}
    assert (found["codex"]["sessions"], found["gemini"]["places"]) == (1, {str(sealed_home / ".gemini"): False})
    assert not any(one["unknown"] or one["problems"] for one in found.values())


def test_what_is_not_known_is_told_and_fails(run_verb: Run, sealed_home: Path) -> None:
    path = agents.claude(sealed_home, 1, "Fix it")
    with path.open("a") as stream:
        stream.write('{"type": "brand-new"}\n' * 2)
    agents.write_lines(path.with_name(f"{agents.session_id(3)}.jsonl"), [{"type": "mode", "mode": "plan"}])
    bad = path.with_name(f"{agents.session_id(4)}.jsonl")
    bad.write_text("no JSON\n")
    claude = sources(run_verb, code=1)["claude"]
    assert (claude["transcripts"], claude["sessions"], claude["left_out"]) == (3, 1, {"empty": 2})
    assert claude["unknown"] == {"brand-new": 2}
    assert claude["problems"] == [f"{bad}: nothing in it could be read"]
    said = run_verb("export", "sources", "--source", f"claude={path.parent}").out
    assert "claude: 1 session in 3 transcripts, 1 prompt" in said
    assert "left out: 2 transcripts: empty" in said
    assert "[WARNING] 2 records of unknown type: brand-new" in said
    assert "codex" not in said


def test_a_place_with_nothing_is_named(run_verb: Run, sealed_home: Path) -> None:
    ran = run_verb("export", "sources")
    assert f"gemini: nothing in {sealed_home / '.gemini'}" in ran.out
