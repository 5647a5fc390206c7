"""Projects and tenants: safe names for what a user, an agent or a folder calls a project."""

from __future__ import annotations

import functools
import re
import unicodedata

GENERAL = "general"
CUSTOMER = "CUST-"
_PREFIX = re.compile(r"cust[-_.](.+)", re.IGNORECASE)
_CUSTOMER = re.compile(
    r"(?:.*[-_.])?cust(?:[-_.].*)?", re.IGNORECASE | re.DOTALL
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
    """The project called `name`; a customer's project is one however its prefix is written, and however long it is."""
    project = clean(name) or GENERAL
    if is_customer(name) and not is_customer(project):  # what says so was cut off
        project = clean(CUSTOMER + name)
    found = _PREFIX.fullmatch(project)
    return CUSTOMER + found[1] if found else project


def slug(topic: str) -> str:
    """`topic` as part of a log's file name, in lower case; "session" when nothing is left of it."""
    return clean(topic.lower().replace(".", "-").replace("_", "-")) or "session"


@functools.lru_cache(4096)
def is_customer(name: str) -> bool:
    """Whether the project or folder `name` is a customer's, whose data is scanned before it leaves.

    A folder may have any name: `CUST acme` is the customer's whose project is CUST-acme.
    """
    return bool(_CUSTOMER.fullmatch(name) or _CUSTOMER.fullmatch(clean(name)))


def tenant(project: str) -> str | None:
    """`avivatec` for `CUST-avivatec-fpa`; None for a project without a tenant."""
    found = _PREFIX.fullmatch(project)
    return re.split(r"[-_.]", found[1])[0].lower() if found else None
