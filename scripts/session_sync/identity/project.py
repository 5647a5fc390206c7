"""Projects and tenants: safe names for what a user, an agent or a folder calls a project."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from pathlib import Path

from session_sync.git import query
from session_sync.home.config import Config

GENERAL = "general"
CUSTOMER = "CUST-"
_PREFIX = re.compile(r"cust[-_.](.+)", re.IGNORECASE)
_CUSTOMER = re.compile(
    r"(?:.*[-_.])?cust(?:[-_.].*)?", re.IGNORECASE
)  # also `clients-CUST-acme`: rather scanned than not
LONGEST = 80  # bytes of UTF-8: leaves room for date, user and suffix in a name of 255 bytes
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names Windows keeps for devices


def clean(name: str) -> str:
    """`name` as one safe path component: letters and digits of any script, `.`, `_`, `-`; "" when none is left."""
    text = unicodedata.normalize("NFKC", name.encode("utf-8", "ignore").decode())
    text = re.sub(r"[^\w.]+", "-", text)
    text = re.sub(r"\.{2,}", ".", text)
    text = text.encode()[:LONGEST].decode(errors="ignore").strip("-._ ")
    return f"_{text}" if is_reserved(text) else text


def is_reserved(name: str) -> bool:
    """Whether Windows keeps `name` for a device."""
    return bool(_RESERVED.fullmatch(name))


def clean_project(name: str) -> str:
    """The project called `name`; a customer's project is one however its prefix is written."""
    project = clean(name) or GENERAL
    found = _PREFIX.fullmatch(project)
    return CUSTOMER + found[1] if found else project


def slug(topic: str) -> str:
    """`topic` as part of a log's file name, in lower case; "session" when nothing is left of it."""
    return clean(topic.lower().replace(".", "-").replace("_", "-")) or "session"


def is_customer(project: str) -> bool:
    """Whether `project` belongs to a customer, whose data is scanned before it leaves."""
    return bool(_CUSTOMER.fullmatch(project))


def tenant(project: str) -> str | None:
    """`avivatec` for `CUST-avivatec-fpa`; None for a project without a tenant."""
    found = _PREFIX.fullmatch(project)
    return re.split(r"[-_.]", found[1])[0].lower() if found else None


def of_directory(directory: Path, config: Config) -> str:
    """The project of a working directory: the configured mapping of paths and remotes, else the repository's name."""
    here = directory.resolve()
    remote = query.config_value("remote.origin.url", here)
    for rule in config.projects:
        if rule.path and here.is_relative_to(Path(rule.path).expanduser().resolve()):
            return clean_project(rule.project)
        if rule.remote and fnmatchcase(remote, rule.remote):
            return clean_project(rule.project)
    top = query.toplevel(here)
    return clean_project(top.name) if top else GENERAL
