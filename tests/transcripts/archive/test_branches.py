"""The order in which branches of a conversation are read."""

from __future__ import annotations

import random

from session_sync.transcripts.archive.branches import ordered


def numbers(count: int, parents: dict[int, int]) -> list[int]:
    return [number for run in ordered(count, parents) for number in run]


def test_without_branches_the_order_is_that_of_the_file() -> None:
    assert ordered(5, {}) == [range(5)]
    assert ordered(0, {}) == []


def test_a_branch_follows_the_one_that_it_left() -> None:
    assert numbers(6, {3: 0}) == [0, 1, 2, 3, 4, 5]
    assert numbers(7, {3: 0, 5: 2}) == [0, 1, 2, 5, 6, 3, 4]


def test_two_clients_that_write_by_turns_are_read_one_after_the_other() -> None:
    # 0 is the parent of both; 1, 3, 5 are one client's, 2, 4, 6 the other's
    assert numbers(7, {2: 0, 3: 1, 4: 2, 5: 3, 6: 4}) == [0, 1, 3, 5, 2, 4, 6]


def test_every_message_is_there_once_whatever_the_parents_are() -> None:
    chance = random.Random(7)
    for _ in range(300):
        count = chance.randint(0, 30)
        parents = {
            chance.randrange(count): chance.randrange(-2, count + 2) for _ in range(chance.randint(0, 15)) if count
        }
        assert sorted(numbers(count, parents)) == list(range(count)), parents
