"""machine-id.json: the record of this machine on disk, read with care and written by one process at a time."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace

from session_sync.home import files, paths

END_NOTICE = 'run "whoami --refresh" to end this message'
_KEY = re.compile(r"([0-9a-f]{32})?")
_NONCE = re.compile(rb'"nonce": *"([0-9a-f]{32})"')
_KINDS = {"checked": int, "ephemeral": bool, "fingerprints": dict, "previous_uuids": list}  # all others are text


@dataclass(frozen=True)
class Record:
    """What the file holds. `fingerprints` are HMACs keyed with `salt`; `notice` is shown until a refresh.

    Only the UUID is sure to be there: other programs write this file without a nonce and with hashes of their own.
    """

    machine_uuid: str
    hostname: str = ""
    platform: str = ""
    model: str = ""
    created: str = ""
    checked: int = 0  # when the hardware was last asked, in seconds since the epoch
    nonce: str = ""
    salt: str = ""
    fingerprints: dict[str, str] = field(default_factory=dict)
    previous_uuids: tuple[str, ...] = ()
    ephemeral: bool = False
    notice: str = ""

    @property
    def complete(self) -> bool:
        """Whether nothing has to be made before it can be used."""
        return bool(self.nonce and self.salt and self.hostname and self.created)


def key() -> str:
    """A new nonce or salt."""
    return secrets.token_hex(16)


def read() -> Record | None:
    """The stored record, None when there is none; raises ValueError when it is damaged."""
    try:
        data = paths.machine_file().read_bytes()
    except FileNotFoundError:
        return None
    try:
        content = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("no object")
    known = {name: content[name] for name in Record.__dataclass_fields__ if name in content}
    if not known.get("salt"):
        known.pop("fingerprints", None)
    if any(type(value) is not _KINDS.get(name, str) for name, value in known.items()):
        raise ValueError("a value of the wrong type")
    uuid, previous = known.pop("machine_uuid", "").lower(), tuple(known.pop("previous_uuids", ()))
    return _checked(Record(uuid, previous_uuids=previous, **known))


def _checked(record: Record) -> Record:
    if not all(isinstance(text, str) for text in (*record.previous_uuids, *record.fingerprints.values())):
        raise ValueError("a value of the wrong type")
    if not all(map(paths.UUID.fullmatch, (record.machine_uuid, *record.previous_uuids))):
        raise ValueError("no UUID")
    if not all(map(_KEY.fullmatch, (record.nonce, record.salt))):
        raise ValueError("no key")
    return record


def create(record: Record) -> bool:
    """Write the first record; False when there is one already."""
    return files.create_new(paths.machine_file(), _encoded(record))


def write(record: Record) -> None:
    files.write_atomic(paths.machine_file(), _encoded(record))


def move_damaged_aside(instead: Record) -> Record:
    """Keep the damaged file under another name; returns `instead` with a notice and, if it can be read, the old nonce.

    With another nonce this machine would take its own branch for that of a clone.
    """
    damaged = paths.machine_file()
    nonce = _NONCE.search(damaged.read_bytes())
    kept = next(k for n in itertools.count(1) if not (k := damaged.with_name(f"{damaged.name}.damaged-{n}")).exists())
    damaged.replace(kept)
    notice = f"machine-id.json was damaged and has been made again; the old one is kept as {kept.name}; {END_NOTICE}"
    return replace(instead, nonce=nonce[1].decode() if nonce else instead.nonce, notice=notice)


@contextmanager
def alone() -> Iterator[None]:
    """Keep other writers out."""
    from filelock import FileLock

    files.make_private_dir(paths.state())
    with FileLock(paths.state() / "machine.lock", timeout=30, mode=files.PRIVATE_FILE):
        yield


def _encoded(record: Record) -> bytes:
    """The file's text; hardware_hash stands for all fingerprints, which are keyed hashes already."""
    content = asdict(record)
    content["hardware_hash"] = hashlib.sha256(json.dumps(record.fingerprints, sort_keys=True).encode()).hexdigest()
    return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
