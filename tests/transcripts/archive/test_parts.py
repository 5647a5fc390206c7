"""Parts of a text, held in memory or on the disk."""

from __future__ import annotations

import random

import pytest

from session_sync.transcripts.archive import parts
from session_sync.transcripts.archive.parts import Parts


@pytest.mark.parametrize("limit", [0, 10, 1 << 20])
def test_every_run_can_be_had_again(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_IN_MEMORY", limit)
    monkeypatch.setattr(parts, "_BLOCK", 7)
    chance = random.Random(limit)
    texts = [b"%d" % number * chance.randint(0, 5) for number in range(50)]
    made = Parts()
    for number, text in enumerate(texts):
        made.add(text)
        if number == 20:
            assert b"".join(made.run(range(5, 15))) == b"".join(texts[5:15])
    for _ in range(30):
        run = range(*sorted((chance.randint(0, 50), chance.randint(0, 50))))
        assert b"".join(made.run(run)) == b"".join(texts[run.start : run.stop])
    made.close()


def test_much_is_not_held_in_memory() -> None:
    import tracemalloc

    tracemalloc.start()
    made = Parts()
    for _ in range(64):
        made.add(b"x" * (1 << 20))
    assert sum(len(block) for block in made.run(range(64))) == 64 << 20
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    made.close()
    assert most < 40 << 20
