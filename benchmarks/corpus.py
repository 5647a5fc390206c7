"""Made-up transcripts of Codex and Claude Code with planted values, the same ones for the same seed and Python.

    python benchmarks/corpus.py OUT N [--seed 1] [--edge]

Writes OUT/.codex/sessions and OUT/.claude/projects, every other session for each agent, about 235 KB each, and beside
it OUT.truth.jsonl: one object for each planted value with its file, line, kind (key, password, email, phone), place in
the session, and the value itself. Tool outputs are cut from Python's own standard library. --edge adds awkward
sessions; the first prompt of each says what is odd about it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import sysconfig
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from planted import Chance, planted_password, planted_person, planted_token

from support.templates import labelled

PROJECTS = 25
SMALLEST, LARGEST = 100_000, 500_000  # bytes of a session
MIDDLE, SPREAD = 12.25, 0.45  # of the logarithm of its size
FIRST = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
MINUTES_APART, DAYS = 35, 180
LONGEST_FOLDER = 200  # characters
SENTENCES, SOURCES = 5000, 150
SHARES = {"prompt": 0.03, "output": 0.01, "input": 0.005, "answer": 0.005, "thinking": 0.005, "remote": 0.01}
KINDS: dict[str, Callable[[Chance], str]] = {
    "key": planted_token,
    "password": planted_password,
    "email": lambda chance: planted_person(chance, "email"),
    "phone": lambda chance: planted_person(chance, "phone"),
}
Record = dict[str, Any]


class Planted(NamedTuple):
    """A value that must not be in any output: `line` counts from 1, `place` is what of a session it stands in."""

    line: int
    kind: str
    place: str
    value: str


class Pools:
    """What sessions are cut from: made once, because making it for each would take most of the time."""

    def __init__(self, seed: int) -> None:
        self.chance = Chance(f"pools-{seed}")
        self.sentences = [self._sentence() for _ in range(SENTENCES)]
        library = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[:SOURCES]
        self.sources = [(path.name, path.read_text("utf-8", errors="replace")) for path in library]
        self.instructions = " ".join(self.chance.choices(self.sentences, k=150))

    def _sentence(self) -> str:
        chance = self.chance
        language = chance.choices(("en", "de", "fr", "es", "pt"), (12, 1, 1, 1, 1))[0]
        return f"{chance.sentence(language)[:-1]}, see {chance.path()}."


class Session:
    """A transcript that is being written."""

    def __init__(self, pools: Pools, chance: Chance, cwd: str, start: datetime, prompt: str = "") -> None:
        self.chance, self.pools, self.cwd, self.start = chance, pools, cwd, start
        self.clock = start
        self.lines: list[str] = []
        self.size = 0
        self.target = int(min(LARGEST, max(SMALLEST, chance.lognormvariate(MIDDLE, SPREAD))))
        self.planted: list[Planted] = []
        self.id = ""
        self._first_prompt = prompt

    @property
    def is_full(self) -> bool:
        return self.size >= self.target

    def add(self, record: Record) -> None:
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        self.lines.append(line)
        self.size += len(line) + 1

    def time(self) -> str:
        """A moment some seconds after the one before."""
        self.clock += timedelta(milliseconds=self.chance.number(500, 30_000))
        return stamp(self.clock)

    def prose(self, fewest: int, most: int) -> str:
        return " ".join(self.chance.choices(self.pools.sentences, k=self.chance.number(fewest, most)))

    def code(self, fewest: int, most: int) -> tuple[str, str]:
        """A file's name and a part of it."""
        name, text = self.chance.choice(self.pools.sources)
        at = self.chance.number(0, max(0, len(text) - fewest))
        return name, text[at : at + self.chance.number(fewest, most)]

    def plant(self, place: str, text: str) -> str:
        """`text`, sometimes with a value planted before, in or behind it."""
        if self.chance.random() >= SHARES[place]:
            return text
        kind = self.chance.choice(list(KINDS))
        made, labels = labelled(KINDS[kind](self.chance), "")
        self.planted += [Planted(len(self.lines) + 1, kind, place, made[one.start : one.end]) for one in labels]
        lines = text.split("\n")
        lines.insert(self.chance.number(0, len(lines)), made)
        return "\n".join(lines)

    def prompt(self) -> str:
        text, self._first_prompt = self._first_prompt or self.plant("prompt", self.prose(1, 4)), ""
        return text

    def answer(self) -> str:
        """Markdown."""
        name, code = self.code(200, 900)
        head, *points = self.chance.choices(self.pools.sentences, k=4)
        listed = "\n".join(f"- {point}" for point in points)
        text = (
            f"{self.prose(2, 4)}\n\n## {head}\n\n{listed}\n\n`{name}`:\n\n```python\n{code}\n```\n\n{self.prose(1, 2)}"
        )
        return self.plant("answer", text)

    def thought(self) -> str:
        return self.plant("thinking", self.prose(2, 6))


