"""The reports of `export` are what their schema says, and people are told of them what they must know."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from session_sync.home import paths
from session_sync.transcripts.archive.stats import Counts, StatsReport
from session_sync.transcripts.archive.verify import FileProblem, VerifyReport
from session_sync.transcripts.report import ExportPreview, ExportReport, NamedSession, WrittenFile
from session_sync.transcripts.survey import SourcesReport, SourceSurvey

SCHEMA: dict[str, Any] = json.loads((paths.SCHEMAS / "export-report.json").read_bytes())
REPORTS = (ExportReport, ExportPreview, SourcesReport, StatsReport, VerifyReport)


def session(number: int, **more: Any) -> NamedSession:
    return NamedSession(source="claude", transcript=f"t{number}", **more)


def exported(**more: Any) -> ExportReport:
    given: dict[str, Any] = {
        "status": "done", "code": 0, "out": "/archive", "found": 3, "exported": [WrittenFile("claude", "a.md")],
        "unchanged": 1, "later": 1, "messages": 1234, "left_out": {"empty": [session(1, path="")]}, "damaged": [],
        "unplaced": [], "shrunk": [], "unknown": {}, "failed": [], "pruned": [], "seconds": 0.25,
    }  # fmt: skip
    return ExportReport(**given | more)


@pytest.mark.parametrize(
    "report",
    [
        exported(),
        exported(status="failed", code=1, failed=[session(1, path="", reason="gone"), session(2, reason="gone")]),
        exported(damaged=[session(1, path="a.md", lines=2)], pruned=["b.md"]),
        ExportPreview(status="done", code=0, out="/archive", found=2, would_export=[session(1)]),
        SourcesReport(status="done", code=0, sources={"claude": SourceSurvey(places={"/x": True}, clients={"2.1": 1})}),
        VerifyReport("failed", 1, 2, [FileProblem("a.md", "missing")]),
        StatsReport(total=Counts(1, 2, 3), by_source={"claude": Counts(1)}, by_project={}, by_day={}, unreadable=0),
    ],
)
def test_a_report_is_what_its_schema_says(report: msgspec.Struct) -> None:
    jsonschema.validate(msgspec.to_builtins(report), SCHEMA)


def test_the_schema_knows_what_is_reported_and_nothing_else() -> None:
    fields = {name for report in REPORTS for name in report.__struct_fields__}
    assert fields | {"error"} == SCHEMA["properties"].keys()
    assert set(NamedSession.__struct_fields__) == SCHEMA["$defs"]["session"]["properties"].keys()
    assert set(SourceSurvey.__struct_fields__) == SCHEMA["$defs"]["survey"]["properties"].keys()
    assert set(Counts.__struct_fields__) == set(SCHEMA["$defs"]["counts"]["required"])


def test_people_are_told_what_was_exported_and_what_was_not() -> None:
    report = exported(
        damaged=[session(2, path="b.md", lines=1), session(3, path="", lines=2)],
        unplaced=[session(5, path="e.md")],
        shrunk=[session(6, path="f.md", lines=1)],
        unknown={"claude": {"new-type": 2}},
        failed=[session(4, path="", reason="gone")],
        pruned=["c.md"],
    )
    jsonschema.validate(msgspec.to_builtins(report), SCHEMA)
    assert report.lines() == [
        "exported 1 of 3 sessions (1234 messages, 1 session unchanged) to /archive in 0.2 s",
        "1 more changed but not asked for",
        "1 session left out: empty",
        "[WARNING] 1 damaged line in claude t2; what could be read is in b.md",
        "[WARNING] 2 damaged lines in claude t3; what could be read is in no file",
        "[WARNING] the project of claude t5 cannot be told, so that the strictest policy holds; it is in e.md",
        "[WARNING] claude t6 lost 1 message since it was archived; f.md keeps what it lost",
        "[WARNING] claude: 2 records of unknown type, kept in the JSON: new-type; update session-sync",
        "[WARNING] not exported: claude t4: gone",
        "removed c.md: its transcript is gone",
    ]


def test_people_are_told_of_twenty_sessions_by_name() -> None:
    failed = [session(number, reason="gone") for number in range(25)]
    lines = exported(failed=failed).lines()
    assert sum("not exported" in line for line in lines) == 20
    assert lines[-1] == "[WARNING] and 5 more; --json names all"
