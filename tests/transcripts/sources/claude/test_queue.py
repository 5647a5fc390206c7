"""Prompts that were typed while the agent worked."""

from __future__ import annotations

from typing import Any

import pytest

from session_sync.transcripts.session import Message
from session_sync.transcripts.sources.claude import queue
from support.claude_sessions import Made, Read, answer, result, user


def queued(operation: str, content: Any = None, second: int = 0, **more: Any) -> dict[str, Any]:
    time = f"2026-05-01T10:{second // 60:02}:{second % 60:02}.000Z"
    told = {} if content is None else {"content": content}
    return {"type": "queue-operation", "operation": operation, "timestamp": time, **told, **more}


def attached(uuid: str, prompt: Any, second: int = 0, mode: str = "prompt") -> dict[str, Any]:
    time = f"2026-05-01T10:00:{second:02}.000Z"
    command = {"type": "queued_command", "prompt": prompt, "commandMode": mode}
    return {"type": "attachment", "uuid": uuid, "timestamp": time, "attachment": command}


def prompts(read: Read) -> list[tuple[str, str]]:
    return [(one.time[17:19], one.text) for one in read.messages if one.role == "user" and not one.hidden]


def test_what_the_agent_took_is_a_prompt_at_its_time(made: Made) -> None:
    read = made.read(
        "s",
        user("a", content="go", second=1),
        answer("b", "a", "on it", second=2),
        queued("enqueue", "use -O2", 3),
        user("c", "b", result("t", "out"), second=4),
        answer("d", "c", "one more", second=5),
        queued("remove", second=6),
        answer("e", "d", "with -O2 then", second=7),
    )
    told = [(one.time[17:19], one.role, one.text) for one in read.messages]
    assert told == [
        *[("01", "user", "go"), ("02", "assistant", "on it"), ("03", "user", "use -O2")],
        *[("05", "assistant", "one more"), ("07", "assistant", "with -O2 then")],
    ]
    assert not any(one.parent_id for one in read.messages)
    assert (read.session.lines.dropped, read.session.ended[17:19]) == ({"queue operation": 1}, "07")


