"""Who speaks: the person, the model or the client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Message
from support.gemini_sessions import MAIN, put, read, said

RAN = "I ran the following shell command:\n```sh\nmake\n```\n\nThis produced the following result:\n```\nall\ndone\n```"


def heard(chats: Path, *records: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    messages = [one for one in read(put(chats, MAIN, *records))[1] if isinstance(one, Message)]
    return [(one.role, one.kind, one.text, one.hidden) for one in messages]


def test_a_shell_command_and_its_output_are_told_apart(chats: Path) -> None:
    assert heard(chats, said("a", [{"text": RAN}]), said("b", "and now?")) == [
        ("user", "command", "!make", ""),
        ("system", "output", "all\ndone", ""),
        ("user", "", "and now?", ""),
    ]


@pytest.mark.parametrize("typed", ["/stats", "/chat save x", "!ls -l", "/mcp:list"])
def test_a_command_is_no_prompt_and_what_the_client_answers_is_its_output(chats: Path, typed: str) -> None:
    assert heard(chats, said("a", typed), said("b", "so it is", "info"), said("c", "go"), said("d", "hm", "info")) == [
        ("user", "command", typed, ""),
        ("system", "output", "so it is", ""),
        ("user", "", "go", ""),
        ("system", "notice", "hm", ""),
    ]


@pytest.mark.parametrize("typed", ["/home/ada/main.c does not build", "/", "go /stats", "/Users"])
def test_what_only_begins_like_a_command_is_a_prompt(chats: Path, typed: str) -> None:
    assert heard(chats, said("a", typed)) == [("user", "", typed, "")]


def test_files_that_a_prompt_names_are_not_the_persons_words(chats: Path) -> None:
    content = [{"text": "look at @a.md"}, {"text": "\n--- Content from referenced files ---"}, {"text": "\nContent"}]
    assert heard(chats, said("a", content)) == [
        ("user", "", "look at @a.md", ""),
        ("user", "", "\nContent", "injected"),
    ]


def test_a_command_that_the_client_made_a_prompt_of_is_one(chats: Path) -> None:
    record = said("a", [{"text": "Write a log."}], displayContent=[{"text": "/save notes"}])
    assert heard(chats, record) == [("user", "", "/save notes", ""), ("user", "", "Write a log.", "injected")]


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("info", "Chat history compressed from 9000 to 700 tokens.", "compaction"),
        ("compression", "", "compaction"),
        ("info", "Request cancelled.", "interruption"),
        ("info", "User cancelled the request.", "interruption"),
        ("error", "The request was cancelled by the user", "interruption"),
        ("warning", "Loop detected", "notice"),
        ("error", "[API Error: quota]", "notice"),
    ],
)
def test_what_the_client_says(chats: Path, kind: str, text: str, found: str) -> None:
    assert heard(chats, said("a", text, kind)) == [("system", found, text, "")]


def test_the_acknowledgement_of_what_was_put_in_is_hidden(chats: Path) -> None:
    context = said("a", "<session_context>x</session_context>")
    got = said("b", "Got it. Thanks for the context!", "gemini")
    assert [one[3] for one in heard(chats, context, got, said("c", "hi"), got | {"id": "d"})] == [
        "injected",
        "injected",
        "",
        "",
    ]


def test_every_message_has_an_id_of_its_own(chats: Path) -> None:
    records = [
        said("a", RAN),
        said("b", [{"text": "x"}, {"smell": "roses"}], displayContent="/y"),
        said("c", "", "hologram"),
    ]
    messages = [one for one in read(put(chats, MAIN, *records))[1] if isinstance(one, Message)]
    assert [one.id for one in messages] == ["a", "a:output", "b", "b:sent", "b:parts", "c"]
