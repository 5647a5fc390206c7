"""What Claude Code notes of a tool's result beside the conversation: mostly what was said, but not all of it.

Most lines have such notes, and they may be as long as a file that was edited: only the short ones are looked at.
"""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import ToolOutput
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.claude import documents
from session_sync.transcripts.sources.claude.results import Output

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
_OBJECT, _STRING, _ARRAY = b'{"['  # what begins with them
_OUTPUTS = ("structuredContent", "content", "stdout")
_STUB = "<persisted-output>"
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_value = msgspec.json.Decoder().decode
Members = dict[str, msgspec.Raw]


def members(raw: msgspec.Raw) -> Members:
    """The fields of the JSON object `raw`, none of them looked at; none if it is anything else."""
    if _first(raw) != _OBJECT:
        return {}
    try:
        return _members(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def text(given: Members, name: str) -> str:
    """The field `name` if it is a string."""
    value = _decoded(given[name]) if name in given else None
    return value if isinstance(value, str) else ""


def complete(said: ToolOutput, raw: msgspec.Raw, given: Members, meta: msgspec.Raw) -> None:
    """Add to what a tool `said` the notes in `raw`, of which `given` are the fields, and of MCP in `meta`."""
    if "structuredContent" not in given and _size(meta):
        given = given | {name: one for name, one in members(meta).items() if name == "structuredContent"}
    if not said.output and not said.attachments:
        _fill(said, raw, given)
    notes = _notes(given, said.output)
    if _first(raw) == _STRING and _size(raw) <= _LONGEST and (word := _word(raw, said.output)):
        notes["text"] = word
    if notes:
        said.result = {**(said.result or {}), **notes}


def _fill(said: ToolOutput, raw: msgspec.Raw, given: Members) -> None:
    """Take the notes for the output of a tool that said nothing to the model."""
    found = next((given[name] for name in _OUTPUTS if name in given), raw if _first(raw) == _ARRAY else None)
    if found is None and text(given, "type") == "image":
        documents.without_bytes(_decoded(raw), said.attachments)
    if found is not None:
        output = Output(_decoded(found))
        said.output, said.attachments = output.text, output.attachments


def _notes(given: Members, output: str) -> dict[str, Any]:
    """What of the fields `given` says more than the `output`."""
    found: dict[str, Any] = {}
    for name, raw in given.items():
        if name in _REPEATED:
            continue
        size = _size(raw)
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


def _word(raw: msgspec.Raw, output: str) -> str:
    """The text in `raw` if it is not the `output` again."""
    word = _decoded(raw)
    return word if isinstance(word, str) and word.removeprefix("Error: ").strip() not in output else ""


def _decoded(raw: msgspec.Raw) -> Any:
    """The JSON value in `raw`; None if there is none that can be held."""
    try:
        return _value(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _first(raw: msgspec.Raw) -> int | None:
    """The first byte, if there is one."""
    view = memoryview(raw)
    return view[0] if view else None


def _size(raw: msgspec.Raw) -> int:
    return len(memoryview(raw))
