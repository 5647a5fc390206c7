"""A conversation as Gemini CLI saves it on demand, `checkpoint-<tag>.json`: what the model was sent, without times."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

import msgspec

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources.gemini import document
from session_sync.transcripts.sources.gemini.parts import Content
from session_sync.transcripts.sources.gemini.prompt_log import Prompt
from session_sync.transcripts.sources.shapes import JsonObject, counted_name, mapping, path_text, read_object, text

_TYPES = {"user": "user", "function": "user", "model": "gemini"}  # by the role
_CONTENT = re.compile(r"\{\s*\"(?:role|parts)\"")
_DIRECTORY = re.compile(r"working in the (?:directory:|following directories:\s*-)\s*(\S[^\n]*)")
_history = msgspec.json.Decoder(list[msgspec.Raw]).decode
_whole = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_UNTAGGED = "checkpoint.json"  # of the first versions, which had one for a project


def is_checkpoint(name: str) -> bool:
    """Whether a file of this name is one."""
    return name == _UNTAGGED or (name.startswith("checkpoint-") and name.endswith(".json"))


def tag(name: str) -> str:
    """The tag that the person gave to the checkpoint in a file of this name; "" if they gave none."""
    own = "" if name == _UNTAGGED else name.removeprefix("checkpoint-").removesuffix(".json")
    return unquote(own, errors="replace")


class Checkpoint:
    """The checkpoint at `path`. Iterate over it once to get its records, as a log of the same conversation has them.

    Each of them is counted in `session` like a line, and so is what stands around them. Raises OSError.
    """

    def __init__(self, path: Path, session: Session) -> None:
        self._name = path_text(path.name)
        self._session = session
        data, raw = document.whole(path, self._name)
        session.raw.append(raw)
        self._records = [*self._read(data)]
        self._times: dict[str, str] = {}
        first = "".join(Content(self._records[0].get("content")).texts) if self._records else ""
        found = _DIRECTORY.search(first)
        self.directory = found[1].strip() if found else ""  # that the client told the model

    def prompts(self) -> list[str]:
        """What was sent in the person's name."""
        users = [one for one in self._records if one.get("type") == "user"]
        return [said for one in users if (said := "".join(Content(one["content"]).texts))]

    def date(self, prompts: Iterable[Prompt]) -> None:
        """Learn the times of the prompts from the client's log of them."""
        self._times = {one.text: one.time for one in prompts}

    def __iter__(self) -> Iterator[tuple[JsonObject, bool]]:
        waiting: dict[str, deque[str]] = {}
        for number, record in enumerate(self._records):
            content = record.get("content")
            for index, part in enumerate(content if isinstance(content, list) else []):
                _give_id(mapping(part), f"{number}.{index}", waiting)
            if time := self._times.get("".join(Content(content).texts)):
                record["timestamp"] = time
            yield record, False

    def _read(self, data: bytes) -> Iterator[JsonObject]:
        for number, one in enumerate(self._contents(data), 1):
            found = read_object(one, number, self._name, self._session)
            if found is None:
                continue
            kind = _TYPES.get(text(found.get("role")), "")
            self._session.keep(unknown="" if kind else counted_name(found.get("role"), "content"))
            yield {"type": kind, "content": found.get("parts")} if kind else found

    def _contents(self, data: bytes) -> Iterable[bytes]:
        try:
            if data.lstrip()[:1] == b"[":
                return [bytes(one) for one in _history(data)]
            found = [bytes(one) for one in _history(_whole(data)["history"])]
            self._session.keep()
            return found
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
            found = [*document.mended(data, _CONTENT)]
            reason = "damaged, its messages mended" if found else "no checkpoint"
            self._session.drop(reason)
            self._session.name_problem(0, reason, self._name)
            return found


def _give_id(part: JsonObject, identity: str, waiting: dict[str, deque[str]]) -> None:
    """Give a call that has no id one, and the answer to it, which is the next one of the same tool, the same."""
    call, answer = mapping(part.get("functionCall")), mapping(part.get("functionResponse"))
    if call and not text(call.get("id")):
        call["id"] = identity
        waiting.setdefault(text(call.get("name")), deque()).append(identity)
    elif answer and not text(answer.get("id")) and (known := waiting.get(text(answer.get("name")))):
        answer["id"] = known.popleft()
