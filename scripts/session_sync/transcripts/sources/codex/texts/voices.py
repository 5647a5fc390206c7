"""Who speaks in a text that a rollout has in the person's name: the person, the client, a hook, or another agent."""

from __future__ import annotations

import html
import re
from typing import Any, NamedTuple

import msgspec

from session_sync.transcripts.session import Kind
from session_sync.transcripts.sources import shapes

_INJECTED = (  # what Codex itself says in the user's name, before `content_item_kinds` told
    *("<environment_context>", "<user_instructions>", "<INSTRUCTIONS>", "# AGENTS.md instructions", "<skill>"),
    *("<subagent_notification>", "<turn_aborted>", "<user_shell_command>", "<hook_prompt", "<user_action>"),
    "Another language model started to solve this problem",
)
_REQUEST = "## My request for Codex:"
_LONGEST = 1 << 16  # characters in which the working directory is looked for
_ENVIRONMENT = "<environment_context>"
_CWD = re.compile(r"<cwd>([^<]{1,4096})</cwd>|^[ \t]{0,20}Current working directory:([^\n]{1,4096})", re.MULTILINE)
_BESIDES = re.compile(r"<(turn_id|reason)>[^<]{0,4096}</\1>")
_TAG = re.compile(r"</?[a-z_]{1,40}(?: [^<>]{0,1024})?>")
_object = msgspec.json.Decoder(dict[str, Any]).decode


class Aside(NamedTuple):
    """What is in the person's name and no prompt; of the kind "" if the client put it in for the model alone."""

    kind: Kind
    text: str
    sender: str = ""
    output: str = ""  # of a command
    twin: str = ""  # what both channels have of it, if their texts differ


def is_injected(text: str) -> bool:
    """Whether `text` begins as what the client says in the person's name."""
    return (text.lstrip() if text[:1].isspace() else text).startswith(_INJECTED)


def aside(text: str) -> Aside:
    """What `text`, which is no prompt, is."""
    plain = text.strip()
    if plain.startswith("<user_shell_command>"):
        return _command(plain) or Aside("", text)
    if plain.startswith("<turn_aborted>"):
        return Aside("interruption", _TAG.sub("", _BESIDES.sub("", plain)).strip(), twin="interruption")
    if plain.startswith("<subagent_notification>"):
        return _notification(_between(plain, ">", "</").strip())
    if plain.startswith("<hook_prompt"):
        return Aside("hook", html.unescape(_between(plain, ">", "</")).strip())
    return Aside("", text)


def request(text: str) -> tuple[str, str]:
    """What an editor put before a prompt, and the prompt."""
    if text.startswith(_REQUEST):
        return "", text.removeprefix(_REQUEST).strip()
    start = text.find("\n" + _REQUEST) if text.startswith(("# ", "\n# ")) else -1
    if start < 0:
        return "", text
    return text[:start].strip(), text[start + 1 + len(_REQUEST) :].strip()


def cwd_in(text: str) -> str:
    """The working directory that the client tells the model; "" if `text` tells none."""
    found = _CWD.search(text, 0, _LONGEST) if text.lstrip().startswith(_ENVIRONMENT) else None
    return (found[1] or found[2]).strip() if found else ""


def letter(content: str, sender: Any) -> Aside:
    """What an agent told another one, without the head that Codex puts before it for the model."""
    head, mark, rest = content.partition("\nPayload:\n")
    return Aside("agent", rest if mark and head.startswith("Message Type:") else content, shapes.text(sender))


def letter_in(text: str) -> Aside | None:
    """The letter that is in an answer of the model as JSON, as the first versions with several agents kept it."""
    if not text.startswith('{"author":'):
        return None
    try:
        found = _object(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    is_letter = isinstance(found.get("recipient"), str) and isinstance(found.get("content"), str)
    return letter(found["content"], found["author"]) if is_letter else None


def _command(text: str) -> Aside | None:
    command, result = _between(text, "<command>", "</command>"), _between(text, "<result>", "</result>")
    if not command:
        return None
    head, mark, output = result.partition("Output:\n")
    code = re.search(r"Exit code: (-?[0-9]{1,10})", head) if mark else None
    output = output if mark else result
    failed = f"Exit code: {code[1]}\n" if code and code[1] != "0" else ""
    return Aside("command", command, output=failed + output)


def _between(text: str, begin: str, end: str) -> str:
    """What is in `text` between the first `begin` and the last `end`, without the breaks of line next to them."""
    start, stop = text.find(begin), text.rfind(end)
    return text[start + len(begin) : stop].strip("\n") if 0 <= start < stop else ""


def _notification(text: str) -> Aside:
    """What the client tells an agent of one that it started."""
    try:
        found = _object(text)
    except (msgspec.DecodeError, RecursionError):
        return Aside("agent", text)
    names = ("agent_nickname", "agent_path", "agent_id")
    sender = next((name for one in names if (name := shapes.text(found.get(one)))), "")
    status = found.get("status")
    if isinstance(status, dict):
        told = [f"{name}: {value}" if name != "completed" else value for name, value in status.items()]
        return Aside("agent", "\n\n".join(one for one in told if isinstance(one, str)) or text, sender)
    return Aside("agent", status if isinstance(status, str) else text, sender)
