"""Where a conversation branches, and where it only seems to."""

from __future__ import annotations

from typing import Any

from support.claude_sessions import Made, answer, boundary, result, summary, user


def branches(made: Made, *lines: Any) -> list[tuple[str, str]]:
    read = made.read("s", *lines)
    return [(one.id, one.parent_id) for one in read.messages if one.parent_id]


def calls(uuid: str, parent: str, *names: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "tool_use", "id": name, "name": "Bash", "input": {}} for name in names]
    return user(uuid, parent, content, **{**more, "type": "assistant", "id": f"m-{uuid}"})


def test_two_prompts_after_one_message_are_a_branch(made: Made) -> None:
    lines = [user("a", content="one"), answer("b", "a", "two"), user("c", "b", "three"), answer("d", "c", "four")]
    assert branches(made, *lines, user("e", "b", "three, rather"), answer("f", "e", "five")) == [("e", "b")]


def test_the_same_prompt_again_is_none(made: Made) -> None:
    assert (
        branches(made, user("a", content="x"), answer("b", "a", "y"), user("c", "b", "go"), user("d", "b", "go")) == []
    )


def test_of_two_that_grow_at_once_each_goes_on_where_it_was(made: Made) -> None:
    lines = [user("a"), answer("b", "a", "x"), user("c", "b", "left"), user("d", "b", "right")]
    lines += [answer("e", "c", "to left"), answer("f", "d", "to right"), user("g", "e", "more"), answer("h", "f", "on")]
    assert branches(made, *lines) == [("d", "b"), ("e", "c"), ("f", "d"), ("g", "e"), ("h", "f")]


def test_tools_that_run_side_by_side_are_none(made: Made) -> None:
    assert branches(
        made,
        *[user("a"), calls("b", "a", "t1"), calls("c", "b", "t2"), user("d", "b", result("t1", "x"))],
        *[user("e", "c", result("t2", "y")), calls("f", "d", "t3"), user("g", "f", result("t3", "z"))],
        answer("h", "e", "on"),
    ) == []  # fmt: skip


def test_what_the_client_puts_in_between_is_none(made: Made) -> None:
    caveat = "<local-command-caveat>Caveat: x</local-command-caveat>"
    assert branches(
        made,
        *[user("a"), answer("b", "a", "x"), user("c", "b", caveat, isMeta=True)],
        user("d", "c", "<command-name>/exit</command-name>"),
        user("e", "d", "<local-command-stdout>Bye!</local-command-stdout>"),
        answer("f", "c", "No response requested.", message={"model": "<synthetic>"}),
        {"type": "pr-link", "prUrl": "https://forge.example/1"},
        {"type": "progress", "uuid": "g", "parentUuid": "b"},
        {"type": "attachment", "uuid": "h", "parentUuid": "b", "attachment": {"type": "date"}},
        {"type": "system", "uuid": "i", "parentUuid": "b", "subtype": "turn_duration"},
        *[user("j", "b", "go on"), answer("k", "j", "y")],
    ) == []  # fmt: skip


def test_a_prompt_that_came_while_the_agent_worked_is_none(made: Made) -> None:
    lines = [user("a"), answer("b", "a", "x"), user("c", "b", "and test it"), answer("d", "b", "y")]
    assert branches(made, *lines, user("e", "d", "good")) == []


def test_words_beside_the_outputs_of_tools_are_none(made: Made) -> None:
    text = [{"type": "text", "text": "and test it"}], [{"type": "text", "text": "and lint it"}]
    lines = [user("a"), calls("b", "a", "t1", "t2"), user("c", "b", [*result("t1", "x"), *text[0]])]
    assert branches(made, *lines, user("d", "b", [*result("t2", "y"), *text[1]]), answer("e", "d", "z")) == []
    assert [one.text for one in made.read("s").messages if one.role == "user"] == ["and test it", "and lint it"]


def test_compaction_is_none(made: Made) -> None:
    lines = [user("a"), answer("b", "a", "x"), user("c", "b", "y"), boundary("k", "b"), summary("s", "k", "sum")]
    assert branches(made, *lines, user("d", "s", "on")) == []


def test_lines_that_name_none_or_themselves_are_borne(made: Made) -> None:
    assert branches(made, user("a", "a"), user("b", "gone"), user("", "b", "x"), user("c", "b", "y")) == []
