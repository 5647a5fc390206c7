"""`logs.json` of Gemini CLI: what the person typed in all sessions of a project, whatever else is left of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from session_sync.text.lines import counted
from session_sync.transcripts.session import Raw, Session
from session_sync.transcripts.sources.gemini import document
from session_sync.transcripts.sources.shapes import JsonObject, moment, path_text, read_object, text

_NAME = re.compile(r"logs\.json(?:\.\w{1,40}\.\d{1,20}\.bak)?")  # the latter when the client found it damaged
_ENTRY = re.compile(r"\{\s*\"(?:sessionId|messageId|type|message|timestamp)\"")
_LONGEST_ID = 128  # characters
_EMPTY = (b"", b"[]", b"{}", b"null")
_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Prompt(NamedTuple):
    """An entry of the log; `type` is "user" for what the person typed."""

    session_id: str
    id: str
    time: str
    text: str
    type: str = "user"


def is_log(name: str) -> bool:
    """Whether a file of this name is such a log, or one that was put aside."""
    return bool(_NAME.fullmatch(name))


class PromptLog(NamedTuple):
    """What the files of a log hold: `prompts`, each once, what (file, reason) is not understood, and the files."""

    prompts: list[Prompt]
    problems: list[tuple[Path, str]]
    raw: list[Raw]


def read(paths: Iterable[Path]) -> PromptLog:
    """The log in the files at `paths`. Raises OSError."""
    found: dict[Prompt, None] = {}
    log = PromptLog([], [], [])
    for path in paths:
        name = path_text(path.name)
        data, raw = document.whole(path, name)
        log.raw.append(raw)
        entries = _split(data)
        prompts = [_prompt(read_object(one, 0, name, Session("", ""))) for one in entries]
        found.update(dict.fromkeys(filter(None, prompts)))
        if odd := prompts.count(None):
            log.problems.append((path, f"{counted(odd, 'prompt')} not understood"))
        elif not entries and data.strip(b"\0 \t\r\n") not in _EMPTY:
            log.problems.append((path, "nothing in it is understood"))
    log.prompts.extend(found)
    return log


def fingerprint(prompts: Iterable[Prompt]) -> str:
    """What differs whenever the prompts do."""
    return hashlib.sha256("\0".join(field for one in prompts for field in one).encode("utf-8", "replace")).hexdigest()


def origin(prompts: Iterable[Prompt], tag: str, said: Iterable[str]) -> str:
    """The session that was saved under `tag`, in which the person `said` this; "" if the log does not tell."""
    saving = re.compile(rf"/(?:chat|resume)\s+save\s+{re.escape(tag)}\s*")
    saved = typed = ""
    for one in prompts:
        saved = one.session_id if saving.fullmatch(one.text) else saved
        typed = one.session_id if one.text in said else typed
    return saved or typed


def _split(data: bytes) -> list[bytes]:
    try:
        return [bytes(one) for one in _entries(data)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [*document.mended(data, _ENTRY)]


def _prompt(entry: JsonObject | None) -> Prompt | None:
    entry = entry or {}
    identity, said = text(entry.get("sessionId")), entry.get("message")
    if not (0 < len(identity) <= _LONGEST_ID and identity.isprintable() and isinstance(said, str)):
        return None
    time, number = moment(entry.get("timestamp")), entry.get("messageId")
    own = f"{number if isinstance(number, int | str) else ''}@{time}"  # it begins anew after a damage
    return Prompt(identity, own, time, said, text(entry.get("type")))
