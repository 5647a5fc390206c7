"""What some of Codex's rarer events tell a reader: goals, reviews, hooks and notices."""

from __future__ import annotations

from typing import Any

from session_sync.transcripts.session import Kind
from session_sync.transcripts.sources.codex.texts.content import texts_of
from session_sync.transcripts.sources.shapes import mapping, sequence, text

_SILENT = ("", "active", "inprogress", "in_progress")
_FINISHED = "The review was ended"


class ClientTexts:
    """Makes texts of the events of one thread. A goal, which is written again and again, is told when it changes."""

    def __init__(self) -> None:
        self._goal = ""

    def text(self, name: str, fields: dict[str, Any]) -> tuple[Kind, str]:
        """The kind and text of the event `name`; no text if it tells nothing new."""
        if name.startswith("thread_goal"):
            return "goal", self._changed(goal(fields) if name == "thread_goal_updated" else "The goal was cleared.")
        if name == "entered_review_mode":
            return "review", f"Review of {target(fields)}"
        if name == "exited_review_mode":
            return "review", review(fields)
        if name == "hook_completed":
            entries = sequence(mapping(fields.get("run")).get("entries"))
            return "hook", "\n\n".join(texts_of(entries))
        return "notice", _notice(name, fields)

    def _changed(self, told: str) -> str:
        is_new, self._goal = told != self._goal, told
        return told if is_new else ""


def goal(fields: dict[str, Any]) -> str:
    """What the goal is, and what became of it."""
    found = mapping(fields.get("goal"))
    objective, status = text(found.get("objective")), text(found.get("status"))
    return objective if status.lower() in _SILENT or not objective else f"{objective} ({status})"


def target(fields: dict[str, Any]) -> str:
    """What is reviewed, in a few words."""
    hint = text(fields.get("user_facing_hint")) or text(fields.get("userFacingHint")) or text(fields.get("review"))
    wanted = mapping(fields.get("target"))
    if hint:
        return hint
    if text(wanted.get("branch")):
        return f"the changes since the branch {wanted['branch']}"
    if text(wanted.get("sha")):
        return f"the commit {wanted['sha']} {text(wanted.get('title'))}".strip()
    return text(wanted.get("instructions")) or text(fields.get("prompt")) or "the changes"


def review(fields: dict[str, Any]) -> str:
    """What a review found."""
    output = mapping(fields.get("review_output") or fields.get("reviewOutput"))
    told = [
        text(output.get("overall_correctness")),
        text(output.get("overall_explanation")),
        text(fields.get("review")),
    ]
    verdict, *rest = [one for one in told if one] or [""]
    findings = [_finding(mapping(one)) for one in sequence(output.get("findings"))]
    return "\n\n".join([f"{_FINISHED}: {verdict}" if verdict else f"{_FINISHED}.", *rest, *findings])


def _finding(found: dict[str, Any]) -> str:
    location = mapping(found.get("code_location"))
    lines = mapping(location.get("line_range"))
    place = text(location.get("absolute_file_path"))
    if place and isinstance(lines.get("start"), int) and isinstance(lines.get("end"), int):
        place += f":{lines['start']}-{lines['end']}"
    head = " — ".join(one for one in (text(found.get("title")), place) if one)
    body = "\n".join(f"  {line}".rstrip() for line in text(found.get("body")).splitlines())
    return f"- {head}\n\n{body}" if body else f"- {head}"


def _notice(name: str, fields: dict[str, Any]) -> str:
    if name == "guardian_assessment":
        verdict = text(fields.get("status"))
        told = [] if verdict in _SILENT else [verdict, text(fields.get("rationale"))]
    elif name == "model_reroute":
        told = [f"{text(fields.get('from_model'))} to {text(fields.get('to_model'))}", text(fields.get("reason"))]
    else:
        told = [text(fields.get("summary")), text(fields.get("details"))]
    told = [one for one in told if one]
    return f"{name.replace('_', ' ').capitalize()}: {', '.join(told)}" if told else ""
