"""Chooses a session's title: what it was called, else the first thing that the person really asked.

What says nothing is passed over: commands that only set the client up, greetings, words that every session begins with.
Such texts are the same for all agents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from session_sync.text.visible import one_line
from session_sync.transcripts.session import Session

LONGEST = 100
MOST_PROMPTS = 50  # in which a title is looked for
MOST_CHARACTERS = 2_000  # of each of them
_HAS_WORD = re.compile(r"[^\W_]")
_LEAD = re.compile(r"(?:[#>*+\u2022\u276f-]+\s+)+")
_TAG_OR_FENCE = re.compile(r"<[^<>]*>$|```|~~~")
_ELEMENT = re.compile(r"\s*<([a-z][\w-]{0,40})(?:\s[^<>]*)?>")
_COMMAND = re.compile(r"[/$][\w:.-]+(?=\s|$)|!")
# Commands that set the client up, also with arguments.
_SETTING = frozenset((
    *("add-dir", "agents", "clear", "color", "compact", "config", "context", "cost", "doctor", "effort"),
    *("exit", "export", "fast", "help", "hooks", "ide", "keybindings", "login", "logout", "mcp", "memory"),
    *("model", "new", "output-style", "permissions", "plugin", "plugins", "privacy-settings", "quit"),
    *("release-notes", "reload-plugins", "rename", "resume", "rewind", "sandbox", "skills", "stats"),
    *("status", "statusline", "tasks", "terminal-setup", "theme", "todos", "undo", "upgrade", "usage", "vim"),
))  # fmt: skip
_NAMELESS = re.compile(
    r"(?:new|untitled|unnamed|empty) (?:session|chat|conversation|thread)\b[\s\d:.TZ-]*|untitled", re.I
)
_OF_CLIENT = re.compile(
    r"\[Request interrupted|Caveat: The messages below|This session is being continued from"
    r"|Base directory for this skill:|\[SYSTEM NOTIFICATION|\[(?:Image|Pasted text)[^\]]{0,200}\]$|No prompt$|Warmup$"
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|hallo|yo|ok|okay|yes|yep|no|sure|thanks|thank you|good (?:morning|evening)|test|ping"
    r"|continue|continue from where (?:you|we) left off"
    r"|go on|go ahead|proceed|exit|quit|\d+)(?: (?:there|claude|codex|gemini|please))?[\s.!?,:)]*",
    re.I,
)
_PLAN = re.compile(
    r"(?:please )?(?:implement|execute|carry out|follow) (?:the|this|my) (?:following |attached |approved )?"
    r"(?:implementation )?plan(?: below)?(?:[.:]\s*|\s*$)",
    re.I,
)
_PLAN_NAME = re.compile(r"(?:implementation |the )?plan\s*(?:[:\u2013\u2014]|-\s)\s*", re.I)
_HEADING_ONLY = re.compile(
    r"(?:the )?(?:implementation )?(?:plan|context|overview|summary|goal|objective|background|introduction|problem"
    r"|table of contents)[\s.:]*",
    re.I,
)
_IDE = re.compile(r"#+ Context from my IDE setup")
_REQUEST = re.compile(r"^#+ My request for [\w ]{1,40}:?[ \t]*$", re.M)


def title(session: Session, prompts: Iterable[str]) -> str:
    """One line of at most LONGEST characters; `prompts` are what the person asked first."""
    texts = [prompt[:MOST_CHARACTERS] for prompt in prompts]
    found = _telling(session.title) or next(filter(None, map(_asked, texts)), "") or _least(texts)
    found = found or one_line(session.title, LONGEST)
    return found or one_line(f"{session.source} session {session.source_session_id}", LONGEST)


def _telling(name: str) -> str:
    """A name that someone gave the session; "" if it says nothing."""
    line = one_line(name, LONGEST)
    says_nothing = _NAMELESS.fullmatch(line) or _OF_CLIENT.match(line) or _is_bare(line) or _ELEMENT.match(line)
    return "" if says_nothing or _PLAN.fullmatch(line) or _IDE.match(line) else line


def _asked(prompt: str) -> str:
    """What a prompt asks, in one line; "" if it asks nothing."""
    prompt = _without_elements(prompt)
    if request := _REQUEST.search(prompt):
        prompt = prompt[request.end() :]
    first = prompt.strip()
    if _IDE.match(first) or _OF_CLIENT.match(first) or _is_bare(first) or _GREETING.fullmatch(first):
        return ""
    if _COMMAND.match(first):
        return one_line(first, LONGEST)
    for line in _candidates(prompt):
        if not (_HEADING_ONLY.fullmatch(line) or _OF_CLIENT.match(line)):
            return one_line(line, LONGEST)
    return ""


def _candidates(prompt: str) -> Iterator[str]:
    """The lines of a prompt, the most telling first: of a plan these are its headings."""
    lines = list(_lines(prompt))
    plan = _PLAN.match(lines[0]) if lines else None
    if plan:
        headings = [line[2:].strip() for line in prompt.splitlines() if line.startswith("# ")]
        lines = [*filter(None, [lines[0][plan.end() :]]), *headings, *lines[1:]]
    for line in lines:
        named = _PLAN_NAME.match(line)
        yield line[named.end() :] if named and len(line) > named.end() else line


def _lines(text: str) -> Iterator[str]:
    """The lines with words in them, without signs of Markdown at their beginning."""
    for line in text.splitlines():
        line = _LEAD.sub("", line.strip(), count=1)
        if _HAS_WORD.search(line) and not _TAG_OR_FENCE.match(line):
            yield line


def _least(prompts: list[str]) -> str:
    """What there is where nobody asked anything: a command of the person's own, a greeting, or any command."""
    firsts = [one_line(prompt.strip(), LONGEST) for prompt in prompts]
    firsts = [first for first in firsts if _HAS_WORD.search(first) and not _OF_CLIENT.match(first)]
    commands = [first for first in firsts if _COMMAND.match(first)]
    own = [first for first in commands if not _is_setting(first)]
    greetings = [line for first in firsts if first not in commands for line in list(_lines(first))[:1]]
    return next(iter([*own, *greetings, *commands]), "")


def _is_bare(text: str) -> bool:
    """Whether a text is only a command: its name alone, one of the shell, or one that sets the client up."""
    found = _COMMAND.match(text)
    return found is not None and (found[0] == "!" or len(text.split(maxsplit=1)) == 1 or _is_setting(text))


def _is_setting(text: str) -> bool:
    return text.startswith("/") and text[1:].split(maxsplit=1)[0] in _SETTING


def _without_elements(text: str) -> str:
    """`text` without the elements that it begins with: a client put them there, or they are no words of a person."""
    start = 0
    while opened := _ELEMENT.match(text, start):
        close = f"</{opened[1]}>"
        end = text.find(close, opened.end())
        if end < 0:
            break
        start = end + len(close)
    return text[start:]
