"""Takes what a policy blocks out of a session: everything that is written of it goes through here.

Texts are scanned many at a time, and only those in which something is found are redacted one by one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from session_sync.errors import UserError
from session_sync.scan import from_config, redact
from session_sync.scan.policy import Policy
from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.session_texts import TextBatch, add_facts, add_message

if TYPE_CHECKING:
    from session_sync.home.config import Config
    from session_sync.scan.scanner.scanner import Scanner

BATCH_SIZE = 1 << 18  # characters that are scanned at once
_BETWEEN = "\n\x01\n"  # no value reaches over a character that no rule has
_WITHHELD = "[REDACTED]"


class Redactor:
    """Redacts by `policy` with what `scanner` finds."""

    def __init__(self, scanner: Scanner | None, policy: Policy) -> None:
        self._scanner = None if policy.is_off else scanner
        self._policy = policy

    @classmethod
    def of(cls, settings: Config, policy: Policy) -> Redactor:
        """One with the rules that the `settings` tell; where nothing blocks, none are loaded."""
        return cls(None if policy.is_off else from_config.scanner(settings, policy), policy)

    def messages(self, messages: Iterable[Message]) -> Iterator[Message]:
        """`messages`, redacted in place."""
        waiting: list[Message] = []
        batch = TextBatch()
        for message in messages:
            waiting.append(message)
            add_message(batch, message)
            if batch.size >= BATCH_SIZE:
                self._redact(batch)
                yield from waiting
                waiting, batch = [], TextBatch()
        self._redact(batch)
        yield from waiting

    def facts(self, session: Session) -> None:
        """Redact what is known of `session`, its messages aside, in place."""
        batch = TextBatch()
        add_facts(batch, session)
        self._redact(batch)

    def text(self, text: str) -> str:
        """`text` redacted."""
        if self._scanner is None:
            return text
        try:
            return redact.redact(text, self._scanner, self._policy)
        except (UserError, TimeoutError):
            return _WITHHELD  # fails closed

    def _redact(self, batch: TextBatch) -> None:
        for number in self._touched(batch.texts):
            redact_text, owner, key = batch.places[number]
            redact_text(self.text, owner, key)

    def _touched(self, texts: list[str]) -> list[int]:
        """The numbers of the texts in which something may be found that has to go."""
        if self._scanner is None or not texts:
            return []
        starts, at = [], 0
        for text in texts:
            starts.append(at)
            at += len(text) + len(_BETWEEN)
        try:
            found = [one for one in self._scanner.scan(_BETWEEN.join(texts)) if self._policy.blocks(one)]
        except TimeoutError:
            return list(range(len(texts)))
        touched: set[int] = set()
        for one in found:
            touched.update(range(bisect_right(starts, one.start) - 1, bisect_right(starts, one.end - 1)))
        return sorted(touched)
