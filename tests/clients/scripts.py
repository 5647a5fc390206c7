"""What a model does that follows the commands to the letter: it takes every word from the expanded command."""

from __future__ import annotations

import re

from clients.mock_model import Question, Script, Turn

DRAFT = re.compile(r"write `([^`\n]+)`")
SAVE = re.compile(r'`("[^"`\n]+/scripts/run" save [^`\n]+)`')
SYNC = re.compile(r'`("[^"`\n]+/scripts/run" sync-logs)`')
SAVED = "The session is saved."
SYNCED = "The logs are synced."


def bash(command: str) -> Turn:
    return Turn(tool="Bash", arguments={"command": command, "description": "Do what the command asks"})


def saving(*narratives: str) -> Script:
    """Write the draft where the command says, run what it says, and report; with the next narrative once more."""

    def script(question: Question) -> Turn:
        draft, command = DRAFT.search(question.prompt), SAVE.search(question.prompt)
        if not draft or not command:
            return Turn("I see no command.")
        step = len(question.results)
        if step == 2 * len(narratives):
            return Turn(SAVED)
        if step % 2:
            return bash(command[1].replace("TOPIC", "some topic"))
        return Turn(tool="Write", arguments={"file_path": draft[1], "content": narratives[step // 2]})

    return script


def syncing(options: str = "") -> Script:
    """Run what the command says, with `options`, and report."""

    def script(question: Question) -> Turn:
        command = SYNC.search(question.prompt)
        if not command:
            return Turn("I see no command.")
        return Turn(SYNCED) if question.results else bash(f"{command[1]} {options}".strip())

    return script
