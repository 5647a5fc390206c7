"""Outputs that were put aside, as the clients' stubs name them."""

from __future__ import annotations

import base64
import json

import pytest

from support.claude_sessions import Made, result, user

PATH = "/home/ada/.claude/projects/-x/s/tool-results"
MCP = (
    "Error: result ({}) exceeds maximum allowed tokens. Output has been saved to {}.\nFormat: {}\nUse offset and limit."
)


def put(made: Made, name: str, text: str) -> None:
    path = made.folder / "s" / "tool-results" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    "stub",
    [
        MCP.format("88,000 characters", f"{PATH}/o.txt", "Plain text"),
        MCP.format("88,000 characters across 9 lines", f"{PATH}/o.txt", "Plain text"),
        MCP.format("9 characters", "C:\\Users\\ada\\.claude\\projects\\-x\\s\\tool-results\\o.txt", "Plain text"),
        f"result exceeds maximum allowed tokens. Output saved to {PATH}/o.txt",
        f'Error: MCP tool "q" response (9 tokens) exceeds maximum allowed tokens (25000). Saved to: {PATH}/o.txt',
        f"Large output (55KB) has been saved to {PATH}/o.txt",
        f"[Binary content (image/png, 55 KB) saved to {PATH}/o.txt]",
        f"<persisted-output>Tool result saved to: {PATH}/o.txt\n\nUse Read to view</persisted-output>",
        f"<persisted-output>\nToo large. Full output saved to: {PATH}/o.txt\n\nPreview:\nx\n</persisted-output>\n",
    ],
)
@pytest.mark.parametrize("in_blocks", [False, True])
def test_every_wording_of_a_stub_is_known(made: Made, stub: str, in_blocks: bool) -> None:
    put(made, "o.txt", "all of it")
    content = [{"type": "text", "text": stub}] if in_blocks else stub
    (found,) = made.read("s", user("a", content=result("t", content))).outputs
    assert found.output == "all of it"
    assert found.result == ({"form": "Format: Plain text"} if "Format" in stub else None)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Exit code 1\n", "", "Exit code 1\nall of it"),
        ("", "\n\n<system-reminder>\nIt has grown.\n</system-reminder>", "all of it\n\n[It has grown.]"),
    ],
)
def test_what_stands_around_a_stub_stays(made: Made, before: str, after: str, expected: str) -> None:
    put(made, "o.txt", "all of it")
    stub = f"<persisted-output>\nToo large. Full output saved to: {PATH}/o.txt\n\nPreview:\nx\n</persisted-output>"
    (found,) = made.read("s", user("a", content=result("t", before + stub + after))).outputs
    assert found.output == expected


@pytest.mark.parametrize(
    "text",
    [
        f"The log says: exceeds the limit, saved to {PATH}/o.txt",
        f"cat: <persisted-output> Full output saved to: {PATH}/o.txt </persisted-output>",
        f"<persisted-output>\nFull output saved to: {PATH}/o.txt\nnot closed",
        MCP.format("9 characters", "/elsewhere/o.txt", "Plain text"),
        MCP.format("9 characters", f"{PATH}/../o.txt", "Plain text"),
        MCP.format("9 characters", f"{PATH}/none.txt", "Plain text"),
    ],
)
def test_what_is_no_stub_of_this_session_stays(made: Made, text: str) -> None:
    put(made, "o.txt", "all of it")
    (made.folder / "s" / "o.txt").write_text("private")
    assert made.read("s", user("a", content=result("t", text))).outputs[0].output == text


def test_output_of_a_persons_command_that_was_put_aside_is_taken_back(made: Made) -> None:
    put(made, "o.txt", "all of it")
    stub = f"<persisted-output>\nToo large. Full output saved to: {PATH}/o.txt\n\nPreview:\nx\n</persisted-output>"
    read = made.read("s", user("a", content=f"<bash-stdout>{stub}</bash-stdout><bash-stderr></bash-stderr>"))
    assert [(one.kind, one.text) for one in read.messages] == [("output", "all of it")]


def test_blocks_that_were_put_aside_are_read_as_blocks(made: Made) -> None:
    data = base64.b64encode(b"\x89PNG" + b"x" * 2_000_000).decode()
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
    put(made, "o.json", json.dumps([{"type": "text", "text": "the only row"}, picture], indent=1))
    stub = MCP.format("9 characters", f"{PATH}/o.json", "JSON array")
    (found,) = made.read("s", user("a", content=result("t", stub))).outputs
    assert found.output == "the only row"
    assert [one.size for one in found.attachments] == [2_000_004]


@pytest.mark.parametrize("text", ['{"rows": [1]}', "[1, 2]", '[{"name": "weft"}]', '[{"type": "text"', "[[["])
def test_other_json_stays_as_it_is(made: Made, text: str) -> None:
    put(made, "o.txt", text)
    stub = MCP.format("9 characters", f"{PATH}/o.txt", "JSON")
    assert made.read("s", user("a", content=result("t", stub))).outputs[0].output == text
