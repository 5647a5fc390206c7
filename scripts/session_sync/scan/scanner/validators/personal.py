"""Decides on personal data: mailboxes, social security, card and account numbers, addresses of computers."""

from __future__ import annotations

import functools
import ipaddress
import re

from session_sync.scan.scanner.candidate import CONTEXT, Candidate, Place


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILE_OR_PRIVATE = _words(
    """png jpg jpeg gif svg webp ico bmp pdf js mjs cjs ts tsx jsx json jsonl yaml yml toml html htm css scss less txt
    log csv tsv xml gz tgz tar bz2 xz whl jar war exe dll dylib so lock sum mod conf cfg ini env md5 sig asc pem crt
    service socket timer target slice mount scope local localhost localdomain internal intranet lan home corp
    private test invalid example arpa svc cluster onion domain py rb go java kt swift php cpp hpp map min dist"""
)
_GENERIC = _words(
    """com org net edu gov mil int info biz name pro museum coop aero jobs mobi travel tel cat asia post app dev cloud
    online site website store shop blog tech xyz club live life news media agency email work works team group
    solutions services systems software digital design studio network company consulting partners ventures capital
    finance financial bank insurance health care clinic hospital doctor dental law legal attorney expert academy
    school university education training institute science engineering energy house homes estate properties
    restaurant cafe bar pub beer wine pizza food kitchen photo photos photography gallery art music band film movie
    video theater game games fun fit fitness yoga sport football golf ski run bike car cars auto taxi tours holiday
    flights hotel page link click top win vip one world earth today space zone center city town london paris berlin
    tokyo nyc amsterdam wien hamburg koeln cologne bayern saarland ruhr tirol swiss wales scot irish eus gal frl
    brussels vlaanderen gent foundation community social family love wedding gifts fashion style clothing shoes
    jewelry beauty hair salon spa build builders construction contractors plumbing tools supply supplies parts
    equipment industries international global ltd gmbh inc llc sarl management marketing events express delivery
    direct market trade trading exchange fund money cash credit tax accountant business careers codes computer data
    domains dog pet vet guru guide how institute kiwi land lawyer lease limited limo lol luxury mba men mom moda
    monster ninja observer onl ooo organic pictures pink plus press productions promo pub pw quest rehab reise
    reisen rentals repair report republican rest review reviews rip rocks rodeo sale schule security sexy shiksha
    show singles soccer solar surf surgery tattoo technology tienda tips trust uno vacations villas vin vision vodka
    vote voyage watch webcam wiki wtf zip mov google goog bmw audi siemens bosch sap aws"""
)
_LONGEST_MAILBOX = 64  # RFC 5321, 4.5.3.1.1
_MAILBOX = re.compile(r"[\w.+%&'-]+$")
_NOBODY = _words(
    """git hg svn x-access-token x-token-auth oauth2 gitlab-ci-token root ubuntu debian centos fedora ec2-user vagrant
    postgres deploy"""
)
_RESERVED = _words(
    """example.com example.org example.net example.edu domain.com domain.tld email.com company.com mycompany.com
    mydomain.com somewhere.com test.com foo.com bar.com yourdomain.com your-domain.com yourcompany.com
    your-company.com youremail.com users.noreply.github.com users.noreply.gitlab.com yourdomain.org your-org.com"""
)
_LOGIN = re.compile(
    r"(?:://[^\s/]*|(?<![\w-])(?:ssh|scp|rsync|sftp|mosh|ssh-copy-id|sshfs)\s[^\n|;&]*)$"
)  # before `login@host`
_SAMPLE_SSNS = {"078051120", "219099999", "123456789", "457555462", "111223333"}
_ISSUERS = (  # ISO/IEC 7812 prefixes, with the lengths their issuers use; the first group is common and never short
    (re.compile(r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|6011|64[4-9]|65|35(?:2[89]|[3-8])"), {16}, True),
    (re.compile(r"3[47]"), {15}, True),
    (re.compile(r"3(?:0[0-5]|[689])"), {14}, True),
    (re.compile(r"4"), {13, 19}, False),
    (re.compile(r"62|81"), {16, 17, 18, 19}, False),
    (re.compile(r"6011|64[4-9]|65|35(?:2[89]|[3-8])|220[0-4]|60|9792|506[01]"), {16, 17, 18, 19}, False),
    (re.compile(r"50|5[6-9]|6[0-9]"), {13, 14, 15, 16, 17, 18, 19}, False),
)
_CARD_WORD = re.compile(
    r"(?i:card|kart|karte|carte|tarjeta|cart[aãoõ]|(?<![a-z])pan(?![a-z])|(?<![a-z])cc(?![a-z])|visa|master|maestro|amex"
    r"|american express|diners"
    r"|银联|discover|jcb|union ?pay|payment|zahlung)[^\n]{0,40}$"
)
_ID_WORD = re.compile(
    r"(?i:\b|_)(?i:id|ids|ean|gtin|upc|isbn|sku|trace|span|epoch|timestamp|ts|time|seq|sequence|offset|bytes|size|order|order_no|"
    r"tracking|invoice|ticket|build|run|job|commit|hash|checksum|snowflake|nonce|serial|imei|barcode|uid|pid|number_id)"
    r"[\"'\s:=#()\[]{0,6}$"
)
_GROUPS = re.compile(
    r"(?:\d{4} ?){3}\d{4}|\d{4}(?:([ -])\d{4}){2,3}\1\d{1,4}|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19}"
    r"|\d{6}([ -])\d{7,13}|\d{8}([ -])\d{8,11}"
)
_IBAN_LENGTHS = dict(
    item.split(":")
    for item in _words(
        """AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DJ:27
    DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HN:28 HR:21 HU:28
    IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22
    MK:19 MN:20 MR:27 MT:31 MU:30 NI:28 NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24
    SC:31 SD:18 SE:24 SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30"""
    )
)
_VERSION = re.compile(
    r"(?:(?i:version|\bver|release|build|firmware|driver|\bsdk|chapter|section|§)[\w\"']{0,12}[\s:=\"'(]{0,4}"
    r"|[\w)\]][/@~^]|[=<>~!^]=|[<>~^]|\b[vV]|-v|[A-Za-z]-)$"
)
_IP_WORDS = _words(
    """addr host from client server connect peer remote origin forwarded gateway login node dns listen upstream ://"""
)
_IP_PREFIX = re.compile(r"\b(?:ip|ssh|scp|src|dst)[^\n]{0,24}$")
_NEAR = 24  # characters between such a word and an address
_SMALL = 32  # octets this small are as likely a version


def email(found: Candidate) -> Place | None:
    """A mailbox that somebody may own: not reserved, not a login, not a file's name. The match begins at the @."""
    if not _takes_mail(found.value.replace("%40", "@")[1:].lower()):
        return None
    mailbox = _MAILBOX.search(found.before(_LONGEST_MAILBOX + 1))
    if not mailbox or _is_nobody(mailbox[0].lower()) or mailbox[0].endswith("."):
        return None
    start = found.start - len(mailbox[0])
    before = found.before(CONTEXT)[: -len(mailbox[0])]
    if found.after(2).startswith((":/", ":~", ":$", "$ ", "# ")) or before[-1:] == "@" or _LOGIN.search(before):
        return None
    return start, found.end


def ssn(found: Candidate) -> Place | None:
    """A number of the ranges that the Social Security Administration gives out, advertised ones left out."""
    digits = re.sub(r"\D", "", found.value)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area >= "900" or group == "00" or serial == "0000":
        return None
    return None if digits in _SAMPLE_SSNS or len(set(digits)) == 1 else found.place


def credit_card(found: Candidate) -> Place | None:
    """The card number in a run of digit groups: dates and codes beside the number must not hide it."""
    groups = [(match[0], match.start()) for match in re.finditer(r"\d+", found.value)]
    named = bool(_CARD_WORD.search(found.before(60)))
    for first, (_, start) in enumerate(groups):
        for group, at in groups[first : first + 6]:
            text = found.value[start : at + len(group)]
            if len(groups) > 1 and first == 0 and at == start and len(group) == len(found.value):
                break
            if _is_card(text, named, found.before(24) if not first else ""):
                return found.start + start, found.start + at + len(group)
    return None


def _is_card(text: str, named: bool, before: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if not 13 <= len(digits) <= 19 or not luhn(digits) or not _GROUPS.fullmatch(text) or len(set(digits)) < 3:
        return False
    for prefix, lengths, common in _ISSUERS:
        if prefix.match(digits) and len(digits) in lengths:
            grouped = digits != text
            return named or grouped or (common and not _ID_WORD.search(before))
    return False


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(found: Candidate) -> Place | None:
    """An account number with its country's length and a right check (ISO 13616: the remainder by 97 is 1)."""
    size = int(_IBAN_LENGTHS.get(found.value[:2].upper(), 0))
    ends = [match.end() for match in re.finditer(r"[A-Za-z0-9]", found.value)]
    if not size or len(ends) < size or found.value[ends[size - 1] :][:1].isalnum():
        return None
    compact = re.sub(r"[^A-Z0-9]", "", found.value[: ends[size - 1]].upper())
    number = "".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])
    return (found.start, found.start + ends[size - 1]) if int(number) % 97 == 1 else None


def ip(found: Candidate) -> Place | None:
    """One global unicast address; not a version that looks like one."""
    if ":" not in found.value and _is_like_a_version(found) and not _has_ip_word(found.before(48).lower()):
        return None
    return None if re.match(r"/\d", found.after(2)) or not _is_unicast(found.value) else found.place


def _has_ip_word(before: str) -> bool:
    """Whether a word that stands before addresses ends near the end of `before`."""
    near = max(0, len(before) - _NEAR)
    return any(before.find(word, max(0, near - len(word))) >= 0 for word in _IP_WORDS) or bool(
        _IP_PREFIX.search(before)
    )


def _is_like_a_version(found: Candidate) -> bool:
    return bool(_VERSION.search(found.before(24))) or all(int(octet) < _SMALL for octet in found.value.split("."))


@functools.lru_cache(4096)
def _is_unicast(value: str) -> bool:
    """Whether `value` is the global address of one computer."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    documentation = address.version == 6 and address in ipaddress.ip_network("3fff::/20")  # RFC 9637: not known to all
    return address.is_global and not address.is_multicast and not documentation and address.packed[-1:] != b"\0"


@functools.lru_cache(4096)
def _takes_mail(domain: str) -> bool:
    """Whether somebody may have a mailbox there: the ending is a country's, a common generic one or of another script,

    and documentation does not use the domain (RFC 2606, and habit).
    """
    labels = domain.split(".")
    ending = labels[-1]
    known = len(ending) == 2 or ending in _GENERIC or ending.startswith("xn--") or not ending.isascii()
    reserved = ".".join(labels[-2:]) in _RESERVED or "example" in labels or "noreply" in labels
    return known and not reserved and ending not in _FILE_OR_PRIVATE


def _is_nobody(mailbox: str) -> bool:
    return mailbox in _NOBODY or ("reply" in mailbox and re.search(r"(?:no|not)[-_.]?reply", mailbox) is not None)
