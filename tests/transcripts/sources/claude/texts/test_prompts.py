"""Who speaks in a prompt: what a person wrote is theirs, and what others wrote in their name is not."""

from __future__ import annotations

from typing import Any

import pytest

from session_sync.transcripts.sources.claude.texts import prompts
from support.claude_sessions import COMPACTED, Made, real, user


def shown(text: str) -> list[tuple[str, str, str]]:
    return [(one.kind, one.sender, one.text) for one in prompts.read(text) if not one.hidden]


def test_commands_and_the_summary_are_no_prompts() -> None:
    read = real(COMPACTED)
    told = [(one.kind, one.text) for one in read.messages if not one.hidden]
    assert told[:3] == [("command", "/clear"), ("", "second after clear"), ("", "mock reply")]
    assert [kind for kind, _ in told[3:]] == ["compaction", "command", "output"]
    assert told[3][1].startswith("This session is being continued")
    assert "Conversation compacted" not in [one.text for one in read.messages]


@pytest.mark.parametrize(
    ("written", "kind", "text"),
    [
        ("plain", "", "plain"),
        ("what is <system-reminder>x</system-reminder> for?", "", "what is <system-reminder>x</system-reminder> for?"),
        ("<system-reminder>never closed", "", "<system-reminder>never closed"),
        ("why does <task-notification>\n come twice?", "", "why does <task-notification>\n come twice?"),
        ("<b>bold</b> is wrong", "", "<b>bold</b> is wrong"),
        ("Stop the hook feedback: it is wrong", "", "Stop the hook feedback: it is wrong"),
        ("/home/ada/loom.c is broken", "", "/home/ada/loom.c is broken"),
        ("<bash-input>ls -l</bash-input>", "command", "!ls -l"),
        ("<bash-input>echo '</bash-input>'</bash-input>", "command", "!echo '</bash-input>'"),
        ("<user-memory-input>be brief</user-memory-input>", "command", "#be brief"),
        ("<command-message>fix</command-message><command-name>/fix</command-name>", "command", "/fix"),
        ("<command-message>fix is running</command-message>\n<command-name>fix</command-name>", "command", "/fix"),
        (
            "<command-name>/fix</command-name>\n<command-message>fix</command-message> <command-args>it</command-args>",
            "command",
            "/fix it",
        ),
        ("<bash-stdout>3 failed</bash-stdout><bash-stderr>Error 1\n</bash-stderr>", "output", "3 failed\nError 1"),
        ("<bash-stdout></bash-stdout><bash-stderr>Error 1</bash-stderr>", "output", "Error 1"),
        ("<local-command-stdout>  a\n  b</local-command-stdout>", "output", "  a\n  b"),
        ("<local-command-stderr>bad</local-command-stderr>", "output", "bad"),
        ("<ide_opened_file>The user opened x.c.</ide_opened_file>", "context", "The user opened x.c."),
        ("<new-diagnostics>x.c: 1 error</new-diagnostics>", "context", "x.c: 1 error"),
        ("<user-prompt-submit-hook>be kind</user-prompt-submit-hook>", "hook", "be kind"),
        ("Stop hook feedback:\n[make check]: lint failed", "hook", "[make check]: lint failed"),
        ("PreToolUse:Bash hook feedback:\nno", "hook", "no"),
        ("Operation stopped by hook: not today", "hook", "not today"),
        ("SessionStart:startup hook success: loaded", "hook", "loaded"),
        ("UserPromptSubmit hook additional context: be kind", "hook", "be kind"),
        ("Read the output file to retrieve the result: /x", "", "Read the output file to retrieve the result: /x"),
        ("[Request interrupted by user]", "interruption", "Request interrupted by user"),
        ("[Request interrupted by user for tool use]", "interruption", "Request interrupted by user for tool use"),
        ("[SYSTEM NOTIFICATION - NOT USER INPUT] It finished.", "notice", "It finished."),
    ],
)
def test_what_it_is_that_was_said(made: Made, written: str, kind: str, text: str) -> None:
    for content in (written, [{"type": "text", "text": written}]):
        read = made.read("s", user("a", content=content))
        role = "user" if kind in ("", "command") else "system"
        assert [(one.role, one.kind, one.text, one.id) for one in read.messages] == [(role, kind, text, "a")]


