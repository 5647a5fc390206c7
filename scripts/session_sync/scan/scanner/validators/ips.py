"""Decides on addresses of computers, and on the versions, times and drawings that look like them."""

from __future__ import annotations

import functools
import ipaddress
import re

from session_sync.scan.scanner.candidate import Candidate, Place


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VERSION = re.compile(
    r"(?:(?i:version|\bver|release|build|firmware|driver|\bsdk|chapter|section|§)[\w\"']{0,12}[\s:=\"'(`]{0,4}"
    r"|[\w)\]][@~^]|[=<>~!^]=|[<>~^]|[<>~^]=\s|\b[vV]|-v|[A-Za-z]-)$"
)
_VERSIONED = re.compile(
    r"\b(?i:version|upgrad|downgrad|bump|updat|releas|install|requir|migrat|tested|since|as of)[^\n]{0,60}$"
    r"|\w[-/][\w.]+:$|~>\s?$"
)
_TAGGED = re.compile(  # the tag of an image, a version in a lock file of Bundler, an update, an object identifier
    r"\b(?:image:|FROM|pull|docker run[^\n]{0,40}) ?[\w./-]{1,60}:$|^ {4,}[\w.-]{1,60} \($|\bgem [^\n,]{1,60}, ['\"]$"
    r"|\b(?i:upgrad|downgrad|bump)[^\n]{0,50}(?:from|to) $|(?i:\boid)\W{0,4}$"
)
_NEWER = re.compile(r"[`\"')]{0,2}(?:\+|,? (?:and|or|to) (?:later|newer|above|up|earlier|older|below|higher|lower)\b)")
_FOLDER = re.compile(r"[\w)\]]/$")
_PORT = re.compile(r":\d")
_IP_WORDS = _words(
    """addr host from client server connect peer remote origin forwarded gateway login node dns listen upstream ://"""
)
_IP_PREFIX = re.compile(r"\b(?:ip|ssh|scp|src|dst)[^\n]{0,24}$")
_NAMED = re.compile(  # right before a number that is small
    r"(?i:ip|addr(?:ess)?|host|hostname|ping|trace(?:route|path|rt)|mtr|whois|telnet|nmap|curl|dig|deny|allow|ban(?:ned)?"
    r"|block(?:ed)?|report for|from|client|server|connect\w*|peer|remote|origin|forwarded|gateway|login|node|dns"
    r"|listen\w*|upstream|ssh|scp|src|dst|:/)\W{0,6}(?:(?:to|at|on|is|for)\W{1,3})?$"
    r"|\b(?:ssh|scp|rsync|sftp|mosh|ping|mtr|trace(?:route|path)|mysql|iptables|ufw)\b[^\n]{0,50}[ @(]$"
    r"|://[^\s/]{1,40}@$"
)
_ASKED = re.compile(r" - \S{1,40} \[|:\d{2,5}(?![.\d])| (?:GET|POST|PUT|HEAD|CONNECT) /")  # behind who asks a server
_NEAR = 24  # characters between such a word and an address
_SMALL = 32  # numbers this small are as likely a version's
_AROUND = 60  # characters in which the rest of a drawing or a list of versions stands
_DRAWN = "-0123456789., \t\n\r\f\vMmLlHhVvCcSsQqTtAaZz"  # what an SVG path consists of
_DRAWN_BEHIND = re.compile(rf"[{_DRAWN}]*(?![\d.])")
_DECIMAL = re.compile(
    r"(?<![\d.])(?!\d+(?:\.\d+){3}(?![\d.]))\d*\.[\d.]*\d"
)  # of a drawing, or several joined; no address
_RELEASE = re.compile(r"(?<![\d.])(?:(\d+\.\d+\.\d+)(?![.\d])|(\d+\.\d+\.\d+\.\d+)-[a-z])")
_TIME = re.compile(r"\d{4}::?\d{1,2}(?::\d{1,2}){1,2}")  # behind a year
_NETWORK = re.compile(r"/\d")


def ip(found: Candidate) -> Place | None:
    """One global unicast address; no version, time or drawing that looks like one."""
    looks_otherwise = _is_time if ":" in found.value else _is_number
    if _NETWORK.match(found.after(2)) or looks_otherwise(found) or not _is_unicast(found.value):
        return None
    return found.place


def _is_time(found: Candidate) -> bool:
    """Whether a year and a time of day look like an address, as in `6-Jul-2015::20:47:02`."""
    return _TIME.fullmatch(found.value) is not None


def _is_number(found: Candidate) -> bool:
    """Whether four numbers are rather a version, or a part of a drawing."""
    before, behind = found.before(_AROUND), found.after(_AROUND).partition("\n")[0]
    if _is_in_folder(before, behind) or _has_shorter_version(found.value, before + " " + behind):
        return True
    if _is_drawn(before, behind) or _TAGGED.search(before) or _NEWER.match(behind):
        return True
    first, second, third, _ = map(int, found.value.split("."))
    if max(first, second, third) < _SMALL:
        return bool(_VERSIONED.search(before)) or not (_NAMED.search(before) or _ASKED.match(behind))
    return (0 in (second, third) or bool(_VERSION.search(before))) and not _has_ip_word(before[-48:].lower())


def _is_in_folder(before: str, behind: str) -> bool:
    """Whether a path names the number, as in `server/1.2.3.4/Dockerfile`; Java writes a peer as `host/1.2.3.4:80`."""
    return _FOLDER.search(before) is not None and not _PORT.match(behind)


def _has_shorter_version(value: str, around: str) -> bool:
    """Whether the front of `value` stands beside it, as in `26.6.3, 26.6.3.62`, or one with a suffix does."""
    three = value.rpartition(".")[0]
    return three in around and any(three == short or value == suffixed for short, suffixed in _RELEASE.findall(around))


def _is_drawn(before: str, behind: str) -> bool:
    """Whether the numbers of an SVG path stand around it: one as `.208`, or several decimal ones, and nothing else."""
    after = _DRAWN_BEHIND.match(behind)
    near = [before[len(before.rstrip(_DRAWN)) :], after[0] if after else ""]
    decimals = [number for part in near for number in _DECIMAL.findall(part)]
    return len(decimals) > 1 or any(number.startswith(".") for number in decimals)


def _has_ip_word(before: str) -> bool:
    """Whether a word that stands before addresses ends near the end of `before`."""
    near = max(0, len(before) - _NEAR)
    return any(before.find(word, max(0, near - len(word))) >= 0 for word in _IP_WORDS) or bool(
        _IP_PREFIX.search(before)
    )


@functools.lru_cache(4096)
def _is_unicast(value: str) -> bool:
    """Whether `value` is the global address of one computer."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    documentation = address.version == 6 and address in ipaddress.ip_network("3fff::/20")  # RFC 9637: not known to all
    return address.is_global and not address.is_multicast and not documentation and address.packed[-1:] != b"\0"
