"""One normalized session: what every source is read into, and all that the archive and its readers know.

`schemas/session.json` is made from these structs (`hidden_json.json_schema`). A later version may add fields; readers
ignore what they do not know, and `SCHEMA` grows when a field changes its meaning.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCHEMA = 1
MOST_PLACES = 1000  # working directories of one session that are remembered
MORE_PLACES = ""  # stands behind them when there were more
MOST_PROBLEMS = 100  # told of one session; all of them are counted

Role = Literal["user", "assistant", "system", "record"]
ToolStatus = Literal["", "ok", "error"]
# Why a message is not in the reading view; "" for those that are.
Hidden = Literal["", "injected", "system", "reverted", "unknown"]
# What a message is that is neither a prompt nor an answer of the model.
Kind = Literal[
    "",
    "command",  # the person ran it: `/cost`, `!make test`; its output follows
    "output",  # of such a command
    "words",  # the person's own in the result of a tool: an answer to a question, the reason for a refusal
    "compaction",  # from here on the model had the summary that is the text; "" where it is not known
    "agent",  # what another agent or a channel said; `sender` tells which one
    "hook",  # what a hook of the person's answered
    "interruption",  # the person stopped the agent
    "context",  # what an editor or the client put beside the prompt
    "notice",  # of the client: an error, a warning, what it did by itself
    "goal",  # that the person set
    "review",  # asked for, begun or ended
    "link",  # to what came of the session, such as a pull request
]


class Struct(msgspec.Struct, omit_defaults=True):
    """A part of a session: what is not known is left out of the JSON."""


class Link(Struct):
    """Another session of the same source: the one that started this one, or that this one continues from `at` on.

    `at` is a message's id or, for Codex, an ordinal; "" when it is not known.
    """

    session_id: str
    at: str = ""


class Git(Struct):
    """The repository that the session worked in."""

    remote: str = ""
    branch: str = ""
    commit: str = ""


class Tokens(Struct):
    """What the provider counted, each request once. `input` does not include what came from or went to a cache."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0  # a part of `output`

    def add(self, other: Tokens) -> None:
        """Count `other` as well."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Raw(Struct):
    """A file that the session was read from: its name in the source, its size in bytes and the SHA-256 of them.

    `lines` counts those that are not blank, of a file whose lines are records.
    """

    path: str
    size: int = 0
    sha256: str = ""
    lines: int = 0


class Problem(Struct):
    """Something that could not be read as it should: `line` counts from 1, 0 for a whole file."""

    line: int
    reason: str
    file: str = ""  # the file's name, if it is not the session's first one


class Lines(Struct):
    """What became of the records of the source: `read` is `kept` and all `dropped` together.

    A record is a line or a row; `joined` of them stood behind another one on its line.
    """

    read: int = 0
    joined: int = 0
    kept: int = 0
    dropped: dict[str, int] = {}  # reason -> how many
    unknown: dict[str, int] = {}  # type of record that we do not know -> how many; they are among the kept


class Attachment(Struct):
    """A picture or file in a message; the SHA-256 of its bytes tells whether two are the same."""

    kind: Literal["image", "file"] = "file"
    name: str = ""
    media_type: str = ""
    size: int = 0
    sha256: str = ""
    url: str = ""  # of one that is only linked
    path: str = ""  # of a kept picture, from the folder of the session's files
    content: bytes = b""  # of a picture while the session is read; in an archive it is in `path` instead


class ToolCall(Struct):
    """A tool that the model used. `input` is any JSON; `output` is text; `status` is "" while there is no output."""

    id: str
    name: str
    input: Any = None
    output: str = ""
    status: ToolStatus = ""
    attachments: list[Attachment] = []
    session_id: str = ""  # of the subagent's session that the call started
    result: Any = None  # what the client notes of the result that is in neither the input nor the output


class ToolOutput(Struct):
    """What a tool said to the call `call_id`. Sources yield it; `pairing` puts it into its call."""

    call_id: str
    output: str = ""
    status: ToolStatus = "ok"
    attachments: list[Attachment] = []
    time: str = ""
    session_id: str = ""
    result: Any = None


class Message(Struct):
    """A turn of the conversation: what a person wrote, what the model answered, or what someone else put in.

    What is of a `kind` of its own and not the person's has the role "system".
    """

    role: Role
    time: str = ""  # RFC 3339, UTC, ending in Z
    id: str = ""
    parent_id: str = ""  # of the message before it; "" means the one that comes before it in the list
    text: str = ""
    thinking: str = ""
    tool_calls: list[ToolCall] = []
    attachments: list[Attachment] = []
    model: str = ""
    hidden: Hidden = ""
    record: Any = None  # a record of an unknown type, as it is in the source
    kind: Kind = ""
    sender: str = ""  # who it is from, if that is neither the person nor the model
    is_gone: bool = False  # it was archived, and is no longer in the source

    @property
    def is_prompt(self) -> bool:
        """Whether a person asked for something with it."""
        return self.role == "user" and not self.hidden and self.kind in ("", "command")


class Session(Struct):
    """One conversation of an agent. Times are RFC 3339 in UTC."""

    source: str
    source_session_id: str
    schema: int = 0  # SCHEMA in what is written: 0 would be left out
    user: str = ""
    machine: str = ""
    system: str = ""
    title: str = ""
    cwd: str = ""  # the first one that the source tells
    cwds: list[str] = []  # those that it went to later
    project: str = ""
    client: str = ""  # the agent's version
    started: str = ""
    ended: str = ""
    parent: Link | None = None  # the session that started this one as a subagent
    fork: Link | None = None  # the session that this one continues
    git: Git | None = None
    models: list[str] = []
    tokens: Tokens = msgspec.field(default_factory=Tokens)
    lines: Lines = msgspec.field(default_factory=Lines)
    problems: list[Problem] = []
    raw: list[Raw] = []

    def keep(self, unknown: str = "") -> None:
        """Count a line that is in the messages or the facts; `unknown` is its type if we do not know that."""
        self.lines.read += 1
        self.lines.kept += 1
        if unknown:
            self.lines.unknown[unknown] = self.lines.unknown.get(unknown, 0) + 1

    def drop(self, reason: str) -> None:
        """Count a line that is left out on purpose, in a few words why: "duplicate", "system prompt"."""
        self.lines.read += 1
        self.lines.dropped[reason] = self.lines.dropped.get(reason, 0) + 1

    def name_problem(self, line: int, reason: str, file: str = "") -> None:
        """Name what is wrong with a line; it is counted by `keep` or `drop` besides."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, reason, file))

    def was_in(self, cwd: str) -> None:
        """Take note of the working directory that a record tells; cheap for the same one again and again.

        One that is not absolute tells nothing.
        """
        if not cwd or cwd == self.cwd or (self.cwds and cwd == self.cwds[-1]):
            return
        if cwd[0] not in "/\\" and cwd[1:2] != ":":
            return
        if not self.cwd:
            self.cwd = cwd
        elif cwd not in self.cwds and len(self.cwds) <= MOST_PLACES:
            self.cwds.append(cwd if len(self.cwds) < MOST_PLACES else MORE_PLACES)

    def saw(self, time: str, model: str = "") -> None:
        """Take note of a record's time and of the model that answered."""
        if time:
            self.started = min(self.started, time) if self.started else time
            self.ended = max(self.ended, time)
        if model and model not in self.models:
            self.models.append(model)