@pytest.mark.parametrize(
    ("typed", "came"),
    [
        ("now commit", "now commit"),
        ("now  commit\n", "now commit"),
        ("/fix 7", "<command-name>/fix</command-name><command-args>7</command-args>"),
        ("make test", "<bash-input>make test</bash-input>"),
        ("see [Pasted text #1 +2 lines] here", "see a\nb\nc here"),
        ("<ide_selection>x</ide_selection>look", [{"type": "text", "text": "look"}]),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_prompt_that_comes_as_a_message_is_there_once(made: Made, typed: str, came: Any, first: bool) -> None:
    line = [user("b", "a", came, second=4)]
    operation = [queued("dequeue", second=3)]
    order = [*operation, *line] if first else [*line, *operation]
    read = made.read(
        "s", user("a", content="go"), queued("enqueue", typed, 2), *order, answer("c", "b", "ok", second=5)
    )
    assert [time for time, _ in prompts(read)] == ["00", "04"]
    assert read.session.lines.dropped == {"queue operation": 2}


def test_an_interruption_before_it_changes_nothing(made: Made) -> None:
    interrupted = user("a", content="[Request interrupted by user]", second=3)
    read = made.read("s", queued("enqueue", "no", 1), queued("dequeue"), interrupted, user("b", "a", "no", second=4))
    assert prompts(read) == [("04", "no")]


def test_a_command_that_comes_as_a_record_of_the_client_is_there_once(made: Made) -> None:
    record = {
        "type": "system",
        "uuid": "a",
        "subtype": "local_command",
        "content": "<command-name>/skills</command-name>",
    }
    assert [one.text for one in made.read("s", queued("enqueue", "/skills"), queued("dequeue"), record).messages] == [
        "/skills"
    ]


def test_prompts_that_were_taken_at_once_come_as_one(made: Made) -> None:
    operations = [queued("enqueue", "one"), queued("enqueue", "two"), queued("dequeue"), queued("dequeue")]
    read = made.read("s", *operations, user("a", content="one\ntwo"))
    assert [text for _, text in prompts(read)] == ["one\ntwo"]


def test_a_copy_in_an_attachment_is_not_repeated(made: Made) -> None:
    early = made.read(
        "s", queued("enqueue", "x", 1), attached("a", "x", 2), queued("remove", second=3), answer("b", "a", "ok", 4)
    )
    assert prompts(early) == [("02", "x")]
    late = made.read("t", queued("enqueue", "x", 1), queued("remove"), answer("b", "", "ok", 4), attached("a", "x", 5))
    assert prompts(late) == [("01", "x")]


def test_what_was_typed_twice_is_there_twice(made: Made) -> None:
    read = made.read(
        "s",
        *[queued("enqueue", "go on", 1), queued("remove", second=2), answer("a", "", "ok", 3)],
        *[queued("enqueue", "go on", 4), queued("dequeue", second=5), user("b", "a", "go on", second=6)],
        *[answer("c", "b", "ok", 7), user("d", "c", "go on", second=8)],
    )
    assert prompts(read) == [("01", "go on"), ("06", "go on"), ("08", "go on")]


@pytest.mark.parametrize("operation", ["popAll", "popOne"])
@pytest.mark.parametrize("content", ["no, wait", None, "no, wait\nand this"])
def test_what_was_taken_back_is_no_prompt(made: Made, operation: str, content: str | None) -> None:
    read = made.read("s", queued("enqueue", "no, wait"), queued(operation, content), user("a", content="go"))
    assert [(one.text, one.hidden) for one in read.messages] == [("no, wait", "reverted"), ("go", "")]


def test_of_several_only_what_was_taken_back_is(made: Made) -> None:
    read = made.read("s", queued("enqueue", "a"), queued("enqueue", "b"), queued("popOne", "b"), queued("remove"))
    assert prompts(read) == [("00", "a")]


def test_what_still_waits_at_the_end_was_typed(made: Made) -> None:
    read = made.read("s", user("a", content="go"), queued("enqueue", "and then stop", 9))
    assert prompts(read) == [("00", "go"), ("09", "and then stop")]
    assert read.session.ended[17:19] == "09"


def test_what_others_put_there_is_theirs(made: Made) -> None:
    note = "<task-notification><summary>Built</summary></task-notification>"
    read = made.read(
        "s",
        queued("enqueue", note),
        queued("remove"),
        answer("a", "", "ok"),
        attached("b", note, 1, "task-notification"),
    )
    assert [(one.kind, one.text) for one in read.messages] == [("agent", "Built"), ("", "ok")]


@pytest.mark.parametrize("content", [None, "", 7, {"a": 1}, [], [{"type": "text", "text": ""}]])
def test_what_says_nothing_is_none(made: Made, content: Any) -> None:
    lines = [queued("enqueue", content), queued("dequeue"), queued("dequeue", "x"), queued("odd"), queued("popAll")]
    read = made.read("s", *lines, user("a", content="go"))
    assert (prompts(read), read.session.lines.dropped) == ([("00", "go")], {"queue operation": 5})


def test_a_fork_begins_with_its_prompt_in_the_queue(made: Made) -> None:
    read = made.read(
        "s",
        *[queued("enqueue", "forked", 40), queued("dequeue", second=40), user("a", content="old", second=1)],
        *[answer("b", "a", "x", 2), user("c", "b", "older", second=3), user("d", "c", "forked", second=41)],
    )
    assert prompts(read) == [("01", "old"), ("03", "older"), ("41", "forked")]


def test_no_more_is_held_than_may_be(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_HELD", 4)
    lines: list[Any] = [queued("enqueue", "late", 1)]
    for number in range(9):
        lines += [answer(f"a{number}", "", "x", 2), user(f"u{number}", "", result(f"t{number}", "out"), 2)]
    read = made.read("s", *lines, queued("remove", second=3), answer("b", "", "now", 4))
    texts = [one.text if isinstance(one, Message) else one.output for one in read.items]
    assert texts == ["x", "out"] * 9 + ["late", "now"]


def test_no_more_wait_than_may(made: Made) -> None:
    lines = [queued("enqueue", f"{number} " + "x" * 1000) for number in range(5000)]
    assert len(prompts(made.read("s", *lines))) == 5000


def test_what_stands_before_another_first_prompt_and_comes_to_nothing_is_the_clients(made: Made) -> None:
    said = user("a", content="Tie the knot", second=2), answer("b", "a", "Tied.", second=3)
    read = made.read("s", queued("enqueue", "start", 1), *said)
    assert prompts(read) == [("02", "Tie the knot")]
    assert (read.messages[0].text, read.messages[0].hidden) == ("start", "injected")
    begun = user("c", content="Tie the knot", second=2), answer("d", "c", "Tied.", second=3)
    waits = made.read("t", *begun, queued("enqueue", "and then this", 4), answer("e", "d", "Yes.", second=5))
    assert prompts(waits) == [("02", "Tie the knot"), ("04", "and then this")]
    alone = made.read("u", queued("enqueue", "never sent", 1))
    assert prompts(alone) == [("01", "never sent")]
