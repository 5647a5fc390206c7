"""Takes pictures and files out of JSON: their type, size and SHA-256 go into a session, and the bytes of pictures."""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import Any, Literal

import msgspec

from session_sync.text.lines import counted
from session_sync.transcripts import picture
from session_sync.transcripts.session import Attachment

_URL = re.compile(r"data:([^,;\s\"']{0,200})(?:;[^,;\s\"']{1,100}){0,8};base64,([A-Za-z0-9+/_=%-]*)")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s=-]{16,}")
_CUT = " bytes cut]"  # the end of a value of which `long_lines` left something out
_TYPES = ("mimeType", "mime_type", "media_type", "mediaType", "mime")
_UNTOLD = ("", "application/octet-stream")
_DEEPEST = 64  # levels of JSON that stay JSON; what is below becomes text
_STANDARD = str.maketrans("-_", "+/", " \t\r\n=")


def attachment(data: str, media_type: str, name: str = "") -> Attachment:
    """What a session keeps of the base64 in `data`."""
    if data.endswith(_CUT):  # what is left of it tells nothing of the whole
        return Attachment(kind(media_type), name, media_type)
    return _of_bytes(_decoded(data), media_type, name)


def kind(media_type: str) -> Literal["image", "file"]:
    """The kind of attachment that a media type makes."""
    return "image" if media_type.startswith("image/") else "file"


def without_data(value: Any, found: list[Attachment], level: int = 0) -> Any:
    """`value`, any JSON, with a few words instead of each base64 in it; what was there is added to `found`."""
    if isinstance(value, str):
        return _without_urls(value, found)
    if not isinstance(value, (dict, list)):
        return value
    if level >= _DEEPEST:
        return _without_urls(_as_text(value), found)
    if isinstance(value, list):
        return [without_data(one, found, level + 1) for one in value]
    if "data" in value:
        value = _without_inline(value, found)
    return {_without_urls(key, found): without_data(one, found, level + 1) for key, one in value.items()}


def _without_urls(text: str, found: list[Attachment]) -> str:
    if ";" not in text or ";base64," not in text:  # to look for one character costs next to nothing
        return text

    def taken(match: re.Match[str]) -> str:
        found.append(attachment(match[2].replace("%3D", "=").replace("%2B", "+").replace("%2F", "/"), match[1]))
        return words(found[-1])

    return _URL.sub(taken, text)


def _without_inline(value: dict[str, Any], found: list[Attachment]) -> dict[str, Any]:
    """`value` without the base64 under "data" if it says beside it of which media type that is."""
    data = value.get("data")
    if not isinstance(data, str) or data.startswith("data:") or not _BASE64.fullmatch(data):
        return value
    media_type = next((value[key] for key in _TYPES if isinstance(value.get(key), str)), None)
    if media_type is None:
        return value
    found.append(attachment(data, media_type))
    return {**value, "data": words(found[-1])}


def words(one: Attachment) -> str:
    """What stands in a text instead of the bytes."""
    return f"[{one.media_type or 'file'}, {counted(one.size, 'byte', ',')}]"


def _of_bytes(content: bytes, media_type: str, name: str) -> Attachment:
    made = Attachment(kind(media_type), name, media_type, len(content), hashlib.sha256(content).hexdigest())
    if (made.kind == "image" or media_type in _UNTOLD) and picture.suffix_of(content):
        made.kind = "image"
        made.content = content if len(content) <= picture.LARGEST else b""
    return made


def _decoded(data: str) -> bytes:
    """The bytes that base64 in any dialect stands for; a last character that stands for none is left off."""
    plain = data.translate(_STANDARD)
    plain = plain[:-1] if len(plain) % 4 == 1 else plain
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""


def _as_text(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (RecursionError, ValueError, TypeError):
        return "[nested too deep]"
