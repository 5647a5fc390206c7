"""Pictures and documents in Claude Code's transcripts: their bytes, a link, the id of an upload, or plain text."""

from __future__ import annotations

from typing import Any

from session_sync.transcripts.session import Attachment
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.claude.records import Media

KINDS = frozenset(("image", "document", "audio", "video", "file"))  # types of blocks
_LONGEST_URL = 4096  # characters
_MEDIA_TYPES = {"image": "image/png", "pdf": "application/pdf"}  # of bytes that do not tell theirs
_BYTES = ("base64", "blob")  # fields that hold nothing else
_DEEPEST = 32


def attachment(kind: str, name: str, source: Media | None) -> Attachment:
    """What a session keeps of a block of the type `kind`; the words of a text are not in it (`words` has them)."""
    found = Attachment("image" if kind == "image" else "file", name)
    if source is None:
        return found
    if source.type == "text":
        found.media_type, found.size = source.media_type, len(source.data.encode())
    elif source.data:
        made = media.attachment(source.data, source.media_type, name)
        made.kind = "image" if kind == "image" else made.kind
        return made
    elif source.url.startswith("data:"):
        inline: list[Attachment] = []
        media.without_data(source.url, inline)
        found = inline[0] if inline else found
        found.name = name
    else:
        found.media_type, found.url = source.media_type, shapes.cut(source.url, _LONGEST_URL)
        found.name = name or source.file_id
    return found


def words(source: Media | None) -> Any:
    """What a document says as text, any JSON; None for one that is no text."""
    if source is None:
        return None
    return source.data if source.type == "text" else source.content


def source_of(block: dict[str, Any]) -> Media:
    """Where the bytes of a picture or document are, in the form of the API or of MCP."""
    given = shapes.mapping(block.get("source")) or block
    names = ("type", "media_type", "data", "url", "file_id")
    source = Media(**{name: shapes.text(given.get(name)) for name in names})
    source.media_type = source.media_type or shapes.text(given.get("mimeType"))
    source.content = given.get("content")
    return source


def without_bytes(value: Any, found: list[Attachment]) -> Any:
    """`value`, any JSON, without base64; what that was is added to `found`."""
    return media.without_data(_without_fields(value, found, "", _DEEPEST), found)


def _without_fields(value: Any, found: list[Attachment], kind: str, depth: int) -> Any:
    """`value` without the fields that are called base64 or blob; `kind` is the type of what is around it."""
    if isinstance(value, list) and depth:
        return [_without_fields(one, found, kind, depth - 1) for one in value]
    if not isinstance(value, dict) or not depth:
        return value
    kind = shapes.text(value.get("mimeType")) or shapes.text(value.get("type")) or kind
    data = {name: value[name] for name in _BYTES if isinstance(value.get(name), str)}
    for one in data.values():
        media_type = kind if "/" in kind else _MEDIA_TYPES.get(kind, "")
        found.append(media.attachment(one, media_type, shapes.text(value.get("filePath"))))
    return {name: _without_fields(one, found, kind, depth - 1) for name, one in value.items() if name not in data}
