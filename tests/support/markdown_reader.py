"""Reads Markdown as a forge does, with a real parser, and says what of it is not text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": True, "maxNesting": 1000}).enable(["table", "strikethrough"])
_OURS = re.compile(r"</?(?:details|summary|code|ul|li)>")
_KEPT_PICTURE = re.compile(r"pictures/[^/:]")
_ANY_TAG = re.compile(r"<[A-Za-z/!?]")


class Page:
    """What a reader of `text` is shown."""

    def __init__(self, text: str) -> None:
        env: dict[str, object] = {}
        self.tokens = _PARSER.parse(text, env)
        self.definitions = env.get("references", {})

    @property
    def headings(self) -> list[tuple[str, str]]:
        """Tag and source of each."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [(one.tag, inner.content) for one, inner in pairs if one.type == "heading_open"]

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """Language and content of each block of code."""
        return [(token.info, token.content) for token in self.tokens if token.type in ("fence", "code_block")]

    @property
    def links(self) -> list[str]:
        return [str(token.attrs["href"]) for token in self._all() if token.type == "link_open"]

    @property
    def pictures(self) -> list[str]:
        return [str(token.attrs["src"]) for token in self._all() if token.type == "image"]

    @property
    def summaries(self) -> list[str]:
        return re.findall("<summary>(.*)</summary>", self.html)

    @property
    def html(self) -> str:
        return "".join(token.content for token in self._all() if token.type in ("html_block", "html_inline"))

    @property
    def text(self) -> str:
        """What stands outside of blocks of code and HTML, its Markdown taken out."""
        shown = ("text", "code_inline", "softbreak", "hardbreak")
        return "".join(token.content or "\n" for token in self._all() if token.type in shown)

    @property
    def outside(self) -> list[str]:
        """The types of what is not in a `<details>`, quote or list."""
        found, depth = [], 0
        for token in self.tokens:
            depth += token.content.count("<details>") if token.type == "html_block" else 0
            if depth == 0 and token.level == 0 and token.nesting >= 0 and token.type != "html_block":
                found.append(token.type)
            depth -= token.content.count("</details>") if token.type == "html_block" else 0
        return found

    def dangers(self) -> list[str]:
        """What no hostile text may bring about, in words."""
        found = [f"defines {name}" for name in self.definitions] if isinstance(self.definitions, dict) else []
        found += [token.type for token in self._all() if token.type == "html_inline"]
        found += [f"picture from {path}" for path in self.pictures if not _KEPT_PICTURE.match(path) or ".." in path]
        found += [f"link to {path}" for path in self.links if re.match(r"(?!https?:|mailto:)[\w+.-]*:", path)]
        if _ANY_TAG.search(_OURS.sub("", self.html)):
            found.append(f"HTML: {self.html}")
        if self.html.count("<details>") != self.html.count("</details>"):
            found.append("details not closed")
        return found

    def _all(self) -> Iterator[Token]:
        for token in self.tokens:
            yield token
            yield from token.children or []
