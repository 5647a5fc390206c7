"""A model for tests: answers a client's requests on a loopback port from a script and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple, Protocol

LOOPBACK = "127.0.0.1"
Json = dict[str, Any]
# What is in a request, in its order: a text of the user's side, a tool's output, the model's answer, the model's call.
Step = tuple[Literal["prompt", "result", "answer", "call"], str]


@dataclass(frozen=True)
class Turn:
    """What the model thinks and says, and which tool it then calls with what; after `delay` seconds."""

    text: str = ""
    tool: str = ""
    arguments: Json = field(default_factory=dict)
    delay: float = 0
    thinking: str = ""


@dataclass(frozen=True)
class Question:
    """One request to the model: what the user's side said since the model last ended its turn.

    `prompt` holds the texts, a command's expansion and the client's reminders too; `results` what the tools gave back.
    `has_tools` is false for the client's own errands, such as a title for the session.
    """

    body: Json
    prompt: str
    results: list[str]
    has_tools: bool


def question(body: Json, steps: Iterable[Step], has_tools: bool) -> Question:
    """The question in `body`, of which `steps` are all that was said so far."""
    prompts: list[str] = []
    results: list[str] = []
    ended = False
    for kind, text in steps:
        if kind in ("answer", "call"):
            ended = kind == "answer"
            continue
        if ended:
            prompts, results, ended = [], [], False
        (prompts if kind == "prompt" else results).append(text)
    return Question(body, "\n".join(prompts), results, has_tools)


class Reply(NamedTuple):
    """The body of a response and its media type."""

    kind: str
    content: bytes


class Api(Protocol):
    """How a client talks to its model: a module."""

    def question(self, path: str, body: Json) -> Question | None:
        """The question that was posted to `path`, or None if the client wants something else."""

    def reply(self, path: str, body: Json, turn: Turn, number: int) -> Reply:
        """`turn`, as the answer to the question `number`."""

    def other(self) -> Json:
        """The answer to all that is no question."""


Script = Callable[[Question], Turn]


@dataclass
class Model:
    """A running mock: its address, its script, and the questions so far in their order."""

    url: str
    api: Api
    script: Script = lambda question: Turn("mock reply")
    questions: list[Question] = field(default_factory=list)
    answered: float = 0  # when the last answer was sent, on the monotonic clock
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str, body: Json) -> Reply:
        question = self.api.question(path, body)
        if question is None:
            return Reply("application/json", json.dumps(self.api.other()).encode())
        self.questions.append(question)
        turn = self.script(question) if question.has_tools else Turn("a title")
        self.closing.wait(turn.delay)
        return self.api.reply(path, body, turn, len(self.questions))

    @property
    def conversation(self) -> list[Question]:
        """The questions without the client's own errands."""
        return [question for question in self.questions if question.has_tools]


@contextmanager
def running(api: Api) -> Iterator[Model]:
    """A mock on a port that the system chose, until the block ends."""
    server = _Server((LOOPBACK, 0), _Handler)
    model = server.model = Model(f"http://{LOOPBACK}:{server.server_address[1]}", api)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    model: Model


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        self._send(self.server.model.answer(self.path.partition("?")[0], body))
        self.server.model.answered = time.monotonic()

    def do_GET(self) -> None:
        self._send(Reply("application/json", json.dumps(self.server.model.api.other()).encode()))

    def do_HEAD(self) -> None:
        self._send(Reply("application/json", b""))

    def log_message(self, *arguments: object) -> None:
        """Nothing: the questions are kept, and a test's output is its own."""

    def _send(self, reply: Reply) -> None:
        try:
            self.send_response(200)
            self.send_header("content-type", reply.kind)
            self.send_header("content-length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client was killed in the middle of a turn, as some tests do


def plain(content: object) -> str:
    """The text of a message's content, which is one text or a list of blocks."""
    if isinstance(content, list):
        return "\n".join(block.get("text", "") for block in content)
    return str(content or "")


def events(named: Iterable[tuple[str, Json]]) -> Reply:
    """A stream of events, each with its name."""
    lines = (f"event: {name}\ndata: {json.dumps({'type': name, **content})}\n\n" for name, content in named)
    return Reply("text/event-stream", "".join(lines).encode())
