"""What git, ssh, curl and servers say when something fails: which kind of failure it is, and what mends it.

The first cause that fits counts. What nobody has met yet is UNKNOWN and no reason to defer: an alarm too many is seen
and over with the next round, while a failure that is deferred for ever is seen by nobody.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

ADDRESS = "{address}"  # how the user changes the remote's address, as the caller says it
SIGN_IN = "git must authenticate without a prompt (credential helper, ssh agent)"
PORTAL = "does the network ask for a login (captive portal)? log in there"
_TLS_FILES = "correct http.sslCAInfo, http.sslCert and http.sslKey in git's configuration"
_WHO_RUNS_IT = "ask who runs the remote"


class Kind(Enum):
    BUSY = auto()  # somebody else was quicker, or the server had no time: worth another try at once
    UNREACHABLE = auto()  # not now; the next round tries again
    USER = auto()  # another try changes nothing: the user must mend it
    UNKNOWN = auto()


class Cause(NamedTuple):
    """What is `said`, and what of it is told: the line that it is found in when `told`, a template, is empty."""

    kind: Kind
    said: re.Pattern[str]
    fix: str = ""
    told: str = ""


def _cause(kind: Kind, said: str, fix: str = "", told: str = "") -> Cause:
    return Cause(kind, re.compile(said, re.MULTILINE), fix, told)


def _http(kind: Kind, codes: str, fix: str = "") -> Cause:
    """An answer with one of these status codes, by the remote or a proxy."""
    return _cause(kind, rf"(?:returned error: |HTTP |HTTP code |response |\berror: )(?:{codes})\b", fix)


# In the words of the server's own people, which git shows after "remote:".
FOR_NOW = re.compile(
    r"(?i)maintenance|temporar|try again|again later|rate.?limit|too many requests|overload|unavailable|"
    r"internal (?:server )?error|bad gateway|time[d-]? ?out"
)

MOVED = _http(Kind.USER, r"30[12378]", f"the repository has moved; {ADDRESS}")

_LOCAL = (
    _cause(Kind.USER, r"^(?!remote:).*(?:No space left on device|Disk quota exceeded)", "free some disk space"),
    _cause(
        Kind.USER,
        r"^remote:.*(?:No space left|quota)",
        f"the remote's disk is full or its quota used up; {_WHO_RUNS_IT}",
    ),
    _cause(
        Kind.USER,
        r"dubious ownership in repository at '(.+)'",
        r"if you trust its owner: git config --global --add safe.directory '\1'",
        r"\1 belongs to another user",
    ),
    _cause(
        Kind.USER, r"cannot run (.+): No such file or directory", r"install \1, or correct the setting that names it"
    ),
    _cause(Kind.USER, r"'remote-(.+)' is not a git command|find remote helper for '(.+)'", ADDRESS),
    _cause(Kind.USER, r"which git waits for", "have it need no answer"),
    _cause(Kind.USER, r"transport '(.+)' not allowed", f"protocol.allow in git's configuration forbids it; {ADDRESS}"),
    _cause(Kind.USER, r"strange (?:hostname|pathname|port)|bad/illegal format|[Mm]alformed|[Pp]ort number", ADDRESS),
    _cause(Kind.USER, r"[Uu]nsupported protocol|Protocol \".*\" (?:not supported|disabled)", ADDRESS),
)

_SSH = (
    _cause(
        Kind.USER,
        r"Offending .*key in (.+):\d+[\s\S]*?Host key for (\S+) has changed",
        r"ask who runs it whether that is right, then run: ssh-keygen -f '\1' -R '\2'",
        r"the host key of \2 has changed",
    ),
    _cause(
        Kind.USER,
        r"Host key for (\S+) has changed|REMOTE HOST IDENTIFICATION HAS CHANGED",
        "ask who runs it whether that is right, then remove the old key: ssh-keygen -R HOST",
    ),
    _cause(
        Kind.USER,
        r"host key is known for (\S+)",
        r"connect to \1 once by ssh in a terminal, compare its key and accept it",
    ),
    _cause(
        Kind.USER,
        r"Host key verification failed",
        "connect once by ssh in a terminal, compare the host's key and accept it",
    ),
    _cause(
        Kind.USER,
        r"Permissions \d+ for '(.+)' are too open",
        r"run: chmod 600 '\1'",
        r"ssh ignores the key \1, which others can read",
    ),
    _cause(
        Kind.USER,
        r"Too many authentication failures",
        "the ssh agent offers too many keys: give the host its IdentityFile and IdentitiesOnly yes in ~/.ssh/config",
    ),
    _cause(Kind.USER, r"Permission denied \(|Permission denied, please", SIGN_IN),
    _cause(
        Kind.USER,
        r"Unable to negotiate with (\S+).*: (no matching .+ found)",
        "update the older side's ssh, or allow for this host what the remote offers in ~/.ssh/config",
    ),
    _cause(
        Kind.USER,
        r"Bad configuration option|Bad owner or permissions|bad configuration options",
        "correct ssh's configuration",
    ),
    _cause(Kind.USER, r"bad line length character", "the remote's login shell must print nothing where git is called"),
    _cause(
        Kind.USER,
        r"git-(?:upload|receive)-pack.*not found|command not found",
        f"git is missing on the remote; {_WHO_RUNS_IT}",
    ),
)

_TLS = (
    _cause(
        Kind.USER,
        r"certificate verification failed|SSL certificate problem|certificate subject name|no alternative certificate|"
        r"self.signed certificate|CERT_TRUST|SEC_E_(?!.*TIMEOUT)|certificate has expired|not yet valid",
        "renew the server's certificate, or give its CA's file in http.sslCAInfo (or is this computer's clock wrong, "
        "or does the network ask for a login?)",
    ),
    _cause(
        Kind.USER, r"SSL CA cert|certificate (?:verify locations|file)|X\.509 key|PEM client certificate", _TLS_FILES
    ),
    _cause(Kind.USER, r"certificate required|alert bad certificate", _TLS_FILES),
    _cause(
        Kind.USER, r"unexpected TLS packet|wrong version number|handshake failure|HTTP/0\.9 when not allowed", ADDRESS
    ),
)

# Who answers over http:// may be anybody on the way; over https:// it is the remote itself.
_WEB_PAGE = (
    _cause(Kind.UNREACHABLE, r"asked for: http:.*\n\s*redirect: (\S+)", PORTAL, r"git is sent to \1"),
    _cause(Kind.USER, r"asked for: https:.*\n\s*redirect: (\S+)", f"{SIGN_IN}, or {ADDRESS}", r"git is sent to \1"),
    _cause(
        Kind.UNREACHABLE,
        r"http://\S+/info/refs not valid: is this|Cannot access URL http://|'http://\S+': Maximum .* redirects",
        f"a web page answers in git's place: {PORTAL}, or else {ADDRESS}",
    ),
    _cause(
        Kind.USER,
        r"https://\S+/info/refs not valid: is this|Cannot access URL https://|Maximum .* redirects",
        f"a web page answers in git's place: {SIGN_IN}, or {ADDRESS}",
    ),
)

_ANSWERS = (
    MOVED,
    _http(Kind.USER, "401", SIGN_IN),
    _cause(Kind.USER, r"Authentication failed|could not read (?:Username|Password)|terminal prompts disabled", SIGN_IN),
    _http(Kind.USER, "403", "check what your account or token may do there"),
    _http(Kind.USER, "404", ADDRESS),
    _http(Kind.USER, "407", "give the proxy's user and password in git's http.proxy"),
    _http(Kind.USER, "410", f"the repository is gone; {ADDRESS}"),
    _http(Kind.USER, "411", "run: git config --global http.postBuffer 524288000"),
    _http(Kind.USER, "413", f"the server takes no upload of this size (nginx: client_max_body_size); {_WHO_RUNS_IT}"),
    _http(
        Kind.USER, "49[56]", "the server wants a certificate: set http.sslCert and http.sslKey in git's configuration"
    ),
    _http(Kind.UNREACHABLE, "511", PORTAL),
    _http(Kind.BUSY, r"408|425|429|50[0234]|509|52\d|530|598|599"),
    _http(Kind.USER, r"[45]\d\d", f"{_WHO_RUNS_IT}, or {ADDRESS}"),
    _cause(
        Kind.USER,
        r"[Rr]epository (?:'.*' )?not found|not exported|could not be found|does not exist",
        f"may your account read it? else {ADDRESS}",
    ),
    _cause(Kind.USER, r"does not appear to be a git repository", ADDRESS),
    _cause(
        Kind.USER,
        r"mismatched algorithms|this repository's hash algorithm",
        "the remote's object format is another (sha256?): make one with git init --bare --object-format=sha1, "
        f"then {ADDRESS}",
    ),
    _cause(Kind.USER, r"the receiving end does not support", _WHO_RUNS_IT),
    _cause(Kind.USER, r"cannot lock ref.*; cannot create", "remove the branch of that name on the remote"),
)

_REFUSED_REFS = (
    _cause(Kind.USER, r"shallow update not allowed", "run: git fetch --unshallow"),
    _cause(Kind.USER, r"branch is currently checked out", f"a remote must be bare (git init --bare); {ADDRESS}"),
    _cause(Kind.USER, r"declined|protected branch|unpacker error|unpack failed|hidden ref", _WHO_RUNS_IT),
)

_IN_THE_WAY = (
    _cause(
        Kind.BUSY,
        r"cannot lock ref|failed to update ref|incorrect old value|fetch first|non-fast-forward|stale info|"
        r"shallow file has changed",
    ),
    _cause(
        Kind.BUSY,
        r"(?:kex|ssh)_exchange_identification|Connection closed|closed by remote host|Connection reset|early EOF|"
        r"RPC failed|unexpected disconnect|Broken pipe|HTTP/?2|Empty reply|transfer closed|(?:Recv|Send) failure|"
        r"unexpected eof|non-properly terminated|SSL_ERROR_SYSCALL|GnuTLS recv error|Failure when receiving|"
        r"server closed abruptly",
    ),
    _cause(
        Kind.UNREACHABLE,
        r"Could not resolve|Couldn't resolve|look up|Connection refused|[Tt]imed out|[Nn]etwork is unreachable|"
        r"No route to host|[Hh]ost is down|Failed to connect|Couldn't connect|unable to connect|too slow|"
        r"said nothing for|not connected|Proxy CONNECT aborted",
    ),
)

CAUSES = (*_LOCAL, *_SSH, *_TLS, *_WEB_PAGE, *_ANSWERS, *_REFUSED_REFS, *_IN_THE_WAY)
