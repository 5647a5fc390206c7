"""What a rule of the scanner is, and how rules/*.yaml becomes rules (schemas/rules.json documents the fields)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_sync.scan.scanner import go_regex
from session_sync.scan.scanner.allowlist import Allowlist

VALUE = "value"  # the named group of a pattern that holds the value; without one it is the whole match
BEFORE = 120
REACH = 400
OVERLAP = 1 << 15  # bytes seen around those that are judged: more than any rule reaches
_ESCAPED = r"(?<=%[0-9A-Fa-f]{2})"  # a token may stand right behind what an address escapes
_LEFT = rf"(?:(?<![A-Za-z0-9])|{_ESCAPED})"
_MACROS = {  # what several rules share; a rule writes %ASSIGN%
    "ESCAPED": _ESCAPED,
    "ASSIGN": r"""[\w.\-]{0,40}+["'`\])]{0,64}+\s{0,8}(?:=>|:=|={1,3}|:|,|>|\s)\s{0,8}\(?["'`]{0,64}""",
    "PASSWORD": r"(?:pass(?:[_\-]?word|wort|wd|phrase|code)?|pwd|pswd|kennwort|mot[ _\-]?de[ _\-]?passe|mdp"
    r"|contrase(?:ñ|n)a|clave|senha|palavra[ _\-]?passe|psk)",
    # the short names of one, where they are no part of a word; for (?i:...)
    "PW": r"(?<![a-z0-9])p/?w(?![a-z])|(?-i:(?<=[a-z])P[Ww](?![a-z]))"
    r"|(?:(?<=root)|(?<=bind)|(?<=user)|(?<=admin)|(?<=db))pw(?![a-z])",
    "SECRET": r"(?:secret(?:[ ](?:access[ ])?key)?|token|credentials?|auth[_\-]?code|connection[_\- ]?string"
    r"|(?:api|access|auth|authentication|private|account|master|signing|encryption|license|shared|role)[_\- .]?key)",
    # what stands behind a name that is given a value that chance made, for (?x:...)
    "GIVEN_CHANCE": r"""[\w.\-]{0,40}+(?:[ *_]{0,3}\([^()"\n]{1,30}\)(?=[*_]{0,3}[ ]?[:=]))?"""
    r"""(?:(?:%WRAP%|[^\w\n:=|>]){0,12}(?:%IS%)"""
    r"""(?:%WRAP%|[^\w\n]|<\w{1,9}>|[\w.:]{2,24}\(){0,12}?%CHANCE%"""
    r"""|["'\])\\]{0,6}[ ]?[(,](?:[ ]|<<){0,2}[bfr]?["'\\]{1,6}%CHANCE%"""
    r"""|["'\])]{0,4}[ ]?(?:\?\?|\|\||or)[ ]?["'\\]{1,4}%CHANCE%"""
    r"""|["'`]{0,2}[ ]to[ ]["'`]?%CHANCE%|%LATER%)""",
    # a part of a cookie's name that speaks of a login
    "SESSION": r"(?:sess|sid|auth|token|jwt|login|logged|remember|identity|sso|ticket|credential|clearance|saml|oidc"
    r"|user_id|li_at|ct0|__(?:host|secure)-)",
    # what may stand around a value in JSON, HTML or a form, and stand for the sign between a name and its value
    "WRAP": r"\x1b\[[0-9;]{1,8}m|\\u001b\[[0-9;]{1,8}m|\\{2,80}+|\\(?:u00|x)[0-9a-f]{2}"
    r"|&(?:amp;){0,3}(?:quot|apos|lt|nbsp|\#3[49]|\#x2[27]);|%(?:25){0,3}(?:2[27]|5[bd])",
    "IS": r"[:=>|]|\\{1,32}(?:u00|x)3[ade]|&(?:amp;){0,3}(?:gt|equals|colon|\#6[12]|\#58);|%(?:25){0,3}3[ad]",
    "COLOUR": r"\x1b\[[0-9;]{1,8}m|\\u001b\[[0-9;]{1,8}m",
    # how a value begins that chance made: long, with a digit soon, and no number
    "CHANCE": r"""(?![0-9.]+(?![\w+/=\-]))(?=(?:[^\s"'`\\]|\\[/u]){16})[^\s"'`\\0-9]{0,28}+[0-9]""",
    # how a sentence names a password; escaped letters stand behind spaces in a plain text
    "SAID": r"(?:pass(?:word|wort|phrase|code|wd)|kennwort|mot[ ]de[ ]passe|mdp|contrase[ ]{0,8}(?:ñ|n)a|clave|senha"
    r"|palavra[ \-]passe|zugangscode|pwd|pw|pin)",
    # how the cell of a table begins that holds a digit, in bytes
    "CELL": r"""(?:[|,;>\t\n]|\\[tn]|[ ]{2}|\xe2\x94[\x82\x83])[ "'`*\\+]{0,8}(?=[^\s|,;<"]{0,40}[0-9])""",
    # a word with a digit, of eight characters and more, as a password in a sentence is; in bytes and in a text
    "DISTINCT": r"""(?:[^\w\s]|</?[a-z]{1,6}>){0,12}(?=[^\s"'`]{0,60}[0-9])(?=[^\s"'`]{0,60}[A-Za-z])[^\s"'`]{8}""",
    # a word that is hardly anything but a password: with a digit, and a mark between letters and digits
    "STRONG": r"""(?![a-z0-9_]{4,20}\$)(?=[^\s"'`]{0,60}[0-9])(?=[A-Za-z0-9][\w@+.\-]{0,40}[!$^*~\#&?][A-Za-z0-9])"""
    r"""[\w!@\#$%^&*+?~.\-]{8,60}(?![\w=(\[{<>/\\|;:])""",
    # what comes before a value that does not follow the name at once, for (?x:...)
    "LATER": r"""(?:\\{0,8}+["'])?+(?:(?:(?<=["']),?|,?(?:%BREAK%))(?:%BREAK%){0,60}+\\{0,8}+["']?value"""
    r"""|[ ]?\{[^{}]{0,120}default"""
    r"""|(?:[ ][\w:\-]{1,24}=["'\\]{1,8}[^"'<>\n]{0,80}["']){0,3}[ /]{0,2}>(?:%BREAK%){0,40}+"""
    r"""(?:<(?:string|value|!\[CDATA\[)>?)?[^<\s]{8}|(?<=["'])(?:%LINE_END%){2}[^\s]{5}|(?:\]=>|[ ]?\.)(?:%BREAK%))"""
    r"""|</\w{1,9}>(?:%BREAK%){0,40}+<string>|:[ ]?[|>][+\-]?(?:%BREAK%)"""
    r"""|(?:[ ]?:[ ]?[a-z&'][\w.\[\]<>,&?]{0,30}|[ ][a-z]{3,12})[ ]?=[ ]?"""
    r"""(?:[bfr]|[\w.:]{2,24}\((?:\w{1,12}=)?)?["'`\\][^"']""",
    "BREAK": r"\s|\\{1,8}[nrt]",  # between words, in bytes
    "LINE_END": r"(?:\\{1,8}r|\r)?(?:\\{1,8}n|\n)",  # in bytes, where it may be escaped
    # an argument of a command, behind its opening quotes if any
    "ARGUMENT": r"""["'\\]{0,6}(?P<value>(?<=")[^"\s][^"\n]{4,99}|(?<=')[^'\s][^'\n]{4,99}|[^\s"'`|;&<>()]{5,100})""",
    # the commands that read a secret from their standard input, for (?x:...)
    "READS_SECRET": r"""(?:(?:sudo|npx|bunx|pnpm|yarn|exec|run|time|env)[ ](?:-\w{1,12}[ ]|dlx[ ]"""
    r"""|exec[ ]){0,3}){0,2}(?:\S{1,40}/)?(?:kinit|chpasswd|passwd[ ][^\n|;&<]{0,24}-stdin"""
    r"""|sudo[ ](?:-\w{1,8}[ ]){0,2}-\w{0,3}S\w{0,3}(?=[ \n])|ssh-add|smbpasswd|ldappasswd|cryptsetup"""
    r"""|mkpasswd|systemd-creds|ecryptfs[\w-]{0,24}|kubeseal|su(?=[ \n])|p4[ ]login|secret-tool[ ]store"""
    r"""|(?:go)?pass[ ]insert|vault[ ](?:login|kv)|pw[ ]user\w{3}|doveadm[ ]pw|caddy[ ]hash-password"""
    r"""|rclone[ ]obscure|travis[ ]encrypt|(?:gh|glab|wrangler|docker|podman|nerdctl|doppler|fly|flyctl"""
    r"""|vercel|gcloud|heroku|supabase|netlify|az|kubectl|oc|railway|op)[ ][^\n|;&<]{0,60}?(?:secrets?"""
    r"""|env[ ]add|auth[ ]login|login|variable)(?=[ \n])|\w[\w-]{0,24}[ ][^\n|;&<]{0,120}?(?:-(?:pass"""
    r"""|passin|passout)[ ]stdin|--passphrase-fd[ =]0|passwd[ ][^\n|;&<]{0,24}-stdin|(?:password"""
    r"""|passphrase|passwd|pass|token|secret)-?stdin|stdin-?pass(?:word)?))""",
    # what word processors and JSON write between the groups of a number, in bytes
    "GAP": r"""(?:\xc2\xa0|\xe2\x80[\x80-\x95\xaf]|\xe2\x88\x92|\\u00a0|\\u202f|&nbsp;|%20)""",
    # behind the first digit of an address' last octet: it is none of 10.0.0.0/8, 127.0.0.0/8, 192.168.0.0/16
    "NOT_PRIVATE": "".join(
        rf"(?<![^0-9.]{network}\.[0-9]{{{third}}}\.[0-9])"
        for network in (r"10\.[0-9]", r"10\.[0-9]{2}", r"10\.[0-9]{3}", r"127\.[0-9]", r"192\.168")
        for third in (1, 2, 3)
    ),
    # what stands between the end of a keyword and the value that is given to it, in code, settings and tables
    "GIVEN": r"""(?P<rest>[\w.\-]{0,40})["'`\])\\*]{0,64}[ \t]{0,16}(?:\([^()\n]{1,30}\)[*_]{0,3})?(?P<given>"""
    r""":[ ]{0,3}[A-Za-z&'][\w.\[\]<>,&?]{0,30}(?:[ ]=(?![=>~])|=(?=[ ]?[bfr]?["'`]))[ ]{0,3}"""
    r"""|[ ][a-z]{3,12}[ ]=(?!=)[ ]{0,3}"""
    r"""|[ ]?\|(?!\|)[ ]{0,24}"""
    r"""|,?\s{0,60}["']{0,32}(?i:value)["']{0,32}[ ]{0,4}[:=][ ]{0,4}|[ ]?\{[^{}]{0,120}?default[ ]{0,8}=[ ]{0,4}"""
    r"""|,[ ]{0,4}(?=(?:<<)?["'])|[ ]\.[ ](?=")"""
    r"""|(?:[ ][\w:-]{1,24}=["']{1,8}[^"'<>\n]{0,80}["']{1,8}){1,3}[ ]?>\s{0,40}"""
    r"""|</\w{1,9}>\s{0,40}(?=<string>)|(?:\r?\n){2,32}(?=\S)"""
    r"""|=>\n\s{0,40}(?=string)|>\s{1,40}(?=[^\s<])|\([ ]{0,4}(?=["'])"""
    r"""|\)?[ ]?(?:\?\?|\|\||\bor\b)[ ]?(?=["'])|[ ]to[ ](?=["'`]?\S{8})"""
    r"""|:[ ]?[|>][+-]?[ ]{0,2}\n{1,32}[ ]{1,16}"""
    r"""|:[*_]{1,3}[ ]{1,24}|(?:=>|:=|\?\?=|\|\|=|={1,3}|::?|->|<-|>)(?!=)[ \t]{0,24})(?=(?P<value>[^\n]{1,300}))""",
}


