"""This machine: its UUID, made once and then kept in machine-id.json, and what has changed since.

The UUID is an HMAC keyed with the hardware's own id, so that nobody can compute it from a serial number, over the
OS account, so that two users of one computer differ. The stored file wins over whatever the hardware says later,
unless nothing of the recorded hardware is left: then the file was copied to another computer.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sys
import time
from dataclasses import dataclass, replace

from session_sync.errors import UsageError, UserError
from session_sync.home import paths
from session_sync.identity import hardware as probes
from session_sync.identity import record as machine_file
from session_sync.identity.hardware import Hardware
from session_sync.identity.record import END_NOTICE, Record

VARIABLE = "SESSION_SYNC_MACHINE_UUID"
CHECK_EVERY = 86_400  # seconds between two probes that start programs
ENOUGH = 2  # fingerprints that must differ, all of them, before this is another computer
LONGEST_HOSTNAME = 253  # RFC 1035


@dataclass(frozen=True)
class Machine:
    """This machine as other modules see it; nothing in it tells about the hardware but its model."""

    uuid: str
    hostname: str
    recorded_hostname: str
    platform: str
    model: str
    nonce: str
    created: str
    previous_uuids: tuple[str, ...]
    ephemeral: bool
    fixed: bool
    warnings: tuple[str, ...]


def load(hardware: Hardware | None = None) -> Machine:
    """This machine, made on the first call; `hardware` is probed when it is not given and worth the cost.

    Raises UsageError when SESSION_SYNC_MACHINE_UUID, which wins over everything, is no UUID.
    """
    fixed = _fixed_uuid()
    try:
        record = machine_file.read()
    except ValueError:
        record = None
    if record and record.complete and not hardware and (fixed or not _is_due(record)):
        return _machine(record, fixed)
    found = hardware or probes.probe()
    if record is None or not record.complete or _settled(record, found, fixed) != record:
        with machine_file.alone():  # decided again under the lock, so that processes which come at once agree
            stored = _stored(found, fixed)
            record = _settled(stored, found, fixed)
            if record != stored:
                machine_file.write(record)
    return _machine(record, fixed)


def refresh(hardware: Hardware | None = None) -> Machine:
    """Take the current host name and hardware as this machine's, whatever was recorded, and end the notice."""
    fixed, found = _fixed_uuid(), hardware or probes.probe()
    with machine_file.alone():
        record = replace(_accepted(_stored(found, fixed), found), notice="")
        machine_file.write(record)
    return _machine(record, fixed)


def renew(reason: str) -> Machine:
    """Give this machine a new random UUID and nonce because another one uses its UUID; `reason` is shown.

    Raises UserError when the UUID is fixed by the environment.
    """
    if _fixed_uuid():
        raise UserError(f"{reason}; give each machine a {VARIABLE} of its own")
    found = probes.probe()
    with machine_file.alone():
        record = _renewed(_stored(found, None), _uuid(secrets.token_bytes(16)), reason)
        machine_file.write(record)
    return _machine(record, None)


