"""The hidden JSON of an archived session."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from session_sync.home import paths
from session_sync.transcripts.archive import hidden_json
from session_sync.transcripts.session import SCHEMA

HEAD = '{"source":"claude","source_session_id":"1","messages":[]}'


def test_the_published_schema_is_made_from_the_structs() -> None:
    published = json.loads((paths.SCHEMAS / "session.json").read_bytes())
    assert published == hidden_json.json_schema()


@pytest.mark.parametrize("wrong", ['{"source":5}', '{"messages":{}}', "[]", HEAD.replace("[]", '[{"role":"queen"}]')])
def test_the_schema_tells_what_is_no_session(wrong: str) -> None:
    schema = hidden_json.json_schema()
    jsonschema.validate(json.loads(HEAD), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(wrong), schema)


def test_what_was_written_is_read_again(archive: Path) -> None:
    found = list(hidden_json.session_files(archive))
    heads = [hidden_json.verified_head(path) for path in found]
    assert sorted((head.source, head.prompts) for head in heads) == [("claude", 1), ("claude", 2), ("codex", 1)]
    for head, path in zip(heads, found, strict=True):
        messages = list(hidden_json.messages(path))
        assert len(messages) == head.message_count
        assert sum(one.role == "user" for one in messages) == head.prompts


def test_what_a_later_version_wrote_is_not_guessed_at(archive: Path) -> None:
    path = next(hidden_json.session_files(archive))
    path.write_bytes(path.read_bytes().replace(b'"schema":%d' % SCHEMA, b'"schema":%d' % (SCHEMA + 1), 1))
    with pytest.raises(hidden_json.Damaged, match="a later version"):
        hidden_json.read_head(path)


def test_only_files_of_sessions_are_looked_at(archive: Path) -> None:
    found = list(hidden_json.session_files(archive))
    one = found[0]
    (one.parent / "link").symlink_to(archive)
    (archive / ".git").mkdir()
    for place in (archive / ".git" / one.name, one.with_name(one.name[1:]), one.with_name(".settings.json")):
        place.write_bytes(one.read_bytes())
    assert list(hidden_json.session_files(archive)) == found
    assert len(found) == 3
