from __future__ import annotations

import os

from session_sync.home import paths
from session_sync.logs import store
from support.homes import MACHINE


def put(project: str, name: str, text: str = "x", machine: str = MACHINE) -> None:
    folder = paths.projects() / project / machine
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_an_empty_store_has_no_logs() -> None:
    assert store.listing() == store.Listing()


def test_logs_are_listed_by_path_and_the_rest_is_named() -> None:
    put("PILOT", "b.md")
    put("PILOT", "a.md")
    put("PILOT", "notes.txt")
    put("PILOT", ".half-written.tmp")
    put("PILOT", "x.md", machine="somewhere")
    (paths.projects() / "PILOT" / MACHINE / "link.md").symlink_to("/etc/passwd")
    (paths.projects() / "stray.md").write_text("x")
    listing = store.listing()
    assert [log.key for log in listing.logs] == [b"projects/PILOT/a.md", b"projects/PILOT/b.md"]
    assert sorted((os.path.basename(path), why) for path, why in listing.skipped) == [
        ("link.md", "not a regular file"),
        ("notes.txt", "not a .md file"),
        ("somewhere", "not the folder of a machine"),
        ("stray.md", "not the folder of a project"),
    ]


def test_only_wanted_projects_are_listed() -> None:
    put("PILOT", "a.md")
    put("OTHER", "a.md")
    assert [log.project for log in store.listing(lambda name: name == "PILOT").logs] == ["PILOT"]


def test_a_customers_files_are_taken_from_others() -> None:
    put("CUST-acme-x", "a.md")
    put("PILOT", "a.md")
    customer = paths.projects() / "CUST-acme-x"
    for path in (customer, customer / MACHINE, paths.projects() / "PILOT"):
        path.chmod(0o755)
    (customer / MACHINE / "a.md").chmod(0o644)
    store.listing()
    modes = [path.stat().st_mode & 0o777 for path in (customer, customer / MACHINE, customer / MACHINE / "a.md")]
    assert modes == [0o700, 0o700, 0o600]


def test_logs_of_one_name_in_several_machines_folders_keep_different_keys() -> None:
    for number in range(1, 4):
        put("PILOT", "a.md", str(number), f"00000000-0000-4000-8000-00000000000{number}")
    put("PILOT", "a-00000000-0000-4000-8000-000000000002.md", "4", "00000000-0000-4000-8000-000000000001")
    assert len({log.key for log in store.listing().logs}) == 4


def test_a_name_that_is_no_utf8_is_listed() -> None:
    folder = store.folders("PILOT", (MACHINE,))[0]
    (folder / os.fsdecode(b"\xff.md")).write_text("x")
    assert [log.key for log in store.listing().logs] == [b"projects/PILOT/\xff.md"]
