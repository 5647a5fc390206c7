"""What is told of a failure, and what is tried again: by the very texts of git, curl, ssh and forges."""

from __future__ import annotations

import pytest

from session_sync.git.causes import CAUSES, Kind
from session_sync.git.failure import GitError, is_contention, remote_words

URL = "http://127.0.0.1:8080/r.git"
SSH_END = (
    "fatal: Could not read from remote repository.\n\n"
    "Please make sure you have the correct access rights\nand the repository exists.\n"
)
CHANGED_KEY = f"""\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:yuuP7gGNmQ8hTxbM90kjr.
Please contact your system administrator.
Add correct host key in /home/ada/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /home/ada/.ssh/known_hosts:1
  remove with:
  ssh-keygen -f "/home/ada/.ssh/known_hosts" -R "[h]:2222"
Host key for [h]:2222 has changed and you have requested strict checking.
Host key verification failed.
{SSH_END}"""
OPEN_KEY = f"""\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Permissions 0644 for '/home/ada/.ssh/id' are too open.
It is required that your private key files are NOT accessible by others.
This private key will be ignored.
Load key "/home/ada/.ssh/id": bad permissions
ada@h: Permission denied (publickey).
{SSH_END}"""
GITLAB_MISSING = f"""\
remote:
remote: ========================================================================
remote:
remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.
remote:
remote: ========================================================================
remote:
{SSH_END}"""
TOO_LARGE = (
    "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\n"
    "send-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly\n"
)
CUT = (
    "error: RPC failed; curl 18 transfer closed with outstanding read data remaining\n"
    "error: 5000 bytes of body are still expected\nfetch-pack: unexpected disconnect while reading sideband packet\n"
    "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n"
)
CORRUPT = (
    "error: object file ./objects/5a/28 is empty\nfatal: loose object 5a28 (stored in ./objects/5a/28) is corrupt\n"
    "fatal: the remote end hung up unexpectedly\n"
)
DUBIOUS = (
    "fatal: detected dubious ownership in repository at '/srv/r.git'\n"
    "To add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /srv/r.git\n"
)
PORTAL_PAGE = (
    f"fatal: unable to update url base from redirection:\n  asked for: {URL}/info/refs?service=git-upload-pack\n"
    "   redirect: http://portal.example/login\n"
)
SSH_LOCALES = f"fatal: '/x' scheint kein Git-Repository zu sein\n{SSH_END}"


def answered(code: int, said: str = "") -> str:
    """What git says of an HTTP status."""
    words = f"remote: {said}\n" if said else ""
    return f"{words}fatal: unable to access '{URL}/': The requested URL returned error: {code}\n"


def unable(why: str, url: str = URL) -> str:
    """What git says of curl's trouble."""
    return f"fatal: unable to access '{url}/': {why}\n"


