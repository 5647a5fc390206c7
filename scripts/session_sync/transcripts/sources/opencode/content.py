"""What the older and the newer messages of opencode have in common: files, tokens, errors, calls of tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, Message, Tokens, ToolCall, ToolStatus
from session_sync.transcripts.sources import media
from session_sync.transcripts.sources.shapes import JsonObject, count, mapping, sequence, text

STATUS: dict[str, ToolStatus] = {"completed": "ok", "error": "error"}
_STARTS_SESSION = ("task", "subagent")  # tools
_ABORTED = re.compile("abort|interrupt|cancel", re.IGNORECASE)
_REFUSAL = re.compile(r"rejected permission .{0,80}with the following feedback: (.+)", re.DOTALL)


def attachment(part: object) -> Attachment:
    """The file that a part, or what stands beside a prompt, tells."""
    of = mapping(part)
    media_type = text(of.get("mime"))
    url = text(of.get("url")) or text(of.get("uri"))
    name = text(of.get("filename")) or text(of.get("name"))
    if data := text(of.get("data")):
        one = media.attachment(data, media_type, name)
        one.url = text(mapping(of.get("source")).get("uri"))
        return one
    if not url.startswith("data:"):
        return Attachment(media.kind(media_type), name or url, media_type, url=url)
    found: list[Attachment] = []
    media.without_data(url, found)
    one = found[0] if found else Attachment(media.kind(media_type), size=len(url))
    one.name, one.media_type = name, media_type or one.media_type
    return one


def tokens(told: object) -> Tokens:
    """The provider's counts. Since there is a total, the output lacks what was reasoned."""
    of = mapping(told)
    cache = mapping(of.get("cache"))
    found = Tokens(count(of.get("input")), count(of.get("output")), count(cache.get("read")), count(cache.get("write")))
    found.reasoning = count(of.get("reasoning"))
    apart = found.input + found.output + found.cache_read + found.cache_write + found.reasoning
    if count(of.get("total")) >= apart:
        found.output += found.reasoning
    return found


def error(told: object, time: str, identity: str) -> Message | None:
    """What went wrong, as a message of the client's; None if nothing did."""
    if not told:
        return None
    of = mapping(told)
    name = text(of.get("name")) or text(of.get("type"))
    what = text(mapping(of.get("data")).get("message")) or text(of.get("message")) or text(told)
    said = media.without_data(": ".join(filter(None, [name, what])), [])
    return Message("system", time, identity, text=said, kind="interruption" if _ABORTED.search(name) else "notice")


def call(identity: str, name: str, state: JsonObject) -> ToolCall:
    """A call of the tool `name`, and what came of it."""
    found = [attachment(one) for one in sequence(state.get("attachments"))]
    status = STATUS.get(text(state.get("status")), "")
    made = ToolCall(identity, name)
    made.input = media.without_data(state.get("input"), found)
    made.output = media.without_data(_said(state, found), found)
    made.status = status or ("ok" if made.output else "")
    made.attachments = found
    if name in _STARTS_SESSION:
        noted = {**mapping(state.get("structured")), **mapping(state.get("metadata"))}
        made.session_id = text(noted.get("sessionID")) or text(noted.get("sessionId"))
    return made


def _said(state: JsonObject, found: list[Attachment]) -> str:
    """What the tool said: its error, its output, or what there was of it until it was stopped."""
    content = ""
    if "content" in state:
        parts = [mapping(one) for one in sequence(state["content"])]
        found.extend(attachment(one) for one in parts if one.get("type") == "file")
        content = "\n".join(filter(None, (text(one.get("text")) for one in parts)))
    told = state.get("error")
    failed = text(told) or text(mapping(told).get("message"))
    said = content or text(state.get("output")) or text(mapping(state.get("metadata")).get("output"))
    if not (said or failed) and (structure := mapping(state.get("structured"))):
        said = msgspec.json.encode(structure).decode()  # an MCP server may say nothing else
    if failed and said and failed not in said:
        return f"{said}\n{failed}"
    return failed or said


def words(made: ToolCall, state: JsonObject, time: str) -> Iterator[Message]:
    """What the person said to a call: why it must not run, or the answers to its questions."""
    said = ""
    if made.status == "error" and (found := _REFUSAL.search(made.output)):
        said = found[1].strip()
    elif made.name == "question":
        noted = {**mapping(state.get("structured")), **mapping(state.get("metadata"))}
        asked = [text(mapping(one).get("question")) for one in sequence(mapping(made.input).get("questions"))]
        answers = [_answer(one) for one in sequence(noted.get("answers"))]
        said = "\n".join(f"Q: {one}\nA: {two}" for one, two in zip(asked, answers, strict=False) if two)
    if said:
        yield Message("user", time, f"{made.id}:words", text=media.without_data(said, []), kind="words")


def _answer(told: Any) -> str:
    return ", ".join(filter(None, map(text, told))) if isinstance(told, list) else text(told)


def unknown(record: object, time: str, identity: str = "") -> Message:
    """A record of a type that we do not know."""
    found: list[Attachment] = []
    plain = media.without_data(record, found)
    return Message("record", time, identity, attachments=found, hidden="unknown", record=plain)


def command(identity: str, time: str, ran: str, output: str, ended: str = "") -> Iterator[Message]:
    """A command that the person ran, and what it said."""
    yield Message("user", time, identity, text=media.without_data(f"!{ran}", []), kind="command")
    if output:
        found: list[Attachment] = []
        said = media.without_data(output, found)
        yield Message("system", ended or time, f"{identity}:output", text=said, attachments=found, kind="output")
