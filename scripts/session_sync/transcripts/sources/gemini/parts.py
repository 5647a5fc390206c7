"""The parts that the content of a message of Gemini CLI consists of, and the texts in them."""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, Tokens
from session_sync.transcripts.sources import media
from session_sync.transcripts.sources.shapes import JsonObject, count, mapping, text


class Content:
    """A message's content, a text or parts of several kinds, sorted by kind."""

    def __init__(self, content: object) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.calls: list[JsonObject] = []
        self.answers: list[JsonObject] = []
        self.attachments: list[Attachment] = []
        self.unknown: list[Any] = []
        for part in content if isinstance(content, list) else [content]:
            self._add(part)

    def _add(self, part: object) -> None:
        if isinstance(part, str):
            self.texts.append(part)
        elif not isinstance(part, dict):
            if part is not None:
                self.unknown.append(part)
        elif isinstance(part.get("text"), str):
            (self.thoughts if part.get("thought") is True else self.texts).append(part["text"])
        elif isinstance(part.get("functionCall"), dict):
            self.calls.append(part["functionCall"])
        elif isinstance(part.get("functionResponse"), dict):
            self.answers.append(part["functionResponse"])
        elif isinstance(part.get("inlineData"), dict):
            media.without_data(part["inlineData"], self.attachments)
        elif isinstance(part.get("fileData"), dict):
            uri, media_type = text(part["fileData"].get("fileUri")), text(part["fileData"].get("mimeType"))
            self.attachments.append(Attachment(media.kind(media_type), uri, media_type, url=uri))
        else:
            self.unknown.append(part)


def thought(told: object) -> str:
    """A thought of the model's with its subject."""
    subject, description = text(mapping(told).get("subject")), text(mapping(told).get("description"))
    return f"**{subject}** {description}".strip() if subject else description or text(told)


def output(result: object, found: list[Attachment]) -> str:
    """What a tool said, out of the parts that the model gets; its pictures are added to `found`."""
    texts: list[str] = []
    for part in result if isinstance(result, list) else [result]:
        answer = mapping(mapping(part).get("functionResponse"))
        response = answer.get("response")
        if answer:
            said = next((mapping(response)[key] for key in ("output", "error") if key in mapping(response)), response)
            texts.append(_as_text(media.without_data(said, found)))
            media.without_data(answer.get("parts"), found)
        elif isinstance(mapping(part).get("text"), str):
            texts.append(media.without_data(mapping(part)["text"], found))
        else:
            texts.append(_as_text(media.without_data(part, found)))
    return "\n".join(filter(None, texts))


def display(shown: object, found: list[Attachment]) -> str:
    """What the client showed of a tool's result: a text, a diff or anything else."""
    diff = mapping(shown).get("fileDiff")
    return _as_text(media.without_data(diff if isinstance(diff, str) else shown, found))


def tokens(told: object) -> Tokens:
    """The provider's counts: what it calls input includes the cached, and its output lacks the thoughts."""
    of = mapping(told)
    cached, thoughts = count(of.get("cached")), count(of.get("thoughts"))
    return Tokens(
        input=max(0, count(of.get("input")) - cached) + count(of.get("tool")),
        output=count(of.get("output")) + thoughts,
        cache_read=cached,
        reasoning=thoughts,
    )


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode()
