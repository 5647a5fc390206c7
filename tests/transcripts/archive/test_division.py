"""A long session is several linked files, each small enough for a forge to show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from session_sync.transcripts.archive import blocks, division, hidden_json, layout
from support import agents
from support.archives import Export, Run, report

LONG = "word " * 2000  # 10,000 characters


def talk(home: Path, count: int, said: str = LONG, number: int = 1) -> Path:
    """A session of so many long prompts and answers."""
    return agents.claude(home, number, *(f"Prompt {one}: {said}" for one in range(count)))


def files(export: Export) -> list[str]:
    """The names of the Markdown files, in their order."""
    (path,) = hidden_json.session_files(export.out)
    return [one.name for one in hidden_json.read_head(path).files]


def text(export: Export, name: str) -> str:
    (path,) = hidden_json.session_files(export.out)
    return (path.parent / name).read_text()


def test_a_short_session_is_one_file(export: Export) -> None:
    talk(export.home, 15)
    export()
    (name,) = files(export)
    assert "Part 1" not in text(export, name)


def test_a_long_session_is_divided_between_its_messages(export: Export, run_verb: Run) -> None:
    talk(export.home, 60)
    export()
    first, *others = files(export)
    stem = first.removesuffix(".md")
    assert others == [f"{stem}.part2.md", f"{stem}.part3.md"]
    assert {path.name for path in export.markdown()} == {first, *others}
    assert all(path.stat().st_size < division.LARGEST for path in export.markdown())
    texts = [text(export, name) for name in (first, *others)]
    title = texts[0].split("\n")[0]
    nav = [
        f"Part 1 of 3 · [next]({stem}.part2.md)",
        f"Part 2 of 3 · [previous]({first}) · [next]({stem}.part3.md)",
        f"Part 3 of 3 · [previous]({stem}.part2.md)",
    ]
    for one, links in zip(texts, nav, strict=True):
        assert one.startswith(f"{title}\n\n{links}\n\n")
        assert one.endswith(f"\n\n{links}\n\n")
    assert "\n| Agent |" in texts[0]
    whole = "".join(texts)
    places = [whole.index(f"Prompt {number}: ") for number in range(60)]
    assert places[1:] == sorted(places[1:])
    for one in texts[1:]:
        assert one.split("\n\n")[2].startswith(("## ", "### ", "<details>"))
    report(run_verb, "verify", export.out, 0)
    before = export.times()
    assert export()["exported"] == []
    assert export.times() == before


def test_a_session_that_grows_keeps_its_name(export: Export) -> None:
    talk(export.home, 10)
    export()
    (name,) = files(export)
    talk(export.home, 60)
    export()
    assert files(export)[0] == name
    assert len(export.markdown()) == 3


def test_what_is_missing_or_changed_is_told_and_mended(export: Export, run_verb: Run) -> None:
    path = talk(export.home, 60)
    export()
    whole = export.files()
    part = next(one for one in export.markdown() if ".part2." in one.name)
    part.unlink()
    (problem,) = report(run_verb, "verify", export.out, 1)["problems"]
    assert (problem["path"].endswith(".part2.md"), problem["reason"]) == (True, "missing")
    assert len(export()["exported"]) == 1
    assert export.files() == whole
    part.write_text("changed")
    report(run_verb, "verify", export.out, 1)
    with path.open("a") as stream:
        stream.write("\n")
    export()
    assert part.read_bytes() == whole[part.relative_to(export.out).as_posix()]


def test_parts_go_with_their_session(export: Export) -> None:
    talk(export.home, 60).unlink()
    talk(export.home, 60, number=2)
    export()
    assert len(export.markdown()) == 3
    for path in (export.home / ".claude").rglob("*.jsonl"):
        path.unlink()
    export("--prune-missing")
    assert export.files() == {}


def test_a_message_that_is_too_long_is_cut_between_its_blocks(export: Export) -> None:
    calls = [
        {"type": "tool_use", "id": f"c{number}", "name": "Bash", "input": {"command": f"run {number}\n{'x' * 5000}"}}
        for number in range(200)
    ]
    path = agents.claude(export.home, 1, "Do it")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[1]["message"]["content"] = calls
    agents.write_lines(path, lines)
    export()
    assert len(files(export)) > 1
    for one in export.markdown():
        assert one.stat().st_size < division.LARGEST
        assert one.read_text().count("<details>") == one.read_text().count("</details>")


@pytest.mark.parametrize(
    ("sizes", "begin", "end", "found"),
    [
        ([], 10, 10, [[]]),
        ([10, 10], 10, 10, [[range(2)]]),
        ([60, 60], 10, 0, [[range(1)], [range(1, 2)]]),
        ([60, 60], 60, 0, [[], [range(1)], [range(1, 2)]]),
        ([60, 30], 10, 10, [[range(2)], []]),
        ([900, 10], 0, 10, [[range(1)], [range(1, 2)]]),
    ],
)
def test_files_are_filled_in_order(
    monkeypatch: pytest.MonkeyPatch, sizes: list[int], begin: int, end: int, found: list[list[range]]
) -> None:
    monkeypatch.setattr(division, "LARGEST", division._ROOM + 100)
    assert division.divided(enumerate(sizes), begin, end) == found


def test_branches_are_several_runs() -> None:
    assert division.divided([(0, 1), (3, 1), (4, 1), (1, 1)], 0, 0) == [[range(1), range(3, 5), range(1, 2)]]


@pytest.mark.parametrize(
    ("markdown", "pieces"),
    [
        ("", []),
        ("one\n\ntwo\n\n", ["one\n\n", "two\n\n"]),
        ("one\n\n\ntwo", ["one\n\n", "\n", "two"]),
        ("<details>\n\nin\n\n</details>\n\nout\n\n", ["<details>\n\nin\n\n</details>\n\n", "out\n\n"]),
        ("```\n</details>\n\n<details>\n```\n\nout", ["```\n</details>\n\n<details>\n```\n\n", "out"]),
        ("````\n```\n\n````\n\nout", ["````\n```\n\n````\n\n", "out"]),
        ("```text\n\n```x\n\n```\n\nout", ["```text\n\n```x\n\n```\n\n", "out"]),
    ],
)
def test_code_and_folded_blocks_are_not_cut(markdown: str, pieces: list[str]) -> None:
    assert list(blocks.of(markdown)) == pieces
    assert "".join(pieces) == markdown


def test_names_of_parts() -> None:
    assert [layout.part_name("a", number) for number in (1, 2, 10)] == ["a.md", "a.part2.md", "a.part10.md"]
    for name in ("a.md", "a.part2.md", ".a.json", f"pictures/{'0' * 32}.png"):
        assert layout.is_of(name, "a")
    for name in ("b.md", "a.part.md", "a.part0.md", "a.png", "../a.md", "x/a.md", "pictures/a.png"):
        assert not layout.is_of(name, "a")
