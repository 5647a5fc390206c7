"""By which rules a transcript is written, and when it is written again."""

from __future__ import annotations

from support import agents
from support.archives import Export


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
