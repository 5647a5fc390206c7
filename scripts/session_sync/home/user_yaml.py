"""Reads the YAML files that users write: checked against a schema, without what makes YAML surprising."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from session_sync.errors import UsageError
from session_sync.home import paths

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


def parse(data: bytes, name: str, texts: bool = False, may_alias: bool = False) -> Any:
    """The content of `data`, which is the file called `name`; None when it is empty.

    `off`, `no` and `NO` (Norway) are text; with `texts` every value is. Raises UsageError for what is not YAML, and
    for aliases unless `may_alias`.
    """
    import yaml

    loader = (yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader) if texts else _loader()
    try:
        if not may_alias and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(data, loader)):
            raise UsageError(f"{name} uses aliases (*name), which it must not; write the value out")
        return yaml.load(data, loader)  # noqa: S506 - all three loaders are safe
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UsageError(f"{name} is not valid YAML{f' at line {mark.line + 1}' if mark else ''}; fix it") from None


def mistake(content: object, schema: bytes) -> ValidationError | None:
    """What breaks `schema` in `content`, most telling first; None when nothing does."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    plain = json.loads(json.dumps(content, default=str))
    found: ValidationError | None = best_match(Draft202012Validator(json.loads(schema)).iter_errors(plain))
    return found


def place(error: ValidationError) -> str:
    """Where `error` is: `routing[0].match`."""
    return error.json_path.removeprefix("$").removeprefix(".")


def schema(name: str) -> bytes:
    """The schema called `name`."""
    return (paths.SCHEMAS / f"{name}.json").read_bytes()


@functools.cache
def _loader() -> Any:
    """A safe loader whose only words for a boolean are `true` and `false` (YAML 1.2)."""
    import re

    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    boolean = "tag:yaml.org,2002:bool"
    known = {
        first: [one for one in resolvers if one[0] != boolean]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    made: Any = type("Loader", (base,), {"yaml_implicit_resolvers": known})
    made.add_implicit_resolver(boolean, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF"))
    return made
