"""config.yaml: read, checked against schemas/config.json, and given as one object."""

from __future__ import annotations

import difflib
import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from session_sync.errors import UsageError, masked
from session_sync.home import config_rules, files, paths, user_yaml

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_CUSTOMER = re.compile(r"^cust[_.]", re.IGNORECASE)
DEFAULT = "default"
NONE = "none"
UNKNOWN = "unknown"  # the project of a session that does not tell where it was: it may be any customer's


@dataclass(frozen=True)
class ProjectRule:
    """Directories below `path`, or of the git remote `remote`, belong to `project`."""

    project: str
    path: str = ""
    remote: str = ""


@dataclass(frozen=True)
class PolicyRule:
    """Projects that `match` have this `policy` (one of policy.LEVELS, or the default); what else they may keep."""

    match: str
    policy: str = ""
    credentials: str = ""  # "inline" keeps those that teams write down on purpose; "withhold" or "" does not
    pictures: str = ""  # "keep" or "note" those in transcripts; "" leaves it to the default


@dataclass(frozen=True)
class Config:
    """What config.yaml says; all empty when there is none."""

    repositories: dict[str, str] = field(default_factory=dict)  # name -> URL; `remote` is named DEFAULT
    routing: tuple[tuple[str, str], ...] = ()  # (pattern of projects, repository name)
    projects: tuple[ProjectRule, ...] = ()
    policies: tuple[PolicyRule, ...] = ()
    tenants: dict[str, str] = field(default_factory=dict)  # name in lower case -> the least policy of its projects
    phone_regions: tuple[str, ...] = ("US",)  # ISO 3166: where phone numbers without a country code are from
    rules: str = ""  # the path of a gitleaks configuration with rules of the user's own
    system: str = ""  # the machine's name in the archive; "" means its hostname
    transcripts: bool = True  # whether they are archived and synced
    pictures: bool = True  # whether those in transcripts are kept, and not only noted
    is_known: bool = True  # False when there is a config.yaml that cannot be read: then nothing may be guessed

    @property
    def tells_projects_apart(self) -> bool:
        """Whether some projects are not treated as the others: what is not known must then be treated with care."""
        return bool(self.routing or self.projects or self.policies or self.tenants)

    def repository_of(self, project: str) -> str | None:
        """The name of the log repository of `project`; None when its logs are not pushed.

        Sessions of an UNKNOWN project may be any project's: where some have a repository of their own, they go nowhere
        unless a rule names just them.
        """
        for pattern, name in self.routing:
            if fnmatchcase(project.casefold(), pattern.casefold()) and (project != UNKNOWN or pattern == UNKNOWN):
                return name if name in self.repositories else None
        if project == UNKNOWN and self.routing:
            return None
        return DEFAULT if DEFAULT in self.repositories else None


def load() -> Config:
    """Read config.yaml; raises UsageError with the place of the first mistake, or why it cannot be read."""
    path = paths.config_file()
    try:
        with files.open_regular(path, follow=True) as stream:
            data = stream.read()
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise UsageError(f"{path} is a link to what is not there; mount or restore that, or remove it") from None
        return Config()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; make it a file that you can read") from None
    return parse(data)


def load_anyway() -> tuple[Config, UsageError | None]:
    """What config.yaml says; when there is a mistake in it, that nothing is known, and the mistake."""
    try:
        return load(), None
    except UsageError as error:
        return Config(is_known=False), error


def parse(data: bytes) -> Config:
    """The settings in `data`, the bytes of a config.yaml."""
    content = _checked(data)
    repositories = dict(content.get("repositories", {}))
    if "remote" in content:
        repositories[DEFAULT] = content["remote"]
    routing = tuple((_pattern(rule["match"]), rule["repository"]) for rule in content.get("routing", []))
    for place, what, advice in config_rules.mistakes(content, [*repositories, NONE], UNKNOWN):
        line = user_yaml.line_of(data, place)
        raise UsageError(f"At '{user_yaml.place(place)}': {what} in config.yaml, line {line}; {advice}")
    return Config(
        repositories,
        routing,
        projects=tuple(ProjectRule(**rule) for rule in content.get("projects", [])),
        policies=tuple(PolicyRule(**rule) for rule in content.get("policies", [])),
        tenants={name.lower(): entry["policy"] for name, entry in content.get("tenants", {}).items()},
        phone_regions=tuple(content.get("phone_regions", Config.phone_regions)),
        rules=content.get("rules", ""),
        system=content.get("system", ""),
        pictures=content.get("pictures", "keep") == "keep",
        transcripts=content.get("transcripts", "on") in ("on", True),  # YAML reads a bare `on` as true
    )


def _pattern(match: str) -> str:
    """The pattern of a routing rule, written as projects' names are."""
    return _CUSTOMER.sub("CUST-", normalize("NFKC", match))


def _checked(data: bytes) -> dict[str, Any]:
    """The content of `data`, which keeps the schema.

    Which bytes were found good is remembered by their hash: importing jsonschema costs more than a whole round.
    """
    schema = user_yaml.schema("config")
    key = hashlib.sha256(schema + data).hexdigest()
    known = paths.state() / "config-checked"
    is_known = _is_noted(known, key)
    content = user_yaml.parse(data, "config.yaml", may_alias=is_known) or {}
    if not is_known:
        mistake = user_yaml.mistake(content, schema)
        if mistake is not None:
            place, (strange, advice) = user_yaml.place(mistake.absolute_path), _meant(mistake)
            line = user_yaml.line_of(data, list(mistake.absolute_path), strange)
            raise UsageError(f"At '{place}': {_what(mistake)} in config.yaml, line {line}{advice}")
        with suppress(OSError):  # it only saves time
            files.make_private_dir(known.parent)
            files.write_atomic(known, key.encode(), durable=False)
    return dict(content)


def _is_noted(known: Path, key: str) -> bool:
    try:
        return known.read_text(errors="replace") == key
    except OSError:
        return False


def _what(mistake: ValidationError) -> str:
    either = "needs either a path or a remote" if mistake.validator == "oneOf" else ""
    return either or masked(mistake.message)


def _meant(mistake: ValidationError) -> tuple[str, str]:
    """The key that does not belong where the `mistake` is, "" for none, and what may have been meant."""
    schema: Any = mistake.schema
    given: Any = mistake.instance
    if mistake.validator == "additionalProperties":
        known = schema.get("properties", {})
        strange = next((str(key) for key in given if key not in known), "")
        meant = difflib.get_close_matches(strange.lower().strip(" _:\t"), known, 1)
        return strange, f"; did you mean {meant[0]!r}?" if meant else ""
    is_number = mistake.validator_value == "string" and isinstance(given, int | float)
    return "", "; write it in quotes" if is_number else ""
