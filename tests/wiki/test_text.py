from __future__ import annotations

from pathlib import Path

import pytest

from support.wikis import DAY, LINK, LOG, put, update


def test_line_ends_and_a_missing_history_are_kept_and_made(tree: Path) -> None:
    old = "---\r\ntitle: x\r\n---\r\nText"
    article = put(tree, "wiki/pilot.md", old)
    update(tree)
    line = f"- 2026-11-20: Log in \\[again\\] ([log]({LINK.removeprefix('../')}))"
    assert article.read_bytes().decode() == "\r\n".join(
        [
            *("---", "title: x", f"last_refreshed: {DAY}", "sources:", f"  - {LOG}", "---"),
            *("Text", "", "## History", "", line, ""),
        ]
    )
    assert update(tree).paths == []


@pytest.mark.parametrize("front", ["[: x\n", "sources: text\n", None, "sources: [a, # b\n  c]\n"])
def test_a_front_matter_that_is_odd_is_left_alone(tree: Path, front: str | None) -> None:
    front = f"---\n{front}---\n" if front else ""
    article = put(tree, "wiki/projects/pilot.md", f"{front}Text\n\n## History\n")
    done = update(tree)
    assert done.status == "refreshed"
    assert article.read_text().startswith(f"{front}Text\n\n## History\n\n- 2026-11-20: Log in")
    assert update(tree).paths == []


def test_the_stub_of_a_general_topic(tree: Path) -> None:
    put(tree, "session-logs/2026-11-21-ada-vpn.md", '---\ntopic: "VPN: no. 2"\n---\n')
    update(tree, log="session-logs/2026-11-21-ada-vpn.md")
    assert (tree / "wiki" / "general" / "vpn-no-2.md").read_text() == (
        '---\ntitle: "VPN: no. 2"\ncategory: general\nsources:\n  - session-logs/2026-11-21-ada-vpn.md\n'
        f"last_refreshed: {DAY}\n---\n\n# VPN: no. 2\n\n## Patterns\n\n## History\n\n"
        "- 2026-11-21: VPN: no. 2 ([log](../../session-logs/2026-11-21-ada-vpn.md))\n"
    )
