"""The address of a log repository, and what git must know to reach it."""

from __future__ import annotations

import base64
import re

from session_sync.git import query

REMOTE = "session-sync"  # not `origin`: what a user sets for that one globally is not meant for us
SHORTEST_TOKEN = 20  # characters of a user name in a URL that is a token rather than a name


def https_url(url: str) -> str:
    """The https form of an ssh URL of a forge; any other URL unchanged."""
    found = re.fullmatch(r"(?:ssh://)?(?:[\w.-]+@)?([\w.-]{2,})(?::\d+/|[:/])([^/:].*)", url)
    if not found or url.startswith(("http://", "https://", "file://", "/", ".")):
        return url
    return f"https://{found[1]}/{found[2]}"


def settings(url: str) -> dict[str, str]:
    """The remote as git settings. A password in the URL becomes a header: git would show it in its process list."""
    given = {
        f"remote.{REMOTE}.fetch": "+refs/heads/*:refs/remotes/origin/*",
        f"remote.{REMOTE}.promisor": "true",
        f"remote.{REMOTE}.partialclonefilter": "blob:none",
        "extensions.partialClone": REMOTE,
    }
    found = re.fullmatch(r"(https?://)([^/]*)@(.+)", url)
    if found and (":" in found[2] or len(found[2]) >= SHORTEST_TOKEN):
        from urllib.parse import unquote_to_bytes

        url = found[1] + found[3]
        pair = unquote_to_bytes(found[2] if ":" in found[2] else found[2] + ":")
        given[f"http.{url}.extraHeader"] = f"Authorization: Basic {base64.b64encode(pair).decode()}"
        given["http.followRedirects"] = "false"  # the header would go along, to whatever host
    elif (not found and "://" not in url and ":" in url) or url.startswith("ssh://"):
        given["core.sshCommand"] = query.config_value("core.sshCommand") or "ssh"
    return {**given, f"remote.{REMOTE}.url": url}
