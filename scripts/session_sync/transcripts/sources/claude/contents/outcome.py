"""What Claude Code notes of a tool's result beside the conversation: mostly what was said, but not all of it.

Most lines have such notes, and they may be as long as a file that was edited: only the short ones are looked at.
"""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import ToolOutput
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.claude.contents import documents
from session_sync.transcripts.sources.claude.contents.results import Output
from session_sync.transcripts.sources.claude.records import Notes

_LONGEST = 2000  # bytes of a note
_LONGEST_SAID = 64 << 10  # of one that is somebody's own words
_SAID = frozenset(
    ("annotations", "answers", "feedback", "plan", "sources", "stderr", "structuredContent", "userFeedback")
)
# Said by the call, the output or the session of a subagent; or what a file was.
_REPEATED = (
    {"agentId", "base64", "bashId", "command", "content", "description", "file", "filePath", "filenames", "isImage"}
    | {"matches", "newString", "newTodos", "noOutputExpected", "oldString", "oldTodos", "originalFile", "output"}
    | {"outputFile", "persistedOutputPath", "prompt", "query", "questions", "results", "stdout", "structuredPatch"}
    | {"type", "usage"}
)
_ALWAYS = frozenset(("annotations", "answers"))  # also where the output has them, as words in a sentence
_NOTHING = {b'""', b"false", b"null", b"0", b"[]", b"{}"}  # most notes are
_LONGEST_NOTHING = max(map(len, _NOTHING))
_OUTPUTS = ("structuredContent", "content", "stdout")
_STUB = "<persisted-output>"
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_value = msgspec.json.Decoder().decode
Members = dict[str, msgspec.Raw]


def agent_id(notes: Notes) -> str:
    """The id of the subagent that `notes` name; "" if they name none."""
    if not isinstance(notes, dict) or "agentId" not in notes:
        return ""
    return shapes.text(_decoded(notes["agentId"]))


def complete(said: ToolOutput, notes: Notes, meta: msgspec.Raw) -> None:
    """Add to what a tool `said` the client's `notes`, and of MCP's in `meta` what they do not have."""
    given = notes if isinstance(notes, dict) else {}
    if "structuredContent" not in given and _size(meta):
        given = given | {name: one for name, one in _members(meta).items() if name == "structuredContent"}
    if not said.output and not said.attachments:
        _fill(said, notes, given)
    found = _found(given, said.output)
    if isinstance(notes, str) and _is_new(notes, said.output):
        found["text"] = notes
    if found:
        said.result = {**(said.result or {}), **found}


def _members(raw: msgspec.Raw) -> Members:
    """The fields of the JSON object `raw`, none of them looked at; none if it is anything else."""
    try:
        return _decode_members(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _fill(said: ToolOutput, notes: Notes, given: Members) -> None:
    """Take the notes, of which `given` are the fields, for the output of a tool that said nothing to the model."""
    field = next((given[name] for name in _OUTPUTS if name in given), None)
    if field is not None:
        output = Output(_decoded(field))
    elif isinstance(notes, list):
        output = Output([_decoded(one) for one in notes])
    else:
        if "type" in given and _decoded(given["type"]) == "image":
            documents.without_bytes({name: _decoded(one) for name, one in given.items()}, said.attachments)
        return
    said.output, said.attachments = output.text, output.attachments


def _found(given: Members, output: str) -> dict[str, Any]:
    """What of the fields `given` says more than the `output`."""
    found: dict[str, Any] = {}
    for name, raw in given.items():
        if name in _REPEATED:
            continue
        size = len(memoryview(raw))
        if size <= _LONGEST_NOTHING and bytes(raw) in _NOTHING:
            continue
        if size <= (_LONGEST_SAID if name in _SAID else _LONGEST):
            value = _decoded(raw)
            if value and not (name not in _ALWAYS and shapes.says(output, value)):
                found[name] = documents.without_bytes(value, [])
    if found.get("userModified") is True:
        _add(found, "structuredPatch", given)  # what became of the edit: the call says only what the model wanted
        if found.get("structuredPatch") in (None, []):  # of a file that is new
            _add(found, "content", given)
    if output.startswith(_STUB):
        _add(found, "stdout", given)  # of an output whose file is gone
    return found


def _add(found: dict[str, Any], name: str, given: Members) -> None:
    """Add the field `name` if it is not too long."""
    if name in given and _size(given[name]) <= _LONGEST_SAID:
        found[name] = documents.without_bytes(_decoded(given[name]), [])


def _is_new(text: str, output: str) -> bool:
    """Whether a `text` is short, and not the `output` again."""
    is_short = len(text) < _LONGEST and len(msgspec.json.encode(text)) <= _LONGEST
    return is_short and text.removeprefix("Error: ").strip() not in output


def _decoded(raw: msgspec.Raw) -> Any:
    """The JSON value in `raw`; None if there is none that can be held."""
    try:
        return _value(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _size(raw: msgspec.Raw) -> int:
    return len(memoryview(raw))
