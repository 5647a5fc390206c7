"""identity.py: who the user is, from files that anybody may have written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from session_sync.errors import UsageError
from session_sync.git import query
from session_sync.home import paths
from session_sync.identity import hardware, machine, user
from session_sync.identity.machine import Machine
from session_sync.identity.user import Identity
from support.homes import MACHINE

OTHER = "22222222-2222-4222-8222-222222222222"
ADA = {"user": "ada", "email": "ada@example.org", "full_name": "Ada Example"}
HERE = Machine(
    uuid=MACHINE,
    hostname="ada-laptop",
    recorded_hostname="ada-laptop",
    platform="linux",
    model="LENOVO 20XW004AUS",
    nonce="0" * 32,
    created="2026-11-20T08:00:00Z",
    previous_uuids=(),
    ephemeral=False,
    fixed=True,
    warnings=(),
)


@pytest.fixture(autouse=True)
def host(sealed_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "hostname", lambda: "ada-laptop")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree" / ".claude").mkdir(parents=True)
    return tmp_path / "tree"


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def at_home(content: object) -> None:
    write(paths.identity_file(), content)


def test_without_files_the_account_and_git_are_asked() -> None:
    assert user.load() == Identity(
        user="ada",
        email="ada@example.org",
        full_name="Ada Example",
        role="",
        vault_path="",
        warnings=(
            "no identity.json: using the OS account and git's user; set it with "
            '"scripts/run whoami --user NAME --email ADDRESS --full-name NAME"',
        ),
    )


def test_without_anything_there_is_still_a_user(sealed_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (sealed_home / ".gitconfig").unlink()
    assert replace(user.load(), warnings=()) == Identity("ada", "", "ada", "", "", ())
    monkeypatch.setenv("PATH", "")
    assert user.load().full_name == "ada"


def test_a_complete_file_starts_no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    at_home({**ADA, "vault_path": "~/my  vault"})
    monkeypatch.setattr(query, "config_value", None)
    assert user.load() == Identity("ada", "ada@example.org", "Ada Example", "", "~/my  vault", ())


def test_the_tree_wins_when_it_names_a_user(tree: Path) -> None:
    at_home(ADA)
    write(tree / ".claude/identity.json", {})
    assert user.load(tree).user == "ada"
    write(tree / ".claude/identity.json", {"user": "bob", "email": "bob@example.org", "full_name": "Bob"})
    assert user.load(tree) == Identity("bob", "bob@example.org", "Bob", "", "", ())
    assert user.load().user == "ada"


@pytest.mark.parametrize("form", [lambda users: users, lambda users: {"users": users}])
def test_users_json_gives_the_role_and_missing_names(form: Any, tree: Path) -> None:
    at_home({"user": "bob"})
    write(paths.users_file(), form({"bob": {"role": "guest"}}))
    assert user.load(tree).role == "guest"
    users = {"bob": {"role": "engineer", "name": "Bob Tree", "email": "bob@example.org"}, "ada": {"role": "lead"}}
    write(tree / ".claude/users.json", form(users))
    assert user.load(tree) == Identity("bob", "bob@example.org", "Bob Tree", "engineer", "", ())
    assert user.load().role == "guest"


def test_the_role_is_not_one_s_own_to_give() -> None:
    at_home({**ADA, "role": "owner"})
    assert user.load().role == ""


def test_another_machine_and_host_are_stale(tree: Path) -> None:
    at_home({**ADA, "machine_uuid": OTHER, "hostname": "old-laptop"})
    assert user.load().warnings == (
        f'identity.json belongs to machine {OTHER}, but this is {MACHINE}; run "whoami --refresh" if it is yours',
        'identity.json belongs to host old-laptop, but this is ada-laptop; run "whoami --refresh" if it is yours',
    )
    user.accept_machine(machine.load())
    assert user.load().warnings == ()
    write(tree / ".claude/identity.json", {**ADA, "machine_uuid": OTHER})
    assert user.load(tree).warnings == (
        f".claude/identity.json belongs to machine {OTHER}, but this is {MACHINE}; correct it there",
    )


def test_the_own_machine_and_host_are_not_stale() -> None:
    at_home({**ADA, "machine_uuid": MACHINE.upper(), "hostname": "ADA-LAPTOP.example.org"})
    assert user.load().warnings == ()


def test_accepting_a_machine_adds_nothing_to_a_file_that_names_none() -> None:
    at_home(ADA)
    user.accept_machine(machine.load())
    assert json.loads(paths.identity_file().read_bytes()) == ADA


IDENTITIES: list[tuple[Any, str]] = [
    ({}, ""),
    (ADA, ""),
    ({**ADA, "machine_uuid": "", "hostname": "", "vault_path": "", "email": "", "team": 5}, ""),
    ({"user": 5}, "At 'user': must be text in identity.json"),
    ({"user": ""}, "At 'user': must not be empty in identity.json"),
    ({"user": " \n"}, "At 'user': must not be empty in identity.json"),
    ({**ADA, "email": None}, "At 'email': must be text in identity.json"),
    ({**ADA, "full_name": ["Ada"]}, "At 'full_name': must be text in identity.json"),
    ({**ADA, "machine_uuid": {}}, "At 'machine_uuid': must be text in identity.json"),
    ({**ADA, "hostname": True}, "At 'hostname': must be text in identity.json"),
    ({**ADA, "vault_path": 1.5}, "At 'vault_path': must be text in identity.json"),
    ({**ADA, "vault_path": "/a\nb"}, "At 'vault_path': must not hold control characters in identity.json"),
    ([], "identity.json must hold an object"),
    ("text", "identity.json must hold an object"),
]
USERS: list[tuple[Any, str]] = [
    ({}, ""),
    ({"users": {}}, ""),
    ({"ada": {}}, ""),
    ({"users": {"ada": {"role": "lead", "team": 5}}, "version": 2}, ""),
    ({"ada": "lead"}, "At 'ada': must be an object in users.json"),
    ({"users": []}, "At 'users': must be an object in users.json"),
    ({"users": {"ada": {"role": None}}}, "At 'users.ada.role': must be text in users.json"),
    ({"ada": {"email": 5}}, "At 'ada.email': must be text in users.json"),
    ({"a\nb\x1b": 5}, "At 'a b': must be an object in users.json"),
    ([], "users.json must hold an object"),
]


def accepts(schema: str, content: object) -> bool:
    return Draft202012Validator(json.loads((paths.SCHEMAS / schema).read_bytes())).is_valid(content)


@pytest.mark.parametrize(("content", "mistake"), IDENTITIES)
def test_identity_json_is_checked_as_its_schema_says(content: Any, mistake: str) -> None:
    at_home(json.dumps(content))
    assert accepts("identity.json", content) is not bool(mistake)
    if mistake:
        with pytest.raises(UsageError) as error:
            user.load()
        assert str(error.value) == mistake
    else:
        user.load()


@pytest.mark.parametrize(("content", "mistake"), USERS)
def test_users_json_is_checked_as_its_schema_says_and_stops_nobody(content: Any, mistake: str) -> None:
    at_home(ADA)
    write(paths.users_file(), json.dumps(content))
    assert accepts("users.json", content) is not bool(mistake)
    assert user.load().warnings == ((mistake,) if mistake else ())


@pytest.mark.parametrize("schema", ["identity.json", "users.json", "whoami-report.json"])
def test_the_schemas_are_schemas(schema: str) -> None:
    content = json.loads((paths.SCHEMAS / schema).read_bytes())
    assert content["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert list(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(content)) == []


@pytest.mark.parametrize("text", ["", "{", pytest.param("[" * 100_000, id="deep"), "\x00"])
def test_a_file_that_is_no_json_is_wrong_usage(text: str) -> None:
    at_home(text)
    with pytest.raises(UsageError, match=r"^identity.json is not valid JSON; fix it by hand$"):
        user.load()
    with pytest.raises(UsageError):
        user.update({"user": "ada"})
    assert paths.identity_file().read_text() == text


def test_a_mistake_in_the_tree_is_named(tree: Path) -> None:
    write(tree / ".claude/identity.json", {"user": "ada", "email": 5})
    with pytest.raises(UsageError, match=r"^At 'email': must be text in \.claude/identity\.json$"):
        user.load(tree)


HOSTILE = "A\r\n## Update\x00\x1b]0;x\x07\u202e\u2028`id` <!-- [x](y) *b* \ud800" + "z" * 500


def test_hostile_values_are_one_line_and_no_markup() -> None:
    at_home({"user": HOSTILE, "email": HOSTILE, "full_name": HOSTILE, "machine_uuid": HOSTILE, "hostname": HOSTILE})
    found = user.load()
    for value in (found.user, found.email, found.full_name, *found.warnings):
        assert value.isprintable()
        assert len(value) < 500
    assert len(found.full_name) == 200
    assert found.full_name.startswith("A ## Update]0;x `id` <!-- [x](y) *b* zzz")
    lines = user.user_block(found, replace(HERE, hostname=found.user, warnings=(found.user,))).splitlines()
    assert lines[0].startswith(r"- **User:** A ## Update\]0;x \`id\` \<!-- \[x\](y) \*b\* zzz")
    assert all(line == "" or line.startswith(("- **", "> [WARNING] ")) for line in lines)


def test_update_keeps_other_keys_and_is_private() -> None:
    user.update({"user": "ada"})
    at_home({**json.loads(paths.identity_file().read_bytes()), "team": {"of": 5}, "email": "old@example.org"})
    user.update({"email": "ada@example.org"})
    assert json.loads(paths.identity_file().read_bytes()) == {
        "user": "ada",
        "email": "ada@example.org",
        "team": {"of": 5},
    }
    assert paths.identity_file().stat().st_mode & 0o077 == 0


def test_a_key_that_is_there_twice_is_named_with_its_lines(tree: Path) -> None:
    at_home('{\n  "user": "ada",\n  "email": "a@b.example",\n  "user": "bob"\n}')
    with pytest.raises(UsageError, match=r"^identity.json has 'user' twice: lines 2, 4; keep one of them$"):
        user.load()
    assert user.load_anyway().user == "ada"  # the account
    at_home(ADA)
    write(tree / ".claude/users.json", '{"users": {"ada": {"role": "x"},\n"ada": {"role": "admin"}}}')
    assert [text for text in user.load(tree).warnings if "'ada' twice: lines 1, 2" in text]
    at_home('{\n"user": 5,}')
    with pytest.raises(UsageError, match=r"^identity.json is not valid JSON at line 2; fix it by hand$"):
        user.load()


def test_update_refuses_what_load_would_refuse() -> None:
    at_home(ADA)
    with pytest.raises(UsageError, match="At 'user': must not be empty"):
        user.update({"user": ""})
    assert json.loads(paths.identity_file().read_bytes()) == ADA


def test_user_block() -> None:
    ada = Identity("ada", "ada_b@example.org", "Ada Example", "engineer", "", ("first", "second"))
    assert user.user_block(ada, HERE) == (
        "- **User:** Ada Example (ada)\n"
        "- **Email:** ada_b@example.org\n"
        "- **Role:** engineer\n"
        f"- **Machine:** ada-laptop (`{MACHINE}`)\n"
        "- **Platform:** linux LENOVO 20XW004AUS\n"
        "\n"
        "> [WARNING] first\n"
        "> [WARNING] second\n"
    )


def test_user_block_leaves_out_what_is_unknown() -> None:
    assert user.user_block(Identity("ada", "", "ada", "", "", ()), replace(HERE, model="", ephemeral=True)) == (
        f"- **User:** ada (ada)\n- **Machine:** ada-laptop (`{MACHINE}`, ephemeral)\n- **Platform:** linux\n"
    )
