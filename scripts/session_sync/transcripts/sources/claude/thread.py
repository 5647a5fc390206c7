"""Keeps where each message of a session stands in its tree: lines name the line that they come after."""

from __future__ import annotations


class Thread:
    """The tree of a session. A branch is where two different prompts come after one message; nothing else is.

    Lines that are no message, results of tools that ran side by side and what the client puts in between often name
    another line than the last one, and yet the conversation simply goes on.
    """

    def __init__(self) -> None:
        self.nearest: dict[str, str] = {}  # uuid of a line -> id of the message that it is in or comes after
        self._last = ""  # id of the message that came last
        self._branches: dict[str, int] = {}  # id of a message -> the branch that it is in, if that is not the first
        self._ends: dict[int, str] = {}  # branch -> id of its last message
        self._asked: dict[str, int] = {}  # id of a message -> hash of the prompt that was first given after it

    def skip(self, uuid: str, parent: str | None) -> None:
        """Take a line that gives no message: what comes after it comes after the message before it."""
        if uuid:
            self.nearest[uuid] = self.nearest.get(parent, "") if parent else ""

    def join(self, uuid: str, message_id: str) -> None:
        """Take a line that is a part of a message, or of none for ""."""
        if uuid:
            self.nearest[uuid] = message_id

    def place(self, uuid: str, parent: str | None, prompt: str | None = None) -> str:
        """Put the message of a line into the tree; `prompt` is what a person asks in it.

        Returns the id of the message that it comes after, "" if that is the one before it in the file.
        """
        before = self.nearest.get(parent, "") if parent else ""
        branch = self._branches.get(self._last, 0)
        after = ""
        if before and before != self._last:
            if prompt is not None and self._asked.get(before, hash(prompt)) != hash(prompt):
                branch, after = len(self._ends) + 1, before
            elif self._branches.get(before, 0) != branch:
                branch = self._branches.get(before, 0)
                after = self._ends[branch]
        if prompt is not None and before:
            self._asked.setdefault(before, hash(prompt))
        if uuid:
            self.nearest[uuid] = self._last = self._ends[branch] = uuid
            if branch:
                self._branches[uuid] = branch
        return after
