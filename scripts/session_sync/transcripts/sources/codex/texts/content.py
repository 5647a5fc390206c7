"""What stands in the content of Codex's records: texts, a person's own or put in their name, and pictures."""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.codex.format.records import Item
from session_sync.transcripts.sources.codex.texts import voices
from session_sync.transcripts.sources.codex.texts.voices import Aside

_LONGEST_TAG = 1024  # characters, also of `<image name=[Image #1] path="...">`, which Codex puts around pictures
_LONGEST_URL = 4096


def text_of(value: Any) -> str:
    """The text in `value`, a string or a part of a content."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        text = value.get("text")
        return text if isinstance(text, str) else ""
    return ""


def texts_of(value: Any) -> list[str]:
    """The texts in `value`, a list of parts or one of them, without empty ones."""
    if not value:
        return []
    if isinstance(value, str):
        return [] if value.isspace() else [value]
    parts = value if isinstance(value, list) else [value]
    return [text for part in parts if (text := text_of(part)) and not text.isspace()]


def others_of(value: Any) -> list[Attachment]:
    """What a content holds besides texts: pictures, and whatever may come to be."""
    if not value or isinstance(value, str):
        return []
    found: list[Attachment] = []
    for part in value if isinstance(value, list) else [value]:
        if part and not isinstance(part, str):
            found += _others(part)
    return found


def parted(item: Item) -> tuple[str, list[Aside]]:
    """What a person wrote in a record, and what was put in their name: one record may hold both."""
    parts = item.content if isinstance(item.content, list) else [item.content]
    kinds = shapes.sequence(shapes.mapping(item.passthrough).get("content_item_kinds"))
    named = kinds if len(kinds) == len(parts) else [None] * len(parts)
    own: list[str] = []
    asides: list[Aside] = []
    for part, kind in zip(parts, named, strict=True):
        text = text_of(part)
        if not text.strip() or _is_tag(text):
            continue
        if _is_injected(text, kind):
            asides.append(voices.aside(text))
        else:
            own.append(text)
    return "".join(own), asides


def linked(url: str) -> Attachment:
    """The picture at `url`: its bytes are counted and hashed if it is a `data:` URL."""
    found: list[Attachment] = []
    media.without_data(url, found)
    if found:
        return found[0]
    if "://" in url:
        return Attachment("image", url=shapes.cut(url, _LONGEST_URL))
    return Attachment("image", name=shapes.cut(url, _LONGEST_TAG))


def _others(part: Any) -> list[Attachment]:
    fields = part if isinstance(part, dict) else {}
    if isinstance(fields.get("text"), str) or "encrypted_content" in fields:
        return []
    url = fields.get("image_url")
    url = shapes.text(shapes.mapping(url).get("url")) or shapes.text(url)
    if url:
        return [linked(url)]
    if "image" in shapes.text(fields.get("type")) and isinstance(fields.get("path"), str):
        return [Attachment("image", name=fields["path"])]
    found: list[Attachment] = []
    rest = media.without_data(part, found)
    return found or [Attachment("file", name=shapes.cut(msgspec.json.encode(rest).decode(), _LONGEST_TAG))]


def _is_tag(text: str) -> bool:
    """Whether `text` is what Codex writes before or behind a picture for the model."""
    return text == "</image>" or (text.startswith("<image") and text.endswith(">") and len(text) < _LONGEST_TAG)


def _is_injected(text: str, kind: Any) -> bool:
    if isinstance(kind, str) and kind != "unknown":
        return not kind.startswith("user.")
    return voices.is_injected(text)