# (what git printed, what is told of it in this order)
ONLY_THE_USER = [
    (CHANGED_KEY, ["the host key of [h]:2222 has changed", "ssh-keygen -f '/home/ada/.ssh/known_hosts' -R '[h]:2222'"]),
    (OPEN_KEY, ["ssh ignores the key /home/ada/.ssh/id", "chmod 600 '/home/ada/.ssh/id'"]),
    (
        "No ED25519 host key is known for h and you have requested strict checking.\n"
        f"Host key verification failed.\n{SSH_END}",
        ["No ED25519 host key is known for h", "connect to h once"],
    ),
    (f"Host key verification failed.\n{SSH_END}", ["Host key verification failed", "accept it"]),
    (
        f"git@h: Permission denied (publickey).\n{SSH_END}",
        ["Permission denied (publickey)", "authenticate without a prompt"],
    ),
    (
        "Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures\n"
        f"Disconnected from 1.2.3.4 port 22\n{SSH_END}",
        ["Too many authentication failures", "IdentitiesOnly"],
    ),
    (
        f"Unable to negotiate with 1.2.3.4 port 22: no matching host key type found. Their offer: ssh-rsa\n{SSH_END}",
        ["no matching host key type found", "~/.ssh/config"],
    ),
    (
        f"Unable to negotiate with 1.2.3.4 port 22: no matching key exchange method found. Their offer: x\n{SSH_END}",
        ["no matching key exchange method found"],
    ),
    (
        f"command-line: line 0: Bad configuration option: nonsense\n{SSH_END}",
        ["Bad configuration option", "ssh's configuration"],
    ),
    (
        f"bash: line 1: git-upload-pack: command not found\n{SSH_END}",
        ["command not found", "git is missing on the remote"],
    ),
    ("fatal: protocol error: bad line length character: Welc\n", ["bad line length character", "login shell"]),
    ("fatal: cannot run ssh: No such file or directory\nfatal: unable to fork\n", ["cannot run ssh", "install ssh"]),
    (f"ERROR: Repository not found.\n{SSH_END}", ["Repository not found", "correct its address"]),
    (GITLAB_MISSING, ["The project you were looking for could not be found", "correct its address"]),
    (
        f"fatal: '/x.git' does not appear to be a git repository\n{SSH_END}",
        ["'/x.git' does not appear", "correct its address"],
    ),
    (
        "fatal: remote error: access denied or repository not exported: /x\n",
        ["access denied or repository not exported"],
    ),
    ("fatal: remote error: The account ada is suspended.\n", ["the remote says: The account ada is suspended"]),
    (f"ERROR: This repository was archived so it is read-only.\n{SSH_END}", ["archived so it is read-only"]),
    (
        answered(403, "This repository was archived so it is read-only."),
        ["error: 403", "the remote says: This repository was archived"],
    ),
    (answered(403, "Your storage quota is exceeded."), ["quota is exceeded"]),
    (f"fatal: repository '{URL}/' not found\n", [f"repository '{URL}/' not found", "correct its address"]),
    (
        f"remote: Invalid token.\nfatal: Authentication failed for '{URL}/'\n",
        ["Authentication failed", "Invalid token", "without a prompt"],
    ),
    (
        "fatal: could not read Username for 'https://h': terminal prompts disabled\n",
        ["could not read Username", "without a prompt"],
    ),
    (answered(407), ["407", "http.proxy"]),
    (unable("CONNECT tunnel failed, response 407"), ["407", "http.proxy"]),
    (unable("Received HTTP code 403 from proxy after CONNECT"), ["403 from proxy"]),
    (answered(410), ["410", "the repository is gone", "correct its address"]),
    (answered(411), ["411", "http.postBuffer"]),
    (TOO_LARGE, ["HTTP 413", "takes no upload of this size"]),
    (answered(495), ["495", "http.sslCert"]),
    *((answered(code), [f"error: {code}"]) for code in (400, 402, 404, 405, 414, 431, 451, 418, 496, 501, 505, 507)),
    *((answered(code), [f"error: {code}", "moved", "correct its address"]) for code in (301, 302, 303, 307, 308)),
    (
        unable("server certificate verification failed. CAfile: none CRLfile: none"),
        ["verification failed", "http.sslCAInfo"],
    ),
    (unable("SSL certificate problem: certificate has expired"), ["certificate has expired", "renew"]),
    (
        unable("SSL certificate problem: self-signed certificate in certificate chain"),
        ["self-signed", "http.sslCAInfo"],
    ),
    (unable("SSL: no alternative certificate subject name matches target host name 'h'"), ["target host name 'h'"]),
    (unable("SSL: certificate subject name (a) does not match target host name 'b'"), ["certificate subject name (a)"]),
    (unable("Problem with the SSL CA cert (path? access rights?)"), ["SSL CA cert", "correct http.sslCAInfo"]),
    (unable("error setting certificate verify locations:  CAfile: /x"), ["CAfile: /x", "correct http.sslCAInfo"]),
    (unable("error reading X.509 key or certificate file"), ["X.509 key", "correct http.sslCAInfo"]),
    (
        unable("gnutls_handshake() failed: An unexpected TLS packet was received."),
        ["TLS packet", "correct its address"],
    ),
    (unable("Received HTTP/0.9 when not allowed"), ["HTTP/0.9", "correct its address"]),
    (unable("URL using bad/illegal format or missing URL"), ["bad/illegal format", "correct its address"]),
    (unable('Protocol "file" not supported or disabled in libcurl'), ['Protocol "file"']),
    (
        "git: 'remote-foo' is not a git command. See 'git --help'.\n\nThe most similar command is\n\tremote-ftp\n",
        ["'remote-foo'"],
    ),
    ("fatal: Unable to find remote helper for 'foo'\n", ["remote helper for 'foo'", "correct its address"]),
    ("fatal: pinentry, which git waits for, has not ended\n", ["pinentry, which git waits for", "need no answer"]),
    ("fatal: transport 'ext' not allowed\n", ["transport 'ext' not allowed", "protocol.allow"]),
    ("fatal: strange hostname '-oProxy' blocked\n", ["strange hostname '-oProxy' blocked"]),
    (PORTAL_PAGE.replace("http:", "https:"), ["https://portal.example/login", "without a prompt"]),
    (unable("Maximum (20) redirects followed", "https://h/r.git"), ["redirects followed", "a web page answers"]),
    (f"fatal: https{URL[4:]}/info/refs not valid: is this a git repository?\n", ["a web page answers in git's place"]),
    (unable("The requested URL returned error: 401"), ["401", "without a prompt"]),
    (
        f"{DUBIOUS}{SSH_END}",
        ["/srv/r.git belongs to another user", "git config --global --add safe.directory '/srv/r.git'"],
    ),
    ("fatal: mismatched algorithms: client sha1; server sha256\n", ["mismatched algorithms", "--object-format=sha1"]),
    (
        "fatal: the receiving end does not support this repository's hash algorithm\n"
        "fatal: the remote end hung up unexpectedly\n",
        ["hash algorithm", "--object-format=sha1"],
    ),
    (
        "fatal: the receiving end does not support push options\nfatal: the remote end hung up unexpectedly\n",
        ["push options"],
    ),
    (
        "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output\n",
        ["No space left", "free some"],
    ),
    (
        "remote: fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly\n",
        ["the remote's disk is full"],
    ),
    (
        "remote: fatal: bad object refs/heads/main        \nfatal: bad object refs/heads/main\n",
        ["bad object refs/heads/main"],
    ),
]

