r"""Files whose name is a Windows path: which they are, and that moving them loses nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from session_sync.git.run import Git
from session_sync.home import files, paths
from session_sync.sync.tree import quarantine
from session_sync.sync.tree.quarantine import is_garbled


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def put(root: Path, name: str, data: bytes = b"data") -> bytes:
    """Write a file; returns the path as git tells it."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return os.fsencode(name)


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quarantine is on another file system than all trees."""
    link = os.link

    def refusing(source: Path, place: Path, **options: bool) -> None:
        if Path(source).is_relative_to(paths.quarantine()) != Path(place).is_relative_to(paths.quarantine()):
            raise OSError(18, "Invalid cross-device link")
        link(source, place, **options)

    monkeypatch.setattr(os, "link", refusing)


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Users\ada\notes.md",
        "C:Usersadanotes.md",
        "c:x",
        "C\uf03a\uf05cUsers\uf05cada\uf05cnotes.md",
        "C\uf03aUsersada.md",
        r"projects\pilot\x.md",
        r"\\server\share\x",
        r"projects/pilot/C:\x.md",
        r"sub\folder/x.md",
        "C:/Users/x.md",
        "C\uf03a/Users/x.md",
        "projects/D:/x",
        "projects\uf05cx.md",
    ],
)
def test_windows_paths_are_garbled_names(path: str) -> None:
    assert is_garbled(path.encode())


@pytest.mark.parametrize(
    "path",
    [
        "projects/pilot/x.md",
        "a: notes.md",
        "projects/B: plans/x.md",
        "C:",
        "projects/C:",
        "note:C.md",
        "10:30.md",
        "ab:c.md",
        "é:x.md",
        ":x",
        "C",
        "C/x",
        "\uf03ax.md",
        "https:/x",
    ],
)
def test_other_names_are_not(path: str) -> None:
    assert not is_garbled(path.encode())


def test_bytes_that_are_no_text_are_names_as_well() -> None:
    assert is_garbled(b"C:\\\xff\xfe.md")
    assert not is_garbled(b"notes \xff\xfe.md")


@pytest.mark.parametrize("copied", [False, True])
def test_files_move_whole_with_their_paths(root: Path, request: pytest.FixtureRequest, copied: bool) -> None:
    """By a link in the same file system, by a copy into another one."""
    if copied:
        request.getfixturevalue("far_away")
    data = os.urandom(3_000_000)
    names = [put(root, "C:\\Users\\x.md", data), put(root, "sub/D:/deep/\udcff.md", b""), put(root, "a\\b")]
    put(root, "sub/stays.md")
    os.utime(root / "a\\b", (1_000_000_000, 1_000_000_000))
    done = quarantine.move(root, names)
    assert done.stayed == []
    assert [name for name, _ in done.moved] == ["C:\\Users\\x.md", "sub/D:/deep/\\udcff.md", "a\\b"]
    places = [place for _, place in done.moved]
    assert [place.read_bytes() for place in places] == [data, b"", b"data"]
    top = places[2].parent
    assert [os.fsencode(place.relative_to(top)) for place in places] == names
    assert places[2].stat().st_mtime == 1_000_000_000
    assert top.is_relative_to(paths.quarantine())
    assert top.parent.name.startswith("tree-")
    assert paths.quarantine().stat().st_mode & 0o777 == 0o700
    assert sorted(os.listdir(root)) == ["sub"]
    assert os.listdir(root / "sub") == ["stays.md"]
    assert sorted(path.name for path in top.rglob("*") if not path.is_dir()) == sorted(p.name for p in places)


def test_a_second_move_is_beside_the_first(root: Path) -> None:
    places = []
    for text in (b"one", b"two", b"three"):
        places += [place for _, place in quarantine.move(root, [put(root, "C:\\x", text)]).moved]
    assert [place.read_bytes() for place in places] == [b"one", b"two", b"three"]


def test_two_trees_of_one_name_have_folders_of_their_own(tmp_path: Path) -> None:
    tops = set()
    for parent in ("a", "b"):
        root = tmp_path / parent / "tree"
        root.mkdir(parents=True)
        [(_, place)] = quarantine.move(root, [put(root, "C:x")]).moved
        tops.add(place.parent.parent)
    assert len(tops) == 2


def test_links_move_as_links(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("not theirs")
    (root / "C:link").symlink_to(target)
    (root / "C:dangling").symlink_to("nowhere")
    done = quarantine.move(root, [b"C:link", b"C:dangling"])
    assert [os.readlink(place) for _, place in done.moved] == [str(target), "nowhere"]
    assert target.read_text() == "not theirs"
    assert os.listdir(root) == []


def test_what_vanished_is_passed_over(root: Path) -> None:
    put(root, "C:file")
    assert quarantine.move(root, [b"C:gone", b"C:/gone/x", b"C:file/x"]) == ([], [])
    assert not paths.quarantine().exists()


def test_what_is_no_file_stays(root: Path) -> None:
    (root / "C:folder").mkdir()
    os.mkfifo(root / "C:pipe")
    done = quarantine.move(root, [b"C:folder", b"C:pipe"])
    assert done.moved == []
    assert done.stayed == [("C:folder", "it is not a file"), ("C:pipe", "it is not a file")]
    assert sorted(os.listdir(root)) == ["C:folder", "C:pipe"]


@pytest.mark.parametrize("name", ["../C:x", "C:/../../C:x", "/C:x"])
def test_nothing_outside_the_tree_is_moved(root: Path, name: str) -> None:
    (root / "C:").mkdir()
    put(root.parent, "C:x")
    whole = str(root.parent) + name if name.startswith("/") else name
    assert quarantine.move(root, [whole.encode()]).moved == []
    assert (root.parent / "C:x").read_bytes() == b"data"


def test_nothing_behind_a_link_is_moved(root: Path) -> None:
    put(root.parent, "elsewhere/C:x")
    (root / "link").symlink_to(root.parent / "elsewhere")
    done = quarantine.move(root, [b"link/C:x"])
    assert (done.moved, done.stayed) == ([], [("link/C:x", "it is behind a link, or outside the tree")])
    assert (root.parent / "elsewhere" / "C:x").exists()


def test_a_tree_that_is_reached_by_a_link_is_as_good(root: Path, tmp_path: Path) -> None:
    put(root, "sub/C:x")
    (tmp_path / "link").symlink_to(root)
    assert len(quarantine.move(tmp_path / "link", [b"sub/C:x"]).moved) == 1
    assert os.listdir(root) == []


def test_a_full_disk_leaves_the_file_where_it_is_and_stops_no_other(
    root: Path, monkeypatch: pytest.MonkeyPatch, far_away: None
) -> None:
    names, sync, calls = [put(root, "C:one"), put(root, "C:two")], os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    done = quarantine.move(root, names)
    assert done.stayed == [("C:one", "No space left on device")]
    assert [name for name, _ in done.moved] == ["C:two"]
    assert os.listdir(root) == ["C:one"]
    assert [path.name for path in paths.quarantine().rglob("*") if path.is_file()] == ["C:two"]


def test_a_copy_that_lacks_bytes_is_no_copy(root: Path, monkeypatch: pytest.MonkeyPatch, far_away: None) -> None:
    monkeypatch.setattr(shutil, "copyfileobj", lambda given, made, size: made.write(given.read()[:-1] + b"?"))
    done = quarantine.move(root, [put(root, "C:x")])
    assert done.moved == []
    assert (root / "C:x").read_bytes() == b"data"
    assert [path for path in paths.quarantine().rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("copied", [False, True])
def test_a_file_that_cannot_leave_the_tree_is_not_kept_twice(
    root: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, copied: bool
) -> None:
    """A folder that only its owner may write to."""
    if copied:
        request.getfixturevalue("far_away")
    (root / "C:link").symlink_to("nowhere")
    names, unlink = [put(root, "C:x"), b"C:link"], Path.unlink

    def refusing(path: Path, missing_ok: bool = False) -> None:
        if path.parent == root:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refusing)
    done = quarantine.move(root, names)
    assert done.stayed == [("C:x", "Permission denied"), ("C:link", "Permission denied")]
    assert sorted(os.listdir(root)) == ["C:link", "C:x"]
    assert [path for path in paths.quarantine().rglob("*") if not path.is_dir()] == []


def test_a_file_that_vanishes_at_the_last_moment_is_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch, far_away: None
) -> None:
    name, claim = put(root, "C:x"), files.claim

    def claim_and_lose(temporary: Path, place: Path) -> bool:
        (root / "C:x").unlink()
        return claim(temporary, place)

    monkeypatch.setattr(files, "claim", claim_and_lose)
    [(_, place)] = quarantine.move(root, [name]).moved
    assert place.read_bytes() == b"data"


@pytest.mark.parametrize("change", ["append", "replace"])
def test_a_file_that_changes_while_it_is_copied_stays(
    root: Path, monkeypatch: pytest.MonkeyPatch, far_away: None, change: str
) -> None:
    name, path, sync = put(root, "C:x"), root / "C:x", os.fsync

    def changing(descriptor: int) -> None:
        sync(descriptor)
        if change == "replace":
            path.unlink()
        with path.open("ab") as out:
            out.write(b"more")

    monkeypatch.setattr(os, "fsync", changing)
    done = quarantine.move(root, [name])
    assert (done.moved, done.stayed) == ([], [("C:x", "it changed while it was copied")])
    assert path.read_bytes().endswith(b"more")


@pytest.mark.parametrize("copied", [False, True])
def test_nothing_in_the_quarantine_is_overwritten(
    root: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, copied: bool
) -> None:
    """Names that are one to the file system of the quarantine, as upper and lower case are to some."""
    if copied:
        request.getfixturevalue("far_away")
    monkeypatch.setattr(quarantine, "_new_folder", lambda _: paths.quarantine() / "x")
    put(paths.quarantine() / "x", "C:x", b"earlier")
    done = quarantine.move(root, [put(root, "C:x", b"later")])
    assert done.moved == []
    assert len(done.stayed) == 1
    assert (root / "C:x").read_bytes() == b"later"
    assert (paths.quarantine() / "x" / "C:x").read_bytes() == b"earlier"


def test_folders_that_others_use_stay(root: Path) -> None:
    names = [put(root, "projects/C:x"), put(root, "mine/a/C:/b/C:x"), put(root, ".claude/C:x")]
    put(root, "mine/kept.md")
    (root / "empty").mkdir()
    assert len(quarantine.move(root, names).moved) == 3
    found = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    assert found == [".claude", "empty", "mine", "mine/kept.md", "projects"]


def test_with_what_git_says_of_a_tree(root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for name in ("good.md", r"C:\Users\ada\notes.md", "projects/C:Usersadanotes.md", "C\uf03a/x y\n.md"):
        put(root, name)
    listed = Git(tree=root).run("ls-files", "-z", "--others", "--exclude-standard").split(b"\0")[:-1]
    garbled = [path for path in listed if is_garbled(path)]
    done = quarantine.move(root, garbled)
    assert len(done.moved) == 3
    assert "C\\uf03a/x y\\n.md" in [name for name, _ in done.moved]
    assert Git(tree=root).run("ls-files", "-z", "--others", "--exclude-standard") == b"good.md\0"
