"""The reports of sync-logs are what their schema says, and no more."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from session_sync.home import paths
from session_sync.sync_logs import report
from session_sync.sync_logs.machines import MachineFacts, MachinesReport
from session_sync.sync_logs.pull import PulledReport, PullReport

FINDING = report.Withheld("CUST-acme", "a.md", 3, "email", "remove it", "- {rule: email, reason: why}")
REPOSITORY = report.RepositoryReport("default", "r", "machines/u", "done", "", ["a.md"], True, 1, 2, 0, ["b.md"])
STATE = report.RepositoryStatus("default", "r", None, 1, False, [FINDING], ["b.md"])
EVERY: list[msgspec.Struct] = [
    report.RoundReport(
        status="done",
        code=0,
        machine="u",
        repositories=[REPOSITORY],
        retries=0,
        withheld=[FINDING],
        unrouted=["P"],
        skipped=[report.Skipped("b", "a link")],
        warnings=["w"],
    ),
    report.PreviewReport(would_commit=[report.WouldCommit("a.md", "r")], would_archive=["b.jsonl"], withheld=[FINDING]),
    report.StatusReport(machine="u", logs=1, pending_tickets=0, repositories=[STATE], unrouted=[]),
    MachinesReport("done", 0, [MachineFacts("u", "vm", "ada", "linux", "")], [], []),
    PullReport("deferred", 75, [PulledReport("default", 2, ["u"])], []),
]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: type(one).__name__)
def test_a_report_keeps_its_schema(one: msgspec.Struct) -> None:
    schema = json.loads((paths.SCHEMAS / "sync-logs-report.json").read_bytes())
    content: dict[str, Any] = msgspec.to_builtins(one)
    assert content.pop("summary") == []  # for people; the verb prints it
    jsonschema.validate(content, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**content, "more": 1}, schema)
