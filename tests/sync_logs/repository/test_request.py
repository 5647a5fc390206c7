from __future__ import annotations

from session_sync.sync_logs.repository.request import Request


def test_without_filters_everything_is_wanted() -> None:
    assert Request().wants("PILOT")
    assert not Request().is_filtered


def test_filters_add_up() -> None:
    request = Request(projects=("PILOT",), tenants=("acme",))
    assert [name for name in ("PILOT", "CUST-acme-x", "CUST-other", "X") if request.wants(name)] == [
        "PILOT",
        "CUST-acme-x",
    ]


def test_one_ticket_without_filters_asks_for_everything() -> None:
    one = Request(projects=("PILOT",)).as_ticket()
    two = Request(tenants=("acme",)).as_ticket()
    assert Request.of_tickets([one, two]) == Request(("PILOT",), ("acme",))
    assert Request.of_tickets([one, {}]) == Request()
    assert Request.of_tickets([{"projects": "PILOT"}]) == Request()  # damaged: the most that it can have meant


def test_what_overrides_a_check_is_never_shared() -> None:
    assert Request(projects=("PILOT",)).can_share
    assert not any(one.can_share for one in (Request(skip_pii_check=True), Request(force=True), Request(https=True)))
