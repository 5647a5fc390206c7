"""Which package may import which: a row knows the rows below it; an inner folder never the one around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from support.homes import SCRIPTS

PACKAGE = SCRIPTS / "session_sync"
LAYERS = (  # the top first; packages of one row do not know each other
    ("verbs", "launcher"),
    ("sync", "sync_logs"),
    ("transcripts", "wiki"),
    ("logs", "scan"),
    ("identity", "cli"),
    ("home", "git"),
    ("text", "progress", "system", "workdir", "errors", "streams"),
)
RANK = {name: number for number, row in enumerate(LAYERS) for name in row}
INNER = {  # these folders know nothing of the one around them but what is named
    "scan/scanner": (),
    "sync/tree": (),
    "sync_logs/repository": (),
    "transcripts/archive": (
        "transcripts/session",
        "transcripts/picture",
        "transcripts/render/page",
        "transcripts/render/title",
    ),
    "transcripts/render": ("transcripts/session",),
    "transcripts/sources": ("transcripts/session", "transcripts/picture"),
}
# what hooks and the launcher, which run before the environment is there, may import
BARE = (
    *("cli", "errors", "streams", "system", "workdir", "text/lines"),
    *("home/drafts", "home/files", "home/paths", "home/spool", "home/users_folder"),
)


def modules(package: Path) -> dict[str, Path]:
    """Every module below `package` by its path there, without ".py"."""
    return {
        path.relative_to(package).with_suffix("").as_posix(): path
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of ours that `path` imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "session_sync":
            base = "/".join((node.module or "").split(".")[1:])
            for name in node.names:
                module = f"{base}/{name.name}".strip("/")
                yield from (one for one in (module, base) if one in known)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute here"


def graph(package: Path) -> dict[str, set[str]]:
    known = modules(package)
    return {name: set(imported(path, known)) - {name} for name, path in known.items()}


def is_upward(own: str, other: str) -> bool:
    here, there = own.split("/")[0], other.split("/")[0]
    if here != there:
        return RANK[there] <= RANK[here]
    return any(
        own.startswith(f"{inner}/") and not other.startswith(f"{inner}/") and other not in open_to_it
        for inner, open_to_it in INNER.items()
    )


def upward(package: Path) -> list[tuple[str, str]]:
    return [(own, other) for own, others in graph(package).items() for other in others if is_upward(own, other)]


def test_no_import_runs_upwards() -> None:
    found = graph(PACKAGE)
    assert len(found) > 100  # a check that looks at nothing must fail
    assert sum(map(len, found.values())) > 500
    assert upward(PACKAGE) == []


def test_no_imports_go_in_a_circle() -> None:
    try:
        TopologicalSorter(graph(PACKAGE)).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("own", "line", "other"),
    [
        ("home/paths", "from session_sync.scan import policy", "scan/policy"),
        ("scan/policy", "from session_sync.logs.store import Log", "logs/store"),
        ("scan/scanner/rule", "def late():\n    from session_sync.scan import policy", "scan/policy"),
    ],
)
def test_an_upward_import_is_seen(own: str, line: str, other: str, tmp_path: Path) -> None:
    for name, text in ((own, f"{line}\n"), (other, "Log = 1\n")):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert upward(tmp_path) == [(own, other)]


def test_every_package_has_a_row() -> None:
    assert {name.split("/")[0] for name in modules(PACKAGE)} == set(RANK)


def test_what_hooks_and_the_launcher_import_is_bare() -> None:
    found = graph(PACKAGE)
    launcher = {name for name in found if name.startswith("launcher/")}
    assert {other for name in (*BARE, *launcher) for other in found[name]} <= {*BARE, *launcher}
