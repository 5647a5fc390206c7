"""What a person wrote is shown, and what the client wrote in their name is not."""

from __future__ import annotations

from typing import Any

import pytest

from support.claude_sessions import COMPACTED, Made, real, user


def test_commands_are_prompts_and_the_summary_is_not() -> None:
    read = real(COMPACTED)
    prompts = [("user", "/clear"), ("user", "second after clear"), ("assistant", "mock reply"), ("user", "/compact")]
    assert read.told == prompts
    hidden = [one for one in read.messages if one.hidden == "system"]
    assert any(one.text.startswith("This session is being continued") for one in hidden)
    assert any(one.text == "Conversation compacted" for one in hidden)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain", "plain"),
        (
            "<command-name>/fix</command-name>\n<command-message>fix</command-message> <command-args>it</command-args>",
            "/fix it",
        ),
        ("<command-message>fix</command-message><command-name>/fix</command-name>", "/fix"),
        ("<bash-input>ls -l</bash-input>", "!ls -l"),
        ("<system-reminder>be good</system-reminder>\nreally", "really"),
        ("really\n<system-reminder>a</system-reminder>\n<system-reminder>b</system-reminder>\n", "really"),
        ("what is <system-reminder>x</system-reminder> for?", "what is <system-reminder>x</system-reminder> for?"),
        ("<system-reminder>never closed", "<system-reminder>never closed"),
        ("<system-reminder>be good</system-reminder>", None),
        ("<local-command-stdout>x</local-command-stdout>", None),
        ("<task-notification>x</task-notification>", None),
        ("", None),
    ],
)
def test_what_a_person_wrote_is_shown(made: Made, written: str, shown: str | None) -> None:
    for content in (written, [{"type": "text", "text": written}]):
        read = made.read("s", user("a", content=content))
        assert read.told == ([] if shown is None else [("user", shown)])
        assert len(read.messages) == 1


@pytest.mark.parametrize("mark", [{"isMeta": True}, {"promptSource": "system"}, {"isCompactSummary": True}])
def test_what_the_client_wrote_is_kept_but_not_shown(made: Made, mark: dict[str, Any]) -> None:
    read = made.read("s", user("a", content="text", **mark))
    assert [(one.text, one.hidden) for one in read.messages] == [("text", "system")]