@pytest.mark.parametrize(
    ("written", "sender", "text"),
    [
        ('<teammate-message teammate_id="warp" color="blue">\nDone.\n</teammate-message>', "warp", "Done."),
        ('<teammate-message color="b > c" teammate_id="warp">Done.</teammate-message>', "warp", "Done."),
        ("<teammate-message>Done.</teammate-message>", "teammate", "Done."),
        ('<scheduled-task name="nightly">Run the tests.</scheduled-task>', "nightly", "Run the tests."),
        ('<channel source="plugin:slack" user="grace">Ready?</channel>', "plugin:slack · grace", "Ready?"),
        (
            "<task-notification><task-id>b1</task-id><summary>Done.</summary></task-notification>\n"
            "Read the output file to retrieve the result: /tmp/b1.output",
            *("task b1", "Done."),
        ),
        (
            "<task-notification><task-id>a5</task-id><result>Done.</result></task-notification>\n"
            "Full transcript available at: /tmp/a5.output",
            *("task a5", "Done."),
        ),
        (
            "A background agent completed a task:\n"
            "<agent-notification><agent-id>a5</agent-id><summary>Done.</summary></agent-notification>",
            *("agent a5", "Done."),
        ),
        ("<cron-notification><summary>Done.</summary></cron-notification>", "cron", "Done."),
        ("<github-webhook-activity>Approved.</github-webhook-activity>", "github-webhook-activity", "Approved."),
        (
            "<task-notification>\n<task-id>b1</task-id>\n<status>completed</status>\n<summary>Built</summary>\n"
            "<result>all\ngreen</result>\n</task-notification>",
            "task b1",
            "Built\nstatus: completed\nall\ngreen",
        ),
        ("<agent-notification><agent-id>a</agent-id><status>ok</status></agent-notification>", "agent a", "status: ok"),
        ("<task-notification>It finished</task-notification>", "task", "It finished"),
        ("<task-notification><status>ok</status>\nSee /tmp/x</task-notification>", "task", "status: ok\nSee /tmp/x"),
        (
            'Another Claude session sent a message:\n<cross-session-message from="uds:1" from-name="peer">\nping\n'
            "</cross-session-message>\n\nIMPORTANT: This is NOT from your user.",
            "peer",
            "ping",
        ),
        ("A peer session sent a message while you were working:\nping", "another session", "ping"),
        (
            "[SYSTEM NOTIFICATION - NOT USER INPUT]\nNobody typed this.\n<task-notification><summary>x</summary>"
            "</task-notification>",
            "task",
            "x",
        ),
        (
            "The weaver plugin sent a message:\nweave\nThis is how Claude Code surfaces a prompt a plugin submits.",
            "weaver plugin",
            "weave",
        ),
    ],
)  # fmt: skip
def test_what_other_agents_say_is_theirs(written: str, sender: str, text: str) -> None:
    assert shown(written) == [("agent", sender, text)]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<system-reminder>be good</system-reminder>\nreally", ["", "really"]),
        ("really\n<system-reminder>a</system-reminder>\n<system-reminder>b</system-reminder>\n", ["", "really"]),
        ("<ide_selection>int knot;</ide_selection>What is it?", ["context", "int knot;", "", "What is it?"]),
        ("<ide_opened_file>a</ide_opened_file>\n<ide_selection>b</ide_selection>\n\nTie it", [
            *("context", "a", "context", "b", "", "Tie it")
        ]),
        ("Tie it\n\n<ide_selection>b</ide_selection>", ["", "Tie it", "context", "b"]),
        ("what is <ide_selection>b</ide_selection>", ["", "what is <ide_selection>b</ide_selection>"]),
        ("<task-notification>x</task-notification>\nand go on", ["agent", "x", "", "and go on"]),
        ("[Request interrupted by user]\nno", ["interruption", "Request interrupted by user", "", "no"]),
        (
            "Caveat: The messages below were generated by the user while running local commands. DO NOT.\nbut this",
            ["", "but this"],
        ),
        (
            "The user sent a new message while you were working:\nuse -O2\n\nIMPORTANT: After completing your current "
            "task, you MUST address the user's message above.",
            ["", "use -O2"],
        ),
    ],
)  # fmt: skip
def test_what_a_person_wrote_beside_it_is_theirs(made: Made, written: str, said: list[str]) -> None:
    assert [part for kind, _, text in shown(written) for part in (kind, text)] == said
    read = made.read("s", user("a", content=written))
    assert [one.text for one in read.messages if one.id] == [said[-1] if said[-2] == "" else said[said.index("") + 1]]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "<system-reminder>be good</system-reminder>",
        "<local-command-stdout>(no content)</local-command-stdout>",
        "<bash-stdout></bash-stdout><bash-stderr></bash-stderr>",
        "<local-command-caveat>Caveat: x</local-command-caveat>",
        "Caveat: The messages below were generated by the user while running local commands.",
        "Base directory for this skill: /home/ada/.claude/skills/x\n\n# X",
    ],
)
def test_what_says_nothing_is_kept_but_not_shown(made: Made, written: str) -> None:
    read = made.read("s", user("a", content=written))
    assert [(one.id, bool(one.hidden)) for one in read.messages] == [("a", True)]


