"""Who the user is: identity.json and users.json of the shared tree or the home, else the OS account and git's user."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from session_sync.errors import UsageError, told
from session_sync.home import files, paths
from session_sync.identity import machine, trust
from session_sync.identity.machine import Machine
from session_sync.text.lines import cleaned

LONGEST = 200
LARGEST = 1_000_000  # bytes
USER_KEYS = ("role", "full_name", "name", "email")
IDENTITY_KEYS = ("user", "email", "full_name", "vault_path", "machine_uuid", "hostname")
NO_IDENTITY = (
    "no identity.json: using the OS account and git's user; "
    'set it with "scripts/run whoami --user NAME --email ADDRESS --full-name NAME"'
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MARKUP = re.compile(r"([\\`*\[\]<>])")


@dataclass(frozen=True)
class Identity:
    """The user; every value but `vault_path` is one printable line, whoever wrote it."""

    user: str
    email: str
    full_name: str
    role: str
    vault_path: str
    warnings: tuple[str, ...]
    own_name: str = field(default="", compare=False)  # what an identity.json says itself, and nobody else
    own_email: str = field(default="", compare=False)


def load(tree: Path | None = None) -> Identity:
    """The user in the shared tree `tree`, or outside of any.

    The tree's own .claude/identity.json wins when it names a user. Raises UsageError where an identity.json is
    wrong; a users.json, which others edit, only leads to a warning.
    """
    name, own = _chosen(tree)
    warnings = [*_stale(name, own), *([] if "user" in own else [NO_IDENTITY])]
    user = cleaned(own.get("user", ""), LONGEST) or _account()
    try:
        entry = _users(tree).get(user, {})
    except UsageError as error:
        entry, warnings = {}, [*warnings, str(error)]
    full_name = own.get("full_name") or entry.get("full_name") or entry.get("name") or _git("user.name", tree)
    return Identity(
        user=user,
        email=cleaned(own.get("email") or entry.get("email") or _git("user.email", tree), LONGEST),
        full_name=cleaned(full_name, LONGEST) or user,
        role=cleaned(entry.get("role", ""), LONGEST),
        vault_path=own.get("vault_path", ""),
        warnings=tuple(warnings),
        own_name=cleaned(own.get("full_name", ""), LONGEST),
        own_email=cleaned(own.get("email", ""), LONGEST),
    )


def load_anyway(tree: Path | None = None) -> Identity:
    """The user as far as it can be told, for work that must be done: a wrong identity.json is only a warning."""
    try:
        return load(tree)
    except (UsageError, OSError) as error:
        name, why = _account(), told(error) if isinstance(error, OSError) else str(error)
        return Identity(name, _git("user.email", tree), _git("user.name", tree) or name, "", "", (why,))


def update(values: Mapping[str, str]) -> None:
    """Set `values` in the home's identity.json and keep what else it holds; raises UsageError when either is wrong."""
    content = {**_read(paths.identity_file(), "identity.json"), **values}
    check_identity(content, "identity.json")
    files.make_private_dir(paths.home())
    files.write_atomic(paths.identity_file(), json.dumps(content, indent=2, sort_keys=True).encode() + b"\n")


def accept_machine(now: Machine) -> None:
    """Correct the machine and host name in the home's identity.json, where it holds them."""
    held = _read(paths.identity_file(), "identity.json")
    current = {"machine_uuid": now.uuid, "hostname": now.hostname}
    if held.keys() & current.keys():
        update({key: value for key, value in current.items() if key in held})


def user_block(identity: Identity, machine: Machine) -> str:
    """The Markdown that stands under `## User` in a session log: a list, then one line for each warning."""
    name = f"{_literal(identity.full_name)} ({_literal(identity.user)})"
    kept = ", ephemeral" if machine.ephemeral else ""
    rows = {
        "User": name,
        "Email": _literal(identity.email),
        "Role": _literal(identity.role),
        "Machine": f"{_literal(machine.hostname)} (`{machine.uuid}`{kept})",
        "Platform": _literal(f"{machine.platform} {machine.model}".strip()),
    }
    block = "".join(f"- **{label}:** {value}\n" for label, value in rows.items() if value)
    warnings = "".join(f"> [WARNING] {_literal(text)}\n" for text in (*machine.warnings, *identity.warnings))
    return f"{block}\n{warnings}" if warnings else block


