"""Pictures are kept beside their session where the project's policy says so."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from session_sync.transcripts.archive import hidden_json
from session_sync.transcripts.session import Attachment
from support import agents
from support.archives import Export, Run, report, schema

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
JPG = b"\xff\xd8\xff\xe0" + b"j" * 100
GIF = b"GIF89a" + b"g" * 100
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 " + b"w" * 100
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def block(content: bytes, media_type: str = "image/png") -> dict[str, Any]:
    data = base64.b64encode(content).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def with_pictures(
    home: Path, number: int, *blocks: dict[str, Any], cwd: str = "/work/pilot", said: str = "Look"
) -> Path:
    """A session whose first prompt has pictures."""
    path = agents.claude(home, number, f"{said} {number}", cwd=cwd)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["message"]["content"] = [{"type": "text", "text": f"{said} {number}"}, *blocks]
    return agents.write_lines(path, lines)


def name(content: bytes, suffix: str = "png") -> str:
    return f"pictures/{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"


def kept(export: Export) -> dict[str, bytes]:
    return {"/".join(one.split("/")[-2:]): data for one, data in export.files().items() if "/pictures/" in one}


def attachments(export: Export) -> list[Attachment]:
    found = hidden_json.session_files(export.out)
    return [one for path in found for message in hidden_json.messages(path) for one in message.attachments]


def settings(export: Export, text: str) -> None:
    (export.home / ".session-sync" / "config.yaml").write_text(text)


def test_pictures_are_beside_their_session_by_their_content(export: Export, run_verb: Run) -> None:
    with_pictures(export.home, 1, block(PNG), block(PNG), block(JPG), block(GIF, "image/gif"), block(WEBP))
    export()
    assert kept(export) == {name(PNG): PNG, name(JPG, "jpg"): JPG, name(GIF, "gif"): GIF, name(WEBP, "webp"): WEBP}
    (markdown,) = export.markdown()
    assert markdown.read_text().count(f"![picture]({name(PNG)})") == 2
    assert f"![picture]({name(JPG, 'jpg')})" in markdown.read_text()
    assert [one.path for one in attachments(export)][:2] == [name(PNG)] * 2
    (data,) = hidden_json.session_files(export.out)
    assert base64.b64encode(PNG)[:100] not in data.read_bytes()
    jsonschema.validate(json.loads(data.read_bytes()), schema("session"))
    assert [(one.kind, one.name, one.sha256) for one in hidden_json.read_head(data).files][1] == (
        "picture",
        name(PNG),
        hashlib.sha256(PNG).hexdigest(),
    )
    report(run_verb, "verify", export.out, 0)
    before = export.times()
    assert export()["exported"] == []
    assert export.times() == before


def test_pictures_in_outputs_and_inputs_of_tools_count(export: Export) -> None:
    path = agents.claude(export.home, 1, "Read it")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    url = f"data:image/gif;base64,{base64.b64encode(GIF).decode()}"
    lines[1]["message"]["content"][0]["input"] = {"prompt": f"like {url}" + " " * 500}
    lines[2]["message"]["content"][0]["content"] = [block(PNG)]
    agents.write_lines(path, lines)
    export()
    assert kept(export) == {name(PNG): PNG, name(GIF, "gif"): GIF}
    assert f"![picture]({name(PNG)})" in export.markdown()[0].read_text()


@pytest.mark.parametrize(
    "content", [SVG, b"%PDF-1.7 " + b"p" * 99, b"", b"RIFF\x10\x00\x00\x00WAVE", PNG[1:], PNG + b"x" * (8 << 20)]
)
def test_what_is_no_picture_or_too_large_is_noted(export: Export, content: bytes) -> None:
    with_pictures(export.home, 1, block(content))
    export()
    assert kept(export) == {}
    assert "Attached: `image" in export.markdown()[0].read_text()
    assert [(one.size, one.path) for one in attachments(export)] == [(len(content), "")]


@pytest.mark.parametrize(
    ("cwd", "text", "is_kept"),
    [
        ("/work/pilot", "pictures: keep\n", True),
        ("/work/pilot", "pictures: note\n", False),
        ("/work/pilot", "policies:\n- {match: pilot, pictures: note}\n", False),
        ("/work/pilot", "pictures: note\npolicies:\n- {match: PILOT, pictures: keep}\n", True),
        ("/work/pilot", "policies:\n- {match: pilot, policy: strict}\n", True),
        ("/work/CUST-acme-x", "pictures: keep\n", False),
        ("/work/CUST-acme-x", "policies:\n- {match: CUST-*, policy: strict}\n", False),
        ("/work/CUST-acme-x", "policies:\n- {match: CUST-*, pictures: keep}\n", True),
        ("/work/unknown", "", False),
    ],
)
def test_the_policy_of_the_project_decides(export: Export, cwd: str, text: str, is_kept: bool) -> None:
    settings(export, text)
    with_pictures(export.home, 1, block(PNG), cwd=cwd)
    export()
    assert kept(export) == ({name(PNG): PNG} if is_kept else {})
    assert [one.sha256 for one in attachments(export)] == [hashlib.sha256(PNG).hexdigest()]


def test_a_stricter_policy_removes_them_and_a_looser_one_brings_them_back(export: Export, run_verb: Run) -> None:
    with_pictures(export.home, 1, block(PNG))
    export()
    whole = export.files()
    settings(export, "pictures: note\n")
    export()
    assert not [path for path in export.out.rglob("*") if path.name == "pictures"]
    assert "pictures/" not in export.markdown()[0].read_text()
    report(run_verb, "verify", export.out, 0)
    settings(export, "pictures: keep\n")
    export()
    assert export.files() == whole


def test_a_picture_stays_as_long_as_another_session_has_it(export: Export, run_verb: Run) -> None:
    one = with_pictures(export.home, 1, block(PNG), block(GIF))
    other = with_pictures(export.home, 2, block(PNG))
    export()
    one.unlink()
    export("--prune-missing")
    assert kept(export) == {name(PNG): PNG}
    report(run_verb, "verify", export.out, 0)
    other.unlink()
    export("--prune-missing")
    assert export.files() == {}


def test_the_limits_of_a_session_hold(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    from session_sync.transcripts.archive import pictures
    from session_sync.transcripts.session import Message

    monkeypatch.setattr(pictures, "MOST_BYTES", len(PNG) + len(GIF))
    with pictures.Pictures(True) as found:
        message = Message("user", attachments=[Attachment(content=one) for one in (PNG, JPG, JPG * 9, GIF, PNG)])
        found.take(message)
    assert [one.path for one in message.attachments] == [name(PNG), name(JPG, "jpg"), "", "", name(PNG)]
    assert not any(one.content for one in message.attachments)
    monkeypatch.setattr(pictures, "MOST", 0)
    with pictures.Pictures(True) as found:
        found.take(message)
        assert found.files == []


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_verify_checks_pictures_and_the_next_export_mends_them(export: Export, run_verb: Run, damage: str) -> None:
    path = with_pictures(export.home, 1, block(PNG))
    export()
    (picture,) = (one for one in export.out.rglob("*.png"))
    if damage == "missing":
        picture.unlink()
    else:
        picture.write_bytes(b"changed")
    (problem,) = report(run_verb, "verify", export.out, 1)["problems"]
    assert problem["path"].endswith(name(PNG))
    with path.open("a") as stream:
        stream.write("\n" if damage == "changed" else "")
    assert len(export()["exported"]) == 1
    report(run_verb, "verify", export.out, 0)


def test_pictures_of_messages_that_are_gone_stay(export: Export, run_verb: Run) -> None:
    path = with_pictures(export.home, 1, block(PNG))
    export()
    path.write_bytes(b"")
    export()
    assert kept(export) == {name(PNG): PNG}
    assert f"![picture]({name(PNG)})" in export.markdown()[0].read_text()
    report(run_verb, "verify", export.out, 0)
    settings(export, "pictures: note\n")
    export()
    assert kept(export) == {}
    assert [one.path for one in attachments(export)] == [""]
    report(run_verb, "verify", export.out, 0)


def test_no_link_leads_pictures_out_of_the_archive(export: Export, tmp_path: Path) -> None:
    path = with_pictures(export.home, 1, block(PNG))
    export()
    folder = export.markdown()[0].parent
    (folder / name(PNG)).unlink()
    (folder / "pictures").rmdir()
    (folder / "pictures").symlink_to(tmp_path)
    with path.open("a") as stream:
        stream.write("\n")
    assert "a link in the archive" in str(export(code=1)["failed"])
    assert not list(tmp_path.glob("*.png"))