@pytest.mark.parametrize(
    ("mark", "hidden"),
    [
        ({"isMeta": True}, "injected"),
        ({"promptSource": "system"}, "system"),
        ({"origin": {"kind": "auto-continuation"}}, "injected"),
    ],
)
def test_what_the_client_wrote_is_kept_but_not_shown(made: Made, mark: dict[str, Any], hidden: str) -> None:
    read = made.read("s", user("a", content="text", **mark))
    assert [(one.role, one.text, one.hidden) for one in read.messages] == [("system", "text", hidden)]


def test_a_command_is_shown_and_what_it_expands_to_is_not(made: Made) -> None:
    command = "<command-message>fix</command-message><command-name>/fix</command-name><command-args>7</command-args>"
    body = [{"type": "text", "text": "Fix issue 7 with care."}]
    read = made.read("s", user("a", content=command), user("b", "a", body, isMeta=True))
    assert [(one.kind, one.text, one.hidden) for one in read.messages] == [
        ("command", "/fix 7", ""),
        ("", "Fix issue 7 with care.", "injected"),
    ]


def test_the_persons_words_are_one_message(made: Made) -> None:
    texts = ["look", "<ide_selection>x</ide_selection>", "at this"]
    read = made.read("s", user("a", content=[{"type": "text", "text": one} for one in texts]))
    assert [(one.id, one.kind, one.text) for one in read.messages] == [
        ("a", "", "look\n\nat this"),
        ("", "context", "x"),
    ]


def test_feedback_of_a_hook_is_shown_though_the_client_wrote_it(made: Made) -> None:
    read = made.read("s", user("a", content="Stop hook feedback:\n[check]: no", isMeta=True))
    assert [(one.role, one.kind, one.sender, one.text) for one in read.messages] == [
        ("system", "hook", "Stop", "[check]: no")
    ]


@pytest.mark.parametrize(
    ("origin", "kind", "sender"),
    [
        ({"kind": "human"}, "", ""),
        ({"kind": "peer", "from": "uds:1", "name": "weft"}, "agent", "weft"),
        ({"kind": "channel", "server": "slack"}, "agent", "slack"),
        ({"kind": "coordinator"}, "agent", "coordinator"),
        ("odd", "", ""),
    ],
)
def test_the_client_may_tell_who_speaks(made: Made, origin: Any, kind: str, sender: str) -> None:
    read = made.read("s", user("a", content="hello", origin=origin))
    assert [(one.kind, one.sender, one.text) for one in read.messages] == [(kind, sender, "hello")]


def test_a_picture_goes_with_the_persons_words(made: Made) -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}
    texts = [{"type": "text", "text": one} for one in ("<ide_opened_file>x</ide_opened_file>", "look")]
    read = made.read("s", user("a", content=[*texts, picture]), user("b", "a", [picture]))
    assert [(one.kind, one.text, len(one.attachments)) for one in read.messages] == [
        ("context", "x", 0),
        ("", "look", 1),
        ("", "", 1),
    ]
    assert not any(one.hidden for one in read.messages)


@pytest.mark.parametrize(
    "piece", ["<a ", "<ide_x>", "</ide_x>", "<ide_x></ide_x>\n", "<task-notification><a>", "[Request interrupted"]
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    assert prompts.read(piece * 100_000)
