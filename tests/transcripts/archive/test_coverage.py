"""One reading of a message says all that another one did, or does not."""

from __future__ import annotations

from typing import Any

import pytest

from session_sync.transcripts.archive.coverage import covers, digest, says_nothing
from session_sync.transcripts.session import Attachment, Message, ToolCall


def said(text: str) -> Message:
    return Message("user", text=text)


def used(value: Any = None, output: str = "", **more: Any) -> Message:
    return Message("assistant", tool_calls=[ToolCall("1", "Bash", value, output, **more)])


@pytest.mark.parametrize(
    ("new", "old", "is_covered"),
    [
        ("Hello world", "Hello", True),
        ("Hello", "Hello \n", True),
        ("Hello", "Hello world", False),
        ("", "Hello", False),
        ("Hello", "", True),
        ("mail ada now", "mail [REDACTED:email:7f3a] now", True),
        ("mail [REDACTED:email:1111] now", "mail [REDACTED:email:7f3a] now", True),
        ("now mail", "mail [REDACTED:email:7f3a] now", False),
        ("take [REDACTED:secret:x:7f3a] now", "take abc123", True),
        ("take it now", "take abc123", False),
        ("take [REDACTED:secret:x:7f3a]", "take it and abc123", False),
        ("[REDACTED:email:7f3a]", "[REDACTED:email:7f3a]", True),
    ],
)
def test_texts(new: str, old: str, is_covered: bool) -> None:
    assert covers(said(new), said(old)) == is_covered
    assert covers(used(output=new), used(output=old)) == is_covered
    assert covers(used({"a": [new, 1]}), used({"a": [old, 2]})) == is_covered
    assert covers(Message("record", record={"a": new}), Message("record", record={"a": old})) == is_covered


@pytest.mark.parametrize(
    ("new", "old", "is_covered"),
    [
        (used({"a": "x", "b": 1}), used({"a": "x"}), True),
        (used({"a": "x"}), used({"a": "x", "b": 1}), False),
        (used(["x"]), used(["x", "y"]), False),
        (used("cut"), used({"a": "x"}), False),
        (used({"a": "x"}), used("x"), True),
        (used(None), used({}), True),
        (used(None), used({"a": "x"}), False),
        (used(result={"stdout": "long"}), used(result={"stdout": "lo"}), True),
        (used(), used(result={"stdout": "lo"}), False),
        (said(""), used(), False),
        (used(), said(""), True),
        (Message("assistant", tool_calls=[ToolCall("1", "Read")]), used(), False),
        (used(output="all"), Message("assistant", tool_calls=[ToolCall("1", "", output="all")]), True),
        (said("x"), Message("user", text="x", attachments=[Attachment(sha256="aa")]), False),
        (
            Message("user", attachments=[Attachment(sha256="aa", name="new")]),
            Message("user", attachments=[Attachment(sha256="aa")]),
            True,
        ),
    ],
)
def test_other_parts(new: Message, old: Message, is_covered: bool) -> None:
    assert covers(new, old) == is_covered


def test_a_digest_is_of_what_is_said() -> None:
    assert digest(Message("user", text="x", id="1", time="t")) == digest(Message("system", text="x", is_gone=True))
    assert (
        len({digest(one) for one in (said("x"), said("y"), Message("user", thinking="x"), used("x"), used("y"))}) == 5
    )


def test_what_says_nothing_cannot_be_lost() -> None:
    assert says_nothing(said(" \n"))
    assert not any(says_nothing(one) for one in (said("x"), used(), Message("record", record={})))
