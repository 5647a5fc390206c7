"""Addresses of computers, and the versions, times and drawings that look like them."""

from __future__ import annotations

import pytest

from support.scanning import values

FOUND = [
    ("client 145.62.81.77:52344", ["145.62.81.77"]),
    ("peer db/93.71.44.19:5432", ["93.71.44.19"]),
    ("http://93.71.44.19/x", ["93.71.44.19"]),
    ("rt=0.005 93.71.44.19 200", ["93.71.44.19"]),
    ("93.71.44.19,93.71.44.20", ["93.71.44.19", "93.71.44.20"]),
    ("+93.71.44.19 web", ["93.71.44.19"]),
    ("=> 93.71.44.19", ["93.71.44.19"]),
    ("server 5.9.12.31", ["5.9.12.31"]),
    ("-2a02:8109:9a40:1b2c::7f3e", ["2a02:8109:9a40:1b2c::7f3e"]),
]
CLEAN = [
    "version 1.2.3.4",
    "192.168.100.200",
    "bump from 5.3.4.51 to 5.3.5.12",
    "Lucee 5.3.4.51 and later",
    "(`>= 22.6.3.35`)",
    "`112.4.5`, `112.4.5.66`",
    "server/26.7.5.10/Dockerfile",
    "web-server:24.8.4.13",
    'd="M12 9.1.55.096.082 1.583z"',
    "c1.51-1.25,2.54-.6,3.38.85.9,3.79-2.08",
    'points="1.5,2.5 3.38.85.9.7 3.5,4.5"',
    "6-Jul-2001::20:47:02",
    "2026::10:11:12.345",
    "std::2001::x",
    "<<2400:16, 1:8>>",
]


@pytest.mark.parametrize(("text", "wanted"), [*FOUND, *((text, []) for text in CLEAN)])
def test_what_is_found_is_right_to_the_character(text: str, wanted: list[str]) -> None:
    assert values(text) == wanted
