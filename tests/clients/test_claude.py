"""Claude Code with the plugin: the commands, the end of a session in every way, and what the user waits for."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from clients import exit_time, scripts
from clients.claude import Claude, NewClaude
from clients.conftest import copy_of_plugin, listing
from clients.mock_model import Model, Turn
from clients.terminal import Terminal, alive, wait_for
from support.homes import MACHINE, Remote
from support.narratives import SECTIONS, narrative

# Each of these, or the sheer length, makes the client refuse or ask when it is part of a shell command.
AWKWARD = """C:\\Program\\ Files, `id`, $(id), "it's", a & b | c; d > e
non-breaking\u00a0space, 全角\u3000スペース, naïve → done
NARRATIVE
EOF
"""
NARRATIVE = narrative(Key_Decisions=AWKWARD, Reference_Information="A line of prose.\n" * 800)
READY = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"  # the client's prompt
BRANCH = f"machines/{MACHINE}"
LOG = rf"{BRANCH}/projects/PILOT/\d{{4}}-\d\d-\d\d-[\w-]+-TOPIC\.md"


def only_log(user: Claude, remote: Remote, topic: str = "some-topic") -> str:
    """The text of the one log with this topic, which is the same on the remote and in the store."""
    [(name, data)] = logs(remote, topic).items()
    [path] = (user.sync_home / "session-logs").rglob(f"*-{topic}.md")
    assert path.name == name.rpartition("/")[2]
    assert path.read_bytes() == data
    return data.decode()


def logs(remote: Remote, topic: str) -> dict[str, bytes]:
    """The logs on the remote that have this topic."""
    pattern = re.compile(LOG.replace("TOPIC", topic))
    return {name: data for name, data in remote.files(BRANCH).items() if pattern.fullmatch(name)}


def check_saved(user: Claude, remote: Remote) -> None:
    """The session is a log on the remote, word by word, and nothing of the draft is left."""
    assert NARRATIVE.strip() in only_log(user, remote)
    assert list((user.sync_home / "drafts").iterdir()) == []


def leave_a_log(user: Claude) -> None:
    """A log in the store that nobody has synced."""
    words = ("--project", "PILOT", "--topic", "left behind", "--session-id", "earlier", "--no-sync")
    user.verb("save", *words, stdin=NARRATIVE)


def hold_a_session(terminal: Terminal) -> int:
    """Say something and get an answer; returns the client's process id."""
    terminal.see(READY)
    terminal.type("hello")
    terminal.see("mock reply")
    return terminal.pid


def end_by_exit(user: Claude, model: Model) -> None:
    with user.in_terminal() as terminal:
        pid = hold_a_session(terminal)
        terminal.type("/exit")
        wait_for("end of the client", lambda: not alive(pid))


def end_by_killed_terminal(user: Claude, model: Model) -> None:
    with user.in_terminal() as terminal:
        pid = hold_a_session(terminal)
        terminal.kill()
        wait_for("end of the client", lambda: not alive(pid))


def end_by_sigterm(user: Claude, model: Model) -> None:
    """In the middle of a turn."""
    model.script = lambda question: Turn("too late", delay=60)
    with user.asked("hello") as process:
        wait_for("question", lambda: model.conversation)
        process.terminate()
        assert process.wait(timeout=30) != 0


def test_save_in_print_mode(user: Claude, remote: Remote, model: Model) -> None:
    model.script = scripts.saving(NARRATIVE)
    assert user.ask("/save some topic").strip() == scripts.SAVED
    check_saved(user, remote)


def test_the_model_gets_the_command_expanded(user: Claude, model: Model) -> None:
    user.ask('/save it\'s "quoted"; $(id) & more')
    prompt = model.conversation[0].prompt
    assert ': it\'s "quoted"; $(id) & more\n' in prompt
    assert f'`"{user.plugin}/scripts/run" save --session-id ' in prompt
    assert all(f"`## {section}`" in prompt for section in SECTIONS)
    assert not re.search(r"CLAUDE_[A-Z]|\$ARGUMENTS", prompt)


