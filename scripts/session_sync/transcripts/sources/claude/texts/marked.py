"""What is said in the elements that clients mark up others' words with: commands, their output, agents, editors."""

from __future__ import annotations

from session_sync.transcripts.sources.claude.texts.elements import Element, attributes, children, element_at
from session_sync.transcripts.sources.claude.texts.said import Said

REMINDER = "system-reminder"
_COMMAND_PARTS = frozenset(("command-name", "command-message", "command-args", "command-contents", "skill-format"))
_OUTPUTS = frozenset(("bash-stdout", "bash-stderr", "local-command-stdout", "local-command-stderr"))
_NO_OUTPUT = frozenset(("", "(no content)", "(No content)", "(no output)"))
_SHELL = "bash-input"
_TYPED = {_SHELL: "!", "user-memory-input": "#"}  # what the person typed before it
_NOTIFICATION = "-notification"  # end of the names of those that tell what became of a task or an agent
_AGENTS = frozenset((
    *("teammate-message", "agent-message", "subagent-message", "cross-session-message", "peer-message"),
    *("channel", "channel-message", "slack-ping", "slack-tag-message", "coordinator-relay", "voice-call-talk"),
    *("scheduled-task", "remote-trigger", "mcp-resource-update", "mcp-polling-update"),
    *("webhook-payload", "github-webhook-activity"),
))  # fmt: skip
_CONTEXT = frozenset(("new-diagnostics", "terminal", "browser", "browser_instruction", "untrusted-widget-state"))
_INJECTED = frozenset((REMINDER, "system_reminder", "fork-boilerplate", "tick"))
_CAVEAT = "local-command-caveat"
_SENDERS = ("teammate_id", "from-name", "from_name", "name", "from", "agent", "agent_id", "server", "source")
_FIRST, _LAST = ("summary", "event"), "result"  # parts of a notification


def is_context(name: str) -> bool:
    """Whether an element of this name holds what an editor showed."""
    return name in _CONTEXT or name.startswith("ide_")


def command(text: str, start: int, end: int) -> tuple[int, Said] | None:
    """The slash command at `start` of a text as it was typed, and where it ends; None if there is none."""
    parts: dict[str, str] = {}
    while (found := element_at(text, start, end)) and found.name in _COMMAND_PARTS:
        parts.setdefault(found.name, found.body.strip())
        start = found.end
        while start < end and text[start].isspace():
            start += 1
    name = parts.get("command-name") or parts.get("command-message", "")
    if not name:
        return None
    typed = f"{name if name.startswith('/') else '/' + name} {parts.get('command-args', '')}".strip()
    return start, Said(typed, "command")


def shell_command(text: str, found: Element, end: int) -> Element:
    """The element of a shell command that was `found` as a whole: the command may hold its closing tag."""
    if found.name != _SHELL:
        return found
    close = f"</{_SHELL}>"
    closed = text.rfind(close, found.start, end)
    return found._replace(body=text[found.start + len(_SHELL) + 2 : closed], end=closed + len(close))


def said_in(found: Element) -> Said | None:
    """What an element of the client's says; None if it is none of those."""
    name, body = found.name, found.body.strip()
    if name in _OUTPUTS:
        return Said("", "output", hidden="system") if body in _NO_OUTPUT else Said(found.body.strip("\n"), "output")
    if name in _TYPED:
        return Said(_TYPED[name] + body, "command")
    if name.endswith(_NOTIFICATION):
        return _notification(name.removesuffix(_NOTIFICATION), body)
    if name in _AGENTS:
        return Said(body, "agent", _sender(found))
    if name.endswith("-hook"):
        return Said(body, "hook")
    if is_context(name):
        return Said(body, "context")
    if name == _CAVEAT:
        return Said(body, "context", hidden="system")
    return Said(body, hidden="injected") if name in _INJECTED else None


def _sender(found: Element) -> str:
    given = attributes(found)
    if found.name.startswith("channel"):
        return " · ".join(filter(None, (given.get("source", ""), given.get("user", ""))))
    return next((given[key] for key in _SENDERS if given.get(key)), found.name.removesuffix("-message"))


def _notification(noun: str, body: str) -> Said:
    """A notification line by line: what happened first, what came of it last, between them the rest by its names."""
    told, rest = children(body)
    sender = f"{noun} {told.pop('agent-id', '') or told.pop('task-id', '')}".strip()
    first = [told.pop(name) for name in _FIRST if told.get(name)]
    last = [told.pop(_LAST)] if told.get(_LAST) else []
    text = "\n".join((*first, *(f"{name}: {value}" for name, value in told.items()), *last, *filter(None, [rest])))
    return Said(text, "agent", sender)
