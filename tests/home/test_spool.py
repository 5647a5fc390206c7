from __future__ import annotations

import os
import time

from session_sync.home import paths, spool


def names() -> list[str]:
    return sorted(os.listdir(paths.spool()))


def test_a_session_has_one_ticket_however_often_it_is_dropped() -> None:
    for _ in range(3):
        spool.drop(spool.SESSION, "abc", event="Stop")
    assert spool.pending() == ["session-abc.json"]


def test_claimed_tickets_are_still_pending_until_they_are_finished() -> None:
    spool.drop(spool.SESSION, "abc", cwd="/x")
    (ticket,) = spool.claim()
    assert ticket.content == {"cwd": "/x"}
    assert names() == ["session-abc.json.claimed"]
    assert spool.pending() == ["session-abc.json"]
    spool.finish(ticket, {"code": 0}, keep=False)
    assert spool.pending() == names() == []


def test_a_killed_round_leaves_its_tickets_for_the_next() -> None:
    spool.drop(spool.SESSION, "abc")
    assert spool.claim() == spool.claim()


def test_a_ticket_dropped_again_during_its_round_asks_for_another() -> None:
    spool.drop(spool.SESSION, "abc")
    (ticket,) = spool.claim()
    spool.drop(spool.SESSION, "abc", event="SessionEnd")
    spool.finish(ticket, {"code": 0}, keep=False)
    assert [one.content for one in spool.claim()] == [{"event": "SessionEnd"}]


def test_an_unfinished_ticket_is_kept() -> None:
    spool.drop(spool.LEFT)
    (ticket,) = spool.claim()
    spool.finish(ticket, {"code": 75}, keep=True)
    assert names() == [ticket.name]


def test_a_waiting_caller_gets_its_answer_once() -> None:
    ticket = spool.drop(spool.WAITING)
    assert spool.result(ticket) is None
    (claimed,) = spool.claim()
    spool.finish(claimed, {"code": 75}, keep=True)
    assert spool.result(ticket) == {"code": 75}
    assert spool.result(ticket) is None
    assert names() == []


def test_a_caller_who_leaves_keeps_its_work_in_the_spool() -> None:
    spool.leave(spool.drop(spool.WAITING, projects=["PILOT"]))
    (ticket,) = spool.claim()
    assert (ticket.kind, ticket.content) == (spool.LEFT, {"projects": ["PILOT"]})


def test_a_caller_who_leaves_when_its_ticket_was_just_claimed_asks_again() -> None:
    mine = spool.drop(spool.WAITING)
    spool.claim()
    spool.leave(mine)
    assert len(spool.pending()) == 2


def test_damaged_tickets_still_mean_work() -> None:
    spool.drop(spool.LEFT)
    for text in ("", "[1]", '{"a":'):
        (paths.spool() / "left-damaged.json").write_text(text)
        assert {} in [one.content for one in spool.claim()]


def test_answers_that_nobody_fetched_go_away() -> None:
    ticket = spool.drop(spool.WAITING)
    (claimed,) = spool.claim()
    spool.finish(claimed, {"code": 0}, keep=False)
    spool.sweep(time.time() - 3600)
    assert len(names()) == 1
    spool.sweep(time.time() + 1)
    assert spool.result(ticket) is None
