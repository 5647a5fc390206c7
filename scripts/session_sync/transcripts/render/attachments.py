"""Shows what is attached: a picture that was kept as itself, one that is only linked as a link, all else by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from session_sync.text.lines import counted
from session_sync.text.markdown import code, picture, web_link
from session_sync.transcripts.session import Attachment

# Below this folder beside the Markdown, and nowhere else, a picture is loaded from.
_KEPT = re.compile(r"pictures/(?:(?!\.)[^/\\\x00-\x1f\x7f]+/)*(?!\.)[^/\\\x00-\x1f\x7f]+")


def attached(given: Iterable[Attachment]) -> str:
    """The pictures among those `given`, and a line that names the others."""
    shown, named = "", []
    for one in given:
        if one.kind == "image" and _KEPT.fullmatch(one.path):
            shown += f"{picture(one.name or 'picture', one.path)}\n\n"
        else:
            named.append(_named(one))
    return f"{shown}Attached: {', '.join(named)}\n\n" if named else shown


def _named(one: Attachment) -> str:
    """What is known of one that is not shown, and a link to where it is."""
    size = counted(one.size, "byte", ",") if one.size else ""
    facts = ", ".join(fact for fact in (one.name or one.kind, one.media_type, size) if fact)
    link = web_link(one.url, one.url) if one.url else ""
    return f"{code(facts)} ({link})" if link else code(facts)
