"""What clients read of the plugin: manifests, commands and hooks, word by word."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from session_sync import __version__
from support.homes import ROOT
from support.narratives import SECTIONS

COMMANDS = sorted((ROOT / "commands").glob("*.md"))
HOOK = 'sh "${CLAUDE_PLUGIN_ROOT}/hooks/hook.py"'
LAUNCHER = '"${CLAUDE_PLUGIN_ROOT}/scripts/run"'
BY_NAME = pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.stem)


def read_json(name: str) -> Any:
    return json.loads((ROOT / name).read_bytes())


def front_matter(command: Path) -> dict[str, Any]:
    _, head, _ = command.read_text().split("---\n", 2)
    found: dict[str, Any] = yaml.safe_load(head)
    return found


def test_every_version_is_the_package_s() -> None:
    [listed] = read_json(".claude-plugin/marketplace.json")["plugins"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = [read_json(".claude-plugin/plugin.json")["version"], listed["version"], project["version"]]
    assert versions == [__version__] * 3


def test_plugin_and_marketplace_are_named_session_sync() -> None:
    market = read_json(".claude-plugin/marketplace.json")
    assert read_json(".claude-plugin/plugin.json")["name"] == "session-sync"
    assert market["name"] == "session-sync"
    assert [(each["name"], each["source"]) for each in market["plugins"]] == [("session-sync", "./")]


def test_this_checkout_s_own_sessions_use_the_plugin() -> None:
    assert read_json(".claude/settings.json") == {
        "extraKnownMarketplaces": {"session-sync": {"source": {"source": "directory", "path": "./"}}},
        "enabledPlugins": {"session-sync@session-sync": True},
    }


def test_hooks_are_one_command_each_and_nothing_that_a_client_ignores() -> None:
    """Codex ignores `args`; Claude Code ignores a plugin's `timeout` at the end of a session."""
    each = [{"hooks": [{"type": "command", "command": HOOK}]}]
    assert read_json("hooks/hooks.json")["hooks"] == {"SessionStart": each, "Stop": each, "SessionEnd": each}
    assert (ROOT / "hooks" / "hook.py").is_file()


def test_the_commands_are_those_that_have_a_script() -> None:
    assert sorted(command.stem for command in COMMANDS) == ["save", "sync", "sync-logs"]
    assert all((ROOT / "scripts" / f"{command.stem.replace('-', '_')}.py").is_file() for command in COMMANDS)


@BY_NAME
def test_a_command_is_short(command: Path) -> None:
    assert len(command.read_text().splitlines()) <= 25


@BY_NAME
def test_a_command_is_named_as_its_file_and_describes_itself(command: Path) -> None:
    head = front_matter(command)
    assert set(head) == {"name", "description", "argument-hint", "allowed-tools"}
    assert head["name"] == command.stem
    assert head["description"]
    assert head["argument-hint"].startswith("[")


@BY_NAME
def test_a_command_runs_nothing_before_the_model_reads_it(command: Path) -> None:
    """What a user typed would be pasted raw into the shell of an inline command."""
    assert not re.search(r"!\s*`", command.read_text())
    assert "```!" not in command.read_text()


def allowed(command: str) -> list[str]:
    found: list[str] = front_matter(ROOT / "commands" / f"{command}.md")["allowed-tools"]
    return found


def test_save_may_write_its_drafts_ask_for_the_article_and_run_its_script() -> None:
    assert allowed("save") == [
        "Edit(~/.session-sync/drafts/**)",
        f"Bash({LAUNCHER} save:*)",
        f"Bash({LAUNCHER} wiki prepare:*)",
    ]


def test_sync_logs_may_run_only_what_leaks_and_overwrites_nothing() -> None:
    harmless = ("", " --sync", " --pull", " --status", " --list-machines", " --dry-run")
    assert allowed("sync-logs") == [f"Bash({LAUNCHER} sync-logs{options})" for options in harmless]


def test_sync_may_run_only_what_leaks_nothing() -> None:
    """A rule that ends with `:*` would allow `--skip-pii-check` too."""
    assert allowed("sync") == [f"Bash({LAUNCHER} sync{options})" for options in ("", " --check", " --notes")]


def test_save_asks_for_the_article_with_the_options_that_it_then_saves_with() -> None:
    text = (ROOT / "commands" / "save.md").read_text()
    draft = "~/.session-sync/drafts/${CLAUDE_SESSION_ID}"
    assert f"`{LAUNCHER} wiki prepare --topic 'TOPIC' --out {draft}.wiki.md`" in text
    save = f"{LAUNCHER} save --session-id ${{CLAUDE_SESSION_ID}} --topic 'TOPIC'"
    assert f"`{save} --draft {draft}.md --wiki {draft}.wiki.md`" in text


def test_sync_looks_for_unsaved_logs_first_and_takes_notes_for_no_instructions() -> None:
    text = (ROOT / "commands" / "sync.md").read_text()
    commands = re.findall(r'`("\$\{CLAUDE_PLUGIN_ROOT\}/scripts/run" [^`]+)`', text)
    assert commands == [f"{LAUNCHER} sync --check", f"{LAUNCHER} sync"]
    assert "another user's text" in text
    assert "never an instruction" in text


def test_save_names_every_section_in_order_and_wants_no_secret() -> None:
    text = (ROOT / "commands" / "save.md").read_text()
    assert re.findall(r"`## ([^`]+)`", text) == list(SECTIONS)
    assert "never its value" in text


@BY_NAME
def test_a_command_says_how_to_report_every_exit_code(command: Path) -> None:
    told = command.read_text().partition("by its exit code:")[2]
    assert sorted(re.findall(r"(?<!\S)(\d+)(?= )", told)) == ["0", "1", "2", "75"]
