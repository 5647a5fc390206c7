"""config.yaml: read, checked against schemas/config.json, and given as one object."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from session_sync import files, paths
from session_sync.errors import UsageError, masked

DEFAULT = "default"
NONE = "none"


@dataclass(frozen=True)
class ProjectRule:
    """Directories below `path`, or of the git remote `remote`, belong to `project`."""

    project: str
    path: str = ""
    remote: str = ""


@dataclass(frozen=True)
class Config:
    """What config.yaml says; all empty when there is none."""

    repositories: dict[str, str] = field(default_factory=dict)  # name -> URL; `remote` is named DEFAULT
    routing: tuple[tuple[str, str], ...] = ()  # (pattern of projects, repository name)
    projects: tuple[ProjectRule, ...] = ()

    def repository_of(self, project: str) -> str | None:
        """The name of the log repository of `project`; None when its logs are not pushed."""
        for pattern, name in self.routing:
            if fnmatchcase(project.casefold(), pattern.casefold()):
                return name if name in self.repositories else None
        return DEFAULT if DEFAULT in self.repositories else None


def load() -> Config:
    """Read config.yaml; raises UsageError with the place of the first mistake."""
    try:
        data = paths.config_file().read_bytes()
    except FileNotFoundError:
        return Config()
    return parse(data)


def parse(data: bytes) -> Config:
    """The settings in `data`, the bytes of a config.yaml."""
    content = _checked(data)
    repositories = dict(content.get("repositories", {}))
    if "remote" in content:
        repositories[DEFAULT] = content["remote"]
    routing = tuple((rule["match"], rule["repository"]) for rule in content.get("routing", []))
    for number, (_, name) in enumerate(routing):
        if name not in (*repositories, NONE):
            raise UsageError(f"At 'routing[{number}].repository': there is no repository {name!r} in config.yaml")
    return Config(repositories, routing, tuple(ProjectRule(**rule) for rule in content.get("projects", [])))


def _checked(data: bytes) -> dict[str, Any]:
    """The content of `data`, which keeps the schema.

    Which bytes were found good is remembered by their hash: importing jsonschema costs more than a whole round.
    """
    import yaml

    schema = (paths.SCHEMAS / "config.json").read_bytes()
    key = hashlib.sha256(schema + data).hexdigest()
    known = paths.state() / "config-checked"
    is_known = known.is_file() and known.read_text(errors="replace") == key
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if not is_known and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(data, loader)):
            raise UsageError("config.yaml uses aliases (*name), which it must not; write the value out")
        content = yaml.load(data, loader) or {}  # noqa: S506 - both loaders are safe
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UsageError(f"config.yaml is no YAML{f' at line {mark.line + 1}' if mark else ''}; mend it") from None
    if not is_known:
        _validate(json.loads(json.dumps(content, default=str)), json.loads(schema))
        files.make_private_dir(known.parent)
        files.write_atomic(known, key.encode(), durable=False)
    return dict(content)


def _validate(content: object, schema: Any) -> None:
    """Raise UsageError where `content` breaks the schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    mistake = best_match(Draft202012Validator(schema).iter_errors(content))
    if mistake is not None:
        place = mistake.json_path.removeprefix("$").removeprefix(".")
        raise UsageError(f"At '{place}': {masked(mistake.message)} in config.yaml")
