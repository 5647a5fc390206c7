from __future__ import annotations

import json
from typing import Any

import pytest

from session_sync.errors import UsageError
from session_sync.home import user_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("country: NO", "NO"),
        ("x: [off, Yes, on, n, true, False]", ["off", "Yes", "on", "n", True, False]),
        ("x: 12", 12),
        ("x: '12'", "12"),
        ("x:", None),
    ],
)
def test_words_are_words_and_only_true_and_false_are_booleans(text: str, value: object) -> None:
    (found,) = user_yaml.parse(text.encode(), "x.yaml").values()
    assert found == value


def test_with_texts_every_value_is_a_text() -> None:
    data = b"day: 2026-11-21\nn: 012\nx: [true, ~]\ny:"
    wanted = {"day": "2026-11-21", "n": "012", "x": ["true", "~"], "y": ""}
    assert user_yaml.parse(data, "x.yaml", texts=True) == wanted


@pytest.mark.parametrize("is_text", [True, False])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: [\n", "x.yaml is not valid YAML at line 2; fix it"),
        (b"\xff: x", "x.yaml is not valid YAML"),
        (b"a: b\n---\nc: d\n", "x.yaml is not valid YAML"),
        (b"a: &x 1\nb: *x\n", r"x.yaml uses aliases \(\*name\)"),
    ],
)
def test_what_is_not_read_is_told_in_one_line(data: bytes, said: str, is_text: bool) -> None:
    with pytest.raises(UsageError, match=f"^{said}") as raised:
        user_yaml.parse(data, "x.yaml", texts=is_text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [reboot]", "!!python/name:os.system ''", "!own x"])
def test_no_tag_makes_an_object(tag: str) -> None:
    with pytest.raises(UsageError, match="is not valid YAML"):
        user_yaml.parse(f"a: {tag}".encode(), "x.yaml")


def test_aliases_are_read_where_they_may_be() -> None:
    assert user_yaml.parse(b"a: &x [1]\nb: *x\n", "x.yaml", may_alias=True) == {"a": [1], "b": [1]}


def test_the_most_telling_mistake_is_told_with_its_place() -> None:
    schema: dict[str, Any] = {"properties": {"a": {"items": {"properties": {"b": {"type": "string"}}}}}}
    error = user_yaml.mistake({"a": [{"b": "x"}, {"b": 1}]}, json.dumps(schema).encode())
    assert error
    assert user_yaml.place(error.absolute_path) == "a[1].b"
    assert user_yaml.mistake({"a": []}, json.dumps(schema).encode()) is None
