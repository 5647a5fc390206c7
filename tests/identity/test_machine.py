"""machine.py: one UUID for one user's account on one computer, whatever happens to either."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from session_sync.errors import UsageError, UserError
from session_sync.home import paths
from session_sync.identity import hardware as probes
from session_sync.identity import machine
from session_sync.identity.hardware import Hardware
from support.homes import MACHINE, SCRIPTS

LAPTOP = Hardware(
    raw_id="4f1d0c9a7be24d55a3c86e0f9b217d34",
    fingerprints={"board_serial": "L1HF16B00K7", "mac": "54:e1:ad:9c:41:7e", "disk": "eui.0025388b11c0ffee"},
    model="LENOVO 20XW004AUS",
)
OTHER = Hardware(
    raw_id="9ab8c7d6e5f4032112233445566778aa",
    fingerprints={"board_serial": "PF3XYZ77", "mac": "a4:bb:6d:10:2e:9c", "disk": "eui.1111111111111111"},
    model="Dell Inc. Latitude 7420",
)
CONTAINER = Hardware(None, {}, "", "linux", container=True)


@pytest.fixture(autouse=True)
def no_variable(sealed_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(machine.VARIABLE)
    monkeypatch.setattr(probes, "hostname", lambda: "ada-laptop")
    monkeypatch.setattr(probes, "os_account", lambda: "ada")
    monkeypatch.setattr(probes, "probe", lambda: LAPTOP)


def stored() -> dict[str, object]:
    content: dict[str, object] = json.loads(paths.machine_file().read_bytes())
    return content


def change(**values: object) -> None:
    paths.machine_file().write_text(json.dumps({**stored(), **values}))


def forget() -> None:
    paths.machine_file().unlink()


def test_the_first_call_makes_the_file_with_all_it_promises() -> None:
    made = machine.load(LAPTOP)
    assert paths.UUID.fullmatch(made.uuid)
    assert re.fullmatch("[0-9a-f]{32}", made.nonce)
    assert (made.hostname, made.recorded_hostname, made.platform) == ("ada-laptop", "ada-laptop", "linux")
    assert (made.model, made.ephemeral, made.fixed) == ("LENOVO 20XW004AUS", False, False)
    assert (made.previous_uuids, made.warnings) == ((), ())
    promised = {
        "machine_uuid", "hardware_hash", "fingerprints", "hostname", "platform", "model", "created", "previous_uuids"
    }  # fmt: skip
    assert promised <= stored().keys()


def test_the_uuid_is_derived_so_that_a_lost_file_gives_it_again() -> None:
    first = machine.load(LAPTOP)
    forget()
    second = machine.load(LAPTOP)
    assert second.uuid == first.uuid
    assert second.nonce != first.nonce


def test_two_users_of_one_computer_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = machine.load(LAPTOP)
    forget()
    monkeypatch.setattr(probes, "os_account", lambda: "bob")
    assert machine.load(LAPTOP).uuid != ada.uuid


def test_two_computers_of_one_user_differ() -> None:
    here = machine.load(LAPTOP)
    forget()
    assert machine.load(OTHER).uuid != here.uuid


def test_nothing_changes_on_the_next_call_and_nothing_is_written() -> None:
    first = machine.load(LAPTOP)
    before = paths.machine_file().stat()
    assert machine.load(LAPTOP) == first
    assert machine.load() == first
    assert paths.machine_file().stat() == before


def test_the_file_is_for_its_owner_alone() -> None:
    machine.load(LAPTOP)
    assert stat.S_IMODE(paths.machine_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.home().stat().st_mode) == 0o700


def test_nothing_raw_is_stored() -> None:
    machine.load(LAPTOP)
    machine.load(OTHER)
    text = paths.machine_file().read_text().lower()
    for hardware in (LAPTOP, OTHER):
        for raw in (hardware.raw_id or "", *hardware.fingerprints.values()):
            for spelled in (raw, raw.lower(), raw.upper(), raw.replace(":", ""), raw + "\n"):
                assert spelled.strip().lower() not in text
                for algorithm in ("md5", "sha1", "sha256", "sha512"):
                    assert hashlib.new(algorithm, spelled.encode()).hexdigest()[:16] not in text


def test_two_homes_hash_the_same_hardware_differently() -> None:
    machine.load(LAPTOP)
    first = stored()
    forget()
    machine.load(LAPTOP)
    assert first["fingerprints"] != stored()["fingerprints"]
    assert first["hardware_hash"] != stored()["hardware_hash"]


def test_a_changed_host_name_warns_until_it_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    first = machine.load(LAPTOP)
    monkeypatch.setattr(probes, "hostname", lambda: "ada-desk")
    renamed = machine.load(LAPTOP)
    warning = 'hostname is now ada-desk, recorded as ada-laptop; run "whoami --refresh" if the machine was renamed'
    assert renamed == replace(first, hostname="ada-desk", warnings=(warning,))
    assert machine.load(LAPTOP) == renamed
    refreshed = machine.refresh(LAPTOP)
    assert refreshed == replace(first, hostname="ada-desk", recorded_hostname="ada-desk")
    assert machine.load(LAPTOP) == refreshed


@pytest.mark.parametrize("name", ["ada-laptop.fritz.box", "ADA-LAPTOP.local"])
def test_another_network_does_not_rename_a_host(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.load(LAPTOP)
    monkeypatch.setattr(probes, "hostname", lambda: name)
    assert machine.load(LAPTOP).warnings == ()


def test_a_hostile_host_name_is_one_printable_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "hostname", lambda: "a\nb\x1b[31m\u202ec" + "x" * 300)
    made = machine.load(LAPTOP)
    assert made.hostname.startswith("a b[31mcxxx")
    assert len(made.hostname) == 253


@pytest.mark.parametrize("name", sorted(LAPTOP.fingerprints))
def test_one_changed_fingerprint_is_the_same_machine(name: str) -> None:
    first = machine.load(LAPTOP)
    repaired = replace(LAPTOP, fingerprints={**LAPTOP.fingerprints, name: "new-part"})
    assert machine.load(repaired) == first
    assert machine.load(repaired) == first


def test_parts_replaced_one_after_the_other_are_the_same_machine() -> None:
    first = machine.load(LAPTOP)
    parts = dict(LAPTOP.fingerprints)
    for name, part in OTHER.fingerprints.items():
        parts[name] = part
        assert machine.load(replace(LAPTOP, fingerprints=parts)) == first


def test_what_only_root_sees_is_remembered() -> None:
    first = machine.load(LAPTOP)
    as_user = {name: LAPTOP.fingerprints[name] for name in ("mac", "disk")}
    assert machine.load(replace(LAPTOP, fingerprints=as_user)) == first
    assert set(stored()["fingerprints"]) == set(LAPTOP.fingerprints)  # type: ignore[call-overload]


def test_a_new_installation_on_the_same_hardware_is_the_same_machine() -> None:
    first = machine.load(LAPTOP)
    assert machine.load(replace(LAPTOP, raw_id=OTHER.raw_id)) == first


def test_a_file_copied_to_another_computer_becomes_another_machine() -> None:
    old = machine.load(LAPTOP)
    new = machine.load(OTHER)
    assert new.uuid != old.uuid
    assert new.nonce != old.nonce
    assert new.previous_uuids == (old.uuid,)
    assert new.model == OTHER.model
    assert len(new.warnings) == 1
    assert old.uuid in new.warnings[0]
    assert new.uuid in new.warnings[0]
    assert machine.load(OTHER) == new
    assert machine.refresh(OTHER) == replace(new, warnings=())


def test_a_cloned_disk_with_its_machine_id_becomes_another_machine() -> None:
    old = machine.load(LAPTOP)
    clone = machine.load(replace(OTHER, raw_id=LAPTOP.raw_id))
    assert clone.uuid != old.uuid
    assert clone.previous_uuids == (old.uuid,)


def test_a_uuid_that_was_given_up_never_comes_back() -> None:
    first = machine.load(LAPTOP)
    second = machine.load(OTHER)
    third = machine.load(LAPTOP)
    assert len({first.uuid, second.uuid, third.uuid}) == 3
    assert third.previous_uuids == (second.uuid, first.uuid)


def test_a_single_fingerprint_proves_nothing() -> None:
    little = replace(LAPTOP, fingerprints={"mac": "54:e1:ad:9c:41:7e"})
    first = machine.load(little)
    assert machine.load(replace(little, fingerprints={"mac": "02:00:00:00:00:01"})) == first


def test_a_failed_probe_proves_nothing() -> None:
    first = machine.load(LAPTOP)
    assert machine.load(Hardware(None)) == first
    assert machine.refresh(Hardware(None, platform="linux")).uuid == first.uuid
    assert machine.load(OTHER).previous_uuids == (first.uuid,)


def test_a_container_is_random_and_ephemeral() -> None:
    first = machine.load(CONTAINER)
    assert first.ephemeral
    assert machine.load(CONTAINER) == first
    forget()
    assert machine.load(CONTAINER).uuid != first.uuid


def test_a_home_in_a_container_keeps_the_identity_that_it_brings() -> None:
    first = machine.load(LAPTOP)
    assert machine.load(CONTAINER) == first


def test_a_home_made_in_a_container_is_no_longer_ephemeral_on_its_host() -> None:
    first = machine.load(CONTAINER)
    assert machine.load(LAPTOP) == replace(first, ephemeral=False)


def test_the_variable_wins_and_keeps_the_nonce(monkeypatch: pytest.MonkeyPatch) -> None:
    own = machine.load(LAPTOP)
    monkeypatch.setenv(machine.VARIABLE, MACHINE.upper())
    fixed = machine.load(LAPTOP)
    assert fixed == replace(own, uuid=MACHINE, fixed=True)
    assert machine.load(OTHER).uuid == MACHINE
    monkeypatch.delenv(machine.VARIABLE)
    assert machine.load(LAPTOP) == own


def test_the_variable_is_recorded_in_a_new_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(machine.VARIABLE, MACHINE)
    fixed = machine.load(CONTAINER)
    assert (fixed.uuid, fixed.fixed, fixed.ephemeral) == (MACHINE, True, False)
    assert machine.load(CONTAINER) == fixed
    monkeypatch.delenv(machine.VARIABLE)
    assert machine.load(CONTAINER) == replace(fixed, fixed=False)


@pytest.mark.parametrize("value", ["x", MACHINE + "0", "../" + MACHINE, MACHINE.replace("-", ""), "{" + MACHINE + "}"])
def test_a_variable_that_is_no_uuid_is_wrong_usage(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(machine.VARIABLE, value)
    with pytest.raises(UsageError, match=r"^SESSION_SYNC_MACHINE_UUID is not a UUID; [^\n]+$"):
        machine.load(LAPTOP)
    assert not paths.machine_file().exists()


def test_renew_gives_a_clone_an_identity_of_its_own() -> None:
    old = machine.load(LAPTOP)
    new = machine.renew("another machine uses this UUID")
    assert new.uuid != old.uuid
    assert new.nonce != old.nonce
    assert new.previous_uuids == (old.uuid,)
    assert new.warnings[0].startswith("another machine uses this UUID; this machine was ")
    assert machine.load(LAPTOP) == new
    assert machine.renew("again").previous_uuids == (new.uuid, old.uuid)


def test_renew_cannot_change_a_fixed_uuid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(machine.VARIABLE, MACHINE)
    with pytest.raises(UserError, match="SESSION_SYNC_MACHINE_UUID of its own"):
        machine.renew("another machine uses this UUID")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        pytest.param(b"[" * 100_000, id="deep"),
        b"{}",
        b'{"machine_uuid": 5}',
        b'{"machine_uuid": "../../etc"}',
        b'{"machine_uuid": "11111111-1111-4111-8111-111111111111", "nonce": "short"}',
        b'{"machine_uuid": "11111111-1111-4111-8111-111111111111", "hostname": ["x"]}',
        b'{"machine_uuid": "11111111-1111-4111-8111-111111111111", "ephemeral": "no"}',
        b'{"machine_uuid": "11111111-1111-4111-8111-111111111111", "previous_uuids": [5]}',
        b'{"machine_uuid": "11111111-1111-4111-8111-111111111111", "previous_uuids": ["x"]}',
    ],
)
def test_a_damaged_file_is_kept_and_the_same_uuid_derived(damage: bytes) -> None:
    first = machine.load(LAPTOP)
    paths.machine_file().write_bytes(damage)
    mended = machine.load(LAPTOP)
    assert mended.uuid == first.uuid
    assert paths.machine_file().with_name("machine-id.json.damaged-1").read_bytes() == damage
    assert "machine-id.json.damaged-1" in mended.warnings[0]
    assert machine.load(LAPTOP) == mended
    paths.machine_file().write_bytes(damage)
    assert "machine-id.json.damaged-2" in machine.load(LAPTOP).warnings[0]


def test_a_damaged_file_keeps_its_nonce_so_that_no_clone_is_suspected() -> None:
    first = machine.load(LAPTOP)
    paths.machine_file().write_text(paths.machine_file().read_text()[:-4])
    mended = machine.load(LAPTOP)
    assert (mended.uuid, mended.nonce) == (first.uuid, first.nonce)


def test_an_unreadable_file_is_an_error_and_no_new_identity() -> None:
    paths.home().mkdir(exist_ok=True)
    paths.machine_file().mkdir()
    with pytest.raises(OSError, match="directory"):
        machine.load(LAPTOP)
    assert paths.machine_file().is_dir()


def test_a_file_of_another_program_wins_and_is_completed() -> None:
    paths.home().mkdir(exist_ok=True)
    legacy = {"machine_uuid": MACHINE.upper(), "hostname": "ada-laptop", "fingerprints": ["abc"], "hardware_hash": "x"}
    paths.machine_file().write_text(json.dumps(legacy))
    taken = machine.load(LAPTOP)
    assert (taken.uuid, taken.warnings) == (MACHINE, ())
    assert len(taken.nonce) == 32
    assert machine.load(LAPTOP) == taken


def test_programs_are_started_at_most_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(probes, "probe", lambda: asked.append(1) or LAPTOP)
    for _ in range(3):
        machine.load()
    assert len(asked) == 1
    change(checked=int(time.time()) - machine.CHECK_EVERY - 1)
    for _ in range(3):
        machine.load()
    assert len(asked) == 2
    change(checked=int(time.time()) + 10 * machine.CHECK_EVERY)
    machine.load()
    assert len(asked) == 3


@pytest.mark.parametrize("before", [None, b'{"machine_uuid": 5}'])
def test_processes_that_start_at_once_agree(before: bytes | None) -> None:
    if before:
        paths.home().mkdir(exist_ok=True)
        paths.machine_file().write_bytes(before)
    program = (
        "import sys, filelock; from session_sync.identity import hardware as probes, machine\n"
        "print('ready', flush=True); sys.stdin.read()\n"
        "made = machine.load(probes.Hardware(None, {}, '', 'linux', True))\n"
        "print(made.uuid, made.nonce)"
    )
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) for _ in range(8)
    ]
    for process in started:
        assert process.stdout
        assert process.stdout.readline().strip() == b"ready"
    for process in started:
        assert process.stdin
        process.stdin.close()
    said = {process.stdout.read() for process in started if process.stdout}
    assert [process.wait() for process in started] == [0] * 8
    assert len(said) == 1
    assert said != {b""}
    assert sorted(path.name for path in paths.home().glob("machine-id.json*")) == (
        ["machine-id.json", "machine-id.json.damaged-1"] if before else ["machine-id.json"]
    )


def test_a_normal_call_starts_no_program_and_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    machine.load(LAPTOP)
    monkeypatch.setattr(subprocess, "Popen", pytest.fail)
    started = time.process_time()
    for _ in range(100):
        machine.load(LAPTOP)
    assert (time.process_time() - started) / 100 < 0.01  # measured 0.1 ms
