"""How long the client takes to end after the model's last word."""

from __future__ import annotations

import time

from clients.claude import Claude


def of(claude: Claude) -> float:
    """Seconds from the end of the model's answer to the end of the process."""
    claude.ask("hello")
    return time.monotonic() - claude.model.answered


def medians(first: Claude, second: Claude, runs: int) -> tuple[float, float]:
    """Of both, in turns, so that what else the machine does meets both alike."""
    pairs = [(of(first), of(second)) for _ in range(runs)]
    one, other = (sorted(times)[runs // 2] for times in zip(*pairs, strict=True))
    return one, other
