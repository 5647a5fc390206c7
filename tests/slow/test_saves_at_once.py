from __future__ import annotations

from pathlib import Path

from support.homes import Home
from support.narratives import narrative


def test_fifty_processes_with_one_topic_make_fifty_whole_logs(home: Home) -> None:
    bodies = [narrative(Key_Decisions=f"decision {number}.") for number in range(50)]
    started = []
    for body in bodies:
        process = home.start("save", "--project", "PILOT", "--topic", "same", "--no-sync")
        assert process.stdin is not None
        process.stdin.write(body.encode())
        process.stdin.close()
        started.append(process)
    outputs = [
        (process.wait(120), process.stdout.read().decode().strip() if process.stdout else "") for process in started
    ]
    for process in started:
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()
    assert {code for code, _ in outputs} == {0}
    assert len({path for _, path in outputs}) == 50
    for (_, path), body in zip(outputs, bodies, strict=True):
        assert body.partition("## Key")[2].strip() in Path(path).read_text()
