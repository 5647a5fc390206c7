"""Outputs of tools get into their calls, whatever order they come in."""

from __future__ import annotations

import pytest

from session_sync.transcripts.session import Attachment, Message, ToolCall, ToolOutput
from session_sync.transcripts.sources import pairing
from session_sync.transcripts.sources.pairing import paired


def asking(*ids: str) -> Message:
    return Message("assistant", tool_calls=[ToolCall(one, "Bash") for one in ids])


def test_an_output_gets_into_its_call() -> None:
    (message, answer) = paired(
        [asking("1", "2"), ToolOutput("2", "two", "error"), ToolOutput("1", "one"), Message("user")]
    )
    assert [(call.output, call.status) for call in message.tool_calls] == [("one", "ok"), ("two", "error")]
    assert answer.role == "user"


def test_messages_keep_their_order_while_one_waits() -> None:
    items = [asking("1"), Message("user", text="meanwhile"), ToolOutput("1", "late")]
    first, second = paired(items)
    assert first.tool_calls[0].output == "late"
    assert second.text == "meanwhile"


def test_an_output_without_a_call_stands_for_itself() -> None:
    (message,) = paired([ToolOutput("gone", "alone", session_id="child")])
    (call,) = message.tool_calls
    assert (call.id, call.output, call.session_id) == ("gone", "alone", "child")


def test_nothing_is_held_back_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MOST_HELD", 3)
    items = iter(
        [asking("never"), *(Message("user", text=str(number)) for number in range(9)), ToolOutput("never", "late")]
    )
    found = paired(items)
    assert next(found).tool_calls[0].status == ""
    assert next(items).text == "3"  # type: ignore[union-attr]
    assert [call.output for message in found for call in message.tool_calls] == ["late"]


def test_a_call_without_an_output_is_given_at_the_end() -> None:
    (message,) = paired([asking("1")])
    assert message.tool_calls[0].status == ""


def test_pictures_count_as_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MOST_CHARACTERS", 100)
    picture = Attachment("image", content=b"x" * 60)
    items = iter(
        [asking("1", "2"), ToolOutput("1", attachments=[picture]), Message("user", attachments=[picture]), asking("3")]
    )
    first = next(paired(items))
    assert (first.tool_calls[0].attachments, first.tool_calls[1].status) == ([picture], "")
    assert next(items).tool_calls[0].id == "3"  # type: ignore[union-attr]