def check_identity(content: Mapping[str, Any], name: str) -> None:
    """What schemas/identity.json says, without jsonschema, whose import costs more than all of whoami."""
    for key in IDENTITY_KEYS:
        if not isinstance(content.get(key, ""), str):
            raise UsageError(f"At '{key}': must be text in {name}")
    if not content.get("user", "?").strip():
        raise UsageError(f"At 'user': must not be empty in {name}")
    if _CONTROL.search(content.get("vault_path", "")):
        raise UsageError(f"At 'vault_path': must not hold control characters in {name}")


def check_users(content: Mapping[str, Any], name: str) -> None:
    """What schemas/users.json says: users by login, at the top or under `users`."""
    within = "users." if "users" in content else ""
    users = content.get("users", content)
    if not isinstance(users, dict):
        raise UsageError(f"At 'users': must be an object in {name}")
    for login, entry in users.items():
        place = cleaned(f"{within}{login}", LONGEST)
        if not isinstance(entry, dict):
            raise UsageError(f"At '{place}': must be an object in {name}")
        for key in USER_KEYS:
            if not isinstance(entry.get(key, ""), str):
                raise UsageError(f"At '{place}.{key}': must be text in {name}")


def _chosen(tree: Path | None) -> tuple[str, dict[str, Any]]:
    """The identity.json that counts, and what it is called."""
    if tree is not None:
        name = ".claude/identity.json"
        content = _read(tree / name, name)
        check_identity(content, name)
        if "user" in content and trust.is_trusted(tree, name):
            return name, content
    content = _read(paths.identity_file(), "identity.json")
    check_identity(content, "identity.json")
    return "identity.json", content


def _stale(name: str, own: Mapping[str, str]) -> list[str]:
    """Warnings about an identity.json that was written for another machine or host name."""
    if not own.keys() & {"machine_uuid", "hostname"}:
        return []
    now = machine.load()
    advice = 'run "whoami --refresh" if it is yours' if name == "identity.json" else "correct it there"
    warnings = []
    uuid = cleaned(own.get("machine_uuid", ""), LONGEST)
    if uuid and uuid.lower() != now.uuid:
        warnings.append(f"{name} belongs to machine {uuid}, but this is {now.uuid}; {advice}")
    host = cleaned(own.get("hostname", ""), LONGEST)
    if host and not machine.same_host(host, now.hostname):
        warnings.append(f"{name} belongs to host {host}, but this is {now.hostname}; {advice}")
    return warnings


def _users(tree: Path | None) -> dict[str, Any]:
    name = ".claude/users.json"
    if tree is not None and (tree / name).is_file():
        content = _read(tree / name, name)
    else:
        name = "users.json"
        content = _read(paths.users_file(), name)
    check_users(content, name)
    users: dict[str, Any] = content.get("users", content)
    return users


def _read(path: Path, name: str) -> dict[str, Any]:
    """The object in a JSON file, empty when there is no file."""
    try:
        with files.open_regular(path, follow=not name.startswith(".claude/")) as stream:
            data = stream.read(LARGEST + 1)
        content = json.loads(data if len(data) <= LARGEST else b"", object_pairs_hook=_unrepeated)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}; make it a file that you can read") from None
    except _Repeated as error:
        where = _lines(data, str(error))
        raise UsageError(f"{name} has '{cleaned(str(error), LONGEST)}' twice{where}; keep one of them") from None
    except (ValueError, RecursionError) as error:
        line = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) and error.lineno > 1 else ""
        raise UsageError(f"{name} is not valid JSON{line}; fix it by hand") from None
    if not isinstance(content, dict):
        raise UsageError(f"{name} must hold an object")
    return content


class _Repeated(ValueError):
    """An object has a key that it has already."""


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of `pairs`; of a key that is there twice, JSON would take the last without a word."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Repeated(key)
        found[key] = value
    return found


def _lines(data: bytes, key: str) -> str:
    """The lines of `data` where `key` is one."""
    pattern = re.compile(re.escape(json.dumps(key, ensure_ascii=False).encode()) + rb"\s*:")
    lines = sorted({data.count(b"\n", 0, one.start()) + 1 for one in pattern.finditer(data)})
    return f": lines {', '.join(map(str, lines))}" if lines else ""


def _account() -> str:
    """The login name, as the session's environment has it."""
    import getpass

    try:
        return cleaned(getpass.getuser(), LONGEST)
    except (KeyError, ImportError, OSError):  # no such account; an OSError from Python 3.13 on
        return "unknown"


def _git(key: str, tree: Path | None) -> str:
    from session_sync.git import query

    return query.config_value(key, tree)


def _literal(text: str) -> str:
    """`text` so that Markdown shows it and does nothing else with it."""
    return _MARKUP.sub(r"\\\1", text)
