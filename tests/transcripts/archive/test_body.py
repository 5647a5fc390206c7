"""The texts of a session: kept in memory or on the disk, given with each branch as a whole."""

from __future__ import annotations

import json
import random
import tracemalloc

import pytest

from session_sync.transcripts.archive import body
from session_sync.transcripts.archive.body import Body, in_reading_order
from session_sync.transcripts.session import Message
from support.pages import a_page


def numbers(count: int, parents: dict[int, int]) -> list[int]:
    return [number for run in in_reading_order(count, parents) for number in run]


@pytest.mark.parametrize("limit", [1, 100, 1 << 20])
@pytest.mark.parametrize("block", [2, 3, 4, 5, 7, 1 << 20])
def test_both_texts_are_whole_wherever_they_wait(limit: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "_IN_MEMORY", limit)
    monkeypatch.setattr(body, "_BLOCK", block)
    # "c" and "e" are a branch that leaves after "a": it is read after the other one
    parents = {"b": "a", "c": "a", "d": "b", "e": "c"}
    with Body(a_page()) as made:
        for name in "abcde":
            made.add(Message("user", id=name, parent_id=parents.get(name, ""), text=f"say {name}" * 20))
        for _ in range(2):
            data = b"".join(made.json())
            assert [one["id"] for one in json.loads(b"[" + data + b"]")] == ["a", "b", "d", "c", "e"]
            assert data.count(b"\n") == 5
            markdown = b"".join(made.markdown()).decode()
            assert sorted("abcde", key=lambda one: markdown.index(f"say {one}")) == list("abdce")


def test_a_session_without_messages_has_empty_texts() -> None:
    with Body(a_page()) as made:
        assert (b"".join(made.json()), b"".join(made.markdown())) == (b"", b"")


def test_much_is_not_held_in_memory() -> None:
    tracemalloc.start()
    with Body(a_page()) as made:
        for _ in range(64):
            made.add(Message("user", text="x" * (1 << 20)))
        assert sum(len(block) for block in made.json()) > 64 << 20
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40 << 20


def test_without_branches_the_order_is_that_of_the_file() -> None:
    assert in_reading_order(5, {}) == [range(5)]
    assert in_reading_order(0, {}) == []


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


def test_the_first_prompts_are_remembered_and_no_more() -> None:
    with Body(a_page()) as made:
        made.add(Message("user", text="hidden", hidden="injected"))
        made.add(Message("user", text="!ls", kind="command"))
        made.add(Message("user", text="an answer", kind="words"))
        made.add(Message("system", text="of another", kind="agent"))
        for _ in range(100):
            made.add(Message("user", text="x" * 10_000))
        assert (made.prompts, made.first_prompts[0]) == (101, "!ls")
        assert (len(made.first_prompts), {len(one) for one in made.first_prompts[1:]}) == (50, {2000})


def test_only_what_leaves_a_message_that_goes_on_is_marked_as_a_branch() -> None:
    parents = {"d": "b", "e": "c", "f": "d"}  # two clients on one session: "c", "e" and "d", "f" grow side by side
    with Body(a_page()) as made:
        for name in "abcdef":
            made.add(Message("user", id=name, parent_id=parents.get(name, ""), text=f"say {name}"))
        markdown = b"".join(made.markdown()).decode()
    assert markdown.count("A branch") == 1
    assert markdown.index("say e") < markdown.index("A branch") < markdown.index("say d")
