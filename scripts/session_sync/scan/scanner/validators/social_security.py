"""Decides on social security numbers of the United States."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate, Place

_SAMPLE_SSNS = {"078051120", "219099999", "123456789", "457555462", "111223333"}


def ssn(found: Candidate) -> Place | None:
    """A number of the ranges that the Social Security Administration gives out, advertised ones left out."""
    digits = re.sub(r"\D", "", found.value)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area >= "900" or group == "00" or serial == "0000":
        return None
    return None if digits in _SAMPLE_SSNS or len(set(digits)) == 1 else found.place
