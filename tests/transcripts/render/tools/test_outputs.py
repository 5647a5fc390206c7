from __future__ import annotations

import time
from typing import Any

import pytest

from session_sync.transcripts.render.json_block import json_block
from session_sync.transcripts.render.tools.outputs import shown_output, shown_result
from session_sync.transcripts.session import ToolCall
from support.markdown_reader import Page
from support.pages import shown

REMINDER = "<system-reminder>\nBe careful.\n</system-reminder>"


@pytest.mark.parametrize(
    ("output", "blocks"),
    [
        ("     1→a\n     2→b\n\n\n", [("", "     1→a\n     2→b\n")]),
        (f"a\n\n{REMINDER}\n", [("", "a\n")]),
        (f"a\n{REMINDER}\n\n{REMINDER}", [("", "a\n")]),
        (f"{REMINDER}\na", [("", f"{REMINDER}\na\n")]),
        ("a</system-reminder>", [("", "a</system-reminder>\n")]),
        (REMINDER, []),
        (" \n", []),
        ("<tool_use_error>No such file.</tool_use_error>", [("", "No such file.\n")]),
        ('{"a":1}', [("", '{"a":1}\n')]),
        ('{"a":"' + "x" * 100 + '"}', [("json", '{\n  "a": "' + "x" * 100 + '"\n}\n')]),
        (
            "[1] " + "x" * 100 + "]",
            [("", "[1] " + "x" * 100 + "]\n")],
        ),
    ],
)
def test_output_is_shown_without_noise(output: str, blocks: list[tuple[str, str]]) -> None:
    assert Page(shown_output(output)).blocks == blocks


def test_half_a_character_in_json_breaks_nothing() -> None:
    assert "\\ud800" in shown_output('["\ud800", "' + "x" * 100 + '"]')


@pytest.mark.parametrize("sign", ["[", '{"a":'])
def test_deep_json_takes_neither_time_nor_room(sign: str) -> None:
    began = time.process_time()
    deep = ",".join([sign * 900 + "1" + {"[": "]"}.get(sign, "}") * 900] * 200)
    assert len(shown_output(f"[{deep}]")) < 10_000
    assert time.process_time() - began < 1


def test_deep_value_is_named() -> None:
    value: Any = 1
    for _ in range(60):
        value = [value]
    assert "nested too deeply" in json_block(value)
    assert "nested" not in json_block([[1] for _ in range(1000)])


def test_many_reminders_take_no_time() -> None:
    began = time.process_time()
    shown_output(REMINDER * 100_000)
    shown_output("</system-reminder>" * 100_000)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("result", "made"),
    [
        (None, ""),
        ("", ""),
        ({}, ""),
        ({"userModified": False, "interrupted": False, "x": None}, ""),
        ({"userModified": True}, "*Changed by the user before it was applied*\n\n"),
        ({"interrupted": True}, "*Interrupted*\n\n"),
        ({"interrupted": "yes"}, '```json\n{"interrupted": "yes"}\n```\n\n'),
        ({"n": 3}, '```json\n{"n": 3}\n```\n\n'),
        ("note", '```json\n"note"\n```\n\n'),
        (
            {"userModified": True, "structuredPatch": [{"lines": ["-a", "+c"]}]},
            "*Changed by the user before it was applied*\n\n```diff\n-a\n+c\n```\n\n",
        ),
        ({"structuredPatch": 5}, '```json\n{"structuredPatch": 5}\n```\n\n'),
    ],
)
def test_what_the_client_notes_is_told(result: Any, made: str) -> None:
    assert shown_result(result) == made


def test_plan_stands_in_the_open_as_a_whole() -> None:
    plan = "# Plan\n\n" + "A step <b>.\n\n" * 3000
    page = Page(shown(tool_calls=[ToolCall("1", "ExitPlanMode", {"plan": plan}, "no, not so", "error")]))
    assert page.text.count("A step <b>.") == 3000
    assert page.headings == [("h3", "Assistant"), ("h4", "Plan")]
    assert page.summaries == ["The plan was not accepted"]
    assert page.blocks == [("", "no, not so\n")]
    assert page.dangers() == []


@pytest.mark.parametrize(
    ("edited", "given", "expected"),
    [
        ("", {}, "Plan as approved"),
        ("", {"plan": "# Plan as proposed"}, "Plan as proposed"),
        (" (edited by user)", {"plan": "# Plan as proposed"}, "Plan as approved"),
    ],
)
def test_plan_that_stands_in_the_result_is_shown_too(edited: str, given: dict[str, str], expected: str) -> None:
    output = f"User has approved your plan.\n\n## Approved Plan{edited}:\n# Plan as approved"
    page = Page(shown(tool_calls=[ToolCall("1", "ExitPlanMode", given, output, "ok")]))
    assert page.headings == [("h3", "Assistant"), ("h4", expected)]
    assert page.summaries == ["Answer to the plan"]


def test_plan_that_the_client_notes_is_shown() -> None:
    call = ToolCall("1", "ExitPlanMode", {}, "Yes.", "ok", result={"plan": "1. Begin", "feedback": "soon"})
    assert "soon" in Page(shown(tool_calls=[call])).blocks[-1][1]
    assert "**Plan**\n\n1. Begin\n\n" in shown(tool_calls=[call])
    assert Page(shown(tool_calls=[ToolCall("1", "ExitPlanMode", {"plan": 5})])).summaries == ["Proposed a plan"]
