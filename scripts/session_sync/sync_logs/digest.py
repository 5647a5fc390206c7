"""A session log for a session that nobody saved: made from its archived transcript, and marked as such.

It has the sections of a narrative, so that it reads like one, and gives way to the real one when the user saves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from session_sync.home import files, paths
from session_sync.identity import machine, project, user
from session_sync.logs import narrative, session_log, store
from session_sync.text.lines import counted, printable
from session_sync.transcripts.archive import hidden_json, layout
from session_sync.transcripts.archive.hidden_json import SessionHead
from session_sync.transcripts.archive.index import ArchiveEntry
from session_sync.transcripts.session import Message, ToolCall
from session_sync.transcripts.target import ExportTarget, Task, TaskResult

_MOST = 40  # items of a list
_LONGEST = 200  # characters of an item
_LONGEST_ANSWER = 2000
_WRITES = re.compile(r"edit|write|patch|create|replace|update_file", re.IGNORECASE)
_PATHS = ("file_path", "path", "filePath", "notebook_path", "absolute_path", "target_file")
_COMMANDS = ("command", "cmd")
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)
_COMMIT = re.compile(r"^\[[^\]\n]{1,100} ([0-9a-f]{7,40})\] (.{1,200})$", re.MULTILINE)
_TODO = ("todos", "plan", "items")
_OURS = re.compile(r"/(session-sync:)?(save|sync|sync-logs)\b")  # a session of these alone has nothing to tell
_OPEN = ("pending", "in_progress")


@dataclass
class _Story:
    """What happened in a session, as far as its messages tell."""

    prompts: list[str] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)
    commands: dict[str, None] = field(default_factory=dict)
    commits: dict[str, None] = field(default_factory=dict)
    todos: list[str] = field(default_factory=list)
    last: str = ""
    is_answered: bool = True


def write(target: ExportTarget, entries: Iterable[ArchiveEntry]) -> Iterator[ArchiveEntry]:
    """Write or renew the digests of those sessions that changed and that nobody saved.

    Gives the entries that are done, to be remembered as such.
    """
    by_project: dict[str, list[ArchiveEntry]] = {}
    for entry in entries:
        if entry.path and entry.digested != entry.fingerprint:
            by_project.setdefault(entry.project, []).append(entry)
    for name, changed in by_project.items():
        with session_log.exclusive() as alone:
            if alone:  # else the store is busy with saves: the next round does it
                _write(target, name, changed)
                yield from (entry._replace(digested=entry.fingerprint) for entry in changed)


def remove_moved(target: ExportTarget, tasks: Iterable[Task], results: Iterable[TaskResult]) -> None:
    """Remove the digests of sessions that belong to another project than before: there is one for the new project."""
    now = {one.entry.key: one.entry.project for one in results}
    for _, before in tasks:
        if before and before.path and now.get(before.key, before.project) != before.project:
            found = _logs(before.project, target.machines).get(before.session_id)
            if found and session_log.is_digest(found):
                found.unlink(missing_ok=True)


def _write(target: ExportTarget, name: str, entries: Iterable[ArchiveEntry]) -> None:
    logs = _logs(name, target.machines)
    for entry in entries:
        path = target.folder / entry.path
        data = path.with_name(layout.json_name(path.stem))
        with suppress(OSError, hidden_json.Damaged):  # removed just now: the next round exports it again
            head = hidden_json.read_head(data)
            earlier = logs.get(head.source_session_id)
            if head.prompts and not head.parent and (earlier is None or session_log.is_digest(earlier)):
                story = _story(hidden_json.messages(data))
                if not all(_OURS.match(prompt) for prompt in story.prompts):
                    _put(target, head, name, earlier, _text(head, entry, story).encode("utf-8", "replace"))


def _put(target: ExportTarget, head: SessionHead, name: str, earlier: Path | None, body: bytes) -> None:
    if earlier is None:
        stem = session_log.stem(project.slug(head.user), layout.title_slug(head.title), head.started[:10])
        session_log.create_log(store.folders(name, target.machines), stem, body, durable=False)
    elif earlier.read_bytes() != body:
        files.write_atomic(earlier, body, durable=False)


def _logs(name: str, machines: Iterable[str]) -> dict[str, Path]:
    """The logs of a project by their sessions; of two of one session, the one that is no digest."""
    found: dict[str, Path] = {}
    for one in machines:
        for path in sorted((paths.projects() / name / one).glob("[!.]*.md")):
            with suppress(OSError):
                session_id = session_log.read_fact(path, "session_id")
                if session_id not in found or session_log.is_digest(found[session_id]):
                    found[session_id] = path
    return found


def _story(messages: Iterable[Message]) -> _Story:
    story = _Story()
    for message in messages:
        if message.hidden:
            continue
        if message.is_prompt:
            story.prompts.append(_line(message.text))
            story.is_answered = False
        elif message.role == "assistant" and message.text:
            story.last, story.is_answered = message.text, True
        for call in message.tool_calls:
            _note(call, story)
    return story


def _note(call: ToolCall, story: _Story) -> None:
    """What a tool call tells: a file that it wrote, a command, a commit, a list of things to do."""
    given = call.input if isinstance(call.input, dict) else {"input": call.input}
    is_write = bool(_WRITES.search(call.name))
    for key, value in given.items():
        if key in _COMMANDS and not is_write:
            command = _line(" ".join(map(str, value)) if isinstance(value, list) else str(value))
            story.commands[command + (" (failed)" if call.status == "error" else "")] = None
        elif key in _PATHS and is_write and isinstance(value, str):
            story.files[_line(value)] = None
        elif key in _TODO and isinstance(value, list):
            story.todos = [_line(_todo(one)) for one in value if _is_open(one)]
        elif isinstance(value, str):
            story.files.update(dict.fromkeys(_line(path) for path in _PATCHED.findall(value)))
    for commit, title in _COMMIT.findall(call.output):
        story.commits[f"{commit} {_line(title)}"] = None


def _is_open(todo: Any) -> bool:
    return isinstance(todo, dict) and todo.get("status") in _OPEN


def _todo(todo: dict[str, Any]) -> str:
    return str(todo.get("content") or todo.get("step") or todo.get("text") or "")


def _line(text: str) -> str:
    """`text` on one line, shortened."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _text(head: SessionHead, entry: ArchiveEntry, story: _Story) -> str:
    """The log: front matter, and the sections of a narrative."""
    here, who = machine.load(), user.load_anyway()
    facts = {
        "topic": head.title,
        "project": entry.project,
        "user": head.user,
        "machine": here.uuid,
        "session_id": head.source_session_id,
        "created": head.started,
        session_log.DIGEST: "true",
    }
    sections = {title: ["- nothing is recorded: this is a digest"] for title in narrative.SECTIONS[1:]}
    sections["Session Summary"] = [
        f"A digest of a {head.source} session that was not saved, made from its transcript:"
        f" {counted(len(story.prompts), 'prompt')}, {counted(head.message_count, 'message')},"
        f" {head.started} to {head.ended}.",
        "",
        *_list(story.prompts),
    ]
    sections["Configuration Changes"] = ["Files changed:", "", *_list(story.files)]
    sections["Commands & Outputs"] = [
        "Commands:",
        "",
        *_list(story.commands),
        "",
        "Commits:",
        "",
        *_list(story.commits),
    ]
    sections["Pending / Incomplete Tasks"] = _open_ends(story)
    sections["Reference Information"] = [
        f"- Transcript: {_code(entry.path)}",
        f"- Directory: {_code(head.cwd)}",
        *([f"- Branch: {_code(head.git.branch)}"] if head.git and head.git.branch else []),
    ]
    body = "\n".join(f"## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in sections.items())
    block = user.user_block(who, here)
    return session_log.front_matter(facts) + f"\n# {_line(head.title)}\n\n" + narrative.with_user(body, block)


def _open_ends(story: _Story) -> list[str]:
    lines = _list(story.todos) if story.todos else ["- no list of open tasks"]
    if not story.is_answered and story.prompts:
        lines.append(f"- the last prompt was not answered: {_code(story.prompts[-1])}")
    elif story.last:
        answer = story.last[:_LONGEST_ANSWER].splitlines()
        lines += ["", "The last answer:", "", *(f"    {printable(line)}" for line in answer)]
    return lines


def _list(items: Iterable[str]) -> list[str]:
    """The items as a list of code, which no Markdown or HTML in them can leave."""
    found = [one for one in items if one]
    more = [f"- and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return [f"- {_code(one)}" for one in found[:_MOST]] + more or ["- none"]


def _code(text: str) -> str:
    return f"`{printable(text.replace('`', chr(39)))}`"
