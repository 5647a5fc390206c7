"""Every place where a text can stand in a session is looked at."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from session_sync.transcripts.session import Attachment, Git, Link, Message, Problem, Raw, Session, ToolCall
from support.redaction import MAIL, PASSWORD, TOKEN, redactor


def everywhere(text: str) -> Message:
    """A message with `text` in every place."""
    attachment = Attachment(name=text, media_type=text)
    call = ToolCall(text, text, {text: [text, {"deep": f"a {text} b"}], "n": 5}, text, "ok", [attachment], text)
    return Message("record", "", text, text, text, text, [call], [attachment], text, record={"a": [text]})


def test_a_secret_is_taken_out_of_every_place() -> None:
    (message,) = redactor().messages([everywhere(f"x {TOKEN} y {MAIL}")])
    data = msgspec.json.encode(message).decode()
    assert TOKEN not in data
    assert MAIL not in data
    (call,) = message.tool_calls
    assert call.input["n"] == 5
    assert message.text.startswith("x [REDACTED:secret:github:")


def test_facts_are_redacted_too() -> None:
    session = Session(
        "claude", TOKEN, title=TOKEN, cwd=f"/{MAIL}", client=TOKEN, models=[TOKEN], git=Git(MAIL, MAIL, TOKEN)
    )
    session.parent, session.fork = Link(TOKEN, TOKEN), Link(TOKEN)
    session.raw, session.problems = [Raw(MAIL)], [Problem(1, TOKEN, MAIL)]
    session.keep(unknown=TOKEN)
    session.drop(MAIL)
    redactor().facts(session)
    data = msgspec.json.encode(session).decode()
    assert TOKEN not in data
    assert MAIL not in data
    assert (session.lines.read, sum(session.lines.dropped.values())) == (2, 1)


def test_a_name_beside_its_value_is_seen() -> None:
    call = ToolCall("1", "Write", {"env": {"DB_PASSWORD": PASSWORD}})
    list(redactor().messages([Message("assistant", tool_calls=[call])]))
    assert PASSWORD not in str(call.input)
    assert call.input["env"].keys() == {"DB_PASSWORD"}


def test_a_value_with_colours_in_it_is_found() -> None:
    coloured = f"\x1b[31m{TOKEN[:4]}\x1b[0m\x1b[K{TOKEN[4:]}"
    call = ToolCall("1", "Bash", {}, coloured, "ok")
    (message,) = redactor().messages([Message("assistant", text=coloured, tool_calls=[call])])
    assert message.text.startswith("[REDACTED:secret:github:")
    assert call.output.startswith("[REDACTED:secret:github:")


@pytest.mark.parametrize(
    "given",
    [
        {"command": f'echo "{PASSWORD}" | sudo -S id'},
        {"command": ["mysql", "-u", "root", f"-p{PASSWORD}"]},
        {"command": ["sshpass", "-p", PASSWORD, "ssh", "root@db1"]},
        {"deep": [{"words": ["docker", "login", "-u", "ada", "-p", PASSWORD]}]},
    ],
)
def test_a_command_is_looked_at_as_it_is_run(given: dict[str, Any]) -> None:
    call = ToolCall("1", "Bash", given)
    list(redactor().messages([Message("assistant", tool_calls=[call])]))
    assert PASSWORD not in str(call.input)
    assert "[REDACTED" in str(call.input)


def test_what_is_shown_on_one_line_is_looked_at_so() -> None:
    call = ToolCall("1", "Task", {"description": "call +49 30\n901820123 now"})
    list(redactor().messages([Message("assistant", tool_calls=[call])]))
    assert "901820123" not in str(call.input)


def test_a_suffix_hides_no_address() -> None:
    session = Session("claude", "1", raw=[Raw(f"projects/x/{MAIL}.jsonl")])
    redactor().facts(session)
    assert MAIL not in session.raw[0].path
    assert session.raw[0].path.endswith(".jsonl")