def one_line(text: str, longest: int) -> str:
    """`text`, whoever wrote it, as one printable line of at most `longest` characters."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:longest].strip()


def hostname() -> str:
    """The current host name."""
    return one_line(probes.hostname(), LONGEST_HOSTNAME) or "unknown"


def same_host(one: str, other: str) -> bool:
    """Whether two names differ at most in case and domain, which changes with the network a laptop is in."""
    return one.partition(".")[0].casefold() == other.partition(".")[0].casefold()


def _machine(record: Record, fixed: str | None) -> Machine:
    here, recorded = hostname(), one_line(record.hostname, LONGEST_HOSTNAME)
    warnings = [one_line(record.notice, 500)] if record.notice else []
    if not same_host(here, recorded):
        advice = 'run "whoami --refresh" if the machine was renamed'
        warnings.append(f"hostname is now {here}, recorded as {recorded}; {advice}")
    return Machine(
        uuid=fixed or record.machine_uuid,
        hostname=here,
        recorded_hostname=recorded,
        platform=one_line(record.platform, 20),
        model=one_line(record.model, 100),
        nonce=record.nonce,
        created=one_line(record.created, 40),
        previous_uuids=record.previous_uuids,
        ephemeral=record.ephemeral and not fixed,
        fixed=fixed is not None,
        warnings=tuple(warnings),
    )


def _fixed_uuid() -> str | None:
    value = os.environ.get(VARIABLE, "").strip().lower()
    if value and not paths.UUID.fullmatch(value):
        raise UsageError(f"{VARIABLE} is no UUID; write it as 8-4-4-4-12 hexadecimal digits, or unset it")
    return value or None


def _is_due(record: Record) -> bool:
    return sys.platform in probes.CHEAP or _is_old(record)


def _is_old(record: Record) -> bool:
    return not 0 <= time.time() - record.checked < CHECK_EVERY


def _stored(found: Hardware, fixed: str | None) -> Record:
    """The record as the file has it now: made when missing, anew when damaged, completed where something lacks."""
    new = Record(fixed or _new_uuid(found), ephemeral=not (fixed or found.raw_id))
    try:
        stored = machine_file.read()
    except ValueError:
        stored, new = None, machine_file.move_damaged_aside(new)
    record = _completed(stored or new, found)
    if stored is None and not machine_file.create(record):
        return _stored(found, fixed)  # a file system without locks, and somebody was quicker
    if stored not in (None, record):
        machine_file.write(record)
    return record


def _completed(record: Record, found: Hardware) -> Record:
    record = replace(
        record,
        nonce=record.nonce or machine_file.key(),
        salt=record.salt or machine_file.key(),
        created=record.created or _now(),
    )
    return record if record.hostname else _accepted(record, found)


def _settled(record: Record, found: Hardware, fixed: str | None) -> Record:
    """`record` brought up to `found`; with a new UUID when nothing of the recorded hardware is left."""
    if fixed:
        return record
    now = _hashed(record.salt, found)
    both = record.fingerprints.keys() & now.keys()
    if len(both) >= ENOUGH and all(record.fingerprints[name] != now[name] for name in both):
        new = _new_uuid(found, used=(record.machine_uuid, *record.previous_uuids))
        advice = "if several computers share this home, give each its own SESSION_SYNC_HOME"
        return _accepted(_renewed(record, new, f"all hardware is other than recorded, {advice}"), found)
    return replace(
        record,
        fingerprints={**record.fingerprints, **now},
        ephemeral=record.ephemeral and not found.raw_id,
        checked=int(time.time()) if _is_old(record) else record.checked,
    )


def _accepted(record: Record, found: Hardware) -> Record:
    """`record` with the current host and hardware in place of the recorded ones."""
    return replace(
        record,
        hostname=hostname(),
        platform=found.platform,
        model=found.model,
        fingerprints=_hashed(record.salt, found) or record.fingerprints,
        checked=int(time.time()),
    )


def _renewed(record: Record, uuid: str, reason: str) -> Record:
    """`record` as another machine, which was the old one."""
    return replace(
        record,
        machine_uuid=uuid,
        nonce=machine_file.key(),
        created=_now(),
        previous_uuids=(record.machine_uuid, *record.previous_uuids),
        notice=f"{reason}; this machine was {record.machine_uuid} and is now {uuid}; {END_NOTICE}",
    )


def _new_uuid(found: Hardware, used: tuple[str, ...] = ()) -> str:
    """Derived where the hardware names itself; random where it does not, or where that UUID was given up."""
    if found.raw_id:
        over = f"session-sync\0{probes.os_account()}".encode()
        derived = _uuid(hmac.digest(found.raw_id.encode(), over, "sha256"))
        if derived not in used:
            return derived
    return _uuid(secrets.token_bytes(16))


def _uuid(data: bytes) -> str:
    """The first 16 bytes of `data` as a UUID of version 8, which is for schemes of one's own (RFC 9562)."""
    value = bytearray(data[:16])
    value[6] = value[6] & 0x0F | 0x80
    value[8] = value[8] & 0x3F | 0x80
    digits = value.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _hashed(salt: str, found: Hardware) -> dict[str, str]:
    """The fingerprints as they may be stored: a bare hash of a serial number or MAC address can be guessed."""
    return {
        name: hmac.digest(salt.encode(), f"{name}\0{value}".encode(), "sha256").hex()
        for name, value in found.fingerprints.items()
    }


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
