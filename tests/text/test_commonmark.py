"""What a line of Markdown is, compared with another reader of CommonMark."""

from __future__ import annotations

import random
import re
import time
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from session_sync.text import outline

_COMMONMARK = MarkdownIt("commonmark", {"maxNesting": 1000})
_BEFORE = ["", "", "  ", "   ", "    ", "\t", "> ", "- ", "1. ", "2) "]
_PIECES = [
    *(
        "```",
        "````",
        "~~~",
        "~~~~",
        "`",
        "```sh",
        "``` a`b",
        "~~~ a`b",
        "```code``` is the command",
        "\n",
        "\n",
        "\n\n",
    ),
    *(
        " ",
        "  ",
        "   ",
        "    ",
        "\t",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "10. ",
        "-",
        "1.",
        "> ",
        ">",
        "- - ",
        "-\t",
        ">\t",
    ),
    *("# H", "## a", "#", "##", "### b ##", "# C#", "# d \\#", "####### e", "#f", "#\tg", "## ", " #", "## h # \t"),
    *("---", "===", "***", "- - -", "--", "=", "_ _ _", "text", "word ", "\\", "<!--", "-->", "<!-- ## x -->", "<!-->"),
    *("<script>", "</script>", "<pre>", "</pre>", "<div>", "</div>", "<details>", "<DIV", "<b>", "<b", "</b>", "</x >"),
    *('<a href="x">', "<x-y z='1' k/>", "<http://a.b>", "<?x", "?>", "<!X", "<!", "<![CDATA[", "]]>"),
]
_DEEP_QUOTE = re.compile(r"(?: {4}|\t)\s*>")  # markdown-it takes it for a quote's mark, which has 3 spaces at most


def documents(seed: int, count: int) -> list[str]:
    """Texts of pieces that mean something to Markdown, one after another or in lines."""
    chance = random.Random(seed)
    made = []
    while len(made) < count:
        pieces = chance.choices(_PIECES, k=chance.randint(1, 30))
        if chance.random() < 0.5:
            lines = ("".join([*chance.choices(_BEFORE, k=chance.randint(0, 2)), piece]) for piece in pieces[:14])
            pieces = ["\n".join(lines)]
        text = "".join(pieces)
        if not _DEEP_QUOTE.search(text):
            made.append(text)
    return made


def read(text: str) -> tuple[list[tuple[int, int, str]], set[int]]:
    """The headings of `text`, and the lines in fences that are not blank, as markdown-it sees them."""
    tokens = _COMMONMARK.parse(text)
    heads = [
        (one.map[0], int(one.tag[1]), inner.content)
        for one, inner in pairwise(tokens)
        if one.type == "heading_open" and one.level == 0 and one.markup[0] == "#" and one.map
    ]
    fences = [one.map for one in tokens if one.type == "fence" and one.map]
    return heads, {line for start, end in fences for line in range(start + 1, end)}


@pytest.mark.parametrize("seed", range(6))
def test_headings_and_fences_are_those_of_another_reader(seed: int) -> None:
    met = [0, 0]
    for text in documents(seed, 500):
        heads, code = read(text)
        assert outline.headings(text) == tuple(heads), text
        lines = text.split("\n")
        found = {number for number, is_code in enumerate(outline.fenced(lines)) if is_code}
        assert {one for one in found ^ code if one < len(lines) and lines[one].strip(" \t>")} == set(), text
        met = [met[0] + len(heads), met[1] + len(code)]
    assert min(met) > 50


_REPEATED = [
    *("\n", "a\n", "a\n=", "> ", "- ", "-\t", "1. ", "* ", "- - - x\n", "> > > > > > > > > > > > > > >\n", "# ", "#"),
    *(
        "`",
        "```\n",
        "``` `\n",
        "~~~ ",
        "\t",
        " ",
        "\r",
        "<",
        "<a b",
        "<a b=",
        "<a b='c' \n\n",
        "<!--\n",
        "<script>\n\n",
    ),
]


@pytest.mark.parametrize("begin", ["", "- " * 20 + "x", "> " * 20 + "x"])
@pytest.mark.parametrize("text", _REPEATED)
def test_the_time_is_linear(text: str, begin: str) -> None:
    took = []
    for size in (20_000, 80_000):
        document = begin + text * (size // len(text)) + "x"
        start = time.process_time()
        outline.headings(document)
        took.append(time.process_time() - start)
    assert took[1] < 8 * took[0] + 0.2
