"""A model for tests: answers the Messages API on a loopback port from a script and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.1"
USAGE = {"input_tokens": 1, "output_tokens": 1}
Json = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What the model says, and which tool it then calls with what; after `delay` seconds."""

    text: str = ""
    tool: str = ""
    arguments: Json = field(default_factory=dict)
    delay: float = 0

    def blocks(self, number: int) -> list[Json]:
        said: list[Json] = [{"type": "text", "text": self.text}] if self.text else []
        if self.tool:
            call = {"type": "tool_use", "id": f"toolu_test{number:04d}", "name": self.tool}
            said.append({**call, "input": self.arguments})
        return said


@dataclass(frozen=True)
class Question:
    """One request to the model."""

    body: Json

    @property
    def has_tools(self) -> bool:
        """False for the client's own errands, such as a title for the session."""
        return any(tool.get("name") == "Bash" for tool in self.body.get("tools", []))

    @property
    def prompt(self) -> str:
        """The texts of the exchange in progress: a command's expansion, and the client's reminders."""
        return "\n".join(block.get("text", "") for block in self._exchange() if block["type"] == "text")

    @property
    def results(self) -> list[str]:
        """What the tools gave back in the exchange in progress."""
        return [_plain(block.get("content")) for block in self._exchange() if block["type"] == "tool_result"]

    def _exchange(self) -> list[Json]:
        """What the user's side said since the model last ended its turn."""
        blocks: list[Json] = []
        for message in self.body.get("messages", []):
            content = message["content"]
            said = [{"type": "text", "text": content}] if isinstance(content, str) else content
            if message["role"] == "user":
                blocks += said
            elif message["role"] == "assistant" and all(block["type"] != "tool_use" for block in said):
                blocks.clear()
        return blocks


Script = Callable[[Question], Turn]


@dataclass
class Model:
    """A running mock: its address, its script, and the questions so far in their order."""

    url: str
    script: Script = lambda question: Turn("mock reply")
    questions: list[Question] = field(default_factory=list)
    answered: float = 0  # when the last answer was sent, on the monotonic clock
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, question: Question) -> Json:
        self.questions.append(question)
        turn = self.script(question) if question.has_tools else Turn("a title")
        self.closing.wait(turn.delay)
        return {
            "id": f"msg_test{len(self.questions):04d}",
            "type": "message",
            "role": "assistant",
            "model": question.body.get("model", "mock"),
            "content": turn.blocks(len(self.questions)),
            "stop_reason": "tool_use" if turn.tool else "end_turn",
            "stop_sequence": None,
            "usage": USAGE,
        }

    @property
    def conversation(self) -> list[Question]:
        """The questions without the client's own errands."""
        return [question for question in self.questions if question.has_tools]


@contextmanager
def running() -> Iterator[Model]:
    """A mock on a port that the system chose, until the block ends."""
    server = _Server((LOOPBACK, 0), _Handler)
    model = server.model = Model(f"http://{LOOPBACK}:{server.server_address[1]}")
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
        if not self.path.partition("?")[0].endswith("/v1/messages"):
            self._send("application/json", b'{"input_tokens": 1}')
            return
        message = self.server.model.answer(Question(body))
        if body.get("stream"):
            self._send("text/event-stream", b"".join(_events(message)))
        else:
            self._send("application/json", json.dumps(message).encode())
        self.server.model.answered = time.monotonic()

    def do_GET(self) -> None:
        self._send("application/json", b'{"data": [], "has_more": false}')

    def do_HEAD(self) -> None:
        self._send("application/json", b"")

    def log_message(self, *arguments: object) -> None:
        """Nothing: the questions are kept, and a test's output is its own."""

    def _send(self, kind: str, content: bytes) -> None:
        try:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client was killed in the middle of a turn, as some tests do


def _events(message: Json) -> Iterator[bytes]:
    yield _event("message_start", message={**message, "content": [], "stop_reason": None})
    for index, block in enumerate(message["content"]):
        start, delta = _streamed(block)
        yield _event("content_block_start", index=index, content_block=start)
        yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=ending, usage=USAGE)
    yield _event("message_stop")


def _streamed(block: Json) -> tuple[Json, Json]:
    if block["type"] == "text":
        return {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
    return {**block, "input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}


def _event(name: str, **content: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **content})}\n\n".encode()


def _plain(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(block.get("text", "") for block in content)
    return str(content or "")
