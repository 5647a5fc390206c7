"""Decides on e-mail addresses: whether somebody may own such a mailbox, and where it begins."""

from __future__ import annotations

import functools
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
_MAILBOX_BACKWARDS = re.compile(r"[\w.+%&'-]*")
_AROUND = re.compile(  # in front of a mailbox: what an address escapes, the prefix of a string in Python with its quote
    r".*%(?:2[0267CcFf]|3[AaBbCcDdEeFf]|0[9AaDd]|[57][BbCcDd])|[bfruBFRU]{1,2}'"
)
_IN_FRONT = "'.+%&-"  # a quote, a diff's sign, an option's: no mailbox begins so
_NOBODY = _words(
    """git hg svn x-access-token x-token-auth oauth2 gitlab-ci-token root ubuntu debian centos fedora ec2-user vagrant
    postgres deploy emqx rabbit"""
)
_RESERVED = _words(
    """example.com example.org example.net example.edu domain.com domain.tld email.com company.com mycompany.com
    mydomain.com somewhere.com test.com foo.com bar.com yourdomain.com your-domain.com yourcompany.com
    your-company.com youremail.com openssh.com libssh.org users.noreply.github.com users.noreply.gitlab.com
    yourdomain.org your-org.com whatsapp.net g.us c.us"""
)
_LOGIN = re.compile(
    r"(?:://[^\s/]*|(?<![\w-])(?:ssh|scp|rsync|sftp|mosh|ssh-copy-id|sshfs|sqlplus|kinit|kvno)\s[^\n|;&]*"
    r"|\bxmpp:|(?i:message-id|in-reply-to|references|content-id)[\"']{0,2}:[^\n]*<)$"
)  # before `login@host`, a chat or a message's identifier
_LOGIN_SIGNS = ("://", "ssh", "scp", "sync", "sftp", "mosh", "sqlplus", "kinit", "kvno", "xmpp:", "<")  # it has one
_PROMPT = re.compile(r" [^\]\n]{1,48}\] ?[$#]")  # behind `[login@host`


def email(found: Candidate) -> Place | None:
    """A mailbox that somebody may own: not reserved, not a login, not a file's name. The match begins at the @."""
    if not _takes_mail(found.value.replace("%40", "@")[1:].lower()):
        return None
    mailbox = _mailbox(found.before(_LONGEST_MAILBOX + 1), found.after(1))
    is_realm = mailbox.lower() == found.value[1:].lower()  # of Kerberos, as in `krbtgt/ACME.COM@ACME.COM`
    if not mailbox or is_realm or _is_nobody(mailbox.lower()) or mailbox.endswith((".", "'")):
        return None
    start = found.start - len(mailbox)
    before = found.before(CONTEXT)[: -len(mailbox)]
    is_prompt = found.after(2).startswith((":/", ":~", ":$", "$ ", "# ")) or (
        before[-1:] == "[" and _PROMPT.match(found.after(60))
    )
    if is_prompt or before[-1:] == "@" or _is_login(before):
        return None
    return start, found.end


def _is_login(before: str) -> bool:
    """Whether `before` begins an address or a command that takes a login."""
    return any(sign in before for sign in _LOGIN_SIGNS) and _LOGIN.search(before) is not None


def _mailbox(before: str, behind: str) -> str:
    """The name of the mailbox at the end of `before`; what is around the address may look like a part of it."""
    found = _MAILBOX_BACKWARDS.match(before[::-1])
    name = found[0][::-1] if found else ""
    around = _AROUND.match(name)
    name = name[around.end() :] if around else name
    if behind == "'":
        name = name.rpartition("'")[2]
    if behind == "_":
        name = name.removeprefix("_")
    return name.lstrip(_IN_FRONT)


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
