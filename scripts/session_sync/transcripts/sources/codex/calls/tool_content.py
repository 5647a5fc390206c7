"""What a tool answered, as text: the parts of a content, also those of MCP, and a structure beside them."""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.codex.texts.content import others_of, texts_of

_LINK = ("title", "name", "uri", "description")
_STRUCTURES = ("structuredContent", "structured_content")


def content_of(result: Any) -> Any:
    """The content of what an MCP server answered: `{"Ok": {"content": [...]}}` or without the Ok."""
    result = _unwrapped(result)
    return result.get("content") if isinstance(result, dict) else result


def answered(content: Any, found: list[Attachment]) -> str:
    """The text in a `content`; the pictures and whatever else is in it go into `found`."""
    parts = content if isinstance(content, list) else [content]
    if not any(isinstance(part, dict) and _is_resource(part) for part in parts):
        found += others_of(content)
        return "\n".join(texts_of(content))
    return "\n".join(filter(None, (_part(part, found) for part in parts)))


def structure_of(result: Any, text: str) -> str:
    """What a server gave as a structure, as JSON; "" if there is none, or the `text` beside it says the same."""
    fields = shapes.mapping(_unwrapped(result))
    given = next((fields[name] for name in _STRUCTURES if fields.get(name)), None)
    return "" if given is None or shapes.says(text, given) else msgspec.json.encode(given).decode()


def _unwrapped(result: Any) -> Any:
    return (result.get("Ok") or result.get("Err") or result) if isinstance(result, dict) else result


def _is_resource(part: dict[str, Any]) -> bool:
    return part.get("type") in ("resource", "resource_link")


def _part(part: Any, found: list[Attachment]) -> str:
    if not isinstance(part, dict) or not _is_resource(part):
        found += others_of(part)
        return "\n".join(texts_of(part))
    if part["type"] == "resource_link":
        return "\n".join(filter(None, (shapes.text(part.get(name)) for name in _LINK)))
    resource = shapes.mapping(part.get("resource")) or part
    if isinstance(resource.get("blob"), str):
        found.append(media.attachment(resource["blob"], shapes.text(resource.get("mimeType"))))
    return "\n".join(filter(None, (shapes.text(resource.get(name)) for name in ("uri", "text"))))
