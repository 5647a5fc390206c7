"""What a model does that follows the commands to the letter: it takes every word from the expanded command."""

from __future__ import annotations

import re
from collections.abc import Callable

from clients.mock_model import Question, Script, Turn

DRAFT = re.compile(r"write `([^`\n]+)`")
PREPARE = re.compile(r'`("[^"`\n]+/scripts/run" wiki prepare [^`\n]+)`')
SAVE = re.compile(r'`("[^"`\n]+/scripts/run" save [^`\n]+)`')
SYNC_LOGS = re.compile(r'`("[^"`\n]+/scripts/run" sync-logs)`')
CHECK = re.compile(r'`("[^"`\n]+/scripts/run" sync --check)`')
SYNC = re.compile(r'`("[^"`\n]+/scripts/run" sync)`')
ARTICLE = re.compile(r"^draft: (.+)$", re.MULTILINE)
OLD = re.compile(r"^OLD ARTICLE .*\n(`+)\n(.*)^\1\nEND OF THE OLD ARTICLE$", re.MULTILINE | re.DOTALL)
SAVED = "The session is saved."
SYNCED = "The logs are synced."

Compile = Callable[[str], str]  # the new article made of the old one


def bash(command: str) -> Turn:
    return Turn(tool="Bash", arguments={"command": command, "description": "Do what the command asks"})


def write(path: str, content: str) -> Turn:
    return Turn(tool="Write", arguments={"file_path": path, "content": content})


def saving(*narratives: str, article: Compile | None = None, options: str = "") -> Script:
    """Write the draft and the article where the command says, save, and report; with each next narrative once more."""

    def script(question: Question) -> Turn:
        draft, prepare, save = (words.search(question.prompt) for words in (DRAFT, PREPARE, SAVE))
        if not draft or not prepare or not save:
            return Turn("I see no command.")
        first, *others = narratives
        turns = [write(draft[1], first), bash(_with_topic(prepare[1]))]
        if article and len(question.results) > 1:
            turns.append(_article(question.results[1], article))
        command = _with_topic(f"{save[1] if article else save[1].partition(' --wiki ')[0]} {options}".strip())
        turns.append(bash(command))
        for other in others:
            turns += [write(draft[1], other), bash(command)]
        return [*turns, Turn(SAVED)][len(question.results)]

    return script


def syncing(options: str = "") -> Script:
    """Run what /sync-logs says, with `options`, and report."""
    return _running((SYNC_LOGS,), options)


def checking() -> Script:
    """Look for logs that are not committed, as /sync says, and leave the rest to the user."""
    return _running((CHECK,), "")


def syncing_tree(options: str = "") -> Script:
    """Look for logs that are not committed, as /sync says, then run it with `options`, and report."""
    return _running((CHECK, SYNC), options)


def _running(commands: tuple[re.Pattern[str], ...], options: str) -> Script:
    def script(question: Question) -> Turn:
        found = [words.search(question.prompt) for words in commands]
        *first, last = (match[1] if match else "" for match in found)
        if not all((*first, last)):
            return Turn("I see no command.")
        return [*map(bash, first), bash(f"{last} {options}".strip()), Turn(SYNCED)][len(question.results)]

    return script


def _with_topic(command: str) -> str:
    return command.replace("TOPIC", "some topic")


def _article(told: str, article: Compile) -> Turn:
    """Write what `wiki prepare` has asked for in `told`."""
    draft, old = ARTICLE.search(told), OLD.search(told)
    return write(draft[1], article(old[2] if old else "")) if draft else Turn("I was not asked for an article.")
