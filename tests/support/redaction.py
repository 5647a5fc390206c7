"""Values that are taken out of sessions, and what takes them out."""

from __future__ import annotations

from session_sync.scan.policy import Policy
from session_sync.scan.scanner import scanner
from session_sync.transcripts.redactor import Redactor
from support.templates import expand

TOKEN = expand("ghp_<<alnum:36>>", "token")
PASSWORD = expand("<<password>>", "password")
MAIL = "grace.hopper@brightwater.io"


def redactor(level: str = "standard") -> Redactor:
    return Redactor(scanner.default(), Policy(level))