UNREACHABLE = [
    (f"ssh: connect to host h port 22: Connection refused\n{SSH_END}", ["Connection refused"]),
    (f"ssh: Could not resolve hostname h: Name or service not known\n{SSH_END}", ["Could not resolve hostname h"]),
    (f"Connection timed out during banner exchange\nConnection to h port 22 timed out\n{SSH_END}", ["timed out"]),
    (unable("Could not resolve host: h"), ["Could not resolve host: h"]),
    (unable("Could not resolve proxy: h"), ["Could not resolve proxy: h"]),
    (unable("Failed to connect to h port 80 after 0 ms: Couldn't connect to server"), ["Failed to connect to h"]),
    (unable("getpeername() failed with errno 107: Transport endpoint is not connected"), ["not connected"]),
    (unable("Operation too slow. Less than 1 bytes/sec transferred the last 30 seconds"), ["too slow"]),
    ("fatal: unable to connect to h:\nh[0: 1.2.3.4]: errno=Connection refused\n\n", ["unable to connect to h"]),
    ("fatal: unable to look up h (port 9418) (Name or service not known)\n", ["unable to look up h"]),
    ("fatal: the remote said nothing for 120 s\n", ["said nothing for 120 s"]),
    (answered(511), ["511", "captive portal"]),
    (PORTAL_PAGE, ["http://portal.example/login", "captive portal"]),
    (f"fatal: {URL}/info/refs not valid: is this a git repository?\n", ["not valid", "captive portal"]),
    (
        f"error: Cannot access URL {URL}/, return code 22\nfatal: git-http-push failed\n",
        ["Cannot access", "captive portal"],
    ),
    (answered(403, "API rate limit exceeded"), ["the remote says: API rate limit exceeded"]),
    (f"remote: GitLab is in maintenance.\n{SSH_END}", ["the remote says: GitLab is in maintenance"]),
]

