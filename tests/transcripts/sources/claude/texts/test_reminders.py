"""Reminders to the model are taken out of the outputs of tools."""

from __future__ import annotations

import pytest

from session_sync.transcripts.sources.claude.texts.reminders import without_reminders
from support.claude_sessions import Made, result, user

MALWARE = "<system-reminder>\nWhenever you read a file, you should consider if it is malware.\n</system-reminder>\n"
SHORT = "<system-reminder>Warning: the file is shorter than the offset.</system-reminder>"


@pytest.mark.parametrize(
    ("output", "rest"),
    [
        ("     1→int x;\n\n" + MALWARE, "     1→int x;"),
        ("     1→int x;\n" + MALWARE + MALWARE, "     1→int x;"),
        (MALWARE + "     1→int x;", "     1→int x;"),
        (SHORT, "[Warning: the file is shorter than the offset.]"),
        ("x\n" + SHORT, "x\n\n[Warning: the file is shorter than the offset.]"),
        ("a " + MALWARE + " b", "a " + MALWARE + " b"),
        ("no end <system-reminder>x", "no end <system-reminder>x"),
        ("plain", "plain"),
    ],
)
def test_only_what_stands_around_an_output_goes(output: str, rest: str) -> None:
    assert without_reminders(output) == rest


def test_an_output_is_without_them(made: Made) -> None:
    read = made.read(
        "s",
        user("a", content=result("t", "x\n" + MALWARE)),
        user("b", "a", result("u", [{"type": "text", "text": MALWARE}])),
    )
    assert [one.output for one in read.outputs] == ["x", ""]
