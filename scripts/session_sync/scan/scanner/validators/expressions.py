"""Tells what says where a secret comes from: a variable, a program, a path, an address."""

from __future__ import annotations

import functools
import re

from session_sync.scan.scanner.validators import words

_REFERENCE = re.compile(
    r"""\?|\$[A-Za-z_][\w.]*(?:$|[/\[({]|->|::|\?->)|\$[({]|%[\w.]+%(?:$|[\\/;])|%(?:env|param)?\(|[@&*]?[({\[<]|[!&]\w+\s
    |!(?i:ref|sub|getatt|importvalue|secret|vault|env)|\#\{|@@|\\|~\{
    |(?i:process|import\.meta)\.env|(?i:os\.|sys\.|env\.|env\[|environ|getenv|secrets?\.|vars?\.|local\.|data\.|self\.|this\.
    |config\.|settings\.|args\.|opts?\.|options\.|request\.|req\.|params\.|ctx\.|context\.|module\.|props\.|state\.)
    |(?i:env|vault|secret|param(?:eter)?|ref|lookup|config)\(
    |(?i:vault|ssm|arn|op|gcp-secret|sm|awssm|keyring|env|file|secret|azurekv|doppler|bw|pass|aws|kms|ref):|[\w+.-]+://|arn:""",
    re.VERBOSE,
)
_PATH = re.compile(
    r"\.{0,2}/[\w.@-]+(?:/[\w.@-]*)*(?:#[\w.-]+)?|~/.*|[A-Za-z]:\\.*|[\w-]+\.(?:txt|json|ya?ml|pem|key|env|py|js|ts|go|sh|md|conf|ini)"
)
_RELATIVE_PATH = re.compile(r"[\w-]+(?:/[\w.-]+)+")
_LONG = 16  # characters of a path without a word; a name in one is shorter
_CALL = re.compile(r"[A-Za-z_$][\w$.:?>-]*[(\[].*")
_CALLED = re.compile(r"[A-Za-z_$][\w$.:>-]*\([^()]*\)")
_KEYWORD = re.compile(r"(?:new|await|yield|not|lambda|return)\b.*|[a-z_]{2,20}=[A-Za-z_][\w.]*\(.*")
_CMDLET = re.compile(r"[A-Z][a-z]+(?:To)?-(?:[A-Z][a-z]+)+")
_MEMBER = re.compile(r"_{0,2}[A-Za-z]\w*(?:(?:\?\.|\.|::|->)_{0,2}[A-Za-z]\w*)+[!?]?")
_EXPRESSION = re.compile(
    r"(?:[!&*(@-]|(?:new|await|yield|not|return|lambda|typeof|mut|ref)[ ]){0,3}"
    r"(?P<name>\$?[A-Za-z_]\w*(?:[?!]?(?:\.|->|::)\$?[A-Za-z_]\w*)*)!?"
    r"(?:(?P<bracket>[(\[{])(?P<inside>[^()\[\]{}\s]*)(?P<behind>[)\]}]?\w?)"
    r"|(?P<operator>[?!]?->|::|\?\.|\.\$|[ ](?:\?\?=?|\|\||&&|\+|==|!=|\?|or|and|if|in|as|is)[ ]))"
)
_JOINT = re.compile(r"\W+")  # of a member and what it belongs to
_FRAGMENT = re.compile(
    r"[)\]},.:;+]+[ ]?\$?[A-Za-z_][\w$.>:-]*\(.*|.*\)%|\.[a-z]{2,5}|[)\]}]+[.;,].*|#[a-z]+\d{0,2}|&[a-z]+;?"
)
_SEPARATOR = re.compile("[,;]")
_LITERAL = re.compile(r"(?i:true|false|null|none|nil|undefined)[);,\]}]*")


def is_reference(value: str) -> bool:
    """Whether `value` names where a secret is kept: a variable, an expression, a path, an address."""
    if _RELATIVE_PATH.fullmatch(value):
        return all(words.words_of(part) for part in re.split(r"[/.]", value))
    return bool(_REFERENCE.match(value) or (_PATH.fullmatch(value) and not _is_without_words(value)))


def is_code(value: str) -> bool:
    """Whether an unquoted `value` is an expression of a programming language."""
    if _CALL.fullmatch(value):
        return is_expression(value)
    return bool(
        _KEYWORD.fullmatch(value)
        or _CMDLET.fullmatch(value)
        or _LITERAL.fullmatch(value)
        or (_MEMBER.fullmatch(value) and words.words_of(re.sub(r"\W+|_+", " ", value).strip()))
    )


def is_member_in_a_row(value: str) -> bool:
    """Whether an unquoted `value` begins with a member that a comma or semicolon follows, as in code without spaces."""
    first, *others = _SEPARATOR.split(value, maxsplit=1)
    return bool(others) and first.replace(".", "").isalpha() and is_code(first)


def is_fragment(value: str) -> bool:
    """Whether `value` is a call, what stands between two quoted strings of code, a file's ending, or an entity."""
    return bool(_FRAGMENT.fullmatch(value) or (_CALLED.fullmatch(value) and is_expression(value)))


@functools.lru_cache(words.REMEMBERED)
def is_expression(line: str) -> bool:
    """Whether `line`, the rest of one, begins with a call, a member, an index or a literal of a type."""
    match = _EXPRESSION.match(line)
    if not match or not _is_member_or_name(match["name"]):
        return False
    if not match["bracket"]:
        return True
    inside, behind = match["inside"], match["behind"]
    if match["bracket"] == "{" and inside and behind:
        return ":" in inside or ("," in inside and behind == "}")
    is_open = not behind and bool(inside) and match.end() >= len(line.rstrip())  # no argument follows, and no end
    return not is_open and len(behind) < 2


def _is_member_or_name(name: str) -> bool:
    """Whether `name` reads like one, or belongs to what does: not all that libraries call something is a word."""
    owner, joint, _ = _JOINT.sub(".", name.lstrip("$")).partition(".")
    return not name.strip("$_") or words.is_name(owner if joint else name.lstrip("$"))


def _is_without_words(path: str) -> bool:
    """Whether a long `path` is of no words: base64 may begin with a slash, too."""
    parts = [part for part in re.split(r"[/.]", path) if part]
    return any(len(part) >= _LONG for part in parts) and not any(words.is_name(part) for part in parts)