class Claude(Session):
    """A session of Claude Code: a line for each block of an answer."""

    def __init__(self, pools: Pools, chance: Chance, cwd: str, start: datetime, prompt: str = "") -> None:
        super().__init__(pools, chance, cwd, start, prompt)
        self.id = chance.uuid()
        self._parent: str | None = None

    def fill(self) -> Session:
        self.add({"type": "queue-operation", "operation": "enqueue", "timestamp": self.time(), "sessionId": self.id})
        listing = {"type": "skill_listing", "content": self.pools.instructions[:4000], "skillCount": 13}
        self._tree("attachment", attachment=listing)
        while not self.is_full:
            self._turn()
        self.add({"type": "last-prompt", "lastPrompt": "see above", "sessionId": self.id, "leafUuid": self._parent})
        return self

    def path(self, root: Path) -> Path:
        folder = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in self.cwd)
        return root / ".claude" / "projects" / (folder[:LONGEST_FOLDER] or "-") / f"{self.id}.jsonl"

    def _turn(self) -> None:
        self._tree("user", message={"role": "user", "content": self.prompt()}, promptSource="typed")
        snapshot = {"messageId": self._parent, "trackedFileBackups": {}, "timestamp": stamp(self.clock)}
        self.add({"type": "file-history-snapshot", "messageId": self._parent, "snapshot": snapshot})
        for _ in range(self.chance.number(2, 8)):
            self._step()
            if self.is_full:
                break
        self._answer(f"msg_{self.chance.hex(24)}", "end_turn", {"type": "text", "text": self.answer()})
        self._tree("system", subtype="turn_duration", durationMs=self.chance.number(900, 90_000), isMeta=False)

    def _step(self) -> None:
        """Thinking, words, a call and what the tool gave."""
        call, answer = f"toolu_{self.chance.hex(24)}", f"msg_{self.chance.hex(24)}"
        name, code = self.code(300, 5200)
        if self.chance.random() < 0.35:
            signature = self.chance.code(300)
            block = {"type": "thinking", "thinking": self.thought(), "signature": signature}
            self._answer(answer, "tool_use", block)
        if self.chance.random() < 0.5:
            self._answer(answer, "tool_use", {"type": "text", "text": self.prose(1, 3)})
        tool, given = self._call(name, code)
        self._answer(answer, "tool_use", {"type": "tool_use", "id": call, "name": tool, "input": given})
        code = self.plant("output", code)
        result = {"tool_use_id": call, "type": "tool_result", "content": code, "is_error": False}
        notes = {"stdout": code, "stderr": "", "interrupted": False, "isImage": False}
        self._tree("user", message={"role": "user", "content": [result]}, toolUseResult=notes)

    def delegate(self, agent: str) -> None:
        """A call that started the subagent `agent`."""
        call = f"toolu_{self.chance.hex(24)}"
        given = {"description": "sub", "prompt": "look for it", "subagent_type": "general-purpose"}
        self._answer("msg_sub", "tool_use", {"type": "tool_use", "id": call, "name": "Agent", "input": given})
        result = {"tool_use_id": call, "type": "tool_result", "content": [{"type": "text", "text": "found"}]}
        notes = {"status": "completed", "agentId": agent}
        self._tree("user", message={"role": "user", "content": [result]}, toolUseResult=notes)

    def _call(self, name: str, code: str) -> tuple[str, Record]:
        tool, path = self.chance.choice(("Read", "Bash", "Edit", "Grep")), f"{self.cwd}/src/{name}"
        if tool == "Bash":
            command = self.plant("input", f"rg -n {self.chance.name()} src/{name} | head -50")
            return tool, {"command": command, "description": self.chance.choice(self.pools.sentences)}
        if tool == "Edit":
            return tool, {"file_path": path, "old_string": code[:200], "new_string": code[100:420]}
        if tool == "Grep":
            return tool, {"pattern": self.chance.name(), "path": self.cwd}
        return tool, {"file_path": path}

    def _answer(self, answer: str, reason: str, block: Record) -> None:
        usage = {"input_tokens": 9, "cache_creation_input_tokens": 900, "cache_read_input_tokens": 50_000}
        message = {"id": answer, "type": "message", "role": "assistant", "model": "claude-opus-4-8"}
        message |= {"content": [block], "stop_reason": reason, "usage": {**usage, "output_tokens": 40}}
        self._tree("assistant", message=message, requestId=f"req_{answer[4:]}")

    def _tree(self, type_: str, **more: Any) -> None:
        own = self.chance.uuid()
        common = {"parentUuid": self._parent, "isSidechain": False, "userType": "external", "cwd": self.cwd}
        common |= {"sessionId": self.id, "version": "2.1.329", "gitBranch": "main", "type": type_, "uuid": own}
        self.add({**common, "timestamp": self.time(), **more})
        self._parent = own


