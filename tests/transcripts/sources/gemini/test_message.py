"""What a record holds: text, calls, outputs, pictures."""

from __future__ import annotations

import base64
import hashlib
import shutil
from pathlib import Path

import msgspec

from session_sync.transcripts.session import Message
from session_sync.transcripts.sources.pairing import paired
from support.gemini_sessions import COMMAND, MAIN, RECORDED, put, read, said, texts


def test_a_command_is_shown_as_it_was_typed(chats: Path) -> None:
    path = Path(shutil.copy(RECORDED / COMMAND, chats))
    assert texts(path)[0] == "/save my notes"
    assert texts(path, "injected")[1] == "GEMINICMD save my notes"


def test_the_output_of_a_call_that_was_never_told_of_comes_from_the_answer(chats: Path) -> None:
    answer = {"functionResponse": {"id": "t", "name": "ls", "response": {"error": "no such folder"}}}
    call = {"id": "t", "name": "ls", "args": {"path": "x"}, "status": "executing"}
    path = put(chats, MAIN, said("a", "", "gemini", toolCalls=[call]), said("b", [answer]), said("c", [answer]))
    messages = list(paired(read(path)[1]))
    assert [(one.tool_calls[0].status, one.tool_calls[0].output) for one in messages] == [("error", "no such folder")]


def test_pictures_become_attachments_without_their_bytes(chats: Path) -> None:
    data = bytes(range(256)) * 4
    coded = base64.b64encode(data).decode()
    inline = {"inlineData": {"mimeType": "image/png", "data": coded}}
    call = {
        "id": "t",
        "name": "see",
        "args": {"url": f"data:image/png;base64,{coded}"},
        "status": "success",
        "result": [{"functionResponse": {"id": "t", "response": {"output": "seen"}, "parts": [inline]}}],
    }
    path = put(chats, MAIN, said("a", [{"text": "look"}, inline]), said("b", "", "gemini", toolCalls=[call]))
    session, items = read(path)
    assert coded[:40].encode() not in msgspec.json.encode([session, items])
    first, second = items
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    for one in (*first.attachments, *second.tool_calls[0].attachments):
        assert (one.kind, one.media_type, one.size) == ("image", "image/png", len(data))
        assert one.sha256 == hashlib.sha256(data).hexdigest()
    assert (len(first.attachments), len(second.tool_calls[0].attachments)) == (1, 2)


def test_unknown_records_are_kept_and_counted(chats: Path) -> None:
    path = put(chats, MAIN, {"id": "a", "type": "hologram", "x": 1}, {"y": 2}, said("b", [{"smell": "roses"}, "hi"]))
    session, items = read(path)
    records = [one.record for one in items if isinstance(one, Message) and one.hidden == "unknown"]
    assert records == [{"id": "a", "type": "hologram", "x": 1}, {"y": 2}, [{"smell": "roses"}]]
    assert session.lines.unknown == {"hologram": 1, "record": 1}
