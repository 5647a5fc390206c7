"""What a rollout tells of its session."""

from __future__ import annotations

import hashlib
from pathlib import Path

from session_sync.transcripts.session import Git, Link, Session, Tokens
from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.search import Search
from support.codex_sessions import CHILD, PARENT, THREAD, fixture, read, read_fixture, rollout, view


def test_facts_of_a_session(tmp_path: Path) -> None:
    session, _ = read_fixture(tmp_path, "paginated")
    assert (session.cwd, session.client, session.models) == ("/home/ada/code/lathe", "0.169.0", ["gpt-5.4"])
    assert session.git == Git("https://example.com/ada/lathe.git", "master", "b6a8c846b149474272485afba7e61e7293ccea95")
    assert (session.started, session.ended) == ("2026-11-20T20:19:14.576Z", "2026-11-20T20:19:32.805Z")
    assert session.tokens == Tokens(input=2010, output=200, cache_read=2000, reasoning=40)
    (raw,) = session.raw
    assert raw.path == f"sessions/2026/11/21/rollout-2026-11-21T09-00-00-{THREAD}.jsonl"
    assert raw.sha256 == hashlib.sha256(fixture("paginated")).hexdigest()


def test_facts_are_there_with_the_first_message(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("paginated"))
    (found,) = codex.find(tmp_path, Search())
    session = Session("codex", found.session_id)
    next(codex.read(found, session))
    assert (session.cwd, session.git is not None) == ("/home/ada/code/lathe", True)


def test_subagent_is_linked_from_both_sides(tmp_path: Path) -> None:
    rollout(tmp_path, PARENT, fixture("parent"))
    rollout(tmp_path, CHILD, fixture("subagent"))
    found = {one.session_id: one for one in codex.find(tmp_path, Search())}
    child, messages = read(found[CHILD])
    assert child.parent == Link(PARENT)
    assert child.fork is None
    assert view(messages) == [("user", "Say hello to Ada"), ("assistant", "Answer 17: Say hello to Ada")]
    parent, messages = read(found[PARENT])
    assert parent.parent is None
    calls = {call.name: call.session_id for one in messages for call in one.tool_calls}
    assert calls == {"spawn_agent": CHILD, "wait_agent": ""}


def test_fork_links_to_its_origin_and_repeats_nothing(tmp_path: Path) -> None:
    session, messages = read_fixture(tmp_path / "fork", "fork")
    assert session.fork is None  # the thread was given the origin's name: nobody forks from himself
    (found,) = codex.find(rollout(tmp_path, "01a1fd80-3333-7ccc-8ccc-cccccccccccc", fixture("fork")), Search())
    session, messages = read(found)
    assert session.fork == Link(THREAD, "9")
    assert view(messages) == [("user", "Use brass gears"), ("assistant", "Brass gears it is")]
    assert session.tokens == Tokens(input=100, output=10)
