"""Tells what Claude Code put beside a prompt: files that were named with @, what an editor showed, reminders."""

from __future__ import annotations

import json
from typing import Any

from session_sync.transcripts.session import Attachment
from session_sync.transcripts.sources import media, shapes

_PATHS = ("filename", "path", "displayPath", "planFilePath")
_BODIES = ("content", "snippet", "text", "banner", "planContent")
_MEDIA_TYPES = {"image": "image/png", "pdf": "application/pdf"}  # of bytes that do not tell theirs
_DEEPEST = 8


class Context:
    """What the record `whole` of an attachment told the model: `text`, and the `attachments` in it."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.attachments: list[Attachment] = []
        told = [shapes.text(shapes.mapping(one).get("content")) for one in shapes.sequence(whole.get("rendered"))]
        attached = self._without_bytes(whole.get("attachment"), "", _DEEPEST)
        self.text = "\n\n".join(filter(None, told)) or _file(shapes.mapping(attached)) or self._json(attached)

    def _json(self, value: Any) -> str:
        return json.dumps(media.without_data(value, self.attachments), ensure_ascii=False)

    def _without_bytes(self, value: Any, kind: str, depth: int) -> Any:
        """`value` without base64 that is called so, which becomes an attachment; `kind` says what is around it."""
        if isinstance(value, list) and depth:
            return [self._without_bytes(one, kind, depth - 1) for one in value]
        if not isinstance(value, dict) or not depth:
            return value
        kind = shapes.text(value.get("type")) or kind
        data = value.get("base64")
        if isinstance(data, str):
            media_type = kind if "/" in kind else _MEDIA_TYPES.get(kind, "")
            self.attachments.append(media.attachment(data, media_type, shapes.text(value.get("filePath"))))
            value = {name: one for name, one in value.items() if name != "base64"}
        return {name: self._without_bytes(one, kind, depth - 1) for name, one in value.items()}


def _file(attached: dict[str, Any]) -> str:
    """A file, folder or part of one: where it is, then its text; "" if it is nothing like that."""
    path = next((text for name in _PATHS if (text := shapes.text(attached.get(name)))), "")
    body = next((text for name in _BODIES if (text := _body(attached.get(name)))), "")
    if not path or not body:
        return ""
    first, last = (shapes.count(attached.get(name)) for name in ("lineStart", "lineEnd"))
    return f"{path}{f':{first}-{last}' if last else ''}\n\n{body}"


def _body(content: Any) -> str:
    """The text of a file: it may be in an object, and in one in that."""
    for _ in range(3):
        if not isinstance(content, dict):
            break
        content = content.get("file", content.get("content"))
    return shapes.text(content)
