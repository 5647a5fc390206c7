"""Finds the person's own words in the result of a tool: why they refused it, what they answered to its questions."""

from __future__ import annotations

import re
from typing import Any

from session_sync.transcripts.session import ToolOutput
from session_sync.transcripts.sources import shapes

_REFUSED = re.compile(
    r"(?:Error: )?(?:The user (?:doesn't|does not) want to|Permission for this tool use was denied"
    r"|The agent proposed a plan|(?:The )?[Uu]ser rejected|The tool use was rejected)"
)
_APPROVED = re.compile(r"(?:The )?[Uu]ser has approved your plan")
_FEEDBACK = re.compile(r"^(?:#+ )?User(?:'s)? feedback[^\n:]{0,60}:\s*", re.MULTILINE)  # with which they approved it
_PLAN_FOLLOWS = re.compile(r"^## Approved Plan", re.MULTILINE)
_FIRST = frozenset("ETPUY")  # characters that any of these begins with
_SAID = re.compile(
    r"(?:user said|reason for (?:the|this) rejection|user(?:'s)? feedback|following feedback)[^\n:]{0,100}:\s*",
    re.IGNORECASE,
)
_SAID_WITHIN = 1000  # characters: what comes before the person's words is the client's
_PLAN = "Rejected plan:"
_NOTE = re.compile(r"\s*\nNote: The user's next message may contain a correction or preference\.[^\n]*\s*\Z")
_CLARIFIES = "The user wants to clarify these questions"
_CLARIFIED = re.compile(r"^- \"(.*)\"\n +Answer: (.*)$", re.MULTILINE)
_ANSWERED = re.compile(
    r"(?:User has answered your questions?|Your questions have been answered|The user (?:has )?answered"
    r"|The user asked for more questions)"
)
_RESPONDED = "The user responded: "
_UNSELECTED = "(no option selected)"
_END = re.compile(r"\. (?:You can now continue with|Read the answers carefully|They also wrote: \"|Call \w+ again)")
_ALSO = re.compile(r" They also wrote: \"(.*)\"\. Call ", re.DOTALL)
_GIVEN = re.compile(r"(.*?)\"(?: selected preview:\n(?:.*?))?(?: notes: (.*))?\Z", re.DOTALL)
_MOST_PAIRS = 100
_LONGEST = 50_000  # characters of a result that is taken apart


def words(said: ToolOutput) -> str:
    """What the person said in what a tool gave; "" if they said nothing."""
    result = said.output
    if result[:1] not in _FIRST and not said.result:
        return ""
    if _REFUSED.match(result):
        return _reason(result)
    if _APPROVED.match(result):
        return _feedback(result)
    noted = shapes.mapping(said.result)
    if noted and shapes.mapping(noted.get("answers")) and not result.lstrip().startswith(("{", "[")):
        return _noted(noted)
    if result.startswith(_RESPONDED):
        return result.removeprefix(_RESPONDED).strip()
    return _answers(result[:_LONGEST]) if _ANSWERED.match(result) else ""


def _reason(refusal: str) -> str:
    """The reason that the person gave for a refusal."""
    plan = refusal.find(_PLAN, 0, _SAID_WITHIN)
    said = _SAID.search(refusal, 0, plan if plan >= 0 else _SAID_WITHIN)
    if said is None:
        return ""
    reason = _NOTE.sub("", refusal[said.end() :]).strip()
    if not reason.startswith(_CLARIFIES):
        return reason
    return "\n\n".join(_told(question, answer) for question, answer in _CLARIFIED.findall(reason[:_LONGEST]))


def _feedback(approval: str) -> str:
    """What the person said when they approved a plan, which may stand behind it."""
    plan = _PLAN_FOLLOWS.search(approval)
    said = _FEEDBACK.search(approval, 0, plan.start() if plan else _SAID_WITHIN)
    return approval[said.end() : plan.start() if plan else len(approval)].strip() if said else ""


def _noted(noted: dict[str, Any]) -> str:
    """The questions and the answers to them, as the client noted them."""
    notes, answers = shapes.mapping(noted.get("annotations")), shapes.mapping(noted.get("answers"))
    told = [
        _told(one, _text(answers.get(one)), _text(notes.get(one))) for one in list({**answers, **notes})[:_MOST_PAIRS]
    ]
    return "\n\n".join(filter(None, told))


def _answers(result: str) -> str:
    """The questions and the answers to them in the text of a result: `"question"="answer", "question"="answer"`."""
    also = _ALSO.search(result)
    end = _END.search(result)
    text = result[: end.start()] if end else result
    question, *rest = text.replace(f'"={_UNSELECTED}', f'"="{_UNSELECTED}"').split('"="', _MOST_PAIRS)
    question = question.partition('"')[2]
    told: list[str] = []
    for number, part in enumerate(rest, 1):
        given, _, following = part.rpartition(', "') if number < len(rest) else (part, "", "")
        found = _GIVEN.match(given.rstrip(". \n"))
        answer, note = (found[1], found[2] or "") if found else (given, "")
        told.append(_told(question, "" if answer == _UNSELECTED else answer, note))
        question = following
    return "\n\n".join(filter(None, [*told, also[1].strip() if also else ""]))


def _told(question: str, answer: str, note: str = "") -> str:
    """One question with what was answered; "" if nothing was."""
    lines = [f"**{name}:** {text.strip()}" for name, text in (("A", answer), ("Note", note)) if text.strip()]
    return "\n".join((f"**Q:** {question.strip()}", *lines)) if lines else ""


def _text(value: object) -> str:
    """An answer, several of them, or the notes on one."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(shapes.text, value)))
    return shapes.text(value) or shapes.text(shapes.mapping(value).get("notes"))
