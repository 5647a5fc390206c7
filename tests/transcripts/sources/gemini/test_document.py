"""One document that holds all messages, whole or cut off."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from session_sync.transcripts.session import Message
from support.gemini_sessions import DIRECTORY, DOCUMENT, MAIN, RECORDED, put, read, said, texts


def test_an_older_document(chats: Path) -> None:
    session, items = read(Path(shutil.copy(RECORDED / DOCUMENT, chats)))
    messages = [one for one in items if isinstance(one, Message)]
    assert [(one.role, one.text) for one in messages] == [
        ("user", "Why does the build fail?"),
        ("assistant", "A header is missing."),
        ("system", "Request cancelled."),
    ]
    assert (messages[1].tool_calls[0].status, messages[1].tool_calls[0].output) == ("error", "File not found.")
    tokens = session.tokens
    assert (tokens.input, tokens.cache_read, tokens.output, tokens.reasoning) == (200, 1000, 50, 20)
    assert (session.lines.read, session.cwd) == (4, DIRECTORY)
    assert session.source_session_id == "5f2c1a70-0000-4000-8000-000000000001"


@pytest.mark.parametrize("size", [0, 10, 300, 900, 1500])
def test_of_a_document_cut_off_the_whole_messages_are_read(chats: Path, size: int) -> None:
    path = chats / DOCUMENT
    path.write_bytes((RECORDED / DOCUMENT).read_bytes()[:size])
    session, items = read(path)
    assert session.problems
    assert [one.text for one in items if isinstance(one, Message) and one.role == "user"] == (
        ["Why does the build fail?"] if size > 400 else []
    )


def test_what_is_no_message_in_a_document_does_not_stop_the_rest(chats: Path) -> None:
    path = put(chats, {**MAIN, "messages": [said("a", "one"), 7, said("c", "three")]}, name="session-x.json")
    assert texts(path) == ["one", "three"]
    assert read(path)[0].lines.dropped == {"not a record": 1}


def test_half_a_surrogate_in_a_document_does_not_stop_the_rest(chats: Path) -> None:
    messages = [said("a", "one"), said("b", "lone \ud800"), said("c", "three")]
    path = put(chats, {**MAIN, "messages": messages}, name="session-x.json")
    assert texts(path) == ["one", "lone �", "three"]
    assert read(path)[0].source_session_id == "11112222-3333"
