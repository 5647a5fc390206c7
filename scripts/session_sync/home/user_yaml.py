"""Reads the YAML files that users write: checked against a schema, without what makes YAML surprising."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from session_sync.errors import UsageError, masked
from session_sync.home import paths

_LONGEST_KEY = 60  # characters of a key that are told

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


def parse(data: bytes, name: str, texts: bool = False, may_alias: bool = False) -> Any:
    """The content of `data`, which is the file called `name`; None when it is empty.

    `off`, `no` and `NO` (Norway) are text; with `texts` every value is. Raises UsageError for what is not YAML, for
    a key that is there twice, of which YAML takes the last without a word, and for aliases unless `may_alias`.
    """
    import yaml

    kind = (yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader) if texts else _loader()
    try:
        if not may_alias:
            _refuse_aliases(data, name, kind)
        loader = kind(data)
        try:
            node = loader.get_single_node()
            _refuse_repeated(node, name)
            return loader.construct_document(node) if node else None
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not valid YAML: {_not_text(data, error.start)}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageError(f"{name} is not valid YAML{_where(data, error)}") from None


def line_of(data: bytes, place: Sequence[str | int], key: str = "") -> int:
    """The line of what is at `place` in the YAML `data`, or of the `key` there."""
    import yaml

    node: Any = yaml.compose(data, _loader())
    for step in place:
        pairs = node.value if isinstance(node, yaml.MappingNode) else enumerate(node.value)
        node = next((one for at, one in pairs if getattr(at, "value", at) == step), node)
    if key and isinstance(node, yaml.MappingNode):
        node = next((one for one, _ in node.value if one.value == key), node)
    return int(node.start_mark.line) + 1 if node else 1


def mistake(content: object, schema: bytes) -> ValidationError | None:
    """What breaks `schema` in `content`, most telling first; None when nothing does."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    plain = json.loads(json.dumps(content, default=str))
    found: ValidationError | None = best_match(Draft202012Validator(json.loads(schema)).iter_errors(plain))
    return found


def place(path: Iterable[str | int]) -> str:
    """A place as people read it: `routing[0].match`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def schema(name: str) -> bytes:
    """The schema called `name`."""
    return (paths.SCHEMAS / f"{name}.json").read_bytes()


def _refuse_aliases(data: bytes, name: str, kind: Any) -> None:
    import yaml

    for event in yaml.parse(data, kind):
        if isinstance(event, yaml.AliasEvent):
            mark: Any = event.start_mark
            line = mark.line + 1
            what = "write the value out, in quotes if it is to begin with *"
            raise UsageError(f"{name} uses aliases (*name), which it must not, at line {line}; {what}")


def _refuse_repeated(top: Any, name: str) -> None:
    """Raise UsageError for a mapping with a key that it has already, or with one that takes in another mapping."""
    import yaml

    waiting, seen = [top], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, (yaml.MappingNode, yaml.SequenceNode)):
            continue
        seen.add(id(node))  # an alias is the same node again
        is_mapping = isinstance(node, yaml.MappingNode)
        if is_mapping:
            _refuse_repeated_keys([key for key, _ in node.value if isinstance(key, yaml.ScalarNode)], name)
        waiting += [value for _, value in node.value] if is_mapping else node.value


def _refuse_repeated_keys(keys: Iterable[Any], name: str) -> None:
    lines: dict[str, int] = {}
    for key in keys:
        line = key.start_mark.line + 1
        if key.tag == "tag:yaml.org,2002:merge":
            raise UsageError(f"{name} takes in other values (<<) at line {line}; write them out")
        if key.value in lines:
            before = lines[key.value]
            where = f"lines {before} and {line}" if before != line else f"line {line}"
            raise UsageError(f"{name} has '{masked(key.value)[:_LONGEST_KEY]}' twice: {where}; keep one of them")
        lines[key.value] = line


def _where(data: bytes, error: Exception) -> str:
    """Where in a file that is no YAML the `error` is, and what to do."""
    import yaml

    mark = getattr(error, "problem_mark", None)
    if mark is None:
        wrong = getattr(error, "position", None)
        return f": {_not_text(data, wrong)}" if wrong is not None else "; fix it"
    if isinstance(error, yaml.composer.ComposerError):
        return f" at line {mark.line + 1}: a second document begins there; keep one"
    is_syntax = isinstance(error, (yaml.scanner.ScannerError, yaml.parser.ParserError))
    problem = str(getattr(error, "problem", "")) if is_syntax else ""
    if "alphabetic or numeric" in problem:  # of the name of an alias
        problem = "what begins with * or & must be in quotes"
    return f" at line {mark.line + 1}; fix it{f': {problem}' if problem else ''}"


def _not_text(data: bytes, position: int) -> str:
    line = data.count(b"\n", 0, position) + 1
    return f"line {line} has what is no text in UTF-8; save it as UTF-8"


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