BY_SURROUNDINGS = frozenset({"secret:generic", "secret:password"})  # types of what has no form of its own


@dataclass(frozen=True)
class Rule:
    """How one kind of value is found: near an anchor, by a pattern, and only if the validator agrees."""

    id: str
    type: str
    anchors: tuple[str, ...]  # regular expressions, see schemas/rules.json; one of them ends in or before each value
    pattern: str  # searched from `before` the end of an anchor to `reach` behind it, or everywhere without anchors
    go: bool = False  # the pattern is one of Go, not of Python
    heads: tuple[str, ...] = ()  # in lower case: a match begins with one of these, in any case
    validator: str = ""
    entropy: float = 0.0  # least bits per character of the value
    before: int = BEFORE  # bytes before the end of an anchor that a pattern may need
    reach: int = REACH  # bytes behind it
    ignore_case: bool = False  # of the anchors; a pattern says (?i:...) itself
    bounded: bool = True  # no letter or digit may touch the match
    inline: bool = False  # a credential that a team may keep in its logs with `credentials: inline`
    secret_group: int = 0  # of Go's pattern: the number of the group that holds the value, if not the first
    allowlists: tuple[Allowlist, ...] = ()
    scattered: bool = False  # several values may follow one anchor at a distance
    regional: bool = False  # wanted only where the settings name a region besides the default

    @property
    def is_by_surroundings(self) -> bool:
        """Whether only what stands around a value tells what it is."""
        return self.type in BY_SURROUNDINGS

    @functools.cached_property
    def regex(self) -> re.Pattern[str]:
        """Python's pattern, compiled when it is first needed."""
        pattern = rf"{_LEFT}(?:{self.pattern})(?![A-Za-z0-9])" if self.bounded else self.pattern
        return re.compile(pattern, 0 if self.type == "email" else re.ASCII)  # 中ghp_... is a token, üser@... a mailbox

    def matches(self, text: str, start: int) -> Iterator[re.Match[str]]:
        """The matches of the pattern in `text` that begin at `start` or later."""
        return go_regex.matches(self.pattern, text, start) if self.go else self.regex.finditer(text, start)

    def place(self, match: re.Match[str]) -> tuple[int, int]:
        """Where the value of `match` begins and ends."""
        return self._go_place(match) if self.go else match.span(self._group)

    def _go_place(self, match: re.Match[str]) -> tuple[int, int]:
        """As gitleaks has it: the first group that is not empty, without line ends around it."""
        groups = [self.secret_group] if self.secret_group else range(1, go_regex.groups(self.pattern) + 1)
        start, end = next((match.span(one) for one in groups if match[one]), match.span())
        value = match.string[start:end]
        return end - len(value.lstrip("\n")), start + len(value.rstrip("\n"))

    @functools.cached_property
    def _group(self) -> str | int:
        return VALUE if VALUE in self.regex.groupindex else 0


def of_file(path: Path) -> list[dict[str, Any]]:
    """The rules of a YAML file as they are written, with the meaning of their macros, and examples included."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: list[dict[str, Any]] = yaml.load(path.read_bytes(), loader)  # noqa: S506 - both loaders are safe
    for one in content:
        one["pattern"] = _filled_in(one["pattern"])
        one["anchors"] = [_filled_in(anchor) for anchor in one.get("anchors", ())]
    return content


def of_content(content: Iterable[dict[str, Any]]) -> list[Rule]:
    """The rules that `content` describes; examples and whatever else the schema allows are left out."""
    rules = []
    for one in content:
        known: dict[str, Any] = {name: value for name, value in one.items() if name in Rule.__dataclass_fields__}
        known["anchors"] = tuple(known.get("anchors", ()))
        known["heads"] = tuple(known.get("heads", ()))
        known["allowlists"] = tuple(Allowlist(**entry) for entry in known.get("allowlists", ()))
        rules.append(Rule(**known))
    return rules


def _filled_in(text: str) -> str:
    """`text` with the meaning of its macros; one may be of others that follow it."""
    for name, meaning in _MACROS.items():
        text = text.replace(f"%{name}%", meaning)
    return text