class Codex(Session):
    """A session of Codex; every other one has the lines that newer clients write."""

    def __init__(self, pools: Pools, chance: Chance, cwd: str, start: datetime, prompt: str = "") -> None:
        super().__init__(pools, chance, cwd, start, prompt)
        bits = (int(start.timestamp() * 1000) << 80) | (7 << 76) | (chance.getrandbits(12) << 64) | (2 << 62)
        self.id = str(uuid.UUID(int=bits | chance.getrandbits(62)))
        self._is_new = chance.random() < 0.5
        self._spent = 0

    def fill(self) -> Session:
        self._meta()
        context = f"<environment_context>\n  <cwd>{self.cwd}</cwd>\n  <shell>bash</shell>\n</environment_context>"
        self._said("user", "input_text", context, "environments.environment_context")
        while not self.is_full:
            self._turn()
        return self

    def path(self, root: Path) -> Path:
        name = f"rollout-{self.start:%Y-%m-%dT%H-%M-%S}-{self.id}.jsonl"
        return root / ".codex" / "sessions" / f"{self.start:%Y/%m/%d}" / name

    def _meta(self) -> None:
        name = self.cwd.replace("\\", "/").rpartition("/")[2]
        remote = f"https://github.com/acme/{name or 'scratch'}.git"
        if self.chance.random() < SHARES["remote"]:
            token, labels = labelled(self.chance.expand("⟦key|ghs_<<alnum:36>>⟧"), "")
            self.planted += [Planted(1, one.type, "remote", token) for one in labels]
            remote = remote.replace("//", f"//x-access-token:{token}@")
        git = {"commit_hash": self.chance.hex(40), "branch": "main", "repository_url": remote}
        version = "0.169.0" if self._is_new else "0.125.0"
        meta = {"id": self.id, "timestamp": stamp(self.start), "cwd": self.cwd, "originator": "codex_cli_rs"}
        meta |= {"cli_version": version, "source": "cli", "model_provider": "openai", "git": git}
        self._line("session_meta", {**meta, "base_instructions": {"text": self.pools.instructions}})

    def _turn(self) -> None:
        context = {"cwd": self.cwd, "approval_policy": "on-request", "sandbox_policy": {"mode": "workspace-write"}}
        self._line("turn_context", {**context, "model": "gpt-5.4-codex", "effort": "high", "summary": "auto"})
        asked = self.prompt()
        self._said("user", "input_text", asked, "user.text")
        self._event("user_message", asked, "UserMessage", {"content": [{"type": "text", "text": asked}]})
        for _ in range(self.chance.number(2, 8)):
            self._step()
            if self.is_full:
                break
        answer = self.answer()
        self._event("agent_message", answer, "AgentMessage", {"content": [{"type": "Text", "text": answer}]})
        self._said("assistant", "output_text", answer, "unknown")

    def _step(self) -> None:
        """A thought, a call, what the tool gave, and what it cost."""
        thought, call = self.thought(), f"call_{self.chance.hex(24)}"
        self._event("agent_reasoning", thought, "Reasoning", {"summary_text": [thought], "raw_content": []})
        summary = [{"type": "summary_text", "text": thought}]
        hidden = self.chance.code(self.chance.number(400, 1600))
        reasoning = {"type": "reasoning", "summary": summary, "content": None, "encrypted_content": hidden}
        self._line("response_item", reasoning)
        name, code = self.code(300, 7800)
        given = {"cmd": self.plant("input", f"sed -n '1,200p' src/{name}"), "workdir": self.cwd, "yield_time_ms": 1000}
        called = {"type": "function_call", "name": "exec_command", "arguments": json.dumps(given), "call_id": call}
        self._line("response_item", called)
        output = f"Wall time: 0.05 seconds\nProcess exited with code 0\nOutput:\n{self.plant('output', code)}"
        self._line("response_item", {"type": "function_call_output", "call_id": call, "output": output})
        self._spent += self.chance.number(100, 9000)
        usage = {"input_tokens": self._spent, "cached_input_tokens": self._spent // 2, "output_tokens": 900}
        info = {"total_token_usage": {**usage, "reasoning_output_tokens": 64, "total_tokens": self._spent + 900}}
        self._line("event_msg", {"type": "token_count", "info": info, "rate_limits": {"primary": None}})

    def _said(self, role: str, block: str, text: str, kind: str) -> None:
        message = {"type": "message", "role": role, "content": [{"type": block, "text": text}]}
        if self._is_new:
            message["internal_chat_message_metadata_passthrough"] = {"content_item_kinds": [kind]}
        self._line("response_item", message)

    def _event(self, type_: str, text: str, item_type: str, item: Record) -> None:
        """What the client showed, in its older or newer form."""
        if self._is_new:
            completed = {"type": item_type, "id": f"item_{self.chance.hex(12)}", **item}
            self._line("event_msg", {"type": "item_completed", "thread_id": self.id, "item": completed})
        else:
            self._line("event_msg", {"type": type_, "text" if type_ == "agent_reasoning" else "message": text})

    def _line(self, type_: str, payload: Record) -> None:
        ordinal = {"ordinal": len(self.lines)} if self._is_new else {}
        self.add({"timestamp": self.time(), **ordinal, "type": type_, "payload": payload})


Agent = type[Claude] | type[Codex]
AGENTS: tuple[Agent, ...] = (Codex, Claude)
A = TypeVar("A", bound=Claude | Codex)


class Corpus:
    """The folder that is being filled, and the list of what is planted in it."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.seed = root, seed
        self.pools = Pools(seed)
        self.size = self.sessions = 0
        self.planted: list[str] = []
        self.projects, self._project_email = projects(self.pools.chance)

    def chance(self, name: str) -> Chance:
        return Chance(f"{self.seed}-{name}", self.pools.chance)

    def put(self, made: Claude | Codex, data: bytes, path: Path | None = None) -> Path:
        """Write a transcript as if its client had just finished it; returns where it is."""
        path = path or made.path(self.root)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (made.clock.timestamp(),) * 2)
        self.sessions, self.size = self.sessions + 1, self.size + len(data)
        found = list(made.planted)
        if self._project_email in made.cwd:
            line = next(number for number, line in enumerate(made.lines, 1) if self._project_email in line)
            found.insert(0, Planted(line, "email", "cwd", self._project_email))
        name = path.relative_to(self.root).as_posix()
        self.planted += [json.dumps({"file": name, **one._asdict()}, ensure_ascii=False) for one in found]
        return path

    def fill(self, count: int) -> None:
        """Write `count` ordinary sessions."""
        for number in range(count):
            chance = self.chance(str(number))
            start = FIRST + timedelta(minutes=number * MINUTES_APART % (60 * 24 * DAYS), seconds=chance.number(0, 59))
            likely = min(PROJECTS, int(chance.paretovariate(1.0))) - 1  # a few projects have most of the sessions
            cwd = self.projects[likely] if chance.random() < 0.6 else chance.choice(self.projects)
            made = AGENTS[number % 2](self.pools, chance, cwd, start)
            made.fill()
            self.put(made, encoded(made.lines))

    def close(self) -> Path:
        """Write the list of what is planted; returns its path."""
        path = truth_of(self.root)
        path.write_text("".join(f"{line}\n" for line in self.planted), encoding="utf-8")
        return path


def projects(chance: Chance) -> tuple[list[str], str]:
    """Working directories, and the address that is in the name of one of them."""
    text, labels = labelled(planted_person(chance, "email"), "")
    email = text[labels[0].start : labels[0].end]
    names = [f"/home/alice/code/{'work' if one % 3 else 'oss'}/project-{one:02}" for one in range(PROJECTS - 1)]
    return [*names, f"/home/alice/code/clients/{email}"], email


def truth_of(corpus: Path) -> Path:
    """Where the list of what is planted in a corpus is."""
    return corpus.with_name(f"{corpus.name}.truth.jsonl")


def stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


def encoded(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def write_big(root: Path, megabytes: int) -> Path:
    """One session of Codex of that size below `root`; returns its path."""
    pools = Pools(0)
    made = Codex(pools, Chance("big", pools.chance), "/home/alice/code/oss/big", FIRST)
    path = made.path(root)
    path.parent.mkdir(parents=True)
    written, made.target = 0, 1 << 20
    with path.open("wb") as out:
        while written < megabytes * 1_000_000:
            (made.fill if not written else made._turn)()
            data = encoded(made.lines)
            out.write(data)
            written += len(data)
            made.lines.clear()
    return path


def said(line: str, text: str) -> str:
    """A user's line as the client that wrote `line` would write it."""
    like = json.loads(line)
    if "payload" in like:
        payload = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        return json.dumps({"timestamp": like["timestamp"], "type": "response_item", "payload": payload})
    one = {"type": "user", "uuid": f"00000000-0000-4000-8000-{len(text):012}", "parentUuid": None, "cwd": "/srv/x"}
    one |= {"sessionId": like.get("sessionId", ""), "timestamp": like["timestamp"]}
    return json.dumps({**one, "message": {"role": "user", "content": text}})


def with_line(lines: list[str], *more: str, at: int = 4) -> bytes:
    return encoded([*lines[:at], *more, *lines[at:]])


# What is odd about a session -> its lines as they are then written.
ODD: dict[str, Callable[[list[str]], bytes]] = {
    "malformed line": lambda lines: with_line(lines, '{"type":"user", no json'),
    "truncated tail": lambda lines: encoded(lines)[:-300],
    "bad UTF-8": lambda lines: encoded(lines[:4]) + b'{"type":"x","text":"\xff\xfe"}\n' + encoded(lines[4:]),
    "empty file": lambda _: b"",
    "3 MB line": lambda lines: with_line(lines, said(lines[0], "big " + "Z" * 3_000_000)),
    "NUL": lambda lines: with_line(lines, said(lines[0], "before NUL \0 after NUL")),
    "raw NULs": lambda lines: encoded(lines[:6]) + b"\0" * 4096 + b"\n" + encoded(lines[6:]),
    "lone surrogate": lambda lines: with_line(lines, said(lines[0], "half of a pair: \ud83d!")),
    "unknown records": lambda lines: with_line(
        lines, '{"type":"brand-new","timestamp":"2026-09-01T10:00:00Z","payload":{"x":1}}', "[1,2]", '"text"', "null"
    ),
    "wrong types": lambda lines: with_line(lines, '{"type":7,"message":[],"payload":"no","timestamp":{},"uuid":null}'),
    "two records in a line": lambda lines: encoded(lines[:4]) + encoded([lines[4] + lines[5]]) + encoded(lines[6:]),
    "record spliced into another": lambda lines: with_line(lines, lines[4][:90] + lines[5], at=6),
    "ends without newline": lambda lines: encoded(lines)[:-1],
    "CRLF": lambda lines: encoded(lines).replace(b"\n", b"\r\n"),
    "deep JSON": lambda lines: with_line(lines, '{"a":' * 5000 + "1" + "}" * 5000),
    "twins": encoded,
    "twins again": encoded,
}
MARKUP = '```\n# heading\n</details><script>alert(1)</script>\n````\n<!-- | [x](javascript:y) --> "quoted" \\'
ODD_CWD = {
    "colon and newline in cwd": "/home/alice/code/od:d na*me?\nsecond/é-projet",
    "dotdot cwd": "/home/alice/../../srv/escape",
    "Windows cwd": r"C:\Users\alice\code\win",
    "no cwd": "",
    "git's name in cwd": "/home/alice/code/.git/hooks",
    "long cwd": "/home/alice/" + "/".join(["n" * 255] * 8),
}


def add_edges(corpus: Corpus) -> None:
    """Write one session of each agent for each oddity."""
    for agent in AGENTS:
        for number, (odd, change) in enumerate(ODD.items()):
            twin = odd.startswith("twins")
            start = datetime(2026, 9, 1, 9, 59 if twin else number, number, tzinfo=UTC)
            made = edge(corpus, agent, odd, start, prompt="edge: twins" if twin else "")
            corpus.put(made, change(made.lines))
        for number, (odd, cwd) in enumerate(ODD_CWD.items()):
            made = edge(corpus, agent, odd, datetime(2026, 9, 2, 9, number, tzinfo=UTC), cwd)
            corpus.put(made, encoded(made.lines))
        made = edge(corpus, agent, "markup", datetime(2026, 9, 3, 9, 0, tzinfo=UTC), prompt=MARKUP)
        corpus.put(made, encoded(made.lines))
    add_claude_subagents(corpus)
    add_codex_subagent(corpus)


def edge(corpus: Corpus, agent: type[A], odd: str, start: datetime, cwd: str | None = None, prompt: str = "") -> A:
    """A session of the smallest size, whose prompt says what is odd."""
    chance = corpus.chance(f"{agent.__name__} {odd}")
    made = agent(corpus.pools, chance, corpus.projects[0] if cwd is None else cwd, start, prompt or f"edge: {odd}")
    made.target = SMALLEST
    made.fill()
    return made


def add_claude_subagents(corpus: Corpus) -> None:
    """A session and the two that it starts; it tells of the first one only."""
    parent = edge(corpus, Claude, "subagents", datetime(2026, 9, 4, 9, 0, tzinfo=UTC))
    folder = parent.path(corpus.root).with_suffix("") / "subagents"
    for number in range(2):
        made = edge(corpus, Claude, f"subagent {number}", datetime(2026, 9, 4, 9, 10 + number, tzinfo=UTC))
        agent = f"a{number}{made.id[:6]}"
        own = {"isSidechain": True, "sessionId": parent.id, "agentId": agent}
        lines = [json.dumps({**json.loads(line), **own}, ensure_ascii=False) for line in made.lines]
        path = corpus.put(made, encoded(lines), folder / f"agent-{agent}.jsonl")
        path.with_suffix(".meta.json").write_text(json.dumps({"agentType": "general-purpose", "description": "sub"}))
        if not number:
            parent.delegate(agent)
    corpus.put(parent, encoded(parent.lines))


def add_codex_subagent(corpus: Corpus) -> None:
    parent = edge(corpus, Codex, "subagents", datetime(2026, 9, 4, 10, 0, tzinfo=UTC))
    corpus.put(parent, encoded(parent.lines))
    made = edge(corpus, Codex, "subagent", datetime(2026, 9, 4, 10, 10, tzinfo=UTC))
    meta = json.loads(made.lines[0])
    spawned = {"subagent": {"thread_spawn": {"parent_thread_id": parent.id, "depth": 1}}}
    meta["payload"] |= {"source": spawned, "parent_thread_id": parent.id, "session_id": parent.id}
    corpus.put(made, encoded([json.dumps(meta, ensure_ascii=False), *made.lines[1:]]))


def transcripts(corpus: Path) -> Iterator[Path]:
    """The main files of a corpus's sessions, in order."""
    yield from sorted((corpus / ".claude" / "projects").glob("*/*.jsonl"))
    yield from sorted((corpus / ".codex" / "sessions").glob("*/*/*/*.jsonl"))


def write(root: Path, count: int, seed: int = 1, with_edges: bool = False) -> Corpus:
    """Write a corpus and the list of what is planted in it."""
    corpus = Corpus(root, seed)
    root.mkdir(parents=True, exist_ok=True)
    corpus.fill(count)
    if with_edges:
        add_edges(corpus)
    corpus.close()
    return corpus


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path, help="an empty folder, or one that is not there yet")
    parser.add_argument("sessions", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edge", action="store_true", help="add awkward sessions")
    chosen = parser.parse_args(argv)
    if chosen.out.exists() and any(chosen.out.iterdir()):
        parser.error(f"{chosen.out} is not empty")
    made = write(chosen.out, chosen.sessions, chosen.seed, chosen.edge)
    print(f"{made.sessions} sessions, {made.size / 1e6:.1f} MB, {len(made.planted)} planted values", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
