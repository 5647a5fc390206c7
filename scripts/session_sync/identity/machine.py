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

from session_sync.errors import UsageError, UserError, told
from session_sync.home import paths
from session_sync.identity import hardware, record
from session_sync.identity.hardware import Hardware
from session_sync.identity.record import END_NOTICE, Record
from session_sync.text.lines import cleaned

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


def load(given: Hardware | None = None) -> Machine:
    """This machine, made on the first call; its hardware is `given`, or else probed when that is worth the cost.

    Raises UsageError when SESSION_SYNC_MACHINE_UUID, which wins over everything, is no UUID.
    """
    fixed = _fixed_uuid()
    try:
        known = record.read()
    except ValueError:
        known = None
    if known and known.complete and not given and (fixed or not _is_due(known)):
        return _machine(known, fixed)
    found = given or hardware.probe()
    if known is None or not known.complete or _settled(known, found, fixed) != known:
        with record.alone():  # decided again under the lock, so that processes which come at once agree
            stored = _stored(found, fixed)
            known = _settled(stored, found, fixed)
            if known != stored:
                record.write(known)
    return _machine(known, fixed)


def load_anyway() -> Machine:
    """This machine as far as it can be told, for work that must be done: that its record cannot be had is a warning.

    Raises UsageError as `load` does.
    """
    try:
        return load()
    except OSError as error:  # also a lock that is not to be had in time
        why = f"machine-id.json cannot be used: {told(error)}"
    try:
        known = record.read()
    except (OSError, ValueError):
        known = None
    fixed = _fixed_uuid()
    if known is None or not known.complete:
        found = hardware.probe()
        known = _accepted(Record(fixed or _new_uuid(found)), found)
    return _machine(replace(known, notice=why), fixed)


def refresh(given: Hardware | None = None) -> Machine:
    """Take the current host name and hardware as this machine's, whatever was recorded, and end the notice."""
    fixed, found = _fixed_uuid(), given or hardware.probe()
    with record.alone():
        known = replace(_accepted(_stored(found, fixed), found), notice="")
        record.write(known)
    return _machine(known, fixed)


def renew(reason: str) -> Machine:
    """Give this machine a new random UUID and nonce because another one uses its UUID; `reason` is shown.

    Raises UserError when the UUID is fixed by the environment.
    """
    if _fixed_uuid():
        raise UserError(f"{reason}; give each machine a {VARIABLE} of its own")
    found = hardware.probe()
    with record.alone():
        known = _renewed(_stored(found, None), _uuid(secrets.token_bytes(16)), reason)
        record.write(known)
    return _machine(known, None)


def renew_nonce() -> Machine:
    """Give this machine a new nonce, so that a copy of its home, should there be one, finds that it is not alone."""
    fixed = _fixed_uuid()
    with record.alone():
        known = replace(_stored(hardware.probe(), fixed), nonce=record.key())
        record.write(known)
    return _machine(known, fixed)


def hostname() -> str:
    """The current host name."""
    return cleaned(hardware.hostname(), LONGEST_HOSTNAME) or "unknown"


def same_host(one: str, other: str) -> bool:
    """Whether two names differ at most in case and domain, which changes with the network a laptop is in."""
    return one.partition(".")[0].casefold() == other.partition(".")[0].casefold()


def _machine(known: Record, fixed: str | None) -> Machine:
    here, recorded = hostname(), cleaned(known.hostname, LONGEST_HOSTNAME)
    warnings = [cleaned(known.notice, 500)] if known.notice else []
    if not same_host(here, recorded):
        advice = 'run "whoami --refresh" if the machine was renamed'
        warnings.append(f"hostname is now {here}, recorded as {recorded}; {advice}")
    return Machine(
        uuid=fixed or known.machine_uuid,
        hostname=here,
        recorded_hostname=recorded,
        platform=cleaned(known.platform, 20),
        model=cleaned(known.model, 100),
        nonce=known.nonce,
        created=cleaned(known.created, 40),
        previous_uuids=known.previous_uuids,
        ephemeral=known.ephemeral and not fixed,
        fixed=fixed is not None,
        warnings=tuple(warnings),
    )


def _fixed_uuid() -> str | None:
    value = os.environ.get(VARIABLE, "").strip().lower()
    if value and not paths.UUID.fullmatch(value):
        raise UsageError(f"{VARIABLE} is not a UUID; write it as 8-4-4-4-12 hexadecimal digits, or unset it")
    return value or None


def _is_due(known: Record) -> bool:
    return sys.platform in hardware.CHEAP or _is_old(known)


def _is_old(known: Record) -> bool:
    return not 0 <= time.time() - known.checked < CHECK_EVERY


def _stored(found: Hardware, fixed: str | None) -> Record:
    """The record as the file has it now: made when missing, anew when damaged, completed where something lacks."""
    new = Record(fixed or _new_uuid(found), ephemeral=not (fixed or found.raw_id))
    try:
        stored = record.read()
    except ValueError:
        stored, new = None, record.move_damaged_aside(new)
    known = _completed(stored or new, found)
    if stored is None and not record.create(known):
        return _stored(found, fixed)  # a file system without locks, and somebody was quicker
    if stored not in (None, known):
        record.write(known)
    return known


def _completed(known: Record, found: Hardware) -> Record:
    known = replace(
        known,
        nonce=known.nonce or record.key(),
        salt=known.salt or record.key(),
        created=known.created or _now(),
    )
    return known if known.hostname else _accepted(known, found)


def _settled(known: Record, found: Hardware, fixed: str | None) -> Record:
    """`known` brought up to `found`; with a new UUID when nothing of the recorded hardware is left."""
    if fixed:
        return known
    now = _hashed(known.salt, found)
    both = known.fingerprints.keys() & now.keys()
    if len(both) >= ENOUGH and all(known.fingerprints[name] != now[name] for name in both):
        new = _new_uuid(found, used=(known.machine_uuid, *known.previous_uuids))
        advice = "if several computers share this home, give each its own SESSION_SYNC_HOME"
        return _accepted(_renewed(known, new, f"none of the recorded hardware is here, {advice}"), found)
    return replace(
        known,
        fingerprints={**known.fingerprints, **now},
        ephemeral=known.ephemeral and not found.raw_id,
        checked=int(time.time()) if _is_old(known) else known.checked,
    )


def _accepted(known: Record, found: Hardware) -> Record:
    """`known` with the current host and hardware in place of the recorded ones."""
    return replace(
        known,
        hostname=hostname(),
        platform=found.platform,
        model=found.model,
        fingerprints=_hashed(known.salt, found) or known.fingerprints,
        checked=int(time.time()),
    )


def _renewed(known: Record, uuid: str, reason: str) -> Record:
    """`known` as another machine, which was the old one."""
    return replace(
        known,
        machine_uuid=uuid,
        nonce=record.key(),
        created=_now(),
        previous_uuids=(known.machine_uuid, *known.previous_uuids),
        notice=f"{reason}; this machine was {known.machine_uuid} and is now {uuid}; {END_NOTICE}",
    )


def _new_uuid(found: Hardware, used: tuple[str, ...] = ()) -> str:
    """Derived where the hardware names itself; random where it does not, or where that UUID was given up."""
    if found.raw_id:
        over = f"session-sync\0{hardware.os_account()}".encode()
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
