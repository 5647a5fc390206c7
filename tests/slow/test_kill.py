"""kill -9 at any instant: the next run finishes the work with no manual step (promise 5)."""

from __future__ import annotations

import random
import time

from support.homes import MACHINE, Home, Remote
from support.narratives import narrative

TRIALS = 25


def test_killed_saves_and_syncs_are_finished_by_the_next_run(home: Home, remote: Remote) -> None:
    chance = random.Random(7)
    acknowledged = {}
    begin = time.monotonic()
    home.save("the pace of this machine")
    usual = time.monotonic() - begin
    for number in range(TRIALS):
        process = home.start("save", "--project", "PILOT", "--topic", f"t{number}")
        assert process.stdin is not None
        process.stdin.write(narrative(Key_Decisions=f"decision {number}.").encode())
        process.stdin.close()
        time.sleep(chance.uniform(0.1, 1.2) * usual)
        process.kill()
        out = process.stdout.read().decode().strip() if process.stdout else ""
        process.wait()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()
        if out:
            acknowledged[out] = number
    assert acknowledged, "no save was ever acknowledged: the test proves nothing"
    home.sync()
    texts = remote.files(f"machines/{MACHINE}")
    assert texts == remote.files("main")
    for path, number in acknowledged.items():
        with open(path, "rb") as log:
            data = log.read()
        assert f"decision {number}.".encode() in data
        assert data in texts.values()
    assert len(texts) == len(list((home.path / "session-logs").rglob("[!.]*.md")))
    assert remote.git("fsck", "--no-dangling") == b""
