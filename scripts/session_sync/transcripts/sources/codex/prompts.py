"""Tells what a person wrote from what Codex put in their name: both are records of the same kind."""

from __future__ import annotations

from typing import Any

from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex.content import is_tag, text_of
from session_sync.transcripts.sources.codex.records import Item

_INJECTED = (  # what Codex itself says in the user's name, before `content_item_kinds` told
    *("<environment_context>", "<user_instructions>", "<INSTRUCTIONS>", "# AGENTS.md instructions", "<skill>"),
    *("<subagent_notification>", "<turn_aborted>", "<user_shell_command>", "<hook_prompt", "<user_action>"),
)


def parted(item: Item) -> tuple[str, str]:
    """What a person wrote in a record, and what was put in their name: one record may hold both."""
    parts = item.content if isinstance(item.content, list) else [item.content]
    kinds = shapes.sequence(shapes.mapping(item.passthrough).get("content_item_kinds"))
    named = kinds if len(kinds) == len(parts) else [None] * len(parts)
    own: list[str] = []
    injected: list[str] = []
    for part, kind in zip(parts, named, strict=True):
        text = text_of(part)
        if text.strip() and not is_tag(text):
            (injected if _is_injected(text, kind) else own).append(text)
    return "".join(own), "\n\n".join(injected)


def _is_injected(text: str, kind: Any) -> bool:
    if isinstance(kind, str) and kind != "unknown":
        return not kind.startswith("user.")
    return text.lstrip().startswith(_INJECTED)
