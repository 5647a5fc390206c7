"""A log of messages, changes of them, and rewinds."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.gemini import source as gemini
from session_sync.transcripts.sources.search import Search
from support.gemini_sessions import MAIN, put, read, said, texts


def test_the_last_version_of_a_message_counts_in_the_place_of_the_first(chats: Path) -> None:
    tokens = {"tokens": {"input": 5, "output": 1, "cached": 0}}
    path = put(
        chats,
        MAIN,
        said("a", "first", "gemini", **tokens),
        said("b", "second"),
        said("a", "changed", "gemini", **tokens),
    )
    assert texts(path) == ["changed", "second"]
    assert read(path)[0].tokens.input == 5


def test_a_rewind_takes_messages_back(chats: Path) -> None:
    path = put(
        chats, MAIN, said("a", "one"), said("b", "two"), said("c", "three"), {"$rewindTo": "b"}, said("d", "four")
    )
    assert texts(path) == ["one", "four"]
    assert texts(path, "reverted") == ["two", "three"]


def test_a_rewind_to_an_unknown_message_takes_all_back_as_in_the_client(chats: Path) -> None:
    path = put(chats, MAIN, said("a", "one"), {"$rewindTo": "nowhere"}, said("a", "again"))
    assert (texts(path), texts(path, "reverted")) == (["again"], ["one"])


def test_a_compressed_history_leaves_what_was_said_in_its_place(chats: Path) -> None:
    summary = said("s", [{"text": "<state_snapshot>all of it</state_snapshot>"}])
    path = put(
        chats,
        MAIN,
        said("a", "one"),
        said("b", "two"),
        {"$set": {"messages": [summary, said("b", "two")]}},
        said("c", "three"),
        {"$rewindTo": "b"},
    )
    shown = [one for one in read(path)[1] if isinstance(one, Message) and not one.hidden]
    assert [(one.role, one.kind, one.text) for one in shown] == [
        ("user", "", "one"),
        ("system", "compaction", "all of it"),
    ]
    assert texts(path, "reverted") == ["two", "three"]


def test_messages_that_are_only_in_a_history_are_kept(chats: Path) -> None:
    path = put(chats, MAIN, {"$set": {"messages": [said("a", "one"), said("b", "lone \ud83d half")]}})
    assert texts(path) == ["one", "lone � half"]


HOSTILE = (
    b"\0\0\0\0\n",
    b"\xff\xfe\xff\n",
    b"[1, 2]\n",
    b'"text"\n',
    b"{\n",
    b"\n",
    b'{"id":"n","type":"user","content":"a\0b"}\n',
    b'{"id":"u","type":"user","content":"lone \\ud800 half"}\n',
    b'{"id":"s","type":"user","content":"one"}{"id":"s2","type":"user","content":"two"}\n',
    b'{"id":"d","type":"user","content":' + b"[" * 700 + b"]" * 700 + b"}\n",
    b'{"id":"d2","type":"user","x":"\\ud800","content":' + b'{"a":' * 700 + b"1" + b"}" * 700 + b"}\n",
    {"id": {"not": "text"}, "type": ["user"], "content": 5},
    {"id": "t", "type": {"x": 1}, "content": {"text": 5}, "timestamp": 10**30},
    {"id": "g", "type": "gemini", "content": None, "toolCalls": {"x": 1}, "thoughts": "x", "tokens": [1], "model": 5},
    {"id": "h", "type": "gemini", "content": [None, 5, [], {}], "toolCalls": [1, {}, {"args": 10**40, "result": 5}]},
    {"id": "i", "type": "gemini", "tokens": {"input": -5, "output": 10**40, "cached": "x", "thoughts": True}},
    {"id": "j", "type": "gemini", "thoughts": [5, {"subject": [], "description": {}}], "toolCalls": [{"status": []}]},
    {"id": "k", "type": "user", "content": [{"functionResponse": {"id": 5, "response": 7, "parts": 9}}]},
    {"id": "l", "type": "user", "content": [{"inlineData": {"data": 5}}, {"fileData": {"fileUri": 9}}]},
    {"$set": 5},
    {"$set": {"messages": 5, "sessionId": {"x": 1}, "summary": 7, "directories": 8, "startTime": []}},
    {"$set": {"messages": [5, None, {"id": 3}]}},
    {"$rewindTo": {"x": 1}},
    {"sessionId": 5, "projectHash": []},
)


@pytest.mark.parametrize("seed", range(12))
def test_hostile_lines_are_counted_and_stop_nothing(chats: Path, seed: int) -> None:
    lines: list[Any] = [*HOSTILE, *(said(f"good {number}", f"good {number}") for number in range(8))]
    random.Random(seed).shuffle(lines)
    path = put(chats, MAIN, *lines, said("last", "the last"), b'{"id":"cut","type":"us')
    session, items = read(path)
    shown = {one.text for one in items if isinstance(one, Message)}
    assert {"the last", "ab", "one", "two", "lone � half", *(f"good {number}" for number in range(8))} <= shown
    assert session.problems


def test_a_file_that_shrinks_while_it_is_read_is_named(chats: Path) -> None:
    path = put(chats, MAIN, said("a", "one"), said("b", "x" * 2_000_000), said("c", "three"))
    (transcript,) = gemini.find(path, Search())
    session = Session("gemini", "x")
    items = gemini.read(transcript, session)
    assert isinstance(next(items), Message)
    os.truncate(path, 1000)
    list(items)
    assert {one.reason for one in session.problems} == {"gone while it was read"}