BUSY = [
    *((answered(code), [f"error: {code}"]) for code in (408, 425, 429, 500, 502, 503, 504, 522)),
    ("error: RPC failed; HTTP 503 curl 22\nfatal: the remote end hung up unexpectedly\n", ["HTTP 503"]),
    (unable("CONNECT tunnel failed, response 502"), ["502"]),
    (CUT, ["curl 18"]),
    (
        "error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: early EOF\n",
        ["Connection reset by peer"],
    ),
    ("error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)\n", ["HTTP/2 stream 5"]),
    (unable("Empty reply from server"), ["Empty reply from server"]),
    (unable("gnutls_handshake() failed: The TLS connection was non-properly terminated."), ["non-properly terminated"]),
    (unable("OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to h:443"), ["SSL_ERROR_SYSCALL"]),
    (f"kex_exchange_identification: read: Connection reset by peer\n{SSH_END}", ["Connection reset by peer"]),
    (f"Connection to h closed by remote host.\n{SSH_END}", ["closed by remote host"]),
    (f"Connection closed by 1.2.3.4 port 22\n{SSH_END}", ["Connection closed by 1.2.3.4"]),
    ("fatal: the remote end hung up unexpectedly\n", ["hung up unexpectedly"]),
    (SSH_END, ["Could not read from remote repository"]),
    ("error: cannot lock ref 'refs/heads/x'\n", ["cannot lock ref"]),
]

UNKNOWN = [
    ("fatal: bad object HEAD\n", ["fatal: bad object HEAD"]),
    (CORRUPT, ["loose object 5a28"]),
    (SSH_LOCALES, ["scheint kein Git-Repository zu sein"]),
    ("warning: x\nerror: first\nfatal: the last word tells it\nhint: try\n", ["fatal: the last word tells it"]),
    ("", ["is the disk full?"]),
]

KINDS = [(Kind.USER, ONLY_THE_USER), (Kind.UNREACHABLE, UNREACHABLE), (Kind.BUSY, BUSY), (Kind.UNKNOWN, UNKNOWN)]


@pytest.mark.parametrize(
    ("kind", "said", "told"),
    [(kind, *case) for kind, cases in KINDS for case in cases],
    ids=lambda value: value.strip("@\n")[-60:] if isinstance(value, str) else None,
)
def test_errors_are_told_apart_in_one_line(kind: Kind, said: str, told: list[str]) -> None:
    error = GitError("fetch", said)
    assert error.found.kind is kind, error
    line = str(error)
    places = [line.find(part) for part in told]
    assert places == sorted(places), line
    assert min(places) >= 0, line
    assert "\n" not in line
    assert "@@@" not in line
    assert len(line) < 700
    assert error.refused == (kind is Kind.USER)
    assert error.contended == (kind is Kind.BUSY)
    assert error.unreachable == (kind in (Kind.UNREACHABLE, Kind.BUSY))


def test_every_cause_has_an_example() -> None:
    examples = [said for _, cases in KINDS for said, _ in cases]
    refusals = ["(shallow update not allowed)", "(branch is currently checked out)", "(pre-receive hook declined)"]
    others = ["Host key for h has changed", "certificate required"]
    others += ["cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'"]
    met = [*examples, *refusals, *others]
    assert [cause.said.pattern for cause in CAUSES if not any(map(cause.said.search, met))] == []


def test_credentials_are_masked() -> None:
    error = GitError("push", "fatal: unable to access 'https://ada:hunter2@host/x.git/': Failed to connect")
    assert "hunter2" not in str(error) + error.detail
    assert error.unreachable


def test_the_caller_says_how_an_address_is_changed() -> None:
    error = GitError("fetch", answered(410), address="change it in /x/config.yaml")
    assert str(error).endswith("the repository is gone; change it in /x/config.yaml")


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ("[rejected] (fetch first)", True),
        ("[rejected] (non-fast-forward)", True),
        ("[remote rejected] (cannot lock ref 'refs/heads/x': is at a but expected b)", True),
        ("[remote rejected] (failed to update ref)", True),
        ("[remote rejected] (failed to update ref): cannot lock ref 'a/b': 'a' exists; cannot create 'a/b'", False),
        ("[remote rejected] (pre-receive hook declined): try again after fetch first", False),
        ("[remote rejected] (unpacker error)", False),
        ("[remote rejected] (shallow update not allowed)", False),
        ("git did not push it", False),
    ],
)
def test_contention_is_what_git_says_and_not_a_hook(refusal: str, expected: bool) -> None:
    assert is_contention(refusal) == expected


def test_the_remotes_words_are_without_counting_and_ornaments() -> None:
    said = (
        "remote: Enumerating objects: 5, done.\rremote: Counting objects:  20% (1/5)\r"
        "remote: Counting objects: 100% (5/5), done.        \nremote: \nremote: =======\n"
        "remote: GitLab: You may not push here.        \nremote: error: hook declined to update refs/heads/x\n"
    )
    assert remote_words(said) == "GitLab: You may not push here"
