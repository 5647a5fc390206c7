"""Makes text of what a tool gave, of whatever shape: a string, blocks of the API or of MCP, or an object."""

from __future__ import annotations

import json
from typing import Any

from session_sync.transcripts.session import Attachment
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.claude.contents import documents

_DEEPEST = 16  # levels; what is below is given as JSON
# What blocks of a type say, in this order; all else in them is given as JSON if it is none of _ASIDE.
_SAID: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "web_search_result": ("title", "url", "page_age"),
    "web_fetch_result": ("url", "content"),
    "search_result": ("title", "source", "content"),
    "resource_link": ("title", "name", "uri", "description"),
    "tool_reference": ("tool_name",),
    "tool_search_tool_search_result": ("tool_references",),
    "advisor_result": ("text",),
    "code_execution_result": ("stdout", "stderr", "content"),
    "bash_code_execution_result": ("stdout", "stderr", "content"),
    "encrypted_code_execution_result": ("stderr", "content"),
    "code_execution_output": ("file_id",),
    "bash_code_execution_output": ("file_id",),
    "text_editor_code_execution_view_result": ("content",),
    "text_editor_code_execution_str_replace_result": ("lines",),
    "container_upload": ("file_id",),
}
_RESOURCE = ("uri", "text")  # within a "resource"
_ERROR = ("error_code", "error_message", "message")
_ASIDE = (
    {"type", "annotations", "cache_control", "caller", "citations", "encrypted_content", "encrypted_index", "_meta"}
    | {"encrypted_stdout", "file_type", "mime_type", "mimeType", "num_lines", "retrieved_at", "return_code", "size"}
    | {"is_file_update", "new_lines", "new_start", "old_lines", "old_start", "start_line", "total_lines"}
)
_SEALED = "encrypted_"  # the provider alone can read it


class Output:
    """Takes what a tool gave: `text`, the `attachments` in it, and whether it `is_error`."""

    def __init__(self, content: Any) -> None:
        self.attachments: list[Attachment] = []
        self.is_error = False
        self.text = content if isinstance(content, str) else self._text(content, 0)

    def add(self, content: Any) -> None:
        """Take what it gave besides."""
        self.text = _joined([self.text, self._text(content, 0)])

    def _text(self, value: Any, depth: int) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, list) and depth < _DEEPEST:
            return _joined(self._text(one, depth + 1) for one in value)
        if isinstance(value, dict) and depth < _DEEPEST:
            return self._block(value, depth)
        return self._json(value)

    def _block(self, block: dict[str, Any], depth: int) -> str:
        kind = shapes.text(block.get("type"))
        if kind in documents.KINDS:
            return self._document(block, kind, depth)
        if kind.endswith("_error") or isinstance(block.get("error_code"), str):
            self.is_error = True
            return self._fields(block, _ERROR, depth)
        if kind in _SAID:
            return self._fields(block, _SAID[kind], depth)
        resource = block if kind == "" and "uri" in block else block.get("resource")
        if isinstance(resource, dict):
            return self._resource(resource, depth)
        sealed = {name: one for name, one in block.items() if name.startswith(_SEALED)}
        if sealed and len(sealed) + 1 == len(block):
            return f"[{kind}]"
        return self._json({name: one for name, one in block.items() if name not in sealed})

    def _fields(self, block: dict[str, Any], names: tuple[str, ...], depth: int) -> str:
        """The fields `names` of a block, then what else is in it."""
        pieces = [self._text(block[name], depth + 1) for name in names if name in block]
        code = block.get("return_code")
        if isinstance(code, int) and code:
            self.is_error = True
            pieces.append(f"Exit code {code}")
        more = {name: one for name, one in block.items() if name not in names and name not in _ASIDE and one}
        if more:
            pieces.append(self._json(more))
        return _joined(pieces)

    def _resource(self, resource: dict[str, Any], depth: int) -> str:
        """A resource of MCP: its text, or bytes in base64."""
        blob = resource.get("blob")
        if not isinstance(blob, str):
            return self._fields(resource, _RESOURCE, depth)
        made = media.attachment(blob, shapes.text(resource.get("mimeType")), shapes.text(resource.get("name")))
        self.attachments.append(made)
        left = {name: one for name, one in resource.items() if name != "blob"}
        return self._fields(left, _RESOURCE, depth)

    def _document(self, block: dict[str, Any], kind: str, depth: int) -> str:
        """A picture or document: attached, and its words if it is a text."""
        name = next((text for key in ("title", "name", "filename") if (text := shapes.text(block.get(key)))), "")
        source = documents.source_of(block)
        self.attachments.append(documents.attachment(kind, name, source))
        return _joined([shapes.text(block.get("context")), self._text(documents.words(source), depth + 1)])

    def _json(self, value: Any) -> str:
        return json.dumps(documents.without_bytes(value, self.attachments), ensure_ascii=False)


def _joined(pieces: Any) -> str:
    return "\n".join(piece for piece in pieces if piece)
