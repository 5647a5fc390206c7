"""Tells what Claude Code put beside a prompt: files that were named with @, what an editor showed, reminders."""

from __future__ import annotations

import json
from typing import Any

from session_sync.transcripts.session import Attachment
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.claude.contents import documents

_PATHS = ("filename", "path", "displayPath", "planFilePath")
_BODIES = ("content", "snippet", "text", "banner", "planContent")


class Context:
    """What the record `whole` of an attachment told the model: `text`, and the `attachments` in it."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.attachments: list[Attachment] = []
        told = [shapes.text(shapes.mapping(one).get("content")) for one in shapes.sequence(whole.get("rendered"))]
        attached = documents.without_bytes(whole.get("attachment"), self.attachments)
        self.text = (
            "\n\n".join(filter(None, told))
            or _file(shapes.mapping(attached))
            or json.dumps(attached, ensure_ascii=False)
        )


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
