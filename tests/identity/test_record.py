from __future__ import annotations

import json

import pytest

from session_sync.home import paths
from session_sync.identity import record
from session_sync.identity.record import Record
from support.homes import MACHINE, OTHER_MACHINE

WHOLE = Record(
    MACHINE,
    hostname="ada-laptop",
    created="2026-11-20",
    checked=5,
    nonce="0" * 32,
    salt="f" * 32,
    fingerprints={"mac": "hash"},
    previous_uuids=(OTHER_MACHINE,),
)


def put(content: object) -> None:
    paths.home().mkdir(exist_ok=True)
    paths.machine_file().write_text(json.dumps(content))


def test_what_was_written_is_read_and_nothing_is_none() -> None:
    assert record.read() is None
    record.write(WHOLE)
    assert record.read() == WHOLE
    assert WHOLE.complete


def test_the_first_record_stays() -> None:
    assert record.create(WHOLE)
    assert not record.create(Record(OTHER_MACHINE))
    assert record.read() == WHOLE


def test_what_others_know_of_it_is_passed_over() -> None:
    put({"machine_uuid": MACHINE.upper(), "their own": [1], "fingerprints": ["their", "form"]})
    found = record.read()
    assert found == Record(MACHINE)
    assert not found.complete


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"machine_uuid": f"../{MACHINE}"},
        {"machine_uuid": MACHINE, "checked": True},
        {"machine_uuid": MACHINE, "salt": "f" * 32, "fingerprints": {"mac": 5}},
        {"machine_uuid": MACHINE, "salt": "g" * 32},
        {"machine_uuid": MACHINE, "previous_uuids": ["x"]},
    ],
)
def test_what_is_no_record_is_damage(content: object) -> None:
    put(content)
    with pytest.raises(ValueError, match=r"^(no |a value of the wrong type$)"):
        record.read()


def test_damage_is_kept_beside_and_gives_its_nonce() -> None:
    record.write(WHOLE)
    damaged = paths.machine_file().read_bytes()[:-2]
    paths.machine_file().write_bytes(damaged)
    instead = record.move_damaged_aside(Record(MACHINE, nonce="1" * 32))
    assert (instead.nonce, paths.machine_file().exists()) == (WHOLE.nonce, False)
    assert paths.machine_file().with_name("machine-id.json.damaged-1").read_bytes() == damaged
    assert "machine-id.json.damaged-1" in instead.notice
