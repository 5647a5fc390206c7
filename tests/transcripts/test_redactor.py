"""Whatever of a session is scanned at once, the same is redacted; what cannot be scanned is withheld."""

from __future__ import annotations

from typing import Any

import pytest

from session_sync.scan.policy import Policy
from session_sync.transcripts.redactor import Redactor
from session_sync.transcripts.session import Message, Session, ToolCall
from support.redaction import MAIL, TOKEN, redactor


@pytest.mark.parametrize("batch", [1, 10, 100, 1 << 20])
def test_messages_are_the_same_however_many_are_scanned_at_once(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("session_sync.transcripts.redactor.BATCH_SIZE", batch)
    texts = [f"{number} {TOKEN if number % 3 else 'nothing'} {number}" for number in range(20)]
    found = [one.text for one in redactor().messages([Message("user", text=text) for text in texts])]
    assert len(found) == 20
    assert [text.split()[0] for text in found] == [str(number) for number in range(20)]
    assert sum("REDACTED" in text for text in found) == 13


def test_neighbours_do_not_hide_or_make_findings() -> None:
    halves = [Message("user", text=TOKEN[:20]), Message("user", text=TOKEN[20:])]
    assert [one.text for one in redactor().messages(halves)] == [TOKEN[:20], TOKEN[20:]]
    around = [Message("user", text="an example of"), Message("user", text=TOKEN), Message("user", text="-----BEGIN")]
    assert TOKEN not in str(list(redactor().messages(around)))


def test_only_what_the_policy_blocks_goes() -> None:
    (kept,) = redactor("secrets").messages([Message("user", text=f"{MAIL} {TOKEN}")])
    assert MAIL in kept.text
    assert TOKEN not in kept.text
    (off,) = redactor("off").messages([Message("user", text=TOKEN)])
    assert off.text == TOKEN


class Slow:
    """A scanner that never gets done."""

    def scan(self, _text: str, _changed: object = None) -> Any:
        raise TimeoutError


def test_what_cannot_be_scanned_is_withheld() -> None:
    made = Redactor(Slow(), Policy())  # type: ignore[arg-type]
    (message,) = made.messages([Message("user", text="anything", tool_calls=[ToolCall("1", "x", {"a": 1})])])
    assert message.text == "[REDACTED]"
    assert message.tool_calls[0].input == "[REDACTED]"


def test_facts_that_cannot_be_scanned_keep_their_counts() -> None:
    session = Session("claude", "1")
    session.keep(unknown="a")
    session.keep(unknown="b")
    Redactor(Slow(), Policy()).facts(session)  # type: ignore[arg-type]
    assert session.lines.unknown == {"[REDACTED]": 2}
