"""The order in which a conversation with branches is read: each branch as a whole, behind the one it left."""

from __future__ import annotations

from collections.abc import Mapping


def ordered(count: int, parents: Mapping[int, int]) -> list[range]:
    """The messages 0 to `count` as runs: a run goes on until a branch begins, and branches follow, the deepest first.

    `parents` has for each message that does not follow the one before it the number of the earlier one it follows.
    """
    starts = sorted({0, *(child for child, parent in parents.items() if 0 <= parent < child)})
    run_of = {start: range(start, end) for start, end in zip(starts, [*starts[1:], count], strict=True)}
    children: dict[int, list[int]] = {}
    for child in starts[1:]:
        children.setdefault(parents[child], []).append(child)
    points = sorted(children)
    found: list[range] = []
    waiting = [0]
    while waiting:
        run = run_of[waiting.pop()]
        found.append(run)
        for point in _within(points, run):  # the last one put here is the next one taken
            waiting += reversed(children[point])
    return [run for run in found if run]


def _within(points: list[int], run: range) -> list[int]:
    """Those of the sorted `points` that are in `run`."""
    from bisect import bisect_left

    return points[bisect_left(points, run.start) : bisect_left(points, run.stop)]
