"""Narratives for tests."""

from __future__ import annotations

SECTIONS = {
    "Session Summary": "Moved the parser to its own module.",
    "Key Decisions": "- one module, one reason to change",
    "Problems Encountered": "none",
    "Configuration Changes": "`config.toml`: line length",
    "Credentials & Secrets": "none touched",
    "Infrastructure & Servers": "none",
    "Commands & Outputs": "```\n## not a heading\nmake check\n```",
    "Pending / Incomplete Tasks": "- [ ] write the manual",
    "Reference Information": "see the README",
}


def narrative(**changed: str | None) -> str:
    """A complete narrative; a section given as None is left out, as text it is replaced (spell spaces as `_`)."""
    sections: dict[str, str | None] = {**SECTIONS, **{name.replace("_", " "): text for name, text in changed.items()}}
    return "\n".join(f"## {title}\n\n{text}\n" for title, text in sections.items() if text is not None)
