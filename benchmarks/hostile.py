"""How long hostile texts keep the scanner busy: each rule alone, then all rules on the worst texts.

    python benchmarks/hostile.py [--mb 10] [--rule ID] [--top 10]

The texts are those of tests/hostile.py. All are tried at 8 kB with each rule alone, the worst of each rule at 200 kB,
and the worst of those at --mb with that rule alone and with all rules, at half the size too: twice the text must not
take more than three times as long. Times are CPU seconds. Exits with 1 when a text takes more than linear time or
more than a second per MB.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from session_sync.home import paths
from session_sync.scan.scanner import engine, rule
from session_sync.scan.scanner.rule import Rule
from session_sync.scan.scanner.scanner import Scanner
from support import hostile
from support.hostile import Hostile

SMALL, MEDIUM = 8_000, 200_000  # bytes
KEPT = 3  # texts of each rule that are tried at MEDIUM
WARM = "Tel. +49 30 2345678"  # loads what only phone numbers need
GROWTH = 3.0
FLOOR = 0.5  # seconds; what takes less is linear enough
SLOWEST = 1.0  # seconds per MB
REGIONS = ("US", "DE")


class Timed(NamedTuple):
    seconds: float
    rule: Rule
    text: Hostile


def cost(scanner: Scanner, text: Hostile, size: int) -> float:
    """CPU seconds for `size` bytes."""
    data = text.text(size).encode()
    begin = time.process_time()
    scanner.scan_bytes(data)
    return time.process_time() - begin


def worst(wanted: str | None) -> Iterator[Timed]:
    """The worst text of each rule."""
    for path in sorted(paths.RULES.glob("*.yaml")):
        content = [one for one in rule.of_file(path) if wanted in (None, one["id"])]
        for written, one in zip(content, rule.of_content(content), strict=True):
            alone = Scanner(engine.compiled([one]), REGIONS)
            texts = [*hostile.of_rule(one.regex.pattern, one.anchors, written["examples"]), *hostile.general()]
            slow = sorted(texts, key=lambda text: cost(alone, text, SMALL), reverse=True)[:KEPT]
            yield max((Timed(cost(alone, text, MEDIUM), one, text) for text in slow), key=lambda timed: timed.seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description="Time hostile texts.")
    parser.add_argument("--mb", type=float, default=10)
    parser.add_argument("--rule", help="the id of the only rule to try")
    parser.add_argument("--top", type=int, default=10)
    options = parser.parse_args()
    size = int(options.mb * 1e6)
    every = Scanner(engine.load(regional=True), REGIONS)
    every.scan(WARM)
    slow = sorted(worst(options.rule), key=lambda one: one.seconds, reverse=True)[: options.top]
    texts = [(one.rule.id, Scanner(engine.compiled([one.rule]), REGIONS), one.text) for one in slow]
    if not options.rule:
        general = sorted(hostile.general(), key=lambda text: cost(every, text, MEDIUM), reverse=True)[: options.top]
        texts += [("", every, text) for text in general]
    print("| rule | text | alone, s | all rules, half, s | all rules, s |\n|---|---|--:|--:|--:|")
    failed = False
    for name, alone, text in texts:
        half, whole = cost(every, text, size // 2), cost(every, text, size)
        by_itself = cost(alone, text, size) if name else whole
        shown = f"{text.name}: `{text.unit[:40]!r}`"
        print(f"| {name} | {shown} | {by_itself:.2f} | {half:.2f} | {whole:.2f} |", flush=True)
        failed |= whole > GROWTH * max(half, FLOOR) or max(whole, by_itself) > max(FLOOR, SLOWEST * options.mb)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
