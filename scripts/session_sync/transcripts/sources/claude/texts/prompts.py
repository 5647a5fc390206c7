"""Tells apart who speaks in a text that came in the name of the user: the person, other agents, hooks, the client."""

from __future__ import annotations

from session_sync.transcripts.sources.claude.texts import marked, phrased
from session_sync.transcripts.sources.claude.texts.elements import element_at, element_before
from session_sync.transcripts.sources.claude.texts.phrased import Step
from session_sync.transcripts.sources.claude.texts.said import Said

_MOST_PIECES = 100  # of one text; what comes after them is taken as the person's


def read(text: str) -> list[Said]:
    """All that is said in `text`, in its order: what the person wrote beside a tag of the client's is theirs."""
    end, after = _trailing(text)
    start, said = _leading(text, end)
    own = text[start:end]
    if own and not own.isspace():
        said.append(Said(own.rstrip() if after else own))
    return [*said, *reversed(after)]


def _trailing(text: str) -> tuple[int, list[Said]]:
    """Where what the person wrote ends, and the context that the client put behind it, the last piece first."""
    end, said = len(text), list[Said]()
    while len(said) < _MOST_PIECES and (found := element_before(text, end)):
        is_apart = text[max(0, found.start - 80) : found.start].rstrip(" \t")[-1:] in ("\n", "")
        one = marked.said_in(found)
        if not one or not (found.name == marked.REMINDER or (is_apart and marked.is_context(found.name))):
            break
        said.append(one)
        end = found.start
    return end, said


def _leading(text: str, end: int) -> tuple[int, list[Said]]:
    """Where the person's own words begin, and what is said before them."""
    said: list[Said] = []
    start = 0
    while len(said) < _MOST_PIECES and (step := _step(text, _after_space(text, start, end), end)):
        for one in step[1]:
            _add(said, one)
        start = step[0]
    return (_after_space(text, start, end) if said else 0), said


def _step(text: str, start: int, end: int) -> Step | None:
    """What is said at `start` by someone else than the person."""
    first = text[start] if start < end else ""
    if first in phrased.FIRST:
        return phrased.phrase(text, start, end)
    if first != "<":
        return None
    if typed := marked.command(text, start, end):
        return typed[0], [typed[1]]
    found = element_at(text, start, end)
    if not found:
        return None
    found = marked.shell_command(text, found, end)
    said = marked.said_in(found)
    return (found.end, [said]) if said else None


def _add(said: list[Said], one: Said) -> None:
    """Add a piece; the outputs of one command are one."""
    if one.kind == "output" and said and said[-1].kind == "output":
        both = "\n".join(filter(None, (said[-1].text, one.text)))
        said[-1] = Said(both, "output", hidden="" if both else "system")
    else:
        said.append(one)


def _after_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start
