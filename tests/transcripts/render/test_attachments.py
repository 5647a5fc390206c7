from __future__ import annotations

import pytest

from session_sync.transcripts.render.attachments import attached
from session_sync.transcripts.session import Attachment
from support.markdown_reader import Page


def test_kept_picture_is_shown() -> None:
    one = Attachment("image", "the [port].png", path="pictures/ab/0 1.png")
    assert attached([one]) == "![the \\[port\\].png](pictures/ab/0%201.png)\n\n"
    assert Page(attached([one])).pictures == ["pictures/ab/0%201.png"]
    assert attached([Attachment("image", path="pictures/a.png")]) == "![picture](pictures/a.png)\n\n"


@pytest.mark.parametrize(
    "path",
    [
        *("/pictures/a.png", "a.png", "pictures/../a.png", "pictures/./a.png", "pictures//a.png", "pictures/"),
        *("https://t/pictures/a.png", "pictures\\a.png", "pictures/a\n.png", "Pictures/a.png", "pictures/.a.png"),
    ],
)
def test_picture_from_elsewhere_is_only_named(path: str) -> None:
    assert attached([Attachment("image", "a.png", path=path)]) == "Attached: `a.png`\n\n"


def test_file_is_never_shown_as_a_picture() -> None:
    assert attached([Attachment("file", "a.svg", path="pictures/a.svg")]) == "Attached: `a.svg`\n\n"


def test_linked_picture_is_a_link() -> None:
    made = attached([Attachment("image", "a.png", url="https://example.org/a_b.png?x=1")])
    assert Page(made).links == ["https://example.org/a_b.png?x=1"]
    assert Page(made).pictures == []


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:image/png;base64,AA", "//t/a.png", "file:///etc/passwd"])
def test_url_of_no_page_is_code(url: str) -> None:
    made = attached([Attachment("image", "a.png", url=url)])
    assert f"(`{url}`)" in made
    assert Page(made).links == []