def test_a_second_save_updates_the_log_of_the_session(user: Claude, remote: Remote, model: Model) -> None:
    model.script = scripts.saving(NARRATIVE)
    user.ask("/save some topic")
    user.ask("/save some topic", "--continue")
    assert "\n## Update: " in only_log(user, remote)


def test_a_wrong_narrative_is_mended_and_saved(user: Claude, remote: Remote, model: Model) -> None:
    model.script = scripts.saving(narrative(Key_Decisions=None), NARRATIVE)
    user.ask("/save some topic")
    refusal = model.conversation[-1].results[2]
    assert refusal.startswith("Exit code 2\n")
    assert "## Key Decisions" in refusal
    check_saved(user, remote)


def test_sync_logs_in_print_mode(user: Claude, remote: Remote, model: Model) -> None:
    leave_a_log(user)
    model.script = scripts.syncing()
    assert user.ask("/sync-logs").strip() == scripts.SYNCED
    assert NARRATIVE.strip() in only_log(user, remote, "left-behind")


@pytest.mark.parametrize("options", ["--skip-pii-check", "--sync --force", "; touch more", "--status && touch more"])
def test_what_nobody_asked_for_needs_approval(user: Claude, model: Model, options: str) -> None:
    model.script = scripts.syncing(options)
    user.ask("/sync-logs")
    assert "approval" in model.conversation[-1].results[0]


def test_both_commands_typed_in_the_terminal(user: Claude, remote: Remote, model: Model) -> None:
    with user.in_terminal() as terminal:
        terminal.see(READY)
        model.script = scripts.saving(NARRATIVE)
        terminal.type("/save some topic")
        terminal.see(scripts.SAVED)
        check_saved(user, remote)
        model.script = scripts.syncing()
        terminal.type("/sync-logs")
        terminal.see(scripts.SYNCED)


@pytest.mark.parametrize("end", [end_by_exit, end_by_killed_terminal, end_by_sigterm])
def test_the_end_of_a_session_syncs_what_is_left(
    user: Claude, remote: Remote, model: Model, end: Callable[[Claude, Model], None]
) -> None:
    leave_a_log(user)
    assert remote.files(BRANCH) == {}
    end(user, model)
    log = user.sync_home / "logs" / "background.log"
    both = ("left-behind", "hello")  # the session itself was not saved and gets a digest
    told = lambda: log.exists() and log.read_text()  # noqa: E731 - said when the wait is over
    wait_for("logs on the remote", lambda: all(logs(remote, one) for one in both), 30, told)
    assert NARRATIVE.strip() in only_log(user, remote, "left-behind")
    assert 'digest: "true"' in only_log(user, remote, "hello")
    archived = [name for name in remote.files(BRANCH) if "/history/" in name and name.endswith("-hello.md")]
    assert len(archived) == 1


def test_the_plugin_does_not_delay_the_exit(new_claude: NewClaude, user: Claude) -> None:
    without, with_plugin = exit_time.medians(new_claude(), user, runs=5)
    print(f"median exit: {without:.3f} s without the plugin, {with_plugin:.3f} s with it")
    assert with_plugin - without <= 0.5


def test_installed_from_its_marketplace(new_claude: NewClaude, remote: Remote, model: Model, tmp_path: Path) -> None:
    market = copy_of_plugin(tmp_path / "a market")
    installed = new_claude(plugin=market)
    installed.verb("sync-logs", "--init", "--remote", str(remote.path))
    installed.run("plugin", "marketplace", "add", str(market))
    installed.run("plugin", "install", "session-sync@session-sync")
    cache = installed.home / ".claude" / "plugins" / "cache"
    before = listing(market) | listing(cache)
    model.script = scripts.saving(NARRATIVE)
    assert installed.ask("/save some topic").strip() == scripts.SAVED
    check_saved(installed, remote)
    assert listing(market) | listing(cache) == before


def test_the_manifests_are_valid(user: Claude) -> None:
    assert "Validation passed" in user.run("plugin", "validate", "--strict", str(user.plugin))
