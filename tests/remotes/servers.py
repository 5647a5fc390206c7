"""Real git servers on loopback: `git http-backend` over HTTP, `sshd`, and a server that never answers.

For tests and benchmarks. Every server ends with its `with` block, and ends only processes that it started.
"""

from __future__ import annotations

import base64
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import parse_headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, NamedTuple, cast
from urllib.parse import unquote

LOOPBACK = "127.0.0.1"
BACKEND_SECONDS = 120.0
START_SECONDS = 10.0
BLOCK = 1 << 16
# The second matters for ssh alone: Debian's sshd does not pass GIT_PROTOCOL on, so that version 0 is spoken.
PARTIAL_CLONES = ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant")
PASSED_ON = {"Content-Encoding": "HTTP_CONTENT_ENCODING", "Git-Protocol": "GIT_PROTOCOL"}


class MissingToolError(RuntimeError):
    """A server's program is not installed: a test fails on it, for an unproven transport is no pass."""


def git(*arguments: str | Path, cwd: Path | None = None, timeout: float = 60) -> str:
    """Run plain git without a prompt; returns its stdout, raises with its stderr."""
    done = subprocess.run(
        ["git", *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
    )
    if done.returncode:
        raise RuntimeError(f"git {arguments[0]} exited {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode()


def bare_repository(path: Path) -> Path:
    """Make an empty bare repository that allows partial clones, as the large forges do."""
    git("init", "--quiet", "--bare", "--initial-branch=main", path)
    for key in PARTIAL_CLONES:
        git("--git-dir", path, "config", key, "true")
    return path


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def black_hole_server(port: int = 0) -> Iterator[int]:
    """Yield a port where the connection is accepted and no byte ever comes back."""
    # The kernel completes the handshake for the backlog by itself: nobody has to call accept.
    with socket.create_server((LOOPBACK, port), backlog=128) as listening:
        yield int(listening.getsockname()[1])


@contextmanager
def http_git_server(
    root: Path, *, user: str | None = None, password: str | None = None, port: int = 0
) -> Iterator[str]:
    """Serve the repositories below `root` over smart HTTP; yield the base URL, which ends in a slash."""
    server = _GitHttpServer((LOOPBACK, port), root, _basic(user, password))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        server.end_backends()
        thread.join(START_SECONDS)


class Answer(NamedTuple):
    """What a web server says to whatever is asked, with `{base}` in its headers and `{asked}`, the path and query."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@contextmanager
def web_server(answers: dict[str, Answer]) -> Iterator[str]:
    """Serve an answer for all below each first folder of a path; yield the base URL, which ends in a slash."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            folder = self.path[1:].partition("/")[0].partition("?")[0]
            answer = answers[folder]
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value.format(base=base, asked=self.path[len(folder) + 2 :]))
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    base = f"http://{LOOPBACK}:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield base
    finally:
        server.shutdown()
        server.server_close()
        thread.join(START_SECONDS)


def _basic(user: str | None, password: str | None) -> str | None:
    if user is None:
        return None
    return "Basic " + base64.b64encode(f"{user}:{password or ''}".encode()).decode()


def _http_backend() -> str:
    if shutil.which("git") is None:
        raise MissingToolError("git is not on PATH; install git")
    found = Path(git("--exec-path").strip(), "git-http-backend")
    if not found.is_file():
        raise MissingToolError(f"{found} is missing; install the whole of git, not a minimal build")
    return str(found)


class _GitHttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # the default of 5 drops connections when 30 machines come at once

    def __init__(self, address: tuple[str, int], root: Path, authorization: str | None) -> None:
        self.backend = _http_backend()
        self.root = root
        self.authorization = authorization
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        super().__init__(address, _GitHttpHandler)

    @contextmanager
    def run_backend(self, body: IO[bytes], env: dict[str, str]) -> Iterator[BufferedReader]:
        process = subprocess.Popen(
            [self.backend], stdin=body, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env
        )
        with self._lock:
            self._running.add(process)
        bound = threading.Timer(BACKEND_SECONDS, process.kill)
        bound.daemon = True
        bound.start()
        try:
            with process:
                yield cast("BufferedReader", process.stdout)
        finally:
            bound.cancel()
            with self._lock:
                self._running.discard(process)

    def end_backends(self) -> None:
        with self._lock:
            for process in self._running:
                process.kill()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that is killed or times out is what the tests are about: no traceback for that.
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _GitHttpHandler(BaseHTTPRequestHandler):
    """The CGI side of RFC 3875, as far as git http-backend needs it."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _GitHttpServer

    def do_GET(self) -> None:
        expected = self.server.authorization
        if expected is not None and self.headers.get("Authorization") != expected:
            self._ask_for_credentials()
            return
        # A spooled body cannot deadlock with a backend that answers before it has read everything.
        with tempfile.TemporaryFile() as body:
            for block in self._request_blocks():
                body.write(block)
            length = body.tell()
            body.seek(0)
            with self.server.run_backend(body, self._cgi_environment(length)) as answer:
                self._relay(answer)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _ask_for_credentials(self) -> None:
        self.close_connection = True  # the request's body stays unread
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="logs"')
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def _request_blocks(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline(BLOCK).split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline(BLOCK)
        while self.rfile.readline(BLOCK).strip():
            pass  # trailers

    def _cgi_environment(self, length: int) -> dict[str, str]:
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.server.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_PROTOCOL": self.request_version,
        }
        return env | {name: self.headers[header] for header, name in PASSED_ON.items() if header in self.headers}

    def _relay(self, answer: BufferedReader) -> None:
        headers = parse_headers(answer)
        self.send_response(int((headers.get("Status") or "200").split()[0]))
        chunked = self.request_version != "HTTP/1.0" and "Content-Length" not in headers
        for name, value in headers.items():
            if name.lower() != "status":
                self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = self.close_connection or self.request_version == "HTTP/1.0"
        while block := answer.read1(BLOCK):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")


class SshServer(NamedTuple):
    """Where a running sshd is: the base URL ends in a slash; `command` is for GIT_SSH_COMMAND."""

    url: str
    command: str
    log: Path


@contextmanager
def ssh_git_server(root: Path, state: Path, *, max_startups: str = "10:30:100", port: int = 0) -> Iterator[SshServer]:
    """Serve `root` over a real sshd whose keys and configuration are in `state`; a restart keeps the keys."""
    user = pwd.getpwuid(os.getuid()).pw_name
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # compiled into sshd, which refuses to start without it
    if not (state / "host").exists():
        _make_keys(state)
    log = state / "sshd.log"
    with _running_sshd(state, user, log, max_startups, port) as bound:
        _trust_host(state, bound)
        yield SshServer(f"ssh://{user}@{LOOPBACK}:{bound}{root}/", _ssh_command(state), log)


def _system_tool(name: str) -> str:
    # Debian keeps sshd in /usr/sbin, which a user's PATH often leaves out.
    found = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if found is None:
        raise MissingToolError(f"{name} is not installed; install openssh-server and openssh-client")
    return found


def _make_keys(state: Path) -> None:
    for name in ("host", "client"):
        subprocess.run(
            [_system_tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", state / name],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
        )
    shutil.copy(state / "client.pub", state / "authorized_keys")


def _trust_host(state: Path, port: int) -> None:
    kind, key, _ = (state / "host.pub").read_text().split(maxsplit=2)
    (state / "known_hosts").write_text(f"[{LOOPBACK}]:{port} {kind} {key}\n")


def _ssh_command(state: Path) -> str:
    # ssh finds the home by the account, not by HOME: only -F none keeps it out of the real one.
    options = [
        f"UserKnownHostsFile={state / 'known_hosts'}",
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
    ]
    words = [_system_tool("ssh"), "-F", "none", "-i", str(state / "client")]
    return shlex.join(words + [word for option in options for word in ("-o", option)])


@contextmanager
def _running_sshd(state: Path, user: str, log: Path, max_startups: str, wanted: int) -> Iterator[int]:
    for _ in range(5):  # another process may take the free port first
        port = wanted or free_port()
        process = _start_sshd(state, user, port, log, max_startups)
        try:
            if _listens(process, log):
                yield port
                return
        finally:
            _end(process)
    raise RuntimeError(f"sshd did not start: {log.read_text(errors='replace').strip()}")


def _start_sshd(state: Path, user: str, port: int, log: Path, max_startups: str) -> subprocess.Popen[bytes]:
    config = state / "sshd_config"
    lines = [
        f"ListenAddress {LOOPBACK}:{port}",
        f'HostKey "{state / "host"}"',
        f'AuthorizedKeysFile "{state / "authorized_keys"}"',
        f"AllowUsers {user}",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "UsePAM no",
        "StrictModes no",
        "PidFile none",
        "PermitUserRC no",
        "PrintLastLog no",
        f"MaxStartups {max_startups}",
        # The server's git and shell must not read the real home either.
        f'SetEnv "HOME={state}" "PATH={os.environ["PATH"]}" GIT_CONFIG_NOSYSTEM=1',
    ]
    config.write_text("\n".join(lines) + "\n")
    with log.open("wb") as stderr:
        return subprocess.Popen(
            [_system_tool("sshd"), "-D", "-e", "-f", config],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )


def _listens(process: subprocess.Popen[bytes], log: Path) -> bool:
    # Its own word, not a probing connection: newer versions penalise a client that connects and leaves.
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if b"Server listening" in log.read_bytes():
            return True
        time.sleep(0.02)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(START_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(START_SECONDS)
