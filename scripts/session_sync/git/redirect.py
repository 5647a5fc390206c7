"""What answers over HTTP in a repository's place: a new address, or a page where one signs in."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from session_sync.errors import masked
from session_sync.git.causes import ADDRESS, PORTAL, SIGN_IN, Kind
from session_sync.git.failure import Diagnosis, GitError
from session_sync.git.run import Git

_TRACED = {"GIT_TRACE_CURL": "2", "GIT_TRACE_CURL_NO_DATA": "1"}
_STATUS = re.compile(r"Recv header: HTTP/\S+ (\d{3})")
_LOCATION = re.compile(r"Recv header: [Ll]ocation: (\S+)")
_ASKED = re.compile(r"/info/refs(\?.*)?$")  # what git asks a repository for
_PAGE = re.compile(r"Recv header: [Cc]ontent-[Tt]ype: text/html")
_FOR_EVER = ("301", "308")
_USERINFO = re.compile(r"(?<=://)[^/\s]*@")


def explain(git: Git, url: str) -> Diagnosis | None:
    """What it means that the server at `url` sends git elsewhere; None when it does not do so now."""
    url = _USERINFO.sub("", url)
    status, place = _asked(git, url)
    if not place:
        return None
    if _ASKED.search(place):
        new = _ASKED.sub("", place)
        return Diagnosis(Kind.USER, f"the repository has moved to {masked(new)}", ADDRESS)
    told = f"the server sends git to {_host(place)}, which is no repository"
    if status in _FOR_EVER:
        return Diagnosis(Kind.USER, told, ADDRESS)
    if url.startswith("http://"):  # anybody on the way may answer
        return Diagnosis(Kind.UNREACHABLE, told, PORTAL)
    return Diagnosis(Kind.USER, told, SIGN_IN)


def is_web_page(git: Git, remote: str) -> bool:
    """Whether what answers at the remote called `remote` is a web page, which git may take for no refs at all."""
    asking = replace(git, variables=_TRACED)
    try:
        answer = asking.ask("ls-remote", "--quiet", "--", remote, keep_lock=False)
    except GitError as error:
        return bool(_PAGE.search(error.detail))
    return bool(_PAGE.search(answer.err.decode(errors="replace")))


def is_absent_folder(url: str, detail: str) -> bool:
    """Whether `url` is a folder of this computer that is not there now, as git says in `detail`."""
    path = url.removeprefix("file://")
    return "does not appear to be a git repository" in detail and os.path.isabs(path) and not os.path.exists(path)


def _asked(git: Git, url: str) -> tuple[str, str]:
    """The status of the server's answer, and where it leads; asked without any credentials."""
    asking = replace(
        git,
        settings={"http.followRedirects": "false", "credential.helper": ""},
        variables=_TRACED,
    )
    try:
        asking.talk("ls-remote", "--", url, keep_lock=False)
    except GitError as error:
        status, place = _STATUS.search(error.detail), _LOCATION.search(error.detail)
        if status and place:
            return status[1], urljoin(f"{url}/info/refs", place[1])
    return "", ""


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
